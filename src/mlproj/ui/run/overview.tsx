/* What a run was given, what came of it, and how to do it again. */
import { setTag } from "../api/calls";
import type { Run, RunRecord } from "../api/types";
import { Spark } from "../charts/spark";
import { Command } from "../parts/copy";
import { Description } from "../parts/description";
import { marked } from "../parts/status";
import { number } from "../text/format";
import { againCommand, changedCommand, reproduceCommand } from "./commands";
import { Data } from "./data";
import { NOTE, Tags } from "./tags";
import type { Shown } from "./view";

export function Overview({ run, record, changed }: Shown) {
  const again = againCommand(record);
  const runId = run.info.run_id;
  return (
    <div class="columns">
      <div>
        <Description
          text={marked(run.data.tags, NOTE) ?? ""}
          save={(text) => setTag(runId, NOTE, text).then(changed)}
        />
        <Metrics run={run} />
        <Params run={run} record={record} />
      </div>
      <div>
        {record && (
          <section class="card">
            <h2>Run it again</h2>
            {again && <Command text={again} />}
            <p class="faint">Or the same code, environment and inputs, compared with what came of it:</p>
            <Command text={reproduceCommand(run)} />
            <p class="faint">Or a new run from it, with other parameters:</p>
            <Command text={changedCommand(run)} />
          </section>
        )}
        <Data run={run} record={record} />
        <Tags run={run} changed={changed} />
      </div>
    </div>
  );
}

function Metrics({ run }: { run: Run }) {
  const metrics = (run.data.metrics ?? []).filter(({ key }) => !key.startsWith("system/"));
  if (!metrics.length) return null;
  return (
    <section class="card">
      <h2>Metrics</h2>
      <table class="plain">
        <thead class="unseen">
          <tr>
            <th scope="col">Metric</th>
            <th scope="col">Last value</th>
            <th scope="col">Step</th>
            <th scope="col">Course</th>
          </tr>
        </thead>
        <tbody>
          {metrics
            .sort((a, b) => a.key.localeCompare(b.key))
            .map(({ key, value, step, timestamp }) => (
              <tr key={key}>
                <th scope="row">{key}</th>
                <td class="number" title={String(value)}>
                  {number(value)}
                </td>
                <td class="number faint">{step ? `step ${step}` : ""}</td>
                <td>
                  <Spark runId={run.info.run_id} metric={key} version={timestamp} />
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}

const ORIGINS: Record<string, string> = {
  default: "default",
  option: "given with -P",
  file: "from a parameter file",
  record: "from an earlier run",
  sweep: "from a sweep",
};

function Params({ run, record }: { run: Run; record: RunRecord | null }) {
  const recorded = record?.parameters ?? {};
  const logged = new Map((run.data.params ?? []).map(({ key, value }) => [key, value ?? ""]));
  const names = [...new Set([...Object.keys(recorded), ...logged.keys()])].sort((a, b) => a.localeCompare(b));
  if (!names.length) return null;
  return (
    <section class="card">
      <h2>Parameters</h2>
      <table class="plain">
        <thead class="unseen">
          <tr>
            <th scope="col">Parameter</th>
            <th scope="col">Value</th>
            <th scope="col">Type and origin</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => {
            const kept = recorded[name];
            const value = logged.get(name) ?? kept?.value;
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="value">{value ?? <span class="faint">secret</span>}</td>
                <td class="faint">
                  {kept ? `${kept.type}, ${ORIGINS[kept.origin] ?? kept.origin}` : "logged"}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
