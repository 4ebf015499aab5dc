/* What a run was given, what came of it, and how to do it again. */
import { useState } from "preact/hooks";
import { deleteTag, setTag } from "../api/calls";
import type { Run, RunRecord, Tag } from "../api/types";
import { Spark } from "../charts/spark";
import { Command } from "../parts/copy";
import { Dialog } from "../parts/dialog";
import { marked } from "../parts/status";
import { TagDialog } from "../runs/actions";
import { number } from "../text/format";
import { Markdown } from "../text/markdown";
import { againCommand, reproduceCommand } from "./commands";
import { Data } from "./data";
import type { Shown } from "./view";

const NOTE = "mlflow.note.content";

export function Overview({ run, record, changed }: Shown) {
  const again = againCommand(record);
  return (
    <div class="columns">
      <div>
        <Description run={run} changed={changed} />
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
          </section>
        )}
        <Data run={run} record={record} />
        <Tags run={run} changed={changed} />
      </div>
    </div>
  );
}

function Description({ run, changed }: { run: Run; changed: () => void }) {
  const text = marked(run.data.tags, NOTE) ?? "";
  const [draft, setDraft] = useState<string | null>(null);
  const [error, setError] = useState("");
  const save = async () => {
    try {
      await setTag(run.info.run_id, NOTE, draft ?? "");
      setDraft(null);
      changed();
    } catch (problem) {
      setError(String(problem instanceof Error ? problem.message : problem));
    }
  };
  return (
    <section class="card">
      <h2>
        Description
        {draft === null && (
          <button type="button" class="quiet" onClick={() => setDraft(text)}>
            {text ? "Edit" : "Write one"}
          </button>
        )}
      </h2>
      {draft === null ? (
        text && <Markdown text={text} />
      ) : (
        <>
          <textarea
            aria-label="Description, in Markdown"
            rows={8}
            autofocus
            value={draft}
            onInput={(event) => setDraft(event.currentTarget.value)}
          />
          {error && (
            <p class="wrong" role="alert">
              {error}
            </p>
          )}
          <div class="buttons">
            <button type="button" onClick={() => setDraft(null)}>
              Cancel
            </button>
            <button type="button" class="primary" onClick={() => void save()}>
              Save
            </button>
          </div>
        </>
      )}
    </section>
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
  user: "given",
  given: "given",
  file: "from a file",
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

function Tags({ run, changed }: { run: Run; changed: () => void }) {
  const [adding, setAdding] = useState(false);
  const [doomed, setDoomed] = useState<string | null>(null);
  const runId = run.info.run_id;
  const tags = [...(run.data.tags ?? [])]
    .filter(({ key }) => key !== NOTE)
    .sort((a, b) => a.key.localeCompare(b.key));
  return (
    <section class="card">
      <h2>
        Tags
        <button type="button" class="quiet" onClick={() => setAdding(true)}>
          Add
        </button>
      </h2>
      {tags.some(({ key }) => !isOurs(key)) && (
        <TagTable tags={tags.filter(({ key }) => !isOurs(key))} remove={setDoomed} />
      )}
      <details>
        <summary>
          Of mlproj and MLflow <span class="faint">{tags.filter(({ key }) => isOurs(key)).length}</span>
        </summary>
        <TagTable tags={tags.filter(({ key }) => isOurs(key))} />
      </details>
      {adding && (
        <TagDialog
          close={() => setAdding(false)}
          apply={(key, value) => setTag(runId, key, value).then(changed)}
        />
      )}
      {doomed !== null && (
        <Dialog
          title={`Remove the tag ${doomed}?`}
          action="Remove"
          danger
          close={() => setDoomed(null)}
          confirm={() => deleteTag(runId, doomed).then(changed)}
        >
          <p>There is no way back but to set it again.</p>
        </Dialog>
      )}
    </section>
  );
}

function TagTable({ tags, remove }: { tags: Tag[]; remove?: (key: string) => void }) {
  return (
    <table class="plain">
      <thead class="unseen">
        <tr>
          <th scope="col">Tag</th>
          <th scope="col">Value</th>
          {remove && <th scope="col">Remove</th>}
        </tr>
      </thead>
      <tbody>
        {tags.map(({ key, value }) => (
          <tr key={key}>
            <th scope="row">{key}</th>
            <td class="value">{value}</td>
            {remove && (
              <td>
                <button
                  type="button"
                  class="quiet"
                  aria-label={`Remove the tag ${key}`}
                  onClick={() => remove(key)}
                >
                  ✕
                </button>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const isOurs = (key: string): boolean => /^(mlflow|mlproj)\./.test(key);
