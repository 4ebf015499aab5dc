/* What the command printed, live. Only the lines in sight are in the document. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Run } from "../api/types";
import { Empty, Failure } from "../parts/states";
import { isActive } from "../parts/status";
import { Painter, plain } from "../text/ansi";
import { bytes, plural } from "../text/format";
import { fileAddress } from "../api/calls";
import { useLog } from "./logLoading";

const LINE = 18;
const AROUND = 20;
const MOST_WIDE = 5000;

export function Log({ run }: { run: Run }) {
  const runId = run.info.run_id;
  const live = isActive(run.info.status);
  const log = useLog(runId, live);
  const [follow, setFollow] = useState(live);
  const [wanted, setWanted] = useState("");
  const [at, setAt] = useState(0);
  const [sight, setSight] = useState({ from: 0, to: 100 });
  const box = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => log.text.replace(/\n$/, "").split("\n"), [log.text]);
  const painted = useMemo(() => paint(lines), [lines]);
  const hits = useMemo(() => find(lines, wanted), [lines, wanted]);
  useEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines.length, follow]);
  useEffect(() => {
    const line = hits[at];
    if (line !== undefined && box.current) box.current.scrollTop = Math.max(0, (line - 5) * LINE);
  }, [hits, at]);
  const look = () => {
    const { scrollTop = 0, clientHeight = 600, scrollHeight = 0 } = box.current ?? {};
    setSight({
      from: Math.max(0, Math.floor(scrollTop / LINE) - AROUND),
      to: Math.ceil((scrollTop + clientHeight) / LINE) + AROUND,
    });
    if (follow && scrollHeight - scrollTop - clientHeight > 4 * LINE) setFollow(false);
  };
  useEffect(look, [lines.length]);
  if (log.error) return <Failure error={log.error} />;
  if (!log.text && log.size === 0) {
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
        {wanted && <span role="status">{hits.length ? `${at + 1} of ${hits.length}` : "not there"}</span>}
        <label class="toggle">
          <input type="checkbox" checked={follow} onChange={() => setFollow(!follow)} /> Follow
        </label>
        <span class="spring" />
        {log.start > 0 && (
          <button type="button" onClick={log.earlier}>
            Earlier ({bytes(log.start)})
          </button>
        )}
        <span class="faint">
          {plural(lines.length, "line")}
          {live ? ", live" : ""}
        </span>
        <a class="button" href={fileAddress(runId, "mlproj/output.log")} download>
          Download
        </a>
      </div>
      <div
        class="terminal"
        ref={box}
        onScroll={look}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Output of the command"
      >
        <pre style={{ height: `${lines.length * LINE}px`, paddingTop: `${sight.from * LINE}px` }}>
          {painted.slice(sight.from, sight.to).map((pieces, index) => {
            const number = sight.from + index;
            return (
              <div key={number} class={number === hits[at] && wanted ? "line hit" : "line"}>
                <span class="number" aria-hidden="true">
                  {log.start > 0 ? "" : number + 1}
                </span>
                {pieces().map((piece) => (
                  <span
                    class={piece.classes}
                    style={{ color: legible(piece.color), backgroundColor: faint(piece.background) }}
                  >
                    {piece.text}
                  </span>
                ))}
              </div>
            );
          })}
        </pre>
      </div>
    </section>
  );
}

/** The pieces of each line. The look goes on from line to line, so all are gone through, once. */
function paint(lines: readonly string[]) {
  const painter = new Painter();
  return lines.map((line) => {
    const pieces = painter.line(line.length > MOST_WIDE ? `${line.slice(0, MOST_WIDE)} …` : line);
    return () => pieces;
  });
}

/** Colours that programs choose for a ground that they do not know: towards the ink, to be read on both. */
const legible = (color: string | undefined) => color && `color-mix(in srgb, ${color} 45%, var(--ink))`;
const faint = (color: string | undefined) => color && `color-mix(in srgb, ${color} 25%, var(--raised))`;

function find(lines: readonly string[], wanted: string): number[] {
  if (!wanted) return [];
  const lower = wanted.toLowerCase();
  return lines.flatMap((line, index) => (plain(line).toLowerCase().includes(lower) ? [index] : []));
}
