/* Params and metrics of runs in a table, with what differs marked. */
import { useState } from "preact/hooks";
import type { Run } from "../api/types";
import { StatusMark } from "../parts/status";
import { href } from "../state/router";
import { duration, number } from "../text/format";
import { type Quantity, differs, label, quantities } from "./quantities";

export function SideBySide({ runs }: { runs: readonly Run[] }) {
  const [only, setOnly] = useState(false);
  const all = quantities(runs);
  const shown = only ? all.filter(differs) : all;
  return (
    <section>
      <div class="bar">
        <label class="toggle">
          <input type="checkbox" checked={only} onChange={() => setOnly(!only)} /> Only what differs
        </label>
        <span class="faint">
          {all.filter(differs).length} of {all.length} differ
        </span>
      </div>
      <div class="sheet wide" tabIndex={0} role="region" aria-label="Params and metrics">
        <table class="side-by-side">
          <thead>
            <tr>
              <th scope="col">Run</th>
              {runs.map((run) => (
                <th key={run.info.run_id} scope="col">
                  <StatusMark status={run.info.status} />{" "}
                  <a href={href(["run", run.info.run_id])}>{label(run)}</a>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">duration</th>
              {runs.map(({ info }) => (
                <td key={info.run_id} class="number">
                  {info.end_time ? duration(info.end_time - info.start_time) : "–"}
                </td>
              ))}
            </tr>
            <Group
              title="Parameters"
              quantities={shown.filter(({ kind }) => kind === "params")}
              runs={runs}
            />
            <Group title="Metrics" quantities={shown.filter(({ kind }) => kind === "metrics")} runs={runs} />
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Group({ title, quantities, runs }: { title: string; quantities: Quantity[]; runs: readonly Run[] }) {
  if (!quantities.length) return null;
  return (
    <>
      <tr class="group">
        <th scope="rowgroup" colSpan={runs.length + 1}>
          {title}
        </th>
      </tr>
      {quantities.map((quantity) => (
        <tr key={quantity.id} class={differs(quantity) ? "differs" : ""}>
          <th scope="row">
            {differs(quantity) && (
              <span class="unequal" title="differs">
                ≠
              </span>
            )}
            {quantity.name}
          </th>
          {quantity.texts.map((text, at) => (
            <td
              key={runs[at]?.info.run_id}
              class={quantity.kind === "metrics" ? "number" : "value"}
              title={text}
            >
              {text === undefined ? (
                <span class="faint">–</span>
              ) : quantity.kind === "metrics" ? (
                number(text)
              ) : (
                text
              )}
            </td>
          ))}
        </tr>
      ))}
    </>
  );
}
