/* A chart by keys: what the mouse does, and the values at each place read out. */
import type uPlot from "uplot";

export const HINT =
  "Arrow keys go from point to point, plus and minus zoom, Shift with an arrow moves to the side, 0 shows all.";

export interface Moves {
  zoom: (factor: number) => void;
  pan: (part: number) => void;
  all: () => void;
}

export const [CLOSER, FURTHER, ASIDE] = [0.5, 2, 0.25];
const JUMP = 10;

/** Whether a key meant something to the chart. */
export function onChartKey(event: KeyboardEvent, plot: uPlot | null, moves: Moves): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const right = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (right && event.shiftKey) return moves.pan(right * ASIDE), true;
  if (right) return step(plot, right), true;
  switch (event.key) {
    case "+":
    case "=":
      return moves.zoom(CLOSER), true;
    case "-":
    case "_":
      return moves.zoom(FURTHER), true;
    case "0":
    case "Escape":
      return moves.all(), true;
    case "PageUp":
      return step(plot, JUMP), true;
    case "PageDown":
      return step(plot, -JUMP), true;
    case "Home":
      return step(plot, -Infinity), true;
    case "End":
      return step(plot, Infinity), true;
    default:
      return false;
  }
}

/** The place on the axis that is pointed at, in the axis' own numbers; the middle where nothing is. */
export function pointed(plot: uPlot | null): number {
  const { min = 0, max = 0 } = plot?.scales.x ?? {};
  const index = plot?.cursor.idx;
  const at = index === null || index === undefined ? undefined : plot?.data[0][index];
  return at ?? ((min ?? 0) + (max ?? 0)) / 2;
}

function step(plot: uPlot | null, by: number): void {
  if (!plot) return;
  const { min, max } = plot.scales.x ?? {};
  const seen = [...plot.data[0].keys()].filter((index) => {
    const x = plot.data[0][index] as number;
    return x >= (min ?? x) && x <= (max ?? x);
  });
  const now = plot.cursor.idx;
  const place = now === null || now === undefined ? (by > 0 ? -1 : seen.length) : seen.indexOf(now);
  const to = seen[Math.min(seen.length - 1, Math.max(0, place + by))];
  if (to === undefined) return;
  const left = plot.valToPos(plot.data[0][to] as number, "x");
  plot.setCursor({ left, top: plot.over.clientHeight / 2 });
}
