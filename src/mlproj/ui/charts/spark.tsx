/* A metric's course, small enough to stand in a table. */
import { useEffect, useRef, useState } from "preact/hooks";
import { curves } from "../api/calls";
import type { Curve } from "../api/types";

const WIDTH = 120;
const HEIGHT = 22;

export function Spark({ runId, metric, version }: { runId: string; metric: string; version: number }) {
  const box = useRef<SVGSVGElement>(null);
  const [curve, setCurve] = useState<Curve | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const load = () =>
      void curves([runId], metric, { points: WIDTH }, stop.signal).then(
        ([found]) => setCurve(found ?? null),
        () => undefined,
      );
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      load();
    });
    if (box.current) observer.observe(box.current);
    return () => {
      observer.disconnect();
      stop.abort();
    };
  }, [runId, metric, version]);
  return (
    <svg
      ref={box}
      class="spark"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      aria-hidden="true"
    >
      {curve && curve.at.length > 1 && <polyline points={points(curve)} />}
    </svg>
  );
}

function points({ at, values }: Curve): string {
  const kept = values.flatMap((value, index) =>
    typeof value === "number" ? [[at[index] ?? 0, value] as const] : [],
  );
  const [xs, ys] = [kept.map(([x]) => x), kept.map(([, y]) => y)];
  const [left, low] = [Math.min(...xs), Math.min(...ys)];
  const [wide, tall] = [Math.max(...xs) - left || 1, Math.max(...ys) - low || 1];
  return kept
    .map(
      ([x, y]) =>
        `${(1 + ((x - left) / wide) * (WIDTH - 2)).toFixed(1)},${(HEIGHT - 2 - ((y - low) / tall) * (HEIGHT - 4)).toFixed(1)}`,
    )
    .join(" ");
}
