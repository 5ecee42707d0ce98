// A chart's time axis knows UTC only: a moment is moved so that it reads, in UTC, as the clock on the site's wall.
const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();
const quarter = 15 * 60_000; // every zone's offset changes on a quarter of an hour

export function zoned(milliseconds: number, zone = "UTC"): number {
  const slot = Math.floor(milliseconds / quarter);
  const key = `${zone}|${slot}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    offset = wall(slot * quarter, zone) - slot * quarter;
    offsets.set(key, offset);
  }
  return milliseconds + offset;
}

function wall(milliseconds: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" });
    formats.set(zone, format);
  }
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(milliseconds)) part[type] = Number(value);
  return Date.UTC(part["year"]!, part["month"]! - 1, part["day"], part["hour"], part["minute"], part["second"]);
}
