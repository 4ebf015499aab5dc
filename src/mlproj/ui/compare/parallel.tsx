/* Each run a line across its params to its metrics, coloured by one of these. */
import { useState } from "preact/hooks";
import type { Run } from "../api/types";
import { shade } from "../charts/palette";
import { Empty } from "../parts/states";
import { adjust, go, place } from "../state/router";
import { number } from "../text/format";
import { type Quantity, axisOf, differs, label, quantities, share } from "./quantities";
import { Pick } from "./scatter";

const [HEIGHT, TOP, BOTTOM, APART, SIDE] = [420, 44, 26, 130, 60];
const MOST_AXES = 14;

export function Parallel({ runs }: { runs: readonly Run[] }) {
  const [hovered, setHovered] = useState<number | null>(null);
  const all = quantities(runs);
  const metrics = all.filter(({ kind, name }) => kind === "metrics" && !name.startsWith("system/"));
  const axes = [
    ...all.filter((one) => one.kind === "params" && differs(one)),
    ...metrics.filter(differs),
  ].slice(0, MOST_AXES);
  if (axes.length < 2)
    return <Empty title="Nothing to show">{<p>These runs differ in fewer than two values.</p>}</Empty>;
  const by = all.find(({ id }) => id === place.value.query.get("color")) ?? metrics.find(differs) ?? axes[0];
  const scales = axes.map(axisOf);
  const tint = axisOf(by as Quantity);
  const width = 2 * SIDE + (axes.length - 1) * APART;
  const height = (part: number) => HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM);
  const path = (at: number): string => {
    let pen = "M";
    return scales
      .map((scale, index) => {
        const value = scale.places[at];
        if (value === null || value === undefined) return (pen = "M"), "";
        const point = `${pen}${SIDE + index * APART} ${height(share(scale, value)).toFixed(1)}`;
        pen = "L";
        return point;
      })
      .join("");
  };
  const colorOf = (at: number): string => {
    const value = tint.places[at];
    return value === null || value === undefined ? "var(--faint)" : shade(share(tint, value));
  };
  return (
    <section>
      <div class="bar">
        <Pick name="Colour by" all={all} chosen={by?.id ?? ""} choose={(id) => adjust({ color: id })} />
        <span class="faint">
          {number(tint.low)} <span class="ramp" aria-hidden="true" /> {number(tint.high)}
        </span>
        <span role="status">{hovered !== null && runs[hovered] ? label(runs[hovered]) : ""}</span>
      </div>
      <div class="sheet wide" tabIndex={0} role="region" aria-label="Parallel coordinates">
        <svg
          class="parallel"
          width={width}
          height={HEIGHT}
          viewBox={`0 0 ${width} ${HEIGHT}`}
          role="group"
          aria-label="Runs"
        >
          {axes.map((axis, index) => (
            <g key={axis.id} transform={`translate(${SIDE + index * APART} 0)`}>
              <path class="axis" d={`M0 ${TOP}V${HEIGHT - BOTTOM}`} />
              <text class="name" y={16} text-anchor="middle">
                {axis.name.slice(0, 18)}
              </text>
              <Ends quantity={axis} height={height} />
            </g>
          ))}
          {runs.map((run, at) => (
            <a
              key={run.info.run_id}
              href={`#/run/${run.info.run_id}`}
              aria-label={label(run)}
              onMouseEnter={() => setHovered(at)}
              onMouseLeave={() => setHovered(null)}
              onFocus={() => setHovered(at)}
              onBlur={() => setHovered(null)}
              onClick={(event) => {
                event.preventDefault();
                go(["run", run.info.run_id]);
              }}
            >
              <path
                class="run-line"
                d={path(at)}
                stroke={colorOf(at)}
                stroke-width={hovered === at ? 3.5 : 1.6}
                stroke-opacity={hovered === null || hovered === at ? 0.85 : 0.2}
              />
            </a>
          ))}
        </svg>
      </div>
    </section>
  );
}

function Ends({ quantity, height }: { quantity: Quantity; height: (part: number) => number }) {
  const axis = axisOf(quantity);
  const marks: [number, string][] = axis.words
    ? axis.words.slice(0, 20).map((word, at) => [share(axis, at), word.slice(0, 12)])
    : [
        [0, number(axis.low)],
        [1, number(axis.high)],
      ];
  return (
    <>
      {marks.map(([part, text]) => (
        <text x={6} y={height(part) + (part === 0 ? 14 : part === 1 ? -5 : 4)}>
          {text}
        </text>
      ))}
    </>
  );
}
