/* The calls of the API that more than one view makes. */
import { ApiError, MLFLOW, OWN, address, ask, get, post } from "./client";
import type { Columns, Curve, Experiment, FileInfo, Row, Rows, Run, RunRecord } from "./types";

const RECORD = "mlproj/run.json";
const RUN_ID = /^[0-9a-zA-Z_-]{1,64}$/;
/** Up to so many requests go out at once. */
const FEW = 4;

export interface Question {
  experiments: readonly string[];
  filter: string;
  deleted: boolean;
  order: readonly string[];
  columns: readonly string[] | null;
}

export function searchRows(
  question: Question,
  size: number,
  token?: string,
  signal?: AbortSignal,
): Promise<Rows> {
  return post<Rows>(
    `${OWN}runs/search-rows`,
    {
      experiment_ids: question.experiments,
      filter: question.filter,
      run_view_type: question.deleted ? "DELETED_ONLY" : "ACTIVE_ONLY",
      order_by: question.order,
      max_results: size,
      ...(question.columns ? { columns: question.columns } : {}),
      ...(token ? { page_token: token } : { count: true }),
    },
    signal,
  );
}

/** Every row that a question has, page by page. */
export async function everyRow(question: Question, onPage: (count: number) => void): Promise<Rows> {
  const rows: Row[] = [];
  let columns: string[] = [];
  let token: string | undefined;
  do {
    const page = await searchRows(question, 1000, token);
    rows.push(...(page.rows ?? []));
    columns = page.columns;
    token = page.next_page_token;
    onPage(rows.length);
  } while (token);
  return { columns, rows };
}

export const columnNames = (experiments: readonly string[]): Promise<Columns> =>
  get<Columns>(`${OWN}runs/columns`, { experiment_ids: experiments });

export async function searchExperiments(): Promise<Experiment[]> {
  const found: Experiment[] = [];
  let token: string | undefined;
  do {
    const page = await post<{ experiments?: Experiment[]; next_page_token?: string }>(
      `${MLFLOW}experiments/search`,
      { max_results: 10000, view_type: "ALL", ...(token ? { page_token: token } : {}) },
    );
    found.push(...(page.experiments ?? []));
    token = page.next_page_token;
  } while (token);
  return found;
}

export const getRun = async (runId: string): Promise<Run> =>
  (await get<{ run: Run }>(`${MLFLOW}runs/get`, { run_id: runId })).run;

/** The runs with these ids, in their order, as far as they are there. */
export async function getRuns(ids: readonly string[]): Promise<Run[]> {
  const found = await searchTogether(ids);
  const asked = ids.map((id) => found.get(id) ?? getRun(id));
  const results = await Promise.allSettled(asked);
  const missing = results.find((result) => result.status === "rejected");
  if (missing && results.every((result) => result.status === "rejected")) throw missing.reason;
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

/** Many runs are mostly of one experiment, which one search finds. */
async function searchTogether(ids: readonly string[]): Promise<Map<string, Run>> {
  const [first = ""] = ids;
  if (ids.length <= FEW || !ids.every((id) => RUN_ID.test(id))) return new Map();
  const known = await getRun(first).catch(() => null);
  if (!known) return new Map();
  const question = {
    experiment_ids: [known.info.experiment_id],
    filter: `attributes.run_id IN (${ids.map((id) => `'${id}'`).join(", ")})`,
    run_view_type: "ALL",
    max_results: ids.length,
  };
  const { runs = [] } = await post<{ runs?: Run[] }>(`${MLFLOW}runs/search`, question);
  return new Map(runs.map((run) => [run.info.run_id, run]));
}

export interface CurveOptions {
  points?: number;
  axis?: "step" | "timestamp";
  start?: number;
  end?: number;
  glimpse?: number;
}

export async function curves(
  runs: readonly string[],
  metric: string,
  options: CurveOptions = {},
  signal?: AbortSignal,
): Promise<Curve[]> {
  const query = { run_id: runs, metric_key: metric, ...options };
  return (await get<{ curves?: Curve[] }>(`${OWN}metrics/curves`, query, signal)).curves ?? [];
}

export const fileAddress = (runId: string, path: string): string =>
  address("get-artifact", { run_uuid: runId, path });

export const frameAddress = (runId: string, path: string): string =>
  address(`${OWN}artifacts/view`, { run_id: runId, path });

export async function listFiles(runId: string, path: string): Promise<FileInfo[]> {
  const query = { run_id: runId, ...(path ? { path } : {}) };
  return (await get<{ files?: FileInfo[] }>(`${MLFLOW}artifacts/list`, query)).files ?? [];
}

/** The bytes of a file from `start` up to `end`, which is not included. */
export async function readBytes(
  runId: string,
  path: string,
  start: number,
  end: number,
): Promise<Uint8Array> {
  const headers = { Range: `bytes=${start}-${end - 1}` };
  return new Uint8Array(await (await ask(fileAddress(runId, path), { headers })).arrayBuffer());
}

export const readText = async (runId: string, path: string): Promise<string> =>
  (await ask(fileAddress(runId, path))).text();

/** What mlproj recorded of a run; null for a run that something else made. */
export async function readRecord(runId: string): Promise<RunRecord | null> {
  try {
    const files = await listFiles(runId, "mlproj");
    if (!files.some(({ path }) => path === RECORD)) return null;
    return JSON.parse(await readText(runId, RECORD)) as RunRecord;
  } catch (error) {
    if (error instanceof ApiError && [400, 404].includes(error.status)) return null;
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export const setTag = (runId: string, key: string, value: string): Promise<unknown> =>
  post(`${MLFLOW}runs/set-tag`, { run_id: runId, key, value });

export const deleteTag = (runId: string, key: string): Promise<unknown> =>
  post(`${MLFLOW}runs/delete-tag`, { run_id: runId, key });

export const renameRun = (runId: string, name: string): Promise<unknown> =>
  post(`${MLFLOW}runs/update`, { run_id: runId, run_name: name });

export const deleteRun = (runId: string): Promise<unknown> => post(`${MLFLOW}runs/delete`, { run_id: runId });

export const restoreRun = (runId: string): Promise<unknown> =>
  post(`${MLFLOW}runs/restore`, { run_id: runId });
