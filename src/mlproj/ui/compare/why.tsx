/* Why two runs differ. */
import { getRuns, readRecord } from "../api/calls";
import { Empty, Failure, Loading, useLoaded } from "../parts/states";
import { href } from "../state/router";
import { SideBySide } from "./sideBySide";
import { label } from "./quantities";

export function WhyView({ first, second }: { first: string; second: string }) {
  const found = useLoaded(async () => {
    const [runs, ...records] = await Promise.all([
      getRuns([first, second]),
      readRecord(first),
      readRecord(second),
    ]);
    return { runs, records };
  }, [first, second]);
  if (!first || !second) return <Empty title="Two runs are needed">{<p>Select them in the list.</p>}</Empty>;
  if (found.error) return <Failure error={found.error} retry={found.again} />;
  if (!found.value) return <Loading what="the runs" />;
  const { runs } = found.value;
  return (
    <article class="run">
      <header class="head">
        <p class="crumbs">
          <a href={href(["runs"])}>Runs</a>
        </p>
        <h1>Why do {runs.map(label).join(" and ")} differ?</h1>
      </header>
      <SideBySide runs={runs} />
    </article>
  );
}
