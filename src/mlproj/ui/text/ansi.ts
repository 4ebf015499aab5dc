/* What a program printed for a terminal, as pieces of text with a look. */

export interface Piece {
  text: string;
  classes: string;
  color?: string;
  background?: string;
}

interface Look {
  flags: Set<string>;
  front: string;
  back: string;
}

// eslint-disable-next-line no-control-regex
const SEQUENCE =
  /\x1b\[([0-9;:]*)([A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]/g;
const FLAGS: Record<number, string> = {
  1: "bold",
  2: "dim",
  3: "italic",
  4: "underlined",
  7: "reversed",
  9: "struck",
};

export class Painter {
  private look: Look = { flags: new Set(), front: "", back: "" };

  /** One line; its look goes on in the next. Of what a carriage return goes back over, the last is shown. */
  line(text: string): Piece[] {
    const shown = text.replace(/\r+$/, "");
    const start = shown.lastIndexOf("\r") + 1;
    for (const [, codes = "", kind] of shown.slice(0, start).matchAll(SEQUENCE))
      if (kind === "m") this.apply(codes);
    return this.pieces(shown.slice(start));
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
        if (code === 38) this.look.front = color;
        else this.look.back = color;
        at += used;
      } else this.one(code);
    }
  }

  private one(code: number): void {
    const { look } = this;
    if (code === 0) this.look = { flags: new Set(), front: "", back: "" };
    else if (FLAGS[code]) look.flags.add(FLAGS[code]);
    else if (code === 22) ["bold", "dim"].forEach((flag) => look.flags.delete(flag));
    else if (FLAGS[code - 20]) look.flags.delete(FLAGS[code - 20] ?? "");
    else if (code >= 30 && code <= 37) look.front = String(code - 30);
    else if (code >= 90 && code <= 97) look.front = String(code - 82);
    else if (code >= 40 && code <= 47) look.back = String(code - 40);
    else if (code >= 100 && code <= 107) look.back = String(code - 92);
    else if (code === 39) look.front = "";
    else if (code === 49) look.back = "";
  }
}

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
  text
    .replace(SEQUENCE, "")
    .split("\n")
    .map((line) => line.replace(/\r+$/, "").replace(/^.*\r/s, ""))
    .join("\n");
