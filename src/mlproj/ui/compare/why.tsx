/* Why two runs differ: what was recorded of them, the likeliest cause first. */
import { getRuns } from "../api/calls";
import { ApiError, OWN, get } from "../api/client";
import type { Run } from "../api/types";
import { CopyButton } from "../parts/copy";
import { Empty, Failure, Loading, useLoaded } from "../parts/states";
import { StatusMark } from "../parts/status";
import { href } from "../state/router";
import { type Cause, Causes } from "./causes";
import { label } from "./quantities";
import { SideBySide } from "./sideBySide";

/** Null where one of the runs has no record. */
async function readCauses(first: string, second: string, code: boolean): Promise<Cause[] | null> {
  try {
    const query = { run_id: first, other_run_id: second, ...(code ? { code: "true" } : {}) };
    return (await get<{ causes?: Cause[] }>(`${OWN}runs/causes`, query)).causes ?? [];
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

export function WhyView({ first, second }: { first: string; second: string }) {
  const found = useLoaded(async () => {
    const [runs, causes] = await Promise.all([getRuns([first, second]), readCauses(first, second, false)]);
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
        <Explained first={first} second={second} causes={causes} />
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

/** The causes at once, and the difference of the code when its trees have been made. */
function Explained({ first, second, causes }: { first: string; second: string; causes: Cause[] }) {
  const isCode = causes.some(({ kind }) => kind === "code");
  const more = useLoaded(
    async () => (isCode ? await readCauses(first, second, true) : null),
    [first, second, isCode],
  );
  const waiting = isCode && more.value === undefined && !more.error;
  return <Causes causes={more.value ?? causes} waiting={waiting} command={`mlproj why ${first} ${second}`} />;
}
