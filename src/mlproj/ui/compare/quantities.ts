/* What runs can be compared by: params and metrics, as numbers where they are. */
import type { Run } from "../api/types";

export interface Quantity {
  id: string;
  kind: "params" | "metrics";
  name: string;
  /** The text of each run, undefined where it has none. */
  texts: (string | undefined)[];
}

export function quantities(runs: readonly Run[]): Quantity[] {
  const tables = runs.map(({ data }) => ({
    params: new Map((data.params ?? []).map(({ key, value }) => [key, value ?? ""])),
    metrics: new Map((data.metrics ?? []).map(({ key, value }) => [key, String(value)])),
  }));
  return (["params", "metrics"] as const).flatMap((kind) =>
    [...new Set(tables.flatMap((table) => [...table[kind].keys()]))]
      .sort((a, b) => a.localeCompare(b))
      .map((name) => ({
        id: `${kind}.${name}`,
        kind,
        name,
        texts: tables.map((table) => table[kind].get(name)),
      })),
  );
}

export const differs = ({ texts }: Quantity): boolean => new Set(texts).size > 1;

/** A place for each run on an axis: its number, or the rank of its text among all. */
export interface Axis {
  places: (number | null)[];
  low: number;
  high: number;
  /** What stands at the places, for texts. */
  words: string[] | null;
}

export function axisOf({ texts }: Quantity): Axis {
  const numbers = texts.map((text) => (text === undefined || text.trim() === "" ? null : Number(text)));
  const isNumeric = texts.every((text, at) => text === undefined || !Number.isNaN(numbers[at] ?? Number.NaN));
  if (isNumeric) {
    const finite = numbers.filter((value): value is number => value !== null && Number.isFinite(value));
    const [low, high] = [Math.min(...finite), Math.max(...finite)];
    const places = numbers.map((value) => (value !== null && Number.isFinite(value) ? value : null));
    return finite.length ? { places, low, high, words: null } : { places, low: 0, high: 1, words: null };
  }
  const words = [...new Set(texts.filter((text): text is string => text !== undefined))].sort();
  const places = texts.map((text) => (text === undefined ? null : words.indexOf(text)));
  return { places, low: 0, high: Math.max(1, words.length - 1), words };
}

/** A part of the axis from 0 to 1; the middle where all stand at one place. */
export const share = (axis: Axis, value: number): number =>
  axis.high > axis.low ? (value - axis.low) / (axis.high - axis.low) : 0.5;

export const label = (run: Run): string => run.info.run_name || run.info.run_id.slice(0, 8);
