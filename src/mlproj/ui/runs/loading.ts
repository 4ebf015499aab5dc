/* The rows of a search: the first page at once, the next as they come into sight, and news while runs are going. */
import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type Question, searchRows } from "../api/calls";
import { isAborted } from "../api/client";
import type { Row } from "../api/types";

const FIRST_PAGE = 100;
const NEXT_PAGE = 500;
const NEWS_EVERY = 4000;

export class Loader {
  readonly rows = signal<readonly Row[]>([]);
  readonly columns = signal<readonly string[]>([]);
  readonly error = signal<unknown>(null);
  readonly loading = signal(true);
  readonly more = signal(false);
  private token: string | undefined;
  private fetching = false;
  private readonly stop = new AbortController();

  constructor(private readonly question: Question) {}

  async start(): Promise<void> {
    await this.ask(FIRST_PAGE, undefined, (rows) => rows);
    this.loading.value = false;
  }

  async next(): Promise<void> {
    if (this.fetching || !this.token) return;
    await this.ask(NEXT_PAGE, this.token, (rows) => [...this.rows.value, ...rows]);
  }

  /** The first page again; what it no longer holds is gone, or has moved below it. */
  async refresh(): Promise<void> {
    if (this.fetching || this.stop.signal.aborted) return;
    const { token, more } = { token: this.token, more: this.more.value };
    await this.ask(FIRST_PAGE, undefined, (rows) => {
      const here = new Set(rows.map((row) => row.run_id));
      const old = this.rows.value;
      const last = old.findLastIndex((row) => here.has(row.run_id));
      const rest = last < 0 || old.length <= FIRST_PAGE ? [] : old.slice(last + 1);
      if (rest.length) queueMicrotask(() => this.resume(token, more));
      return [...rows, ...rest];
    });
  }

  end(): void {
    this.stop.abort();
  }

  private resume(token: string | undefined, more: boolean): void {
    this.token = token;
    this.more.value = more;
  }

  private async ask(size: number, token: string | undefined, join: (rows: Row[]) => Row[]): Promise<void> {
    this.fetching = true;
    try {
      const page = await searchRows(this.question, size, token, this.stop.signal);
      this.columns.value = this.question.columns ?? page.columns;
      this.token = page.next_page_token;
      this.more.value = !!page.next_page_token;
      this.rows.value = join(page.rows ?? []);
      this.error.value = null;
    } catch (error) {
      if (!isAborted(error)) this.error.value = error;
    } finally {
      this.fetching = false;
    }
  }
}

export function useRows(question: Question): Loader {
  const key = JSON.stringify(question);
  const loader = useMemo(() => new Loader(question), [key]);
  useEffect(() => {
    void loader.start();
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void loader.refresh();
    }, NEWS_EVERY);
    return () => {
      clearInterval(timer);
      loader.end();
    };
  }, [loader]);
  return loader;
}
