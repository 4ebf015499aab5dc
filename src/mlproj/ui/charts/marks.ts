/* What is no finite number, at the edge of a chart: a line has only a gap there. */
import type uPlot from "uplot";
import { color } from "./palette";
import type { Mark } from "./series";

const SIZE = 11;

export function drawMarks(plot: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.font = `${SIZE * scale}px system-ui`;
  ctx.textAlign = "center";
  for (const { x, line, sign } of marks) {
    const left = plot.valToPos(x, "x", true);
    if (!(left >= bbox.left && left <= bbox.left + bbox.width)) continue;
    ctx.fillStyle = color(line);
    ctx.fillText(sign, left, sign === "▲" ? bbox.top + SIZE * scale : bbox.top + bbox.height - 2 * scale);
  }
  ctx.restore();
}

/** The same in words. */
export function marksText(marks: readonly Mark[]): string {
  if (!marks.length) return "";
  return marks.length === 1 ? "1 value is not finite" : `${marks.length} values are not finite`;
}
