/* Tables in text files. */

/** The first rows of a CSV or TSV file (RFC 4180). */
export function parseCsv(text: string, separator: string, most: number): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length && rows.length < most; at += 1) {
    const sign = text[at];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') cell += text[(at += 1)];
      else quoted = false;
    } else if (sign === '"' && !cell) quoted = true;
    else if (sign === separator || sign === "\n") {
      row.push(sign === "\n" ? cell.replace(/\r$/, "") : cell);
      cell = "";
      if (sign === "\n") rows.push(row), (row = []);
    } else cell += sign;
  }
  if (rows.length < most && (cell || row.length)) rows.push([...row, cell]);
  return rows;
}
