/* The points that a chart draws. */
import { curves } from "../api/calls";
import type { Curve } from "../api/types";
import { type Axis, type Range, beginOf } from "./range";
import type { Line } from "./series";

/** Points in one chart: of one run two for each pixel, of many together no more than can be told apart. */
const MOST_DRAWN = 20_000;

export const pointsFor = (width: number, count: number): number =>
  Math.round(Math.max(MOST_DRAWN / 100, Math.min(width * 2, MOST_DRAWN / count)));

/** A part of the time since each run began is another part of the clock for each. */
export async function loadCurves(
  lines: readonly Line[],
  metric: string,
  options: { points: number; axis: Axis; range: Range | null },
  signal: AbortSignal,
): Promise<Curve[]> {
  const { points, axis, range } = options;
  if (!range || axis === "step")
    return curves(
      lines.map(({ runId }) => runId),
      metric,
      { points, axis, ...range },
      signal,
    );
  const parts = lines.map((line) => {
    const begin = beginOf(line, axis);
    const part = { start: range.start + begin, end: range.end + begin };
    return curves([line.runId], metric, { points, axis, ...part }, signal);
  });
  return (await Promise.all(parts)).flat();
}
