/* Where a run's code came from and what it ran in. */
import { fileAddress, readText } from "../api/calls";
import type { RunRecord } from "../api/types";
import { Empty, Failure, Loading, useLoaded } from "../parts/states";
import { marked } from "../parts/status";
import { Diff } from "../text/diff";
import { bytes, duration } from "../text/format";
import { Link } from "../text/markdown";
import { commitAddress } from "./commands";
import { Environment } from "./environment";
import { Fact, type Shown } from "./view";

export function Record({ run, record }: Shown) {
  if (!record) {
    const source = marked(run.data.tags, "mlflow.source.name");
    const commit = marked(run.data.tags, "mlflow.source.git.commit");
    return (
      <Empty title="There is no record">
        <p>
          mlproj records the code and the environment of what it runs itself. This run was logged by something
          else.
        </p>
        {source && (
          <p>
            It says that it is of {source}
            {commit && ` at ${commit}`}.
          </p>
        )}
      </Empty>
    );
  }
  return (
    <div class="columns">
      <div>
        <Source runId={run.info.run_id} record={record} />
        <Machine record={record} />
      </div>
      <div>
        <Environment record={record} />
      </div>
    </div>
  );
}

function Source({ runId, record }: { runId: string; record: RunRecord }) {
  const { source = {} } = record;
  const web = commitAddress(source.repository ?? source.uri, source.commit);
  const commit = source.commit?.slice(0, 12);
  return (
    <section class="card">
      <h2>Code</h2>
      <dl class="facts tall">
        <Fact name="From">{source.uri}</Fact>
        {source.repository && (
          <Fact name="Repository">{<Link target={source.repository}>{source.repository}</Link>}</Fact>
        )}
        {commit && (
          <Fact name="Commit">{web ? <Link target={web}>{commit}</Link> : <code>{commit}</code>}</Fact>
        )}
        {source.branch && <Fact name="Branch">{source.branch}</Fact>}
        {source.version && <Fact name="Asked for">{source.version}</Fact>}
        {source.subdirectory && <Fact name="Below">{source.subdirectory}</Fact>}
        {source.dirty !== null && source.dirty !== undefined && (
          <Fact name="Work tree">{source.dirty ? "differs from the commit" : "as in the commit"}</Fact>
        )}
        {record.entry_point && <Fact name="Entry point">{record.entry_point}</Fact>}
      </dl>
      {record.command && (
        <>
          <h3>Command</h3>
          <pre tabIndex={0}>{record.command}</pre>
        </>
      )}
      {source.capture?.diff && <Changes runId={runId} path={source.capture.diff} />}
      {source.capture?.files && (
        <p>
          <a href={fileAddress(runId, kept(source.capture.files))} download>
            Files that were in no commit
          </a>
        </p>
      )}
      {source.capture?.snapshot && (
        <p>
          <a href={fileAddress(runId, kept(source.capture.snapshot))} download>
            The code, as it was kept
          </a>
        </p>
      )}
      {!!source.capture?.dropped?.length && (
        <p class="wrong">
          Not kept: {source.capture.dropped.map(({ path, reason }) => `${path} (${reason})`).join(", ")}
        </p>
      )}
    </section>
  );
}

const kept = (path: string): string => (path.startsWith("mlproj/") ? path : `mlproj/${path}`);

function Changes({ runId, path }: { runId: string; path: string }) {
  const text = useLoaded(() => readText(runId, kept(path)), [runId, path]);
  return (
    <>
      <h3>Changes that were in no commit</h3>
      {text.error ? <Failure error={text.error} retry={text.again} /> : null}
      {text.value === undefined && !text.error ? <Loading what="the changes" /> : null}
      {text.value !== undefined && <Diff text={text.value} />}
    </>
  );
}

function Machine({ record }: { record: RunRecord }) {
  const { hardware = {}, system = {}, peaks = {}, phases = {} } = record;
  return (
    <section class="card">
      <h2>Machine</h2>
      <dl class="facts tall">
        {hardware.cpu && <Fact name="Processor">{hardware.cpu}</Fact>}
        {hardware.cpus && <Fact name="Cores">{hardware.cpus}</Fact>}
        {hardware.memory && <Fact name="Memory">{bytes(hardware.memory)}</Fact>}
        {!!hardware.gpus?.length && <Fact name="GPUs">{hardware.gpus.join(", ")}</Fact>}
        {system.os && (
          <Fact name="System">{[system.os, system.kernel, system.machine].filter(Boolean).join(", ")}</Fact>
        )}
        {Object.entries(peaks).map(([name, value]) => (
          <Fact key={name} name={`Peak of ${name}`}>
            {name.endsWith("bytes") ? bytes(value) : value}
          </Fact>
        ))}
        {Object.entries(phases).map(([name, seconds]) => (
          <Fact key={name} name={name}>
            {duration(seconds * 1000)}
          </Fact>
        ))}
        {record.mlproj_version && <Fact name="mlproj">{record.mlproj_version}</Fact>}
      </dl>
    </section>
  );
}
