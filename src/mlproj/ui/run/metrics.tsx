/* The charts of a run's metrics, each drawn when it comes into sight. */
import { useState } from "preact/hooks";
import type { Run } from "../api/types";
import { Chart } from "../charts/chart";
import { Empty } from "../parts/states";
import { Smoothing } from "../charts/controls";

interface ChartsProps {
  run: Run;
  wanted: (key: string) => boolean;
  none: string;
}

export function Charts({ run, wanted, none }: ChartsProps) {
  const [axis, setAxis] = useState<"step" | "timestamp">(none.startsWith("Nothing") ? "timestamp" : "step");
  const [smoothing, setSmoothing] = useState(0);
  const metrics = (run.data.metrics ?? [])
    .filter(({ key }) => wanted(key))
    .sort((a, b) => a.key.localeCompare(b.key));
  if (!metrics.length) return <Empty title="No metrics">{<p>{none}</p>}</Empty>;
  const { run_id: runId, run_name: name, start_time: begin } = run.info;
  return (
    <section>
      <div class="bar">
        <label>
          Over{" "}
          <select value={axis} onChange={(event) => setAxis(event.currentTarget.value as "step")}>
            <option value="step">step</option>
            <option value="timestamp">time</option>
          </select>
        </label>
        <Smoothing weight={smoothing} change={setSmoothing} />
        <span class="faint">
          Drag in a chart to zoom, or use + and − with it; double click shows all of it.
        </span>
      </div>
      <div class="charts">
        {metrics.map((metric) => (
          <Chart
            key={metric.key}
            metric={metric.key}
            lines={[{ runId, label: name ?? runId, begin }]}
            axis={axis}
            smoothing={smoothing}
            height={180}
            version={(metric.step ?? 0) + metric.timestamp}
          />
        ))}
      </div>
    </section>
  );
}
