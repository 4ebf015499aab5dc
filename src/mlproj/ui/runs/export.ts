/* All rows of a search as a CSV file. */
import { type Question, everyRow } from "../api/calls";
import { experimentNames } from "../state/experiments";

const FIXED = ["run_id", "run_name", "experiment", "status", "user", "start_time", "end_time"];

export async function saveCsv(question: Question, columns: readonly string[], tell: (count: number) => void) {
  const { rows } = await everyRow({ ...question, columns }, tell);
  const lines = [FIXED.concat(columns)];
  for (const row of rows ?? []) {
    const times = [row.start_time, row.end_time].map((time) => (time ? new Date(time).toISOString() : ""));
    const name = experimentNames.value.get(row.experiment_id) ?? row.experiment_id;
    const fixed = [row.run_id, row.run_name ?? "", name, row.status, row.user_id ?? "", ...times];
    lines.push([...fixed, ...(row.values ?? [])]);
  }
  const text = lines.map((line) => line.map(cell).join(",")).join("\r\n");
  save(new Blob([text, "\r\n"], { type: "text/csv" }), "runs.csv");
}

/** Spreadsheets take a text that begins like a formula for one. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
