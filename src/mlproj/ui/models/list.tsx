/* The registry: names that versions of models are kept under. */
import { useState } from "preact/hooks";
import { MLFLOW, get, post } from "../api/client";
import type { RegisteredModel } from "../api/types";
import { Command } from "../parts/copy";
import { Dialog } from "../parts/dialog";
import { Empty, Failure, Loading, useLoaded } from "../parts/states";
import { go, href } from "../state/router";
import { ago } from "../text/format";

export async function searchModels(): Promise<RegisteredModel[]> {
  const found: RegisteredModel[] = [];
  let token: string | undefined;
  do {
    const page = await get<{ registered_models?: RegisteredModel[]; next_page_token?: string }>(
      `${MLFLOW}registered-models/search`,
      { max_results: 1000, page_token: token },
    );
    found.push(...(page.registered_models ?? []));
    token = page.next_page_token;
  } while (token);
  return found;
}

export function ModelsView() {
  const models = useLoaded(searchModels, []);
  const [wanted, setWanted] = useState("");
  const [adding, setAdding] = useState(false);
  if (models.error) return <Failure error={models.error} retry={models.again} />;
  if (!models.value) return <Loading what="models" />;
  const shown = models.value.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <article class="run">
      <header class="head">
        <div class="title-line">
          <h1>Models</h1>
          <span class="spring" />
          <button type="button" onClick={() => setAdding(true)}>
            New model
          </button>
        </div>
      </header>
      {adding && <NewModel close={() => setAdding(false)} />}
      {models.value.length ? (
        <>
          <div class="bar">
            <input
              type="search"
              placeholder="Find a model"
              aria-label="Find a model"
              onInput={(event) => setWanted(event.currentTarget.value)}
            />
          </div>
          <List models={shown} />
        </>
      ) : (
        <Empty title="No models yet">
          <p>A script registers what it has logged:</p>
          <Command text={'mlflow.register_model("runs:/RUN_ID/model", "name")'} />
        </Empty>
      )}
    </article>
  );
}

function List({ models }: { models: RegisteredModel[] }) {
  return (
    <div class="sheet wide" tabIndex={0} role="region" aria-label="Registered models">
      <table class="listing">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Latest</th>
            <th scope="col">Stages</th>
            <th scope="col">Aliases</th>
            <th scope="col">Changed</th>
            <th scope="col">Description</th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <tr key={model.name}>
              <th scope="row">
                <a href={href(["models", model.name])}>{model.name}</a>
              </th>
              <td>
                {Math.max(0, ...(model.latest_versions ?? []).map(({ version }) => Number(version))) || "–"}
              </td>
              <td>
                {(model.latest_versions ?? [])
                  .filter(({ current_stage }) => current_stage !== "None")
                  .map(({ current_stage, version }) => (
                    <span key={version} class={`mark stage ${current_stage.toLowerCase()}`}>
                      {current_stage} {version}
                    </span>
                  ))}
              </td>
              <td>
                {(model.aliases ?? []).map(({ alias, version }) => (
                  <span key={alias} class="mark">
                    @{alias} {version}
                  </span>
                ))}
              </td>
              <td class="faint">{ago(model.last_updated_timestamp, Date.now())}</td>
              <td class="value">{model.description?.slice(0, 120)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NewModel({ close }: { close: () => void }) {
  const [name, setName] = useState("");
  const create = async () => {
    await post(`${MLFLOW}registered-models/create`, { name });
    go(["models", name]);
  };
  return (
    <Dialog title="New model" action="Create" close={close} confirm={create}>
      <label>
        Name <input required autofocus value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
    </Dialog>
  );
}
