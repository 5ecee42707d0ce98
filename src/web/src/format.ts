// Numbers as the server writes them: the reader's locale, unit outside of the text, tabular figures.
const locale = document.documentElement.lang || "de";
const zone = document.documentElement.dataset["timeZone"] || "Europe/Berlin";

const cache = new Map<string, Intl.NumberFormat>();

export function number(value: number, decimals: number): string {
  const key = String(decimals);
  let format = cache.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    cache.set(key, format);
  }
  return format.format(value);
}

const clockFormat = new Intl.DateTimeFormat(locale, { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

export const clock = (at: Date): string => clockFormat.format(at);

const relative = new Intl.RelativeTimeFormat(locale, { numeric: "always", style: "short" });

export function age(seconds: number): string {
  if (seconds < 90) return relative.format(-Math.round(seconds), "second");
  if (seconds < 5400) return relative.format(-Math.round(seconds / 60), "minute");
  if (seconds < 129600) return relative.format(-Math.round(seconds / 3600), "hour");
  return relative.format(-Math.round(seconds / 86400), "day");
}

type Scalar = number | string | boolean | null;

/** From what the server sends (W, Wh, A, decimal strings) to what the page shows (kW, kWh, ...). */
const formats: Record<string, (value: Scalar) => string> = {
  text: (value) => String(value),
  int: (value) => number(Number(value), 0),
  kw: (value) => number(Number(value) / 1000, 1),
  kwh: (value) => number(Number(value) / 1000, 1),
  kwh2: (value) => number(Number(value) / 1000, 2),
  money: (value) => number(Number(value), 2),
  a: (value) => number(Number(value), 1),
  percent: (value) => number(Number(value), 0),
  time: (value) => clock(new Date(String(value))),
};

export function format(value: Scalar | undefined, kind: string | undefined): string {
  if (value === null || value === undefined || value === "") return "–";
  return (formats[kind ?? "text"] ?? formats["text"]!)(value);
}

const german = locale.startsWith("de");
export const say = (de: string, en: string): string => (german ? de : en);
