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

/** All curves over one axis: the x of any, and for each the values there, undefined where it has none. */
export function align(
  curves: readonly Curve[],
  lines: readonly Line[],
  axis: "step" | "timestamp",
  weight: number,
): Columns {
  const byRun = new Map(curves.map((curve) => [curve.run_id, curve]));
  const tables = lines.map(({ runId, begin }) => {
    const curve = byRun.get(runId);
    const at = (curve?.at ?? []).map((x) => (axis === "step" ? x : (x - begin) / 1000));
    return { at, values: smooth((curve?.values ?? []).map(finite), weight) };
  });
  const xs = [...new Set(tables.flatMap(({ at }) => at))].sort((a, b) => a - b);
  const places = new Map(xs.map((x, index) => [x, index]));
  const columns = tables.map(({ at, values }) => {
    const column = new Array<number | null | undefined>(xs.length).fill(undefined);
    at.forEach((x, index) => (column[places.get(x) ?? 0] = values[index] ?? null));
    return column as (number | null)[];
  });
  return [xs, ...columns];
}
