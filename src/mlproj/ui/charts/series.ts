/* What the API answers of a metric, made ready to draw. */
import type { Curve, Double } from "../api/types";

export interface Line {
  label: string;
  runId: string;
  /** Milliseconds at which the run began, for a time axis that begins there. */
  begin: number;
}

export type Columns = [number[], ...(number | null)[][]];

const finite = (value: Double): number | null => (typeof value === "number" ? value : null);

/** An exponential mean; the weight of what was before is 0 to 0.99. Gaps stay gaps. */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (!weight) return [...values];
  let mean = 0;
  let share = 0;
  return values.map((value) => {
    if (value === null) return null;
    mean = mean * weight + value * (1 - weight);
    share = share * weight + (1 - weight);
    return mean / share;
  });
}

/** All curves over one axis: the x of any, and for each the values there, undefined where it has none.
    An x at which a curve has several values is there as often. */
export function align(
  curves: readonly Curve[],
  lines: readonly Line[],
  axis: "step" | "timestamp",
  weight: number,
): Columns {
  const byRun = new Map(curves.map((curve) => [curve.run_id, curve]));
  const tables = lines.map((line) => {
    const { at = [], values = [] } = byRun.get(line.runId) ?? {};
    return { at: at.map((x) => shownAt(x, line, axis)), values: smooth(values.map(finite), weight) };
  });
  const xs = merged(tables.map(({ at }) => at));
  const columns = tables.map(({ at, values }) => {
    const column = new Array<number | null | undefined>(xs.length).fill(undefined);
    let place = 0;
    at.forEach((x, index) => {
      while ((xs[place] as number) < x) place += 1;
      column[place] = values[index] ?? null;
      place += 1;
    });
    return column as (number | null)[];
  });
  return [xs, ...columns];
}

/** Sorted lists as one, with each number as often as the list has it that has it most often. */
function merged(lists: readonly (readonly number[])[]): number[] {
  const often = new Map<number, number>();
  for (const list of lists) {
    let same = 0;
    list.forEach((x, index) => {
      same = index && list[index - 1] === x ? same + 1 : 1;
      if (same > (often.get(x) ?? 0)) often.set(x, same);
    });
  }
  const different = Float64Array.from(often.keys()).sort();
  const all: number[] = [];
  for (const x of different) for (let count = often.get(x) ?? 0; count; count -= 1) all.push(x);
  return all;
}

const shownAt = (x: number, { begin }: Line, axis: "step" | "timestamp"): number =>
  axis === "step" ? x : (x - begin) / 1000;

export interface Mark {
  x: number;
  /** The index of the line. */
  line: number;
  sign: "×" | "▲" | "▼";
}

const SIGNS = { NaN: "×", Infinity: "▲", "-Infinity": "▼" } as const;

/** Where curves have no finite number, with a sign for what they have there. */
export function marksOf(
  curves: readonly Curve[],
  lines: readonly Line[],
  axis: "step" | "timestamp",
): Mark[] {
  const byRun = new Map(curves.map((curve) => [curve.run_id, curve]));
  return lines.flatMap((line, index) => {
    const { at = [], values = [] } = byRun.get(line.runId) ?? {};
    return values.flatMap((value, place) =>
      typeof value === "number"
        ? []
        : [{ x: shownAt(at[place] ?? 0, line, axis), line: index, sign: SIGNS[value] }],
    );
  });
}
