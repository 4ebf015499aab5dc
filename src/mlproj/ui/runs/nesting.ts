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

const RUN_ID = /^[0-9a-zA-Z_-]{1,64}$/;
const parentOf = (row: Row | undefined): string | undefined => marked(row?.marks, "mlflow.parentRunId");

/** The runs that are named as parents, and are not here. */
export function missingParents(rows: readonly Row[]): string[] {
  const here = new Set(rows.map((row) => row.run_id));
  const named = rows.flatMap((row) => parentOf(row) ?? []);
  return [...new Set(named)].filter((id) => !here.has(id) && RUN_ID.test(id));
}

/**
 * The lines of the table: each run below its parent, if that is among them; none below a folded one.
 *
 * A family stands where its newest run would.
 */
export function nest(rows: readonly Row[], parents: readonly Row[], folded: ReadonlySet<string>): Line[] {
  const here = new Map([...rows, ...parents].map((row) => [row.run_id, row]));
  const below = new Map<string, Row[]>();
  const roots = new Set<Row>();
  const placed = new Set<string>();
  const place = (row: Row): void => {
    if (placed.has(row.run_id)) return;
    placed.add(row.run_id);
    const parent = here.get(parentOf(row) ?? "");
    if (!parent || isBelow(here, parent.run_id, row.run_id)) {
      roots.add(row);
      return;
    }
    const siblings = below.get(parent.run_id);
    if (siblings) siblings.push(row);
    else below.set(parent.run_id, [row]);
    place(parent);
  };
  rows.forEach(place);
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
  for (let at: string | undefined = id; at && !seen.has(at); at = parentOf(here.get(at))) {
    if (at === other) return true;
    seen.add(at);
  }
  return false;
}

export const flat = (rows: readonly Row[]): Line[] =>
  rows.map((row) => ({ row, depth: 0, children: 0, open: false }));
