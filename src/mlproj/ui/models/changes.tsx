/* The questions before a version of a model is changed. */
import { useState } from "preact/hooks";
import { MLFLOW, post, send } from "../api/client";
import type { ModelVersion } from "../api/types";
import { Dialog } from "../parts/dialog";
import { TagDialog } from "../runs/actions";
import { setModelTag } from "./tags";

const VERSION = `${MLFLOW}model-versions/`;

export interface Question {
  about: ModelVersion;
  kind: "alias" | "describe" | "tag" | "delete" | "stage";
  stage?: string;
}

export function Ask({
  about,
  kind,
  stage,
  name,
  close,
  changed,
}: Question & { name: string; close: () => void; changed: () => void }) {
  const [text, setText] = useState(kind === "describe" ? about.description : "");
  const [archive, setArchive] = useState(true);
  const version = { name, version: about.version };
  const after = (change: Promise<unknown>) => change.then(changed);
  if (kind === "tag") {
    return <TagDialog close={close} apply={(key, value) => after(setModelTag(version, key, value))} />;
  }
  if (kind === "delete") {
    return (
      <Dialog
        title={`Delete version ${about.version}?`}
        action="Delete"
        danger
        close={close}
        confirm={() => after(send("DELETE", `${VERSION}delete`, version))}
      >
        <p>Its number is not given again, and there is no way back. The run that it came from stays.</p>
      </Dialog>
    );
  }
  if (kind === "stage") {
    const others = stage === "Staging" || stage === "Production";
    return (
      <Dialog
        title={`Put version ${about.version} on ${stage}?`}
        action="Move"
        close={close}
        confirm={() =>
          after(
            post(`${VERSION}transition-stage`, {
              ...version,
              stage,
              archive_existing_versions: others && archive,
            }),
          )
        }
      >
        {others && (
          <label class="toggle">
            <input type="checkbox" checked={archive} onChange={() => setArchive(!archive)} /> Archive the
            version that is there
          </label>
        )}
      </Dialog>
    );
  }
  const save = () =>
    after(
      kind === "alias"
        ? post(`${MLFLOW}registered-models/alias`, { ...version, alias: text })
        : send("PATCH", `${VERSION}update`, { ...version, description: text }),
    );
  return (
    <Dialog
      title={kind === "alias" ? "Name this version" : "Describe this version"}
      action="Save"
      close={close}
      confirm={save}
    >
      <label>
        {kind === "alias" ? "Alias" : "Description"}{" "}
        <input
          required={kind === "alias"}
          autofocus
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
    </Dialog>
  );
}
