/* Requests to the public REST API, relative to the page's own address. */

export const MLFLOW = "api/2.0/mlflow/";
export const OWN = "api/mlproj/";

export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    /** The character of a filter where it goes wrong. */
    readonly position?: number,
  ) {
    super(message);
  }
}

export type Arguments = Record<string, string | number | readonly string[] | undefined>;

export function address(path: string, query: Arguments = {}): string {
  const words = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? (value as string[]) : [value]) {
      if (item !== undefined) words.append(key, String(item));
    }
  }
  return words.size ? `${path}?${words}` : path;
}

export async function get<T>(path: string, query: Arguments = {}, signal?: AbortSignal): Promise<T> {
  return (await (await ask(address(path, query), signal ? { signal } : {})).json()) as T;
}

export async function send<T>(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  const request: RequestInit = { method, headers, body: JSON.stringify(body) };
  return (await (await ask(path, signal ? { ...request, signal } : request)).json()) as T;
}

export const post = <T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> =>
  send<T>("POST", path, body, signal);

/** The answer, whatever it holds; an ApiError says what is wrong. */
export async function ask(path: string, request: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError("The server does not answer. Is it still running?", "UNREACHABLE", 0);
  }
  if (response.ok) return response;
  const told = (await response.json().catch(() => ({}))) as {
    error_code?: string;
    message?: string;
    position?: number;
  };
  const message =
    response.status === 401
      ? "Sign in anew: load the page again."
      : (told.message ?? `${response.status} ${response.statusText}`);
  throw new ApiError(message, told.error_code ?? "UNKNOWN", response.status, told.position);
}

export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
