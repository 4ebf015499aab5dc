/* One model: its versions, where they stand, and what they are called. */
import { useState } from "preact/hooks";
import { MLFLOW, get, send } from "../api/client";
import type { ModelVersion, RegisteredModel } from "../api/types";
import { Description } from "../parts/description";
import { Empty, Failure, Loading, useLoaded } from "../parts/states";
import { TagDialog } from "../runs/actions";
import { href } from "../state/router";
import { ModelTags, setModelTag } from "./tags";
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
  const [tagging, setTagging] = useState(false);
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
      <p class="tags">
        Tags: <ModelTags of={{ name }} tags={model.tags} changed={found.again} />
        <button type="button" class="quiet" onClick={() => setTagging(true)}>
          Add a tag
        </button>
      </p>
      {tagging && (
        <TagDialog
          close={() => setTagging(false)}
          apply={(key, value) => setModelTag({ name }, key, value).then(found.again)}
        />
      )}
      {versions.length ? (
        <Versions name={name} versions={versions} changed={found.again} />
      ) : (
        <Empty title="No versions yet" />
      )}
    </article>
  );
}
