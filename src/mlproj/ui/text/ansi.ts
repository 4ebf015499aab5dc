/* What a program printed for a terminal, as pieces of text with a look. */

export interface Piece {
  text: string;
  classes: string;
  color?: string;
  background?: string;
}

export interface Look {
  readonly flags: ReadonlySet<string>;
  readonly front: string;
  readonly back: string;
}

export const PLAIN: Look = { flags: new Set(), front: "", back: "" };

const SEQUENCE =
  /\x1b\[([0-9;:]*)([A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]/g;
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/;
const FLAGS: Record<number, string> = {
  1: "bold",
  2: "dim",
  3: "italic",
  4: "underlined",
  7: "reversed",
  9: "struck",
};

export class Painter {
  constructor(private look: Look = PLAIN) {}

  /** One line; its look goes on in the next. Of what a carriage return goes back over, the last is shown. */
  line(text: string): Piece[] {
    const shown = text.replace(/\r+$/, "");
    const start = shown.lastIndexOf("\r") + 1;
    for (const [, codes = "", kind] of shown.slice(0, start).matchAll(SEQUENCE))
      if (kind === "m") this.apply(codes);
    return this.pieces(shown.slice(start));
  }

  /** The look of what comes after a line. */
  after(text: string): Look {
    for (const [, codes = "", kind] of text.matchAll(SEQUENCE)) if (kind === "m") this.apply(codes);
    return this.look;
  }

  private pieces(text: string): Piece[] {
    const found: Piece[] = [];
    let at = 0;
    for (const match of text.matchAll(SEQUENCE)) {
      if (match.index > at) found.push(this.piece(text.slice(at, match.index)));
      if (match[2] === "m") this.apply(match[1] ?? "");
      at = match.index + match[0].length;
    }
    if (at < text.length) found.push(this.piece(text.slice(at)));
    return found;
  }

  private piece(text: string): Piece {
    const { flags, front, back } = this.look;
    const classes = [...flags];
    const piece: Piece = { text, classes: "" };
    if (front.startsWith("#")) piece.color = front;
    else if (front) classes.push(`front-${front}`);
    if (back.startsWith("#")) piece.background = back;
    else if (back) classes.push(`back-${back}`);
    piece.classes = classes.join(" ");
    return piece;
  }

  private apply(text: string): void {
    const codes = text.split(/[;:]/).map(Number);
    for (let at = 0; at < codes.length; at += 1) {
      const code = codes[at] ?? 0;
      if (code === 38 || code === 48) {
        const [color, used] = wide(codes.slice(at + 1));
        this.look = { ...this.look, [code === 38 ? "front" : "back"]: color };
        at += used;
      } else this.look = turned(this.look, code);
    }
  }
}

function turned(look: Look, code: number): Look {
  if (code === 0) return PLAIN;
  if (FLAGS[code]) return { ...look, flags: new Set([...look.flags, FLAGS[code]]) };
  if (code === 22) return without(look, ["bold", "dim"]);
  if (FLAGS[code - 20]) return without(look, [FLAGS[code - 20] ?? ""]);
  if (code >= 30 && code <= 37) return { ...look, front: String(code - 30) };
  if (code >= 90 && code <= 97) return { ...look, front: String(code - 82) };
  if (code >= 40 && code <= 47) return { ...look, back: String(code - 40) };
  if (code >= 100 && code <= 107) return { ...look, back: String(code - 92) };
  if (code === 39) return { ...look, front: "" };
  return code === 49 ? { ...look, back: "" } : look;
}

const without = (look: Look, flags: readonly string[]): Look => ({
  ...look,
  flags: new Set([...look.flags].filter((flag) => !flags.includes(flag))),
});

/** A colour of 256, or one of 16 million; and how many numbers say so. */
function wide([kind, ...numbers]: number[]): [string, number] {
  if (kind === 2) return [hex(numbers.slice(0, 3)), 4];
  if (kind !== 5) return ["", 0];
  const number = numbers[0] ?? 0;
  if (number < 16) return [String(number), 2];
  if (number >= 232) return [hex([0, 0, 0].map(() => 8 + (number - 232) * 10)), 2];
  const level = (part: number) => (part % 6 ? (part % 6) * 40 + 55 : 0);
  const cube = number - 16;
  return [hex([level(Math.floor(cube / 36)), level(Math.floor(cube / 6)), level(cube)]), 2];
}

const hex = (parts: number[]): string =>
  `#${parts
    .map((part) =>
      Math.min(255, Math.max(0, part || 0))
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;

/** The text without all that is meant for a terminal. */
export const plain = (text: string): string =>
  !CONTROL.test(text)
    ? text
    : text
        .replace(SEQUENCE, "")
        .split("\n")
        .map((line) => line.replace(/\r+$/, "").replace(/^.*\r/s, ""))
        .join("\n");
