/* What can be done with the runs that are selected. */
import { useState } from "preact/hooks";
import { deleteRun, renameRun, restoreRun, setTag } from "../api/calls";
import type { Row } from "../api/types";
import { Dialog } from "../parts/dialog";
import { href, joined } from "../state/router";
import { plural } from "../text/format";

export const MOST_COMPARED = 100;

interface ActionsProps {
  rows: readonly Row[];
  deleted: boolean;
  clear: () => void;
  done: () => void;
}

type Question = "delete" | "restore" | "tag" | "rename" | null;

export function Actions({ rows, deleted, clear, done }: ActionsProps) {
  const [question, setQuestion] = useState<Question>(null);
  const ids = rows.map((row) => row.run_id);
  const [first, second] = ids;
  const close = () => setQuestion(null);
  const all = async (change: (id: string) => Promise<unknown>) => {
    for (const id of ids) await change(id);
    done();
  };
  return (
    <div class="actions" role="toolbar" aria-label="Selected runs">
      <span aria-live="polite">{plural(rows.length, "run")} selected</span>
      {rows.length >= 2 && rows.length <= MOST_COMPARED && (
        <a class="button primary" href={href(["compare"], { runs: joined(ids) })}>
          Compare
        </a>
      )}
      {rows.length === 2 && (
        <a class="button" href={href(["why"], { a: first, b: second })}>
          Why do they differ?
        </a>
      )}
      {!deleted && rows.length === 1 && <button onClick={() => setQuestion("rename")}>Rename</button>}
      {!deleted && <button onClick={() => setQuestion("tag")}>Tag</button>}
      {deleted ? (
        <button onClick={() => setQuestion("restore")}>Restore</button>
      ) : (
        <button onClick={() => setQuestion("delete")}>Delete</button>
      )}
      <button class="quiet" onClick={clear}>
        Clear
      </button>
      {question === "delete" && (
        <Dialog
          title={`Delete ${plural(rows.length, "run")}?`}
          action="Delete"
          danger
          close={close}
          confirm={() => all(deleteRun)}
        >
          <p>They can be restored until `mlproj gc` removes them.</p>
        </Dialog>
      )}
      {question === "restore" && (
        <Dialog
          title={`Restore ${plural(rows.length, "run")}?`}
          action="Restore"
          close={close}
          confirm={() => all(restoreRun)}
        >
          <p>They are listed again where they were.</p>
        </Dialog>
      )}
      {question === "tag" && (
        <TagDialog close={close} apply={(key, value) => all((id) => setTag(id, key, value))} />
      )}
      {question === "rename" && first && (
        <RenameDialog
          name={rows[0]?.run_name ?? ""}
          close={close}
          apply={(name) => renameRun(first, name).then(done)}
        />
      )}
    </div>
  );
}

export function TagDialog(props: {
  close: () => void;
  apply: (key: string, value: string) => Promise<unknown>;
}) {
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  return (
    <Dialog title="Set a tag" action="Set" close={props.close} confirm={() => props.apply(key, value)}>
      <label>
        Name <input required autofocus value={key} onInput={(event) => setKey(event.currentTarget.value)} />
      </label>
      <label>
        Value <input value={value} onInput={(event) => setValue(event.currentTarget.value)} />
      </label>
    </Dialog>
  );
}

export function RenameDialog(props: {
  name: string;
  close: () => void;
  apply: (name: string) => Promise<unknown>;
}) {
  const [name, setName] = useState(props.name);
  return (
    <Dialog title="Rename the run" action="Rename" close={props.close} confirm={() => props.apply(name)}>
      <label>
        Name <input required autofocus value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
    </Dialog>
  );
}
