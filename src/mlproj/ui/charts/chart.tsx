/* Curves over step or time. Drag to zoom, which asks for the points anew; double click for all of it. */
import { useEffect, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import { curves } from "../api/calls";
import { isAborted } from "../api/client";
import type { Curve } from "../api/types";
import { number } from "../text/format";
import { color, dash } from "./palette";
import { type Line, align } from "./series";

export interface ChartProps {
  metric: string;
  lines: readonly Line[];
  axis: "step" | "timestamp";
  smoothing?: number;
  logX?: boolean;
  logY?: boolean;
  height?: number;
  legend?: boolean;
  /** Changes when there is news. */
  version?: number;
}

/** Points in one chart: of one run two for each pixel, of many together no more than can be told apart. */
const MOST_DRAWN = 20_000;

type Range = { start: number; end: number } | null;

export function Chart(props: ChartProps) {
  const { metric, lines, axis, height = 240, version = 0 } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [range, setRange] = useState<Range>(null);
  const [found, setFound] = useState<Curve[] | null>(null);
  const [error, setError] = useState("");
  const near = useNear(box);
  const ids = lines.map(({ runId }) => runId).join();
  useEffect(() => setRange(null), [axis]);
  useEffect(() => {
    if (!near) return;
    const stop = new AbortController();
    void import("uplot");
    const wide = box.current?.clientWidth ?? 600;
    const points = Math.round(Math.max(MOST_DRAWN / 100, Math.min(wide * 2, MOST_DRAWN / lines.length)));
    curves(ids.split(","), metric, { points, axis, ...range }, stop.signal).then(
      setFound,
      (problem: unknown) => {
        if (!isAborted(problem)) setError(String(problem));
      },
    );
    return () => stop.abort();
  }, [near, ids, metric, axis, range?.start, range?.end, version]);
  useEffect(() => {
    if (!found || !box.current) return;
    let current = true;
    void draw(box.current, found, props, range, setRange, height).then((drawn) => {
      if (!current) return drawn.destroy();
      plot.current?.destroy();
      plot.current = drawn;
      box.current?.setAttribute("data-drawn", String(performance.now()));
    });
    return () => {
      current = false;
    };
  }, [found, props.smoothing, props.logX, props.logY, height]);
  useEffect(() => () => plot.current?.destroy(), []);
  useResized(box, () => plot.current?.setSize({ width: box.current?.clientWidth ?? 300, height }));
  const empty = found && !found.length;
  return (
    <figure class="chart">
      <figcaption>
        <span title={metric}>{metric}</span>
        {range && (
          <button type="button" class="quiet" onClick={() => setRange(null)}>
            Show all
          </button>
        )}
      </figcaption>
      {error && <p class="wrong">{error}</p>}
      {empty && <p class="faint">No points here.</p>}
      <div
        ref={box}
        class="plot"
        style={{ minHeight: `${height}px` }}
        role="img"
        aria-label={summary(metric, lines, found)}
        onDblClick={() => setRange(null)}
      />
    </figure>
  );
}

function summary(metric: string, lines: readonly Line[], found: Curve[] | null): string {
  const ends = lines.map(({ runId, label }) => {
    const last = found?.find((curve) => curve.run_id === runId)?.values.at(-1);
    return `${label} ends at ${last === undefined ? "nothing" : number(last)}`;
  });
  return `${metric}: ${ends.slice(0, 10).join(", ")}`;
}

async function draw(
  box: HTMLElement,
  found: readonly Curve[],
  props: ChartProps,
  range: Range,
  zoom: (range: Range) => void,
  height: number,
): Promise<uPlot> {
  const { default: Plot } = await import("uplot");
  const { lines, axis, smoothing = 0, logX = false, logY = false, legend = false } = props;
  const data = align(found, lines, axis, smoothing);
  const look = getComputedStyle(box);
  const [ink, rule] = [look.getPropertyValue("--faint"), look.getPropertyValue("--rule")];
  const style = {
    stroke: ink,
    grid: { stroke: rule, width: 1 },
    ticks: { stroke: rule, width: 1 },
    font: "11px system-ui",
  };
  const plain = (_: uPlot, values: number[]) => values.map((value) => (value === null ? "" : number(value)));
  const begin = lines.length === 1 ? (lines[0]?.begin ?? 0) : 0;
  const drawn = new Plot(
    {
      width: box.clientWidth,
      height,
      legend: { show: legend, live: true },
      cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
      scales: {
        x: { time: false, distr: logX ? 3 : 1 },
        y: { distr: logY ? 3 : 1 },
      },
      axes: [
        { ...style, size: 28, values: axis === "step" ? plain : (_, at) => at.map(seconds) },
        { ...style, size: 56, values: plain },
      ],
      series: [
        { label: axis, value: (_, x) => (x === null ? "" : axis === "step" ? number(x) : seconds(x)) },
        ...lines.map(({ label }, index) => ({
          label,
          stroke: color(index),
          dash: dash(index),
          width: 1.5,
          spanGaps: false,
          points: { show: data[0].length < 40 },
          value: (_: uPlot, value: number | null) => (value === null ? "" : number(value)),
        })),
      ],
      hooks: {
        setSelect: [
          (self) => {
            if (self.select.width < 4) return;
            const ends = [self.select.left, self.select.left + self.select.width].map((at) =>
              self.posToVal(at, "x"),
            );
            zoom(axis === "step" ? whole(ends) : whole(ends.map((at) => at * 1000 + begin)));
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    },
    positive(data, logX, logY),
    document.createElement("div"),
  );
  if (range && axis === "step") drawn.setScale("x", { min: range.start, max: range.end });
  box.replaceChildren(drawn.root);
  return drawn;
}

/** A logarithmic axis has no place for 0 and what is below. */
function positive(data: ReturnType<typeof align>, logX: boolean, logY: boolean): uPlot.AlignedData {
  const [xs, ...columns] = data;
  const kept = logX ? xs.map((x) => x > 0) : null;
  const here = <T,>(values: T[]): T[] => (kept ? values.filter((_, index) => kept[index]) : values);
  const shown = columns.map((values) =>
    here(logY ? values.map((value) => (value !== null && value <= 0 ? null : value)) : values),
  );
  return [here(xs), ...shown];
}

const whole = ([start = 0, end = 0]: number[]): Range => ({ start: Math.floor(start), end: Math.ceil(end) });

function seconds(value: number): string {
  if (Math.abs(value) < 120) return `${number(value)} s`;
  if (Math.abs(value) < 7200) return `${number(value / 60)} min`;
  return `${number(value / 3600)} h`;
}

/** Whether an element has come near to what is in sight: charts further down are not asked for yet. */
function useNear(element: { current: HTMLElement | null }): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setNear(true),
      {
        rootMargin: "300px",
      },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return near;
}

function useResized(element: { current: HTMLElement | null }, act: () => void): void {
  useEffect(() => {
    if (!element.current) return;
    let width = element.current.clientWidth;
    const observer = new ResizeObserver(() => {
      const now = element.current?.clientWidth ?? width;
      if (Math.abs(now - width) > 1) act();
      width = now;
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
}
