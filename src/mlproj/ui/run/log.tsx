/* What the command printed, live. Only the lines in sight are in the document. */
import { useMemo, useRef, useState } from "preact/hooks";
import { fileAddress } from "../api/calls";
import type { Run } from "../api/types";
import { Empty, Failure } from "../parts/states";
import { isActive } from "../parts/status";
import { plain } from "../text/ansi";
import { bytes, plural } from "../text/format";
import { type Line } from "./logLines";
import { type LoadedLog, useLog } from "./logLoading";
import { Terminal } from "./terminal";

export function Log({ run }: { run: Run }) {
  const runId = run.info.run_id;
  const live = isActive(run.info.status);
  const [only, setOnly] = useState("");
  const log = useLog(runId, live, only);
  const [follow, setFollow] = useState(live);
  const [times, setTimes] = useState(false);
  const [wanted, setWanted] = useState("");
  const [at, setAt] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const hits = useMemo(() => find(log.lines, wanted), [log.lines, log.version, wanted]);
  if (log.error && !log.lines.length) return <Failure error={log.error} />;
  if (log.size === 0) return <Nothing live={live} />;
  const step = (by: number) => hits.length && setAt((at + by + hits.length) % hits.length);
  return (
    <section class="log">
      <div class="bar">
        <input
          type="search"
          placeholder="Find in the log"
          aria-label="Find in the log"
          value={wanted}
          onInput={(event) => {
            setWanted(event.currentTarget.value);
            setAt(0);
            setFollow(false);
          }}
          onKeyDown={(event) => event.key === "Enter" && step(event.shiftKey ? -1 : 1)}
        />
        {wanted && (
          <>
            <span role="status">
              {hits.length ? `${at + 1} of ${hits.length}` : "not there"}
              {log.start > 0 && " in what is loaded"}
            </span>
            <button type="button" class="quiet" aria-label="The hit before" onClick={() => step(-1)}>
              ↑
            </button>
            <button type="button" class="quiet" aria-label="The next hit" onClick={() => step(1)}>
              ↓
            </button>
          </>
        )}
        <label class="toggle">
          <input type="checkbox" checked={follow} onChange={() => setFollow(!follow)} /> Follow
        </label>
        <Streams log={log} only={only} choose={setOnly} />
        {log.streams.length > 0 && (
          <label class="toggle">
            <input type="checkbox" checked={times} onChange={() => setTimes(!times)} /> Times
          </label>
        )}
        <span class="spring" />
        {log.start > 0 && (
          <button type="button" onClick={log.earlier}>
            Earlier ({bytes(log.start)})
          </button>
        )}
        <span class="faint">
          {plural(log.lines.length, "line")}
          {live ? ", live" : ""}
        </span>
        <a class="button" href={fileAddress(runId, "mlproj/output.log")} download>
          Download
        </a>
      </div>
      <Terminal
        box={box}
        lines={log.lines}
        version={log.version}
        numbered={log.start === 0 && !only}
        marked={log.streams.includes("stderr") && !only}
        times={times}
        target={wanted ? hits[at] : undefined}
        follow={follow}
        unfollow={() => setFollow(false)}
      />
    </section>
  );
}

function Nothing({ live }: { live: boolean }) {
  return (
    <Empty title="Nothing was printed">
      <p>
        {live
          ? "What the command prints appears here as it comes."
          : "mlproj keeps what the commands of its own runs print."}
      </p>
    </Empty>
  );
}

/** Which output is shown, where the command had more than one. */
function Streams({ log, only, choose }: { log: LoadedLog; only: string; choose: (only: string) => void }) {
  if (log.streams.length < 2) return null;
  return (
    <label>
      Show{" "}
      <select value={only} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">all output</option>
        {log.streams.map((stream) => (
          <option key={stream} value={stream}>
            only {stream}
          </option>
        ))}
      </select>
    </label>
  );
}

function find(lines: readonly Line[], wanted: string): number[] {
  if (!wanted) return [];
  const lower = wanted.toLowerCase();
  return lines.flatMap(({ text }, index) => (plain(text).toLowerCase().includes(lower) ? [index] : []));
}
