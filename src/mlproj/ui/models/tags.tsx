/* Tags of a model or of a version of one, to be removed and added. */
import { MLFLOW, post, send } from "../api/client";
import type { Tag } from "../api/types";

export interface Tagged {
  name: string;
  /** Left out for the model itself. */
  version?: string;
}

const place = ({ version }: Tagged): string =>
  `${MLFLOW}${version === undefined ? "registered-models" : "model-versions"}/`;

export const setModelTag = (of: Tagged, key: string, value: string): Promise<unknown> =>
  post(`${place(of)}set-tag`, { ...of, key, value });

const removeTag = (of: Tagged, key: string): Promise<unknown> =>
  send("DELETE", `${place(of)}delete-tag`, { ...of, key });

interface ModelTagsProps {
  of: Tagged;
  tags: readonly Tag[] | undefined;
  changed: () => void;
}

export function ModelTags({ of, tags, changed }: ModelTagsProps) {
  const whose = of.version === undefined ? "the model" : `version ${of.version}`;
  return (
    <>
      {(tags ?? []).map(({ key, value }) => (
        <span key={key} class="mark">
          {key}: {value}
          <button
            type="button"
            class="quiet"
            aria-label={`Remove the tag ${key} of ${whose}`}
            onClick={() => void removeTag(of, key).then(changed, changed)}
          >
            ✕
          </button>
        </span>
      ))}
    </>
  );
}
