/* The part of an axis that a chart shows: steps, or milliseconds since each run began. */
import type { Curve } from "../api/types";
import type { Line } from "./series";

export interface Range {
  readonly start: number;
  readonly end: number;
}

export type Axis = "step" | "timestamp";

const NARROWEST = 2;

export const beginOf = (line: Line, axis: Axis): number => (axis === "step" ? 0 : line.begin);

/** What the points of all curves span; null without points. */
export function extent(found: readonly Curve[], lines: readonly Line[], axis: Axis): Range | null {
  let [start, end] = [Infinity, -Infinity];
  for (const line of lines) {
    const at = found.find((curve) => curve.run_id === line.runId)?.at ?? [];
    const [first, last] = [at[0], at.at(-1)];
    if (first === undefined || last === undefined) continue;
    start = Math.min(start, first - beginOf(line, axis));
    end = Math.max(end, last - beginOf(line, axis));
  }
  return start <= end ? { start, end } : null;
}

/** Wider or narrower by a factor, with one place of it kept where it is; null for all. */
export function zoomed(range: Range, whole: Range, factor: number, at: number): Range | null {
  const place = Math.min(range.end, Math.max(range.start, at));
  const narrow = Math.max(NARROWEST / (range.end - range.start || 1), factor);
  return within(
    { start: place - (place - range.start) * narrow, end: place + (range.end - place) * narrow },
    whole,
  );
}

/** Moved to the side by a part of its width. */
export function panned(range: Range, whole: Range, part: number): Range | null {
  const wide = range.end - range.start;
  const by = Math.max(whole.start - range.start, Math.min(whole.end - range.end, wide * part));
  return within({ start: range.start + by, end: range.end + by }, whole);
}

/** Between two places of an axis, in whole numbers. */
export function between(first: number, last: number): Range {
  return { start: Math.floor(Math.min(first, last)), end: Math.ceil(Math.max(first, last)) };
}

function within(range: Range, whole: Range): Range | null {
  const { start, end } = between(range.start, range.end);
  if (start <= whole.start && end >= whole.end) return null;
  return { start: Math.max(start, whole.start), end: Math.min(end, whole.end) };
}
