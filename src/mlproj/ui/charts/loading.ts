/* The points that a chart draws. */
import { curves } from "../api/calls";
import type { Curve } from "../api/types";
import { type Axis, type Range, beginOf } from "./range";
import type { Line } from "./series";

/** Points in one chart: of one run two for each pixel, of many together no more than can be told apart. */
const MOST_DRAWN = 50_000;
/** Requests for the curves of one chart: a server goes through long ones side by side. */
const MOST_REQUESTS = 4;
/** Moments of each curve that a first look shows. */
const GLIMPSED = 200;
/** Milliseconds that drawing it has, before a server on this machine takes all there is of it. */
const DRAWING = 60;

export const pointsFor = (width: number, count: number): number =>
  Math.round(Math.max(MOST_DRAWN / 100, Math.min(width * 2, MOST_DRAWN / count)));

/** Curves of few points as they are; of those with many a glimpse first, and then with all that stands out. */
export async function loadWhole(
  lines: readonly Line[],
  metric: string,
  options: { points: number; axis: Axis },
  signal: AbortSignal,
  onGlimpse: (found: Curve[]) => void,
): Promise<Curve[]> {
  const ids = lines.map(({ runId }) => runId);
  const seen = await curves(ids, metric, { ...options, glimpse: GLIMPSED }, signal);
  const long = new Set(seen.filter(({ exact }) => !exact).map(({ run_id }) => run_id));
  if (!long.size) return seen;
  if (seen.every(({ at }) => at.length)) {
    onGlimpse(seen);
    await new Promise((done) => setTimeout(done, DRAWING));
    signal.throwIfAborted();
  }
  const asked = lines.filter(({ runId }) => long.has(runId));
  const whole = await loadCurves(asked, metric, { ...options, range: null }, signal);
  return [...seen.filter(({ exact }) => exact), ...whole];
}

/** A part of the time since each run began is another part of the clock for each. */
export async function loadCurves(
  lines: readonly Line[],
  metric: string,
  options: { points: number; axis: Axis; range: Range | null },
  signal: AbortSignal,
): Promise<Curve[]> {
  const { points, axis, range } = options;
  if (!range || axis === "step") {
    const ids = lines.map(({ runId }) => runId);
    const size = Math.ceil(ids.length / MOST_REQUESTS);
    const parts = Array.from({ length: Math.ceil(ids.length / size) }, (_, index) =>
      curves(ids.slice(index * size, (index + 1) * size), metric, { points, axis, ...range }, signal),
    );
    return (await Promise.all(parts)).flat();
  }
  const parts = lines.map((line) => {
    const begin = beginOf(line, axis);
    const part = { start: range.start + begin, end: range.end + begin };
    return curves([line.runId], metric, { points, axis, ...part }, signal);
  });
  return (await Promise.all(parts)).flat();
}
