/* The log of a run, from its end, and on as it grows. */
import { useEffect, useRef, useState } from "preact/hooks";
import { listFiles, readBytes } from "../api/calls";
import { ApiError } from "../api/client";

const FOLDER = "mlproj";
const FILE = "mlproj/output.log";
const AT_ONCE = 1 << 20;
const EVERY = 1000;

export interface LoadedLog {
  text: string;
  /** The first byte that is here. */
  start: number;
  /** Bytes in all; null while that is not known. */
  size: number | null;
  error: unknown;
  earlier: () => void;
}

export function useLog(runId: string, live: boolean): LoadedLog {
  const kept = useRef({ parts: [] as Uint8Array[], start: 0, end: 0, begun: false, busy: false });
  const [state, setState] = useState<{ text: string; size: number | null; error: unknown }>({
    text: "",
    size: null,
    error: null,
  });
  const show = (size: number) => setState({ text: decode(kept.current.parts), size, error: null });
  const load = async () => {
    const log = kept.current;
    if (log.busy) return;
    log.busy = true;
    try {
      const size = await sizeNow(runId);
      if (!log.begun) log.start = log.end = Math.max(0, size - AT_ONCE);
      log.begun = true;
      if (size > log.end) {
        const part = await readBytes(runId, FILE, log.end, Math.min(size, log.end + 4 * AT_ONCE));
        log.parts.push(part);
        log.end += part.length;
      }
      show(size);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 416)) setState((old) => ({ ...old, error }));
    } finally {
      log.busy = false;
    }
  };
  const earlier = async () => {
    const log = kept.current;
    const from = Math.max(0, log.start - 4 * AT_ONCE);
    log.parts.unshift(await readBytes(runId, FILE, from, log.start));
    log.start = from;
    show(log.end);
  };
  useEffect(() => {
    void load();
    if (!live) return;
    const timer = setInterval(() => document.visibilityState === "visible" && void load(), EVERY);
    return () => clearInterval(timer);
  }, [runId, live]);
  return { ...state, start: kept.current.start, earlier: () => void earlier() };
}

async function sizeNow(runId: string): Promise<number> {
  const files = await listFiles(runId, FOLDER);
  return files.find(({ path }) => path === FILE)?.file_size ?? 0;
}

/** All together, for a character may be cut in two between parts. */
function decode(parts: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
}
