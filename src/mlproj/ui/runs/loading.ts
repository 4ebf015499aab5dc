/* The rows of a search: the first page at once, the next as they come into sight, and news while runs are going. */
import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type Question, searchRows } from "../api/calls";
import { isAborted } from "../api/client";
import type { Row } from "../api/types";
import { missingParents } from "./nesting";

const FIRST_PAGE = 100;
const NEXT_PAGE = 500;
const NEWS_EVERY = 4000;
const PARENTS = 100;
const MOST_DEEP = 6;

export interface Counts {
  total: number;
  unfiltered: number;
}

export class Loader {
  readonly rows = signal<readonly Row[]>([]);
  readonly columns = signal<readonly string[]>([]);
  readonly error = signal<unknown>(null);
  readonly loading = signal(true);
  readonly more = signal(false);
  /** Runs that have others below them, and come later in the order or not at all. */
  readonly parents = signal<readonly Row[]>([]);
  readonly counts = signal<Counts | null>(null);
  private token: string | undefined;
  private fetching = false;
  private wanted = false;
  private readonly stop = new AbortController();

  constructor(
    private readonly question: Question,
    private readonly nested: boolean,
  ) {}

  async start(): Promise<void> {
    await this.ask(FIRST_PAGE, undefined, (rows) => rows);
    this.loading.value = false;
  }

  async next(): Promise<void> {
    this.wanted = this.fetching;
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

  /** Ask for the parents of the rows that are not among them: runs begin after the ones that start them. */
  private async adopt(anew: boolean): Promise<void> {
    const found = new Map(anew ? [] : this.parents.value.map((row) => [row.run_id, row]));
    for (let depth = 0; depth < MOST_DEEP; depth += 1) {
      const ids = missingParents([...this.rows.value, ...found.values()]).slice(0, PARENTS);
      if (!ids.length) break;
      const filter = `attributes.run_id IN (${ids.map((id) => `'${id}'`).join(", ")})`;
      const columns = this.columns.value;
      const page = await searchRows(
        { ...this.question, columns, filter },
        PARENTS,
        undefined,
        this.stop.signal,
      );
      for (const row of page.rows ?? []) found.set(row.run_id, row);
      if (!page.rows?.length) break;
    }
    const here = new Set(this.rows.value.map((row) => row.run_id));
    this.parents.value = [...found.values()].filter((row) => !here.has(row.run_id));
  }

  private async ask(size: number, token: string | undefined, join: (rows: Row[]) => Row[]): Promise<void> {
    this.fetching = true;
    try {
      // Rows that are here already keep the columns that they came with.
      const kept = token || this.rows.value.length > FIRST_PAGE ? this.columns.value : this.question.columns;
      const page = await searchRows({ ...this.question, columns: kept }, size, token, this.stop.signal);
      this.columns.value = this.question.columns ?? page.columns;
      this.token = page.next_page_token;
      this.more.value = !!page.next_page_token;
      this.rows.value = join(page.rows ?? []);
      if (page.total !== undefined)
        this.counts.value = { total: page.total, unfiltered: page.unfiltered ?? page.total };
      this.error.value = null;
      this.loading.value = false;
      if (this.nested) await this.adopt(!token);
    } catch (error) {
      if (!isAborted(error)) this.error.value = error;
    } finally {
      this.fetching = false;
      // Who came to the end of the rows meanwhile still waits there.
      if (this.wanted && !this.stop.signal.aborted) queueMicrotask(() => void this.next());
    }
  }
}

export function useRows(question: Question, nested: boolean): Loader {
  const key = JSON.stringify([question, nested]);
  const loader = useMemo(() => new Loader(question, nested), [key]);
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
  // The same rows in another order take their place when they are here.
  const runs = JSON.stringify({ ...question, order: [] });
  const last = useRef({ runs, loader });
  if (loader.loading.value && last.current.runs === runs) return last.current.loader;
  last.current = { runs, loader };
  return loader;
}
