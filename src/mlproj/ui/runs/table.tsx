/* The table of runs. Only the rows in sight are in the document, however many there are. */
import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Row } from "../api/types";
import { Marks, StatusMark, isActive } from "../parts/status";
import { experimentNames } from "../state/experiments";
import { href } from "../state/router";
import { ago, duration, moment } from "../text/format";
import { type Column, type Order, column } from "./columns";
import type { Line } from "./nesting";

const HEIGHT = 30;
const AROUND = 12;
const AHEAD = 40;
/** Whoever points at the rows may go on to the next ones: they are asked for before they are needed. */
const FAR_AHEAD = 250;
const NAME_WIDTH = 250;
const SELECT_WIDTH = 34;
const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 1000);

interface TableProps {
  lines: readonly Line[];
  shown: readonly string[];
  /** What the values of the rows are, in their order. */
  fetched: readonly string[];
  order: Order | null;
  selected: ReadonlySet<string>;
  more: boolean;
  sort: (id: string) => void;
  select: (index: number, range: boolean) => void;
  selectAll: () => void;
  fold: (runId: string) => void;
  next: () => void;
}

export function Table(props: TableProps) {
  const box = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ from: 0, to: 40 });
  const [touched, setTouched] = useState(false);
  const touch = () => setTouched(true);
  const columns = useMemo(() => props.shown.map(column), [props.shown.join()]);
  const places = useMemo(() => new Map(props.fetched.map((id, at) => [id, at])), [props.fetched.join()]);
  const look = () => {
    const { scrollTop = 0, clientHeight = 800 } = box.current ?? {};
    const first = Math.floor(scrollTop / HEIGHT);
    const from = Math.max(0, first - AROUND - (first % 2));
    const to = first + Math.ceil(clientHeight / HEIGHT) + AROUND;
    setSight((old) => (old.from === from && old.to === to ? old : { from, to }));
  };
  useEffect(() => {
    look();
    addEventListener("resize", look);
    return () => removeEventListener("resize", look);
  }, []);
  useEffect(() => {
    const ahead = touched ? FAR_AHEAD : AHEAD;
    if (props.more && sight.to + ahead > props.lines.length) props.next();
  }, [sight.to, props.lines.length, props.more, touched]);
  const width = SELECT_WIDTH + NAME_WIDTH + columns.reduce((sum, { width }) => sum + width, 0);
  const visible = props.lines.slice(sight.from, sight.to);
  const above = Math.min(sight.from, props.lines.length);
  const below = Math.max(0, props.lines.length - sight.to);
  return (
    <div
      class="rows"
      ref={box}
      onScroll={look}
      onPointerEnter={touch}
      onTouchStart={touch}
      onKeyDown={touch}
      tabIndex={0}
      role="region"
      aria-label="Runs"
    >
      <table
        style={{ width: `max(100%, ${width}px)` }}
        aria-rowcount={props.more ? -1 : props.lines.length + 1}
      >
        <colgroup>
          <col style={{ width: `${SELECT_WIDTH}px` }} />
          <col style={{ width: `${NAME_WIDTH}px` }} />
          {columns.map(({ id, width }) => (
            <col key={id} style={{ width: `${width}px` }} />
          ))}
          <col />
        </colgroup>
        <thead>
          <tr>
            <th class="pick">
              <input
                type="checkbox"
                aria-label="Select all runs that are loaded"
                checked={props.selected.size > 0 && props.selected.size >= props.lines.length}
                onChange={props.selectAll}
              />
            </th>
            <Title id="name" title="Run" order={props.order} sort={props.sort} class="name" />
            {columns.map((col) => (
              <Title
                key={col.id}
                id={col.id}
                title={col.title}
                order={props.order}
                sort={col.order ? props.sort : null}
                class={col.kind}
                group={/^(metrics|params|tags)\./.exec(col.id)?.[1] ?? ""}
              />
            ))}
            <th aria-hidden="true" />
          </tr>
        </thead>
        <tbody>
          {above > 0 && <tr style={{ height: `${above * HEIGHT}px` }} aria-hidden="true" />}
          {visible.map((line, at) => (
            <TableRow
              key={line.row.run_id}
              line={line}
              index={above + at}
              columns={columns}
              places={places}
              selected={props.selected.has(line.row.run_id)}
              select={props.select}
              fold={props.fold}
            />
          ))}
          {below > 0 && <tr style={{ height: `${below * HEIGHT}px` }} aria-hidden="true" />}
        </tbody>
      </table>
    </div>
  );
}

interface TitleProps {
  id: string;
  title: string;
  order: Order | null;
  sort: ((id: string) => void) | null;
  class: string;
  group?: string;
}

function Title({ id, title, order, sort, class: kind, group }: TitleProps) {
  const mine = order?.id === id ? order : null;
  const direction = mine ? (mine.descending ? "descending" : "ascending") : undefined;
  return (
    <th class={kind} aria-sort={direction} scope="col" title={group ? `${group}.${title}` : title}>
      {sort ? (
        <button type="button" onClick={() => sort(id)}>
          <span class="title">{title}</span>
          {mine && <span aria-hidden="true">{mine.descending ? "↓" : "↑"}</span>}
        </button>
      ) : (
        <span class="title">{title}</span>
      )}
    </th>
  );
}

interface RowProps {
  line: Line;
  index: number;
  columns: readonly Column[];
  places: ReadonlyMap<string, number>;
  selected: boolean;
  select: (index: number, range: boolean) => void;
  fold: (runId: string) => void;
}

function TableRow({ line, index, columns, places, selected, select, fold }: RowProps) {
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
