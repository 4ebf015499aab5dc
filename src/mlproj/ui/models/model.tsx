/* One model: its versions, where they stand, and what they are called. */
import { useState } from "preact/hooks";
import { MLFLOW, get, send } from "../api/client";
import type { ModelVersion, RegisteredModel } from "../api/types";
import { Empty, Failure, Loading, useLoaded } from "../parts/states";
import { href } from "../state/router";
import { Markdown } from "../text/markdown";
import { Versions } from "./versions";

async function load(name: string): Promise<{ model: RegisteredModel; versions: ModelVersion[] }> {
  const filter = `name = '${name.replaceAll("'", "''")}'`;
  const [{ registered_model }, { model_versions = [] }] = await Promise.all([
    get<{ registered_model: RegisteredModel }>(`${MLFLOW}registered-models/get`, { name }),
    get<{ model_versions?: ModelVersion[] }>(`${MLFLOW}model-versions/search`, { filter, max_results: 1000 }),
  ]);
  const versions = model_versions.sort((a, b) => Number(b.version) - Number(a.version));
  for (const version of versions) {
    const aliases = (registered_model.aliases ?? []).filter((one) => one.version === version.version);
    version.aliases = aliases.map(({ alias }) => alias);
  }
  return { model: registered_model, versions };
}

export function ModelView({ name }: { name: string }) {
  const found = useLoaded(() => load(name), [name]);
  if (found.error && !found.value) return <Failure error={found.error} retry={found.again} />;
  if (!found.value) return <Loading what="the model" />;
  const { model, versions } = found.value;
  return (
    <article class="run">
      <header class="head">
        <p class="crumbs">
          <a href={href(["models"])}>Models</a>
        </p>
        <div class="title-line">
          <h1>{model.name}</h1>
        </div>
      </header>
      <Description
        text={model.description ?? ""}
        save={(description) =>
          send("PATCH", `${MLFLOW}registered-models/update`, { name, description }).then(found.again)
        }
      />
      {versions.length ? (
        <Versions name={name} versions={versions} changed={found.again} />
      ) : (
        <Empty title="No versions yet" />
      )}
    </article>
  );
}

export function Description({ text, save }: { text: string; save: (text: string) => Promise<unknown> }) {
  const [draft, setDraft] = useState<string | null>(null);
  const [error, setError] = useState("");
  const done = async () => {
    try {
      await save(draft ?? "");
      setDraft(null);
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
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
      {draft === null && text && <Markdown text={text} />}
      {draft !== null && (
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
            <button type="button" class="primary" onClick={() => void done()}>
              Save
            </button>
          </div>
        </>
      )}
    </section>
  );
}
