/* The curves of a metric of several runs. */
import { useEffect, useState } from "preact/hooks";
import type { Run } from "../api/types";
import { Chart } from "../charts/chart";
import { Smoothing } from "../charts/controls";
import { Empty } from "../parts/states";
import { adjust, joined, listed, place } from "../state/router";
import { label } from "./quantities";

const NEWS_EVERY = 5000;

export function Curves({ runs, live }: { runs: readonly Run[]; live: boolean }) {
  const metrics = [...new Set(runs.flatMap(({ data }) => (data.metrics ?? []).map(({ key }) => key)))].sort(
    (a, b) => Number(a.startsWith("system/")) - Number(b.startsWith("system/")) || a.localeCompare(b),
  );
  const [axis, setAxis] = useState<"step" | "timestamp">("step");
  const [smoothing, setSmoothing] = useState(0);
  const [logX, setLogX] = useState(false);
  const [logY, setLogY] = useState(false);
  const [version, setVersion] = useState(0);
  useEffect(() => {
    if (!live) return;
    const timer = setInterval(() => setVersion((count) => count + 1), NEWS_EVERY);
    return () => clearInterval(timer);
  }, [live]);
  if (!metrics.length) return <Empty title="No metrics">{<p>None of these runs has logged one.</p>}</Empty>;
  const given = listed(place.value.query.get("metrics")).filter((key) => metrics.includes(key));
  const chosen = given.length ? given : metrics.slice(0, 1);
  const toggle = (key: string) =>
    adjust({
      metrics: joined(chosen.includes(key) ? chosen.filter((other) => other !== key) : [...chosen, key]),
    });
  const lines = runs.map((run) => ({
    runId: run.info.run_id,
    label: label(run),
    begin: run.info.start_time,
  }));
  return (
    <section>
      <div class="bar">
        <label>
          Over{" "}
          <select value={axis} onChange={(event) => setAxis(event.currentTarget.value as "step")}>
            <option value="step">step</option>
            <option value="timestamp">time since the start</option>
          </select>
        </label>
        <Smoothing weight={smoothing} change={setSmoothing} />
        <label class="toggle">
          <input type="checkbox" checked={logX} onChange={() => setLogX(!logX)} /> log x
        </label>
        <label class="toggle">
          <input type="checkbox" checked={logY} onChange={() => setLogY(!logY)} /> log y
        </label>
        <span class="faint">Drag to zoom, or use + and −; double click for all.</span>
      </div>
      <fieldset class="choices">
        <legend class="unseen">Metrics</legend>
        {metrics.slice(0, 60).map((key) => (
          <label key={key}>
            <input type="checkbox" checked={chosen.includes(key)} onChange={() => toggle(key)} /> {key}
          </label>
        ))}
      </fieldset>
      <div class={chosen.length > 1 ? "charts" : ""}>
        {chosen.map((key) => (
          <Chart
            key={key}
            metric={key}
            lines={lines}
            axis={axis}
            smoothing={smoothing}
            logX={logX}
            logY={logY}
            height={chosen.length > 1 ? 240 : 380}
            legend
            version={version}
          />
        ))}
      </div>
    </section>
  );
}
