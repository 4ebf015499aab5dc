/* 2 to 100 runs side by side. */
import { getRuns } from "../api/calls";
import type { Run } from "../api/types";
import { Empty, Failure, Loading, useLoaded } from "../parts/states";
import { isActive } from "../parts/status";
import { MOST_COMPARED } from "../runs/actions";
import { adjust, href, place } from "../state/router";
import { plural } from "../text/format";
import { Curves } from "./curves";
import { Parallel } from "./parallel";
import { Scatter } from "./scatter";
import { SideBySide } from "./sideBySide";

const VIEWS: [string, string][] = [
  ["table", "Side by side"],
  ["curves", "Curves"],
  ["scatter", "Scatter"],
  ["parallel", "Parallel coordinates"],
];

export function CompareView({ ids }: { ids: readonly string[] }) {
  const wanted = ids.slice(0, MOST_COMPARED);
  const found = useLoaded(() => getRuns(wanted), wanted);
  if (!wanted.length) return <Empty title="Nothing to compare">{<p>Select runs in the list.</p>}</Empty>;
  if (found.error) return <Failure error={found.error} retry={found.again} />;
  if (!found.value) return <Loading what="the runs" />;
  const runs = found.value;
  const view = place.value.query.get("view") ?? "table";
  return (
    <article class="run">
      <header class="head">
        <p class="crumbs">
          <a href={href(["runs"])}>Runs</a>
        </p>
        <div class="title-line">
          <h1>Compare {plural(runs.length, "run")}</h1>
          <span class="spring" />
          {runs.length === 2 && (
            <a class="button" href={href(["why"], { a: runs[0]?.info.run_id, b: runs[1]?.info.run_id })}>
              Why do they differ?
            </a>
          )}
        </div>
      </header>
      <nav class="tabs" aria-label="Ways to compare">
        {VIEWS.map(([id, title]) => (
          <button key={id} type="button" aria-pressed={view === id} onClick={() => adjust({ view: id })}>
            {title}
          </button>
        ))}
      </nav>
      <Part view={view} runs={runs} live={runs.some(({ info }) => isActive(info.status))} />
    </article>
  );
}

function Part({ view, runs, live }: { view: string; runs: Run[]; live: boolean }) {
  if (view === "curves") return <Curves runs={runs} live={live} />;
  if (view === "scatter") return <Scatter runs={runs} />;
  if (view === "parallel") return <Parallel runs={runs} />;
  return <SideBySide runs={runs} />;
}
