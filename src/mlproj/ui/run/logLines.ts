/* The lines of a log, taken in as it grows: nothing that is there is gone through again. */
import { type Look, PLAIN, Painter, type Piece } from "../text/ansi";
import { type Part, partAt } from "./logIndex";

const NEWLINE = 10;
const MOST_WIDE = 5000;

export interface Line {
  text: string;
  /** Of its first byte; empty where that is not known. */
  stream: string;
  time: number;
  look: Look;
}

export class Lines {
  readonly all: Line[] = [];
  /** The last line, while its end has not come. */
  private open: Uint8Array = new Uint8Array(0);
  private openOf: Pick<Line, "stream" | "time"> = { stream: "", time: 0 };
  private isOpenShown = false;
  private look: Look = PLAIN;

  /** Only the output of one stream, or all for an empty name. */
  constructor(private readonly only: string) {}

  /** The next bytes of the log, which begin at `offset`. */
  add(bytes: Uint8Array, offset: number, parts: readonly Part[]): void {
    if (this.isOpenShown) this.all.pop();
    let at = 0;
    for (let index = partAt(parts, offset); at < bytes.length; index += 1) {
      const next = parts[index + 1]?.offset ?? Infinity;
      const end = Math.min(bytes.length, next - offset);
      const { stream = "", time = 0 } = parts[index] ?? {};
      if (end > at && (!this.only || stream === this.only)) this.take(bytes.subarray(at, end), stream, time);
      at = Math.max(at, end);
    }
    this.isOpenShown = this.open.length > 0;
    if (this.isOpenShown) this.all.push({ ...this.openOf, text: decode(this.open), look: this.look });
  }

  private take(bytes: Uint8Array, stream: string, time: number): void {
    if (!this.open.length) this.openOf = { stream, time };
    const end = bytes.lastIndexOf(NEWLINE);
    if (end < 0) {
      this.open = joined(this.open, bytes);
      return;
    }
    const whole = decode(joined(this.open, bytes.subarray(0, end)));
    whole.split("\n").forEach((text, index) => this.push(text, index ? { stream, time } : this.openOf));
    this.open = bytes.slice(end + 1);
    this.openOf = { stream, time };
  }

  private push(text: string, of: Pick<Line, "stream" | "time">): void {
    this.all.push({ ...of, text, look: this.look });
    if (text.includes("\x1b")) this.look = new Painter(this.look).after(text);
  }
}

export function pieces({ text, look }: Line): Piece[] {
  return new Painter(look).line(text.length > MOST_WIDE ? `${text.slice(0, MOST_WIDE)} …` : text);
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const decode = (bytes: Uint8Array): string => decoder.decode(bytes);

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (!first.length) return second.slice();
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
