/* The tags of a run: people's own, and those of the programs. */
import { useState } from "preact/hooks";
import { deleteTag, setTag } from "../api/calls";
import type { Run, Tag } from "../api/types";
import { Dialog } from "../parts/dialog";
import { TagDialog } from "../runs/actions";

export const NOTE = "mlflow.note.content";

export function Tags({ run, changed }: { run: Run; changed: () => void }) {
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
