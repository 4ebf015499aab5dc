/* Why two runs differ: what was recorded of them, the likeliest cause first. */
import { getRuns } from "../api/calls";
import { ApiError, OWN, get } from "../api/client";
import type { Run } from "../api/types";
import { CopyButton } from "../parts/copy";
import { Empty, Failure, Loading, useLoaded } from "../parts/states";
import { StatusMark } from "../parts/status";
import { href } from "../state/router";
import { Diff } from "../text/diff";
import { label } from "./quantities";
import { SideBySide } from "./sideBySide";

interface Cause {
  kind: string;
  name: string;
  before?: string;
  after?: string;
  text: string;
  detail?: string;
}

/** Null where one of the runs has no record. */
async function readCauses(first: string, second: string): Promise<Cause[] | null> {
  try {
    const query = { run_id: first, other_run_id: second };
    return (await get<{ causes?: Cause[] }>(`${OWN}runs/causes`, query)).causes ?? [];
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

export function WhyView({ first, second }: { first: string; second: string }) {
  const found = useLoaded(async () => {
    const [runs, causes] = await Promise.all([getRuns([first, second]), readCauses(first, second)]);
    return { runs, causes };
  }, [first, second]);
  if (!first || !second) return <Empty title="Two runs are needed">{<p>Select them in the list.</p>}</Empty>;
  if (found.error) return <Failure error={found.error} retry={found.again} />;
  if (!found.value) return <Loading what="the runs" />;
  const { runs, causes } = found.value;
  return (
    <article class="run">
      <header class="head">
        <p class="crumbs">
          <a href={href(["runs"])}>Runs</a>
        </p>
        <div class="title-line">
          <h1>Why do they differ?</h1>
          <span class="spring" />
          <CopyButton text={`mlproj why ${first} ${second}`} label="Copy the command" />
          <a class="button" href={href(["why"], { a: second, b: first })}>
            The other way round
          </a>
        </div>
        <p>
          From <Name run={runs[0]} /> to <Name run={runs[1]} />
        </p>
      </header>
      {causes ? (
        <Causes causes={causes} />
      ) : (
        <p class="faint">One of them has no record, so only this is known:</p>
      )}
      <h2>What was logged</h2>
      <SideBySide runs={runs} />
    </article>
  );
}

function Name({ run }: { run: Run | undefined }) {
  if (!run) return <span class="faint">a run that is gone</span>;
  return (
    <>
      <StatusMark status={run.info.status} /> <a href={href(["run", run.info.run_id])}>{label(run)}</a>
    </>
  );
}

function Causes({ causes }: { causes: Cause[] }) {
  if (!causes.length) {
    return (
      <p class="state">
        Their records agree in all that was recorded: code, parameters, packages, inputs and machine. What is
        left is chance.
      </p>
    );
  }
  return (
    <ol class="causes" aria-label="Causes, the likeliest first">
      {causes.map((cause) => (
        <li key={`${cause.kind} ${cause.name}`}>
          <span class="mark">{cause.kind}</span> <strong>{cause.name}</strong>{" "}
          <span class="change">
            <del>{cause.before ?? "none"}</del> <span aria-hidden="true">→</span>{" "}
            <ins>{cause.after ?? "none"}</ins>
          </span>
          {cause.detail && <Diff text={cause.detail} />}
        </li>
      ))}
    </ol>
  );
}
