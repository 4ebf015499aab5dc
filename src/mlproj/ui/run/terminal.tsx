/* Lines of a log, as many as are in sight. */
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { moment } from "../text/format";
import { type Line, pieces } from "./logLines";

const HEIGHT = 18;
const AROUND = 20;
const ABOVE_TARGET = 5;

interface TerminalProps {
  box: RefObject<HTMLDivElement>;
  lines: readonly Line[];
  version: number;
  numbered: boolean;
  /** Whether lines say which stream they are of. */
  marked: boolean;
  times: boolean;
  /** The line that is looked for. */
  target: number | undefined;
  follow: boolean;
  unfollow: () => void;
}

export function Terminal({ box, lines, version, target, follow, unfollow, ...looks }: TerminalProps) {
  const [sight, setSight] = useState({ from: 0, to: 100 });
  const look = () => {
    const { scrollTop = 0, clientHeight = 600 } = box.current ?? {};
    const from = Math.max(0, Math.floor(scrollTop / HEIGHT) - AROUND);
    const to = Math.ceil((scrollTop + clientHeight) / HEIGHT) + AROUND;
    setSight((old) => (old.from === from && old.to === to ? old : { from, to }));
  };
  const scrolled = () => {
    look();
    const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = box.current ?? {};
    if (follow && scrollHeight - scrollTop - clientHeight > 4 * HEIGHT) unfollow();
  };
  useEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
    look();
  }, [version, follow]);
  useEffect(() => {
    if (target !== undefined && box.current)
      box.current.scrollTop = Math.max(0, (target - ABOVE_TARGET) * HEIGHT);
  }, [target]);
  const from = Math.min(sight.from, lines.length);
  return (
    <div
      class="terminal"
      ref={box}
      onScroll={scrolled}
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label="Output of the command"
    >
      <pre style={{ height: `${lines.length * HEIGHT}px`, paddingTop: `${from * HEIGHT}px` }}>
        {lines.slice(from, sight.to).map((line, index) => (
          <Row key={from + index} line={line} index={from + index} hit={from + index === target} {...looks} />
        ))}
      </pre>
    </div>
  );
}

type RowProps = Pick<TerminalProps, "numbered" | "marked" | "times"> & {
  line: Line;
  index: number;
  hit: boolean;
};

function Row({ line, index, hit, numbered, marked, times }: RowProps) {
  const when = line.time ? moment(line.time) : "";
  const isError = marked && line.stream === "stderr";
  return (
    <div class={`line${hit ? " hit" : ""}${isError ? " of-stderr" : ""}`}>
      <span class="number" aria-hidden="true">
        {numbered ? index + 1 : ""}
      </span>
      {times && <span class="time">{when.slice(11)}</span>}
      {marked && (
        <span class="stream" title={[line.stream, when].filter(Boolean).join(", ")}>
          {isError ? "err" : ""}
        </span>
      )}
      {pieces(line).map((piece) => (
        <span
          class={piece.classes}
          style={{ color: legible(piece.color), backgroundColor: faint(piece.background) }}
        >
          {piece.text}
        </span>
      ))}
    </div>
  );
}

/** Colours that programs choose for a ground that they do not know: towards the ink, to be read on both. */
const legible = (color: string | undefined) => color && `color-mix(in srgb, ${color} 45%, var(--ink))`;
const faint = (color: string | undefined) => color && `color-mix(in srgb, ${color} 25%, var(--raised))`;
