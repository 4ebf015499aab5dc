/* Runs below the runs that started them. */
import type { Row } from "../api/types";
import { marked } from "../parts/status";

export interface Line {
  row: Row;
  depth: number;
  /** How many runs are below it. */
  children: number;
  open: boolean;
}

const MOST_DEEP = 6;

/** The lines of the table: each run below its parent, if that is among them; none below a folded one. */
export function nest(rows: readonly Row[], folded: ReadonlySet<string>): Line[] {
  const here = new Map(rows.map((row) => [row.run_id, row]));
  const below = new Map<string, Row[]>();
  const roots: Row[] = [];
  for (const row of rows) {
    const parent = marked(row.marks, "mlflow.parentRunId");
    if (parent && here.has(parent) && !isBelow(here, parent, row.run_id)) {
      below.set(parent, [...(below.get(parent) ?? []), row]);
    } else roots.push(row);
  }
  const lines: Line[] = [];
  const add = (row: Row, depth: number): void => {
    const children = below.get(row.run_id) ?? [];
    const open = children.length > 0 && !folded.has(row.run_id);
    lines.push({ row, depth, children: children.length, open });
    if (open) for (const child of children) add(child, Math.min(depth + 1, MOST_DEEP));
  };
  for (const row of roots) add(row, 0);
  return lines;
}

/** Whether a run is `other`, or below it: tags may say anything, a circle too. */
function isBelow(here: ReadonlyMap<string, Row>, id: string, other: string): boolean {
  const seen = new Set<string>();
  for (
    let at: string | undefined = id;
    at && !seen.has(at);
    at = marked(here.get(at)?.marks, "mlflow.parentRunId")
  ) {
    if (at === other) return true;
    seen.add(at);
  }
  return false;
}

export const flat = (rows: readonly Row[]): Line[] =>
  rows.map((row) => ({ row, depth: 0, children: 0, open: false }));
