/* One run in the table of runs. */
import { signal } from "@preact/signals";
import type { Row } from "../api/types";
import { Marks, StatusMark, isActive } from "../parts/status";
import { experimentNames } from "../state/experiments";
import { href } from "../state/router";
import { ago, duration, moment } from "../text/format";
import type { Column } from "./columns";
import type { Line } from "./nesting";

const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 1000);

interface RowProps {
  line: Line;
  index: number;
  columns: readonly Column[];
  places: ReadonlyMap<string, number>;
  selected: boolean;
  select: (index: number, range: boolean) => void;
  fold: (runId: string) => void;
}

export function TableRow({ line, index, columns, places, selected, select, fold }: RowProps) {
  const { row, depth, children, open } = line;
  const name = row.run_name || row.run_id.slice(0, 8);
  return (
    <tr class={selected ? "selected" : ""} aria-rowindex={index + 2}>
      <td class="pick">
        <input
          type="checkbox"
          aria-label={`Select ${name}`}
          checked={selected}
          onClick={(event) => {
            event.preventDefault();
            select(index, event.shiftKey);
          }}
        />
      </td>
      <td class="name">
        <div style={{ paddingLeft: `${depth * 16}px` }}>
          {children > 0 && (
            <button
              type="button"
              class="fold"
              aria-expanded={open}
              aria-label={`${children} runs below ${name}`}
              onClick={() => fold(row.run_id)}
            >
              {open ? "▾" : "▸"}
            </button>
          )}
          <StatusMark status={row.status} />
          <a href={href(["run", row.run_id])} title={name}>
            {name}
          </a>
          {children > 0 && !open && <span class="faint">+{children}</span>}
          <Marks tags={row.marks} />
        </div>
      </td>
      {columns.map((col) => (
        <td key={col.id} class={col.kind}>
          <Cell row={row} column={col} places={places} />
        </td>
      ))}
      <td aria-hidden="true" />
    </tr>
  );
}

function Cell({ row, column, places }: { row: Row; column: Column; places: ReadonlyMap<string, number> }) {
  if (column.id === "started")
    return <span title={moment(row.start_time)}>{ago(row.start_time, now.value)}</span>;
  if (column.id === "duration" && !row.end_time && isActive(row.status)) {
    return <span class="running">{duration(now.value - row.start_time)}</span>;
  }
  const text =
    column.id === "experiment"
      ? (experimentNames.value.get(row.experiment_id) ?? row.experiment_id)
      : column.text(row, places);
  return text ? <span title={text}>{text}</span> : <span class="faint">–</span>;
}
