/*
 * Charts: <div data-chart="#spec-id" role="img" aria-label="..."></div> and, beside it,
 * <script type="application/json" id="spec-id">{ ...Spec... }</script>. Colours are token names (c1, limit, price).
 * Loaded only on pages that have one. Canvas, because a strict security policy forbids the style attributes of SVG text.
 */
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsType } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { number } from "./format";
import { idOf } from "./live";
import { zoned } from "./zone";

use([LineChart, BarChart, GridComponent, LegendComponent, TooltipComponent, MarkLineComponent, MarkAreaComponent, CanvasRenderer]);

interface Axis { unit?: string; decimals?: number; max?: number; min?: number }
interface Series {
  name: string;
  /** [[RFC 3339 time or milliseconds, value], ...] on a time axis, else one value per category. */
  data: ([string | number, number | null] | number | null)[];
  kind?: "line" | "step" | "bar";
  color?: string;
  area?: boolean;
  stack?: boolean;
  dashed?: boolean;
  /** 0 left (default), 1 right. */
  axis?: 0 | 1;
  /** "topic:id:field" of the live stream whose values are appended, with a factor (0.001: W to kW). */
  live?: string;
  factor?: number;
}
interface Spec {
  /** Names on the horizontal axis; absent: a time axis in the site's zone. */
  categories?: string[];
  timeZone?: string;
  from?: string;
  to?: string;
  axes: Axis[];
  series: Series[];
  limits?: { value: number; label: string; color?: string; axis?: 0 | 1 }[];
  bands?: { from: string; to: string; label: string; color?: string }[];
  now?: string;
  legend?: boolean;
}

