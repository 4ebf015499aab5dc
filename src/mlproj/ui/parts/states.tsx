/* What a view shows before, instead of, and without what it is for. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, isAborted } from "../api/client";

export function Loading({ what }: { what: string }) {
  return (
    <p class="state" role="status">
      <span class="spinner" aria-hidden="true" /> Loading {what} …
    </p>
  );
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const message = error instanceof Error ? error.message : String(error);
  const missing = error instanceof ApiError && error.status === 404;
  return (
    <div class="state failure" role="alert">
      <strong>{missing ? "Not here" : "That did not work"}</strong>
      <p>{message}</p>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Above what was shown before, while the server is away. */
export function Lost({ error }: { error: unknown }) {
  const message = error instanceof Error ? error.message : String(error);
  return (
    <p class="lost" role="status">
      {message} What is shown is from before.
    </p>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export interface Loaded<T> {
  value?: T;
  error?: unknown;
  again: () => void;
}

/** What `load` gives, anew whenever `keys` change, and every `every` milliseconds while somebody looks. */
export function useLoaded<T>(load: () => Promise<T>, keys: readonly unknown[], every = 0): Loaded<T> {
  const [state, setState] = useState<{ value?: T; error?: unknown; of?: string }>({});
  const [round, setRound] = useState(0);
  const again = () => setRound((count) => count + 1);
  const of = JSON.stringify(keys);
  useEffect(() => {
    let current = true;
    load().then(
      (value) => current && setState({ value, of }),
      (error: unknown) => current && !isAborted(error) && setState((old) => ({ ...old, error, of })),
    );
    return () => {
      current = false;
    };
  }, [of, round]);
  useEffect(() => {
    if (!every) return;
    const timer = setInterval(() => document.visibilityState === "visible" && again(), every);
    return () => clearInterval(timer);
  }, [every]);
  const fresh = state.of === of ? state : {};
  return { ...fresh, again };
}
