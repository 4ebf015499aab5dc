/* The log of a run, from its end, and on as it grows. */
import { useEffect, useRef, useState } from "preact/hooks";
import { listFiles, readBytes } from "../api/calls";
import { type Part, readParts } from "./logIndex";
import { Lines } from "./logLines";

const FOLDER = "mlproj";
const [LOG, INDEX] = [`${FOLDER}/output.log`, `${FOLDER}/output.index.jsonl`];
const AT_ONCE = 1 << 20;
const INDEX_AT_ONCE = 1 << 19;
const EVERY = 1000;
const NEWLINE = 10;

export interface LoadedLog {
  lines: Lines["all"];
  /** Changes when lines have come. */
  version: number;
  /** The first byte that is here. */
  start: number;
  /** Bytes in all; null while that is not known. */
  size: number | null;
  streams: readonly string[];
  error: unknown;
  earlier: () => void;
}

/** What was read of a run's log. */
class Book {
  start = 0;
  end = 0;
  size: number | null = null;
  streams: string[] = [];
  lines: Lines;
  private begun = false;
  private waiting = 0;
  private last: Promise<unknown> = Promise.resolve();
  private bytes: { offset: number; content: Uint8Array }[] = [];
  private parts: Part[] = [];
  private index = { start: 0, end: 0 };

  constructor(
    private readonly runId: string,
    private only: string,
  ) {
    this.lines = new Lines(only);
  }

  /** Whether there was news. */
  async load(): Promise<boolean> {
    return this.waiting ? false : this.inTurn(() => this.look());
  }

  earlier(): Promise<void> {
    return this.inTurn(() => this.back());
  }

  /** Go through all again, for one stream or for all. */
  show(only: string): void {
    this.only = only;
    this.lines = new Lines(only);
    for (const { offset, content } of this.bytes) this.lines.add(content, offset, this.parts);
  }

  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    this.waiting += 1;
    const done = this.last.then(act).finally(() => (this.waiting -= 1));
    this.last = done.catch(() => undefined);
    return done;
  }

  private async look(): Promise<boolean> {
    const before = this.size;
    const { log, index } = await this.sizes();
    if (!this.begun) await this.begin(log, index);
    if (log > this.end) await this.more(log, index);
    this.size = log;
    return before !== log || this.end < log;
  }

  private async back(): Promise<void> {
    const from = Math.max(0, this.start - 4 * AT_ONCE);
    if (from === this.start) return;
    const content = await readBytes(this.runId, LOG, from, this.start);
    await this.reach(from);
    this.bytes.unshift({ offset: from, content });
    this.start = from;
    this.show(this.only);
  }

  private async begin(log: number, index: number): Promise<void> {
    this.start = this.end = Math.max(0, log - AT_ONCE);
    this.index = { start: index, end: index };
    await this.reach(this.start);
    this.begun = true;
  }

  private async more(log: number, index: number): Promise<void> {
    // A part is in the index before its output is in the log: an index that is read now knows of all that was listed.
    const known = index > this.index.end ? index : (await this.sizes()).index;
    if (known > this.index.end) await this.follow(known);
    const content = await readBytes(this.runId, LOG, this.end, Math.min(log, this.end + 4 * AT_ONCE));
    this.lines.add(content, this.end, this.parts);
    this.bytes.push({ offset: this.end, content });
    this.end += content.length;
  }

  private async follow(size: number): Promise<void> {
    const text = await readBytes(this.runId, INDEX, this.index.end, size);
    const whole = text.subarray(0, text.lastIndexOf(NEWLINE) + 1);
    this.index.end += whole.length;
    this.know([...this.parts, ...readParts(new TextDecoder().decode(whole))]);
  }

  /** Have the index from the part that holds an offset. */
  private async reach(offset: number): Promise<void> {
    while (this.index.start > 0 && (this.parts[0]?.offset ?? Infinity) > offset) {
      const from = Math.max(0, this.index.start - INDEX_AT_ONCE);
      const text = await readBytes(this.runId, INDEX, from, this.index.start);
      const skipped = from ? text.indexOf(NEWLINE) + 1 : 0;
      const parts = readParts(new TextDecoder().decode(text.subarray(skipped)));
      if (this.index.start === this.index.end) this.index.end = from + text.lastIndexOf(NEWLINE) + 1;
      this.index.start = from + skipped;
      this.know([...parts, ...this.parts]);
      if (from && !skipped) return; // no line of an index is as long as this
    }
  }

  private know(parts: Part[]): void {
    this.parts = parts;
    this.streams = [...new Set(parts.map(({ stream }) => stream))].sort();
  }

  private async sizes(): Promise<{ log: number; index: number }> {
    const files = await listFiles(this.runId, FOLDER);
    const size = (name: string) => files.find(({ path }) => path === name)?.file_size ?? 0;
    return { log: size(LOG), index: size(INDEX) };
  }
}

export function useLog(runId: string, live: boolean, only: string): LoadedLog {
  const kept = useRef<Book | null>(null);
  const book = (kept.current ??= new Book(runId, only));
  const [version, setVersion] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const changed = () => setVersion((count) => count + 1);
  const load = () =>
    book.load().then((news) => {
      setError(null);
      if (news) changed();
    }, setError);
  useEffect(() => {
    void load();
    if (!live) return;
    const timer = setInterval(() => document.visibilityState === "visible" && void load(), EVERY);
    return () => {
      clearInterval(timer);
      void load(); // what came between the last look and the end
    };
  }, [runId, live]);
  useEffect(() => {
    book.show(only);
    changed();
  }, [only]);
  return {
    lines: book.lines.all,
    version,
    start: book.start,
    size: book.size,
    streams: book.streams,
    error,
    earlier: () => void book.earlier().then(changed, setError),
  };
}
