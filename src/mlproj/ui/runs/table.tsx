/* The table of runs. Only the rows in sight are in the document, however many there are. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Order, column } from "./columns";
import type { Line } from "./nesting";
import { TableRow } from "./row";

const HEIGHT = 30;
const AROUND = 12;
const AHEAD = 40;
/** Whoever points at the rows may go on to the next ones: they are asked for before they are needed. */
const FAR_AHEAD = 250;
const NAME_WIDTH = 250;
const SELECT_WIDTH = 34;
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
