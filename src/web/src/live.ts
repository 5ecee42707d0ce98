/*
 * Live values. One event stream per page, opened when <body data-live-url="/portal/events">.
 *
 * Each event has a topic (its SSE name: station, connector, session, ...) and JSON data. It does two things:
 *  - every scalar field updates [data-live="topic:id:field"] (or "topic:field" where the data has no id) in the form
 *    that data-format names, or the width of [data-live-width="..."] in per cent;
 *  - "lw:topic" is raised on <body>, for hx-trigger="lw:session from:body throttle:2s" and for charts.
 * The server sends something at least every five seconds (a `ping` will do); after ten silent ones the page says so.
 */
import { age, clock, format, say } from "./format";

const silence = 10_000;
const usualTopics = "ping totals station connector session command message invoice job finding feed reservation localList import notification";

type Data = Record<string, unknown>;

let last = Date.now();
let stale = false;

export function startLive(): void {
  const url = document.body.dataset["liveUrl"];
  if (!url) return;

  const source = new EventSource(url);
  const topics = (document.body.dataset["liveTopics"] ?? usualTopics).split(/\s+/);
  for (const topic of topics) source.addEventListener(topic, (event) => receive(topic, event as MessageEvent<string>));
  source.addEventListener("open", heard);
  addEventListener("pagehide", () => source.close());
  setInterval(showState, 1000);
  showState();
}

function heard(): void {
  last = Date.now();
  if (stale) showState();
}

function receive(topic: string, event: MessageEvent<string>): void {
  heard();
  const data = event.data ? (JSON.parse(event.data) as Data) : {};
  update(topic, data);
  document.body.dispatchEvent(new CustomEvent(`lw:${topic}`, { detail: data }));
  notify(topic, data);
}

const phases = new Map<unknown, string>();

/**
 * Tells elements with data-live-on="topic ..." that something of theirs happened: "lw:here" where data-live-station names the
 * event's station, "lw:changed" where a thing appeared or took another state (not when a number of it ticked).
 */
function notify(topic: string, data: Data): void {
  const phase = `${String(data["state"])} ${String(data["phase"])}`;
  const changed = data["id"] === undefined || phases.get(data["id"]) !== phase;
  if (data["id"] !== undefined) phases.set(data["id"], phase);
  for (const element of document.querySelectorAll<HTMLElement>("[data-live-on]")) {
    if (!element.dataset["liveOn"]!.split(" ").includes(topic)) continue;
    if (element.dataset["liveStation"] === data["stationId"]) element.dispatchEvent(new CustomEvent("lw:here"));
    if (changed) element.dispatchEvent(new CustomEvent("lw:changed"));
  }
}

/** What an event is about: its id, a connector as "station/connector", a station by its identity. */
export function idOf(data: Data): string | undefined {
  if (data["id"] !== undefined) return String(data["id"]);
  if (data["stationId"] === undefined) return undefined;
  return data["connectorId"] === undefined ? String(data["stationId"]) : `${data["stationId"]}/${data["connectorId"]}`;
}

function update(topic: string, data: Data): void {
  const id = idOf(data);
  const prefix = id === undefined ? `${topic}:` : `${topic}:${id}:`;
  for (const [field, value] of Object.entries(data)) {
    if (value !== null && typeof value === "object") continue;
    const key = CSS.escape(prefix + field);
    for (const element of document.querySelectorAll<HTMLElement>(`[data-live="${key}"]`)) write(element, value as string | number | null);
    for (const element of document.querySelectorAll<HTMLElement>(`[data-live-width="${key}"]`)) element.style.width = `${Math.min(100, Number(value))}%`;
  }
}

function write(element: HTMLElement, value: string | number | null): void {
  const text = format(value, element.dataset["format"]);
  if (element.textContent === text) return;
  element.textContent = text;
  element.classList.remove("lw-changed");
  void element.offsetWidth; // lets the fade start anew
  element.classList.add("lw-changed");
}

function showState(): void {
  const quiet = Date.now() - last;
  const nowStale = quiet > silence;
  if (nowStale !== stale) {
    stale = nowStale;
    document.documentElement.classList.toggle("lw-stale", stale);
    document.body.dispatchEvent(new CustomEvent(stale ? "lw:stale" : "lw:fresh"));
  }

  for (const element of document.querySelectorAll<HTMLElement>("[data-live-status]")) {
    element.classList.toggle("stale", stale);
    element.textContent = stale
      ? `${say("Stand", "As of")} ${clock(new Date(last))}, ${age(quiet / 1000)}`
      : `Live ${clock(new Date())}`;
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-age]")) {
    const at = Date.parse(element.dataset["age"]!);
    if (!Number.isNaN(at)) element.textContent = age(Math.max(0, (Date.now() - at) / 1000));
  }
}
