/* Curves over step or time. Zooming asks for the points anew. */
import { useEffect, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import { isAborted } from "../api/client";
import type { Curve } from "../api/types";
import { number } from "../text/format";
import { draw, placeText } from "./draw";
import { ASIDE, CLOSER, FURTHER, HINT, type Moves, onChartKey, pointed } from "./keys";
import { loadCurves, loadWhole, pointsFor } from "./loading";
import { type Axis, type Range, extent, panned, zoomed } from "./range";
import { marksText } from "./marks";
import { type Line, marksOf } from "./series";
import { useNear, useResized } from "./watching";

export interface ChartProps {
  metric: string;
  lines: readonly Line[];
  axis: Axis;
  smoothing?: number;
  logX?: boolean;
  logY?: boolean;
  height?: number;
  legend?: boolean;
  /** Changes when there is news. */
  version?: number;
}

export function Chart(props: ChartProps) {
  const { metric, lines, axis, height = 240, version = 0 } = props;
  const { smoothing = 0, logX = false, logY = false, legend = false } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const whole = useRef<Range | null>(null);
  const wasZoomed = useRef(false);
  const [range, setRange] = useState<Range | null>(null);
  const [found, setFound] = useState<Curve[] | null>(null);
  const glimpsed = useRef<Curve[] | null>(null);
  const shown = useRef("");
  const [at, setAt] = useState<number | null>(null);
  const [error, setError] = useState("");
  const near = useNear(box);
  const ids = lines.map(({ runId }) => runId).join();
  useEffect(() => setRange(null), [axis]);
  useEffect(() => {
    if (!near) return;
    const stop = new AbortController();
    void import("uplot");
    const points = pointsFor(box.current?.clientWidth ?? 600, lines.length);
    const subject = [ids, metric, axis].join("\n");
    const glimpse = (curves: Curve[]) => {
      if (stop.signal.aborted || shown.current === subject) return;
      glimpsed.current = curves;
      setFound(curves);
    };
    const loading = range
      ? loadCurves(lines, metric, { points, axis, range }, stop.signal)
      : loadWhole(lines, metric, { points, axis }, stop.signal, glimpse);
    loading.then(
      (curves) => {
        if (!range) whole.current = extent(curves, lines, axis);
        shown.current = subject;
        setError("");
        setFound(curves);
      },
      (problem: unknown) => {
        if (!isAborted(problem)) setError(problem instanceof Error ? problem.message : String(problem));
      },
    );
    return () => stop.abort();
  }, [near, ids, metric, axis, range?.start, range?.end, version]);
  useEffect(() => {
    if (!found || !box.current) return;
    let current = true;
    const look = { lines, axis, height, smoothing, logX, logY, legend, range };
    void draw(box.current, found, look, { zoom: setRange, point: setAt }).then((drawn) => {
      if (!current) return drawn.destroy();
      plot.current?.destroy();
      plot.current = drawn;
      setAt(null);
      box.current?.setAttribute(
        found === glimpsed.current ? "data-glimpse" : "data-drawn",
        String(performance.now()),
      );
    });
    return () => {
      current = false;
    };
  }, [found, smoothing, logX, logY, height]);
  useEffect(() => () => plot.current?.destroy(), []);
  useEffect(() => {
    // The button that was chosen is gone with the zoom: the keys go on in the chart.
    if (!range && box.current?.isConnected && wasZoomed.current && document.activeElement === document.body)
      box.current.focus({ preventScroll: true });
    wasZoomed.current = !!range;
  }, [!range]);
  useResized(box, () => plot.current?.setSize({ width: box.current?.clientWidth ?? 300, height }));
  const change = (next: (range: Range, whole: Range) => Range | null) => {
    if (whole.current) setRange(next(range ?? whole.current, whole.current));
  };
  const scale = axis === "step" ? 1 : 1000;
  const moves: Moves = {
    zoom: (factor) => change((now, all) => zoomed(now, all, factor, pointed(plot.current) * scale)),
    pan: (part) => change((now, all) => panned(now, all, part)),
    all: () => setRange(null),
  };
  const onKey = (event: KeyboardEvent) => {
    if (onChartKey(event, plot.current, moves)) event.preventDefault();
  };
  const notFinite = found ? marksText(marksOf(found, lines, axis)) : "";
  const readout = at === null || !plot.current ? "" : valuesAt(plot.current, at, lines, axis);
  return (
    <figure class="chart" aria-label={metric}>
      <figcaption>
        <span class="title" title={metric}>
          {metric}
        </span>
        {notFinite && (
          <span class="faint" title="× is NaN, ▲ and ▼ are infinite">
            {notFinite}
          </span>
        )}
        <output class={legend ? "unseen" : "readout"}>{readout}</output>
        <Buttons metric={metric} zoomed={!!range} moves={moves} />
      </figcaption>
      {error && <p class="wrong">{error}</p>}
      {found && !found.length && <p class="faint">No points here.</p>}
      <div
        ref={box}
        class="plot"
        style={{ minHeight: `${height}px` }}
        role="application"
        aria-roledescription="chart"
        aria-label={`${summary(metric, lines, found)}. ${HINT}`}
        tabIndex={0}
        onDblClick={() => setRange(null)}
        onKeyDown={onKey}
      />
    </figure>
  );
}

function Buttons({ metric, zoomed: isZoomed, moves }: { metric: string; zoomed: boolean; moves: Moves }) {
  const all: [string, string, () => void, boolean][] = [
    ["−", "Zoom out of", () => moves.zoom(FURTHER), isZoomed],
    ["+", "Zoom into", () => moves.zoom(CLOSER), true],
    ["←", "Move left in", () => moves.pan(-ASIDE), isZoomed],
    ["→", "Move right in", () => moves.pan(ASIDE), isZoomed],
  ];
  return (
    <span class="zoom">
      {all
        .filter(([, , , shown]) => shown)
        .map(([sign, what, act]) => (
          <button key={sign} type="button" class="quiet" aria-label={`${what} ${metric}`} onClick={act}>
            {sign}
          </button>
        ))}
      {isZoomed && (
        <button type="button" class="quiet" onClick={moves.all}>
          Show all
        </button>
      )}
    </span>
  );
}

/** What the curves have at a place, in words. */
function valuesAt(plot: uPlot, at: number, lines: readonly Line[], axis: Axis): string {
  const x = plot.data[0][at];
  if (x === undefined) return "";
  const values = lines.flatMap(({ label }, index) => {
    const value = plot.data[index + 1]?.[plot.cursor.idxs?.[index + 1] ?? at];
    if (value === null || value === undefined) return [];
    return [lines.length > 1 ? `${label} ${number(value)}` : number(value)];
  });
  return `${axis === "step" ? "step " : ""}${placeText(x, axis)}: ${values.join(", ") || "nothing"}`;
}

function summary(metric: string, lines: readonly Line[], found: Curve[] | null): string {
  const ends = lines.map(({ runId, label }) => {
    const last = found?.find((curve) => curve.run_id === runId)?.values.at(-1);
    return `${label} ends at ${last === undefined ? "nothing" : number(last)}`;
  });
  return `${metric}: ${ends.slice(0, 10).join(", ")}`;
}
