/* The versions of a model: promote them, name them, describe them. */
import { useState } from "preact/hooks";
import { MLFLOW, send } from "../api/client";
import type { ModelVersion } from "../api/types";
import { href } from "../state/router";
import { ago } from "../text/format";
import { Ask, type Question } from "./changes";
import { ModelTags } from "./tags";

const STAGES = ["None", "Staging", "Production", "Archived"];

interface VersionsProps {
  name: string;
  versions: readonly ModelVersion[];
  changed: () => void;
}

export function Versions({ name, versions, changed }: VersionsProps) {
  const [question, setQuestion] = useState<Question | null>(null);
  const ask = (about: ModelVersion, kind: Question["kind"], stage?: string) =>
    setQuestion({ about, kind, ...(stage ? { stage } : {}) });
  return (
    <>
      <div class="sheet wide" tabIndex={0} role="region" aria-label="Versions">
        <table class="listing">
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">Stage</th>
              <th scope="col">Aliases</th>
              <th scope="col">Source run</th>
              <th scope="col">Made</th>
              <th scope="col">Description and tags</th>
              <th scope="col">
                <span class="unseen">Change</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {versions.map((version) => (
              <Version key={version.version} version={version} ask={ask} name={name} changed={changed} />
            ))}
          </tbody>
        </table>
      </div>
      {question && <Ask {...question} name={name} close={() => setQuestion(null)} changed={changed} />}
    </>
  );
}

interface VersionProps {
  name: string;
  version: ModelVersion;
  ask: (about: ModelVersion, kind: Question["kind"], stage?: string) => void;
  changed: () => void;
}

function Version({ name, version, ask, changed }: VersionProps) {
  const number = version.version;
  const dropAlias = (alias: string) =>
    void send("DELETE", `${MLFLOW}registered-models/alias`, { name, alias }).then(changed);
  return (
    <tr>
      <th scope="row">{number}</th>
      <td>
        <select
          class={`stage ${version.current_stage.toLowerCase()}`}
          aria-label={`Stage of version ${number}`}
          value={version.current_stage}
          onChange={(event) => {
            const stage = event.currentTarget.value;
            event.currentTarget.value = version.current_stage;
            ask(version, "stage", stage);
          }}
        >
          {STAGES.map((stage) => (
            <option key={stage}>{stage}</option>
          ))}
        </select>
      </td>
      <td>
        {(version.aliases ?? []).map((alias) => (
          <span key={alias} class="mark">
            @{alias}
            <button
              type="button"
              class="quiet"
              aria-label={`Remove the alias ${alias}`}
              onClick={() => dropAlias(alias)}
            >
              ✕
            </button>
          </span>
        ))}
        <button
          type="button"
          class="quiet"
          aria-label={`Add an alias to version ${number}`}
          onClick={() => ask(version, "alias")}
        >
          +
        </button>
      </td>
      <td>
        {version.run_id ? (
          <a href={href(["run", version.run_id])}>{version.run_id.slice(0, 8)}</a>
        ) : (
          version.source
        )}
      </td>
      <td class="faint">{ago(version.creation_timestamp, Date.now())}</td>
      <td class="value">
        {version.description}{" "}
        <ModelTags of={{ name, version: number }} tags={version.tags} changed={changed} />
      </td>
      <td class="row-actions">
        <button
          type="button"
          class="quiet"
          aria-label={`Describe version ${number}`}
          onClick={() => ask(version, "describe")}
        >
          Describe
        </button>
        <button
          type="button"
          class="quiet"
          aria-label={`Tag version ${number}`}
          onClick={() => ask(version, "tag")}
        >
          Tag
        </button>
        <button
          type="button"
          class="quiet"
          aria-label={`Delete version ${number}`}
          onClick={() => ask(version, "delete")}
        >
          Delete
        </button>
      </td>
    </tr>
  );
}
