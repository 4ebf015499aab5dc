/* Which stream each part of a log came from and when, from `output.index.jsonl`. */

export interface Part {
  offset: number;
  time: number;
  stream: string;
}

/** The whole lines of an index; what cannot be read is left out. */
export function readParts(text: string): Part[] {
  return text.split("\n").flatMap((line) => {
    try {
      const { offset, time, stream } = JSON.parse(line) as Partial<Part>;
      return typeof offset === "number" && typeof stream === "string"
        ? [{ offset, stream, time: time ?? 0 }]
        : [];
    } catch {
      return [];
    }
  });
}

/** The last part that begins at an offset or before it: -1 if none does. */
export function partAt(parts: readonly Part[], offset: number): number {
  let [low, high] = [0, parts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((parts[middle] as Part).offset <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
