/* One run. */
import { useState } from "preact/hooks";
import { deleteRun, getRun, readRecord, renameRun, restoreRun } from "../api/calls";
import type { Run, RunRecord } from "../api/types";
import { CopyButton } from "../parts/copy";
import { Dialog } from "../parts/dialog";
import { Failure, Loading, Lost, useLoaded } from "../parts/states";
import { Marks, StatusMark, isActive, marked } from "../parts/status";
import { RenameDialog } from "../runs/actions";
import { experimentNames } from "../state/experiments";
import { href } from "../state/router";
import { ago, duration, moment } from "../text/format";
import { Artifacts } from "./artifacts";
import { Log } from "./log";
import { Charts } from "./metrics";
import { Overview } from "./overview";
import { Record } from "./record";

const TABS: [string, string][] = [
  ["overview", "Overview"],
  ["metrics", "Metrics"],
  ["log", "Log"],
  ["artifacts", "Artifacts"],
  ["record", "Code and environment"],
  ["resources", "Resources"],
];
const NEWS_EVERY = 3000;
const RELATED: [string, string][] = [
  ["mlproj.reproduces", "Reproduces"],
  ["mlproj.reproduced_by", "Reproduced by"],
  ["mlproj.reused_from", "Taken over from"],
  ["mlproj.from_run", "Made from"],
];

export interface Shown {
  run: Run;
  record: RunRecord | null;
  changed: () => void;
}

export function RunView({ runId, tab }: { runId: string; tab: string }) {
  const [active, setActive] = useState(true);
  const found = useLoaded(
    async () => {
      const [run, record] = await Promise.all([getRun(runId), readRecord(runId)]);
      setActive(isActive(run.info.status));
      return { run, record };
    },
    [runId],
    active ? NEWS_EVERY : 0,
  );
  if (found.error && !found.value) return <Failure error={found.error} retry={found.again} />;
  if (!found.value) return <Loading what="the run" />;
  const shown: Shown = { ...found.value, changed: found.again };
  return (
    <article class="run">
      {found.error ? <Lost error={found.error} /> : null}
      <Head {...shown} />
      <nav class="tabs" aria-label="Parts of the run">
        {TABS.map(([id, title]) => (
          <a key={id} href={href(["run", runId], { tab: id })} aria-current={tab === id ? "page" : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <Part {...shown} tab={tab} />
    </article>
  );
}

function Part({ tab, ...shown }: Shown & { tab: string }) {
  switch (tab) {
    case "metrics":
      return (
        <Charts
          run={shown.run}
          wanted={(key) => !key.startsWith("system/")}
          none="This run has no metrics yet."
        />
      );
    case "resources":
      return (
        <Charts
          run={shown.run}
          wanted={(key) => key.startsWith("system/")}
          none="Nothing was measured of the machine. `mlproj run` measures runs that take longer than a few seconds."
        />
      );
    case "log":
      return <Log run={shown.run} />;
    case "artifacts":
      return <Artifacts runId={shown.run.info.run_id} />;
    case "record":
      return <Record {...shown} />;
    default:
      return <Overview {...shown} />;
  }
}

function Head({ run, changed }: Shown) {
  const { info, data } = run;
  const [question, setQuestion] = useState<"rename" | "stage" | null>(null);
  const name = info.run_name || info.run_id.slice(0, 8);
  const deleted = info.lifecycle_stage === "deleted";
  const close = () => setQuestion(null);
  const parent = marked(data.tags, "mlflow.parentRunId");
  const ended = marked(data.tags, "mlproj.end_reason");
  return (
    <header class="head">
      <p class="crumbs">
        <a href={href(["runs"], { e: info.experiment_id })}>
          {experimentNames.value.get(info.experiment_id) ?? `experiment ${info.experiment_id}`}
        </a>
        {parent && <a href={href(["run", parent])}>run {parent.slice(0, 8)}</a>}
      </p>
      <div class="title-line">
        <h1>{name}</h1>
        <StatusMark status={info.status} word />
        {deleted && <span class="mark bad">deleted</span>}
        <Marks tags={data.tags} />
        <span class="spring" />
        <button type="button" onClick={() => setQuestion("rename")} disabled={deleted}>
          Rename
        </button>
        <button type="button" onClick={() => setQuestion("stage")}>
          {deleted ? "Restore" : "Delete"}
        </button>
      </div>
      <dl class="facts">
        <Fact name="Started">
          <span title={moment(info.start_time)}>{ago(info.start_time, Date.now())}</span>
        </Fact>
        <Fact name={info.end_time ? "Took" : "Running for"}>
          {duration((info.end_time ?? Date.now()) - info.start_time)}
        </Fact>
        {marked(data.tags, "mlproj.exit_code") && (
          <Fact name="Exit code">{marked(data.tags, "mlproj.exit_code")}</Fact>
        )}
        {ended && ended !== "finished" && <Fact name="Ended because">{ended}</Fact>}
        {RELATED.map(([key, name]) => {
          const other = marked(data.tags, key);
          return (
            other && (
              <Fact key={key} name={name}>
                <a href={href(["run", other])}>{other.slice(0, 8)}</a>
              </Fact>
            )
          );
        })}
        {info.user_id && <Fact name="User">{info.user_id}</Fact>}
        <Fact name="Run id">
          <code>{info.run_id.slice(0, 12)}</code> <CopyButton text={info.run_id} label="Copy" />
        </Fact>
      </dl>
      {question === "rename" && (
        <RenameDialog
          name={info.run_name ?? ""}
          close={close}
          apply={(to) => renameRun(info.run_id, to).then(changed)}
        />
      )}
      {question === "stage" && (
        <Dialog
          title={deleted ? "Restore this run?" : "Delete this run?"}
          action={deleted ? "Restore" : "Delete"}
          danger={!deleted}
          close={close}
          confirm={() => (deleted ? restoreRun : deleteRun)(info.run_id).then(changed)}
        >
          <p>
            {deleted
              ? "It is listed again where it was."
              : "It can be restored until `mlproj gc` removes it."}
          </p>
        </Dialog>
      )}
    </header>
  );
}

export function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