const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--lw-${name}`).trim();
const font = "Inter Variable, Inter, system-ui, sans-serif";

function options(spec: Spec, width: number, height: number): Record<string, unknown> {
  const small = width < 480;
  const at = (time: string | number): number => zoned(new Date(time).getTime(), spec.timeZone);
  const text = { color: token("ink-3"), fontSize: 11.5, fontFamily: font };
  const withLegend = spec.legend ?? spec.series.length > 1;
  const point = (entry: Series["data"][number]): unknown => (Array.isArray(entry) ? [at(entry[0]), entry[1]] : entry);

  return {
    animation: false,
    useUTC: true,
    textStyle: { fontFamily: font, fontSize: 12 },
    color: ["c1", "c2", "c3", "c4", "c5", "c6"].map(token),
    grid: { left: 8, right: spec.axes.length > 1 ? 8 : 20, top: withLegend ? 40 : 22, bottom: 6, containLabel: true },
    legend: withLegend
      ? { top: 2, left: 4, type: small ? "scroll" : "plain", icon: "roundRect", itemWidth: 10, itemHeight: 10, itemGap: small ? 9 : 16, textStyle: { color: token("ink-2"), fontSize: 12 } }
      : { show: false },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: token("surface"),
      borderColor: token("line"),
      textStyle: { color: token("ink"), fontSize: 12, fontFamily: font },
      axisPointer: { lineStyle: { color: token("ink-3") } },
    },
    xAxis: {
      type: spec.categories ? "category" : "time",
      data: spec.categories,
      boundaryGap: spec.series.some((s) => s.kind === "bar"),
      min: spec.from ? at(spec.from) : undefined,
      max: spec.to ? at(spec.to) : undefined,
      axisLine: { show: true, lineStyle: { color: token("line") } },
      axisTick: { show: false },
      splitLine: { show: false },
      axisLabel: { ...text, hideOverlap: true, formatter: spec.categories ? undefined : { day: document.documentElement.lang === "en" ? "{d} {MMM}" : "{dd}.{MM}.", hour: "{HH}:{mm}", minute: "{HH}:{mm}", second: "{HH}:{mm}:{ss}" } },
    },
    yAxis: spec.axes.map((axis, index) => ({
      type: "value",
      min: axis.min,
      splitNumber: height < 220 ? 3 : 4,
      interval: axis.max === 100 ? 25 : undefined,
      max: axis.max ?? ((value: { max: number }) => roomy(value.max, spec.limits?.filter((limit) => (limit.axis ?? 0) === index).map((limit) => limit.value) ?? [])),
      splitLine: { show: index === 0, lineStyle: { color: token("grid-line") } },
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { ...text, formatter: (value: number) => (value === 0 ? `0 ${axis.unit ?? ""}` : number(value, Number.isInteger(value) ? 0 : (axis.decimals ?? 1))) },
    })),
    series: spec.series.map((series, index) => {
      const color = series.color ? token(series.color) : undefined;
      const axis = spec.axes[series.axis ?? 0] ?? {};
      return {
        name: series.name,
        type: series.kind === "bar" ? "bar" : "line",
        step: series.kind === "step" ? "end" : undefined,
        yAxisIndex: series.axis ?? 0,
        data: series.data.map(point),
        stack: series.stack ? "all" : undefined,
        symbol: "none",
        sampling: series.stack ? undefined : "lttb",
        color,
        barMaxWidth: 28,
        lineStyle: { width: series.stack ? 0 : series.dashed ? 1.5 : 2, type: series.dashed ? "dashed" : "solid" },
        areaStyle: series.stack ? { opacity: 0.92 } : series.area ? { opacity: 0.12 } : undefined,
        tooltip: { valueFormatter: (value: unknown) => (typeof value === "number" ? `${number(value, axis.decimals ?? 1)} ${axis.unit ?? ""}` : "–") },
        ...(index === 0 ? marks(spec, at) : {}),
      };
    }),
  };
}

/** The end of an axis that shows its limits too: a round number a little above the highest. */
function roomy(highest: number, limits: number[]): number | undefined {
  const top = Math.max(highest, ...limits);
  if (limits.length === 0 || !(top > 0)) return undefined;
  const power = 10 ** Math.floor(Math.log10(top / 4));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= top / 4)!;
  return Math.ceil((top * 1.02) / step) * step;
}

function marks(spec: Spec, at: (time: string) => number): object {
  const lines: object[] = (spec.limits ?? []).map((limit) => {
    const color = token(limit.color ?? "limit");
    return { yAxis: limit.value, lineStyle: { color, type: "dashed", width: 1.4 }, label: { formatter: limit.label, position: "insideEndTop", color, fontSize: 11.5, fontWeight: 600 } };
  });
  if (spec.now) lines.push({ xAxis: at(spec.now), lineStyle: { color: token("ink-3"), type: "solid", width: 1 }, label: { show: false } });
  return {
    markLine: lines.length ? { symbol: "none", silent: true, data: lines } : undefined,
    markArea: spec.bands?.length
      ? {
          silent: true,
          label: { fontSize: 11.5, fontWeight: 560, position: "top", distance: 3 },
          data: spec.bands.map((band) => [
            { name: band.label, xAxis: at(band.from), itemStyle: { color: `${token(band.color ?? "offline-solid")}26` }, label: { color: token("ink-2") } },
            { xAxis: at(band.to) },
          ]),
        }
      : undefined,
  };
}

interface Drawn { chart: EChartsType; spec: Spec; element: HTMLElement; observer: ResizeObserver }
const drawn = new Map<HTMLElement, Drawn>();

function draw(element: HTMLElement): void {
  if (drawn.has(element)) return;
  const source = document.querySelector(element.dataset["chart"]!);
  if (!source?.textContent) return;
  const spec = JSON.parse(source.textContent) as Spec;
  const chart = init(element, null, { renderer: "canvas" });
  chart.setOption(options(spec, element.clientWidth, element.clientHeight));
  const observer = new ResizeObserver(() => chart.resize());
  observer.observe(element);
  drawn.set(element, { chart, spec, element, observer });
}

function drop(): void {
  for (const [element, entry] of drawn) {
    if (element.isConnected) continue;
    entry.observer.disconnect();
    entry.chart.dispose();
    drawn.delete(element);
  }
}

function drawAll(): void {
  drop();
  for (const element of document.querySelectorAll<HTMLElement>("[data-chart]")) draw(element);
}

function append(topic: string, data: Record<string, unknown>): void {
  for (const { chart, spec, element } of drawn.values()) {
    let changed = false;
    for (const series of spec.series) {
      if (!series.live) continue;
      const field = series.live.slice(series.live.lastIndexOf(":") + 1);
      const value = data[field];
      const id = idOf(data);
      if (series.live !== (id === undefined ? `${topic}:${field}` : `${topic}:${id}:${field}`) || typeof value !== "number") continue;
      series.data.push([typeof data["at"] === "string" ? data["at"] : Date.now(), value * (series.factor ?? 1)]);
      changed = true;
    }
    if (changed) chart.setOption(options(spec, element.clientWidth, element.clientHeight));
  }
}

const liveTopics = ["session", "station", "connector", "totals"];
for (const topic of liveTopics)
  document.body.addEventListener(`lw:${topic}`, (event) => append(topic, (event as CustomEvent<Record<string, unknown>>).detail));
document.addEventListener("lw:theme", () => {
  for (const { chart, spec, element } of drawn.values()) chart.setOption(options(spec, element.clientWidth, element.clientHeight), { notMerge: true });
});
document.body.addEventListener("htmx:load", drawAll);
drawAll();
