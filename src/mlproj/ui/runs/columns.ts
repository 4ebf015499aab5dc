/* The columns of the table of runs: what they are called, how they sort, and what stands in them. */
import type { Row } from "../api/types";
import { marked } from "../parts/status";
import { duration, moment, number } from "../text/format";

export interface Column {
  /** As in the address: `started`, `metrics.loss`. */
  id: string;
  title: string;
  kind: "text" | "number";
  width: number;
  /** What the API orders by; null: it cannot. */
  order: string | null;
  text: (row: Row, values: ReadonlyMap<string, number>) => string;
}

const quoted = (entity: string, key: string): string => `${entity}.\`${key.replaceAll("`", "``")}\``;

const own = (
  id: string,
  title: string,
  width: number,
  order: string | null,
  text: (row: Row) => string,
  kind: Column["kind"] = "text",
): Column => ({ id, title, width, order, text, kind });

export const OWN_COLUMNS: readonly Column[] = [
  own("started", "Started", 144, "attributes.start_time", (row) => moment(row.start_time)),
  own(
    "duration",
    "Duration",
    96,
    null,
    (row) => (row.end_time ? duration(row.end_time - row.start_time) : ""),
    "number",
  ),
  own("experiment", "Experiment", 140, null, (row) => row.experiment_id),
  own("user", "User", 90, "attributes.user_id", (row) => row.user_id ?? ""),
  own(
    "source",
    "Source",
    160,
    "tags.`mlflow.source.name`",
    (row) => marked(row.marks, "mlflow.source.name") ?? "",
  ),
  own("commit", "Commit", 90, "tags.`mlflow.source.git.commit`", (row) =>
    (marked(row.marks, "mlflow.source.git.commit") ?? "").slice(0, 8),
  ),
  own("id", "Run id", 96, "attributes.run_id", (row) => row.run_id.slice(0, 8)),
];
export const FIRST_COLUMNS = ["started", "duration"];

export const isLogged = (id: string): boolean => /^(metrics|params|tags)\./.test(id);

export function column(id: string): Column {
  const known = OWN_COLUMNS.find((other) => other.id === id);
  if (known) return known;
  const [entity = "", ...rest] = id.split(".");
  const key = rest.join(".");
  const isMetric = entity === "metrics";
  return {
    id,
    title: key,
    kind: isMetric ? "number" : "text",
    width: isMetric ? 96 : 112,
    order: quoted(entity, key),
    text: (row, places) => {
      const text = row.values?.[places.get(id) ?? -1] ?? "";
      return isMetric ? number(text) : text;
    },
  };
}

export interface Order {
  id: string;
  descending: boolean;
}

export function readOrder(text: string | null): Order | null {
  if (!text) return null;
  const descending = text.startsWith("-");
  return { id: descending ? text.slice(1) : text, descending };
}

export const writeOrder = (order: Order | null): string | null =>
  order && `${order.descending ? "-" : ""}${order.id}`;

export function orderBy(order: Order | null): string[] {
  if (!order) return [];
  const by = order.id === "name" ? "attributes.run_name" : column(order.id).order;
  return by ? [`${by} ${order.descending ? "DESC" : "ASC"}`] : [];
}

/** The next order when a title is chosen: down, up, none; texts the other way round. */
export function turned(order: Order | null, id: string): Order | null {
  const first = id === "name" || column(id).kind === "text" ? id === "started" : true;
  if (order?.id !== id) return { id, descending: first };
  return order.descending === first ? { id, descending: !first } : null;
}
