/* Runs as dots over any two of their params and metrics. */
import { useState } from "preact/hooks";
import type { Run } from "../api/types";
import { color } from "../charts/palette";
import { Empty } from "../parts/states";
import { adjust, go, place } from "../state/router";
import { number } from "../text/format";
import { type Axis, type Quantity, axisOf, differs, label, quantities, share } from "./quantities";

const [WIDTH, HEIGHT, LEFT, BOTTOM, PAD] = [760, 420, 70, 40, 16];

export function Scatter({ runs }: { runs: readonly Run[] }) {
  const all = quantities(runs);
  const [hovered, setHovered] = useState<number | null>(null);
  if (!all.length)
    return <Empty title="Nothing to show">{<p>These runs have neither params nor metrics.</p>}</Empty>;
  const { query } = place.value;
  const x = pick(
    all,
    query.get("x"),
    all.find((one) => one.kind === "params" && differs(one)),
  );
  const y = pick(
    all,
    query.get("y"),
    all.find((one) => one.kind === "metrics" && differs(one)),
  );
  const [across, up] = [axisOf(x), axisOf(y)];
  const dots = runs.flatMap((run, at) => {
    const [left, bottom] = [across.places[at], up.places[at]];
    if (left === null || left === undefined || bottom === null || bottom === undefined) return [];
    return [
      {
        run,
        at,
        cx: LEFT + PAD + share(across, left) * (WIDTH - LEFT - 2 * PAD),
        cy: HEIGHT - BOTTOM - PAD - share(up, bottom) * (HEIGHT - BOTTOM - 2 * PAD),
      },
    ];
  });
  return (
    <section>
      <div class="bar">
        <Pick name="Across" all={all} chosen={x.id} choose={(id) => adjust({ x: id })} />
        <Pick name="Up" all={all} chosen={y.id} choose={(id) => adjust({ y: id })} />
      </div>
      <svg
        class="scatter"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="group"
        aria-label={`${y.name} over ${x.name}`}
      >
        <path class="axis" d={`M${LEFT} ${PAD / 2}V${HEIGHT - BOTTOM}H${WIDTH - PAD / 2}`} />
        <Labels
          axis={across}
          place={(part) => [LEFT + PAD + part * (WIDTH - LEFT - 2 * PAD), HEIGHT - BOTTOM + 16]}
          anchor="middle"
        />
        <Labels
          axis={up}
          place={(part) => [LEFT - 8, HEIGHT - BOTTOM - PAD - part * (HEIGHT - BOTTOM - 2 * PAD) + 4]}
          anchor="end"
        />
        <text class="name" x={WIDTH / 2} y={HEIGHT - 4} text-anchor="middle">
          {x.name}
        </text>
        <text class="name" x={LEFT + 6} y={14}>
          {y.name}
        </text>
        {dots.map(({ run, at, cx, cy }) => (
          <a
            key={run.info.run_id}
            href={`#/run/${run.info.run_id}`}
            aria-label={`${label(run)}: ${x.name} ${x.texts[at]}, ${y.name} ${y.texts[at]}`}
            onMouseEnter={() => setHovered(at)}
            onMouseLeave={() => setHovered(null)}
            onFocus={() => setHovered(at)}
            onBlur={() => setHovered(null)}
            onClick={(event) => {
              event.preventDefault();
              go(["run", run.info.run_id]);
            }}
          >
            <circle cx={cx} cy={cy} r={hovered === at ? 8 : 5.5} fill={color(0)} fill-opacity={0.75} />
          </a>
        ))}
        {dots
          .filter(({ at }) => at === hovered)
          .map(({ run, at, cx, cy }) => (
            <text
              class="tip"
              x={cx > WIDTH / 2 ? cx - 12 : cx + 12}
              y={cy - 8}
              text-anchor={cx > WIDTH / 2 ? "end" : "start"}
            >
              {label(run)}: {shownText(x, at)}, {shownText(y, at)}
            </text>
          ))}
      </svg>
    </section>
  );
}

const shownText = (quantity: Quantity, at: number): string => number(quantity.texts[at]);

const pick = (all: Quantity[], id: string | null, otherwise: Quantity | undefined): Quantity =>
  all.find((one) => one.id === id) ?? otherwise ?? (all[0] as Quantity);

export function Pick(props: { name: string; all: Quantity[]; chosen: string; choose: (id: string) => void }) {
  return (
    <label>
      {props.name}{" "}
      <select value={props.chosen} onChange={(event) => props.choose(event.currentTarget.value)}>
        {(["params", "metrics"] as const).map((kind) => (
          <optgroup key={kind} label={kind}>
            {props.all
              .filter((one) => one.kind === kind)
              .map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

interface LabelsProps {
  axis: Axis;
  place: (part: number) => [number, number];
  anchor: "middle" | "end";
}

function Labels({ axis, place, anchor }: LabelsProps) {
  const marks: [number, string][] = axis.words
    ? axis.words.slice(0, 12).map((word, at) => [share(axis, at), word.slice(0, 14)])
    : [0, 0.25, 0.5, 0.75, 1].map((part) => [part, number(axis.low + part * (axis.high - axis.low))]);
  return (
    <>
      {marks.map(([part, text]) => {
        const [x, y] = place(part);
        return (
          <text x={x} y={y} text-anchor={anchor === "middle" && part === 1 ? "end" : anchor}>
            {text}
          </text>
        );
      })}
    </>
  );
}
