/* Curves on a canvas. */
import type uPlot from "uplot";
import type { Curve } from "../api/types";
import { number } from "../text/format";
import { drawMarks } from "./marks";
import { color, dash } from "./palette";
import { type Axis, type Range, between } from "./range";
import { type Columns, type Line, align, marksOf } from "./series";

export interface Look {
  lines: readonly Line[];
  axis: Axis;
  height: number;
  smoothing: number;
  logX: boolean;
  logY: boolean;
  legend: boolean;
  range: Range | null;
}

export interface Told {
  /** A part of the axis was dragged over. */
  zoom: (range: Range) => void;
  /** The place on the axis that is pointed at; null for none. */
  point: (index: number | null) => void;
}

export async function draw(
  box: HTMLElement,
  found: readonly Curve[],
  look: Look,
  told: Told,
): Promise<uPlot> {
  const { default: Plot } = await import("uplot");
  const { lines, axis, range } = look;
  const data = positive(align(found, lines, axis, look.smoothing), look.logX, look.logY);
  const marks = marksOf(found, lines, axis);
  const scale = axis === "step" ? 1 : 1000;
  const options: uPlot.Options = {
    width: box.clientWidth,
    height: look.height,
    legend: { show: look.legend, live: true },
    cursor: {
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
      dataIdx: (self, index, at) => nearest(self.data[index] ?? [], self.data[0], at),
    },
    scales: {
      x: { time: false, distr: look.logX ? 3 : 1 },
      y: { distr: look.logY ? 3 : 1 },
    },
    axes: axes(box, axis),
    series: [
      { label: axis, value: (_, x) => (x === null ? "" : placeText(x, axis)) },
      ...lines.map((line, index) => series(line, index, strokeOf(found, line, box.clientWidth))),
    ],
    hooks: {
      draw: [(self) => drawMarks(self, marks)],
      setCursor: [(self) => told.point(self.cursor.idx ?? null)],
      setSelect: [
        (self) => {
          const { left, width } = self.select;
          if (width < 4) return;
          told.zoom(between(self.posToVal(left, "x") * scale, self.posToVal(left + width, "x") * scale));
          self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
  const drawn = new Plot(options, data, document.createElement("div"));
  if (range) drawn.setScale("x", { min: range.start / scale, max: range.end / scale });
  box.replaceChildren(drawn.root);
  return drawn;
}

/** Where a curve has a value next to a place: runs log at steps and at times of their own. */
function nearest(values: ArrayLike<number | null | undefined>, xs: ArrayLike<number>, at: number): number {
  const has = (index: number) => values[index] !== null && values[index] !== undefined;
  let [left, right] = [at, at];
  while (left >= 0 && !has(left)) left -= 1;
  while (right < xs.length && !has(right)) right += 1;
  if (left < 0 || right >= xs.length) return at; // before it begins, or after its end
  const x = xs[at] ?? 0;
  return x - (xs[left] ?? 0) <= (xs[right] ?? 0) - x ? left : right;
}

/** A place on the axis, as people read it. */
export const placeText = (x: number, axis: Axis): string => (axis === "step" ? number(x) : seconds(x));

function axes(box: HTMLElement, axis: Axis): uPlot.Axis[] {
  const look = getComputedStyle(box);
  const [ink, rule] = [look.getPropertyValue("--faint"), look.getPropertyValue("--rule")];
  const style = {
    stroke: ink,
    grid: { stroke: rule, width: 1 },
    ticks: { stroke: rule, width: 1 },
    font: "11px system-ui",
  };
  const plain = (_: uPlot, values: number[]) => values.map((value) => (value === null ? "" : number(value)));
  return [
    { ...style, size: 28, values: axis === "step" ? plain : (_, at) => at.map(seconds) },
    { ...style, size: 56, values: plain },
  ];
}

type Stroke = "dots" | "line" | "dense";

/** With more points than pixels a line is a band: one pixel is enough for it then, and drawn many times as fast. */
function strokeOf(found: readonly Curve[], { runId }: Line, width: number): Stroke {
  const points = found.find((curve) => curve.run_id === runId)?.at.length ?? 0;
  if (points > width) return "dense";
  return points < 40 ? "dots" : "line";
}

const series = ({ label }: Line, index: number, stroke: Stroke): uPlot.Series => ({
  label,
  stroke: color(index),
  dash: stroke === "dense" ? [] : dash(index),
  width: stroke === "dense" ? 1 / devicePixelRatio : 1.5,
  spanGaps: false,
  points: { show: stroke === "dots" },
  value: (_, value) => (value === null ? "" : number(value)),
});

/** A logarithmic axis has no place for 0 and what is below. */
function positive(data: Columns, logX: boolean, logY: boolean): uPlot.AlignedData {
  const [xs, ...columns] = data;
  const kept = logX ? xs.map((x) => x > 0) : null;
  const here = <T>(values: T[]): T[] => (kept ? values.filter((_, index) => kept[index]) : values);
  const shown = columns.map((values) =>
    here(logY ? values.map((value) => (value !== null && value <= 0 ? null : value)) : values),
  );
  return [here(xs), ...shown];
}

function seconds(value: number): string {
  if (value === null) return "";
  if (Math.abs(value) < 120) return `${number(value)} s`;
  if (Math.abs(value) < 7200) return `${number(value / 60)} min`;
  return `${number(value / 3600)} h`;
}
