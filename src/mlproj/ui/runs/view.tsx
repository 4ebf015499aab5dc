/* The list of runs: which, in what order, with which columns is all in the address. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Question } from "../api/calls";
import { ApiError } from "../api/client";
import { Failure, Loading, Lost } from "../parts/states";
import { adjust, joined, listed, place } from "../state/router";
import { plural } from "../text/format";
import { Actions } from "./actions";
import { Chooser } from "./chooser";
import { FIRST_COLUMNS, type Order, isLogged, orderBy, readOrder, turned, writeOrder } from "./columns";
import { NoRuns } from "./empty";
import { Export } from "./exportButton";
import { filterOf } from "./filter";
import { FilterField } from "./filterField";
import { type Counts, useRows } from "./loading";
import { flat, nest } from "./nesting";
import { Table } from "./table";
import { Tree } from "./tree";

interface Wanted {
  experiments: string[];
  text: string;
  order: Order | null;
  columns: string[] | null;
  deleted: boolean;
}

function wanted(): Wanted {
  const { query } = place.value;
  return {
    experiments: listed(query.get("e")),
    text: query.get("q") ?? "",
    order: readOrder(query.get("sort")),
    columns: query.has("cols") ? listed(query.get("cols")) : null,
    deleted: query.get("stage") === "deleted",
  };
}

export function RunsView() {
  const view = wanted();
  const [narrow, setNarrow] = useState(false);
  const question: Question = {
    experiments: view.experiments,
    filter: filterOf(view.text),
    deleted: view.deleted,
    order: orderBy(view.order),
    columns: view.columns?.filter(isLogged) ?? null,
  };
  const nested = !view.order && !view.text;
  const loader = useRows(question, nested);
  const shown = view.columns ?? [...FIRST_COLUMNS, ...loader.columns.value];
  const error = loader.error.value;
  const broken = error && !(error instanceof ApiError && error.status === 400 && view.text);
  return (
    <div class="with-side">
      <aside class={narrow ? "side open" : "side"}>
        <Tree
          chosen={new Set(view.experiments)}
          choose={(ids) => {
            setNarrow(false);
            adjust({ e: joined(ids) });
          }}
        />
      </aside>
      <section class="list" aria-label="Runs">
        <div class="bar">
          <button type="button" class="side-button" aria-expanded={narrow} onClick={() => setNarrow(!narrow)}>
            Experiments
          </button>
          <FilterField
            text={view.text}
            experiments={view.experiments}
            error={error}
            apply={(q) => adjust({ q })}
          />
          <Chooser
            experiments={view.experiments}
            shown={shown}
            choose={(columns) => adjust({ cols: joined(columns) || "started" })}
          />
          <label class="toggle">
            <input
              type="checkbox"
              checked={view.deleted}
              onChange={() => adjust({ stage: view.deleted ? null : "deleted" })}
            />
            Deleted
          </label>
          <Export question={question} columns={shown.filter(isLogged)} />
        </div>
        {loader.loading.value ? (
          <Loading what="runs" />
        ) : broken && !loader.rows.value.length ? (
          <Failure error={error} retry={() => void loader.refresh()} />
        ) : (
          <>
            {broken && <Lost error={error} />}
            <Rows view={view} loader={loader} shown={shown} nested={nested} />
          </>
        )}
      </section>
    </div>
  );
}

interface RowsProps {
  view: Wanted;
  loader: ReturnType<typeof useRows>;
  shown: string[];
  nested: boolean;
}

function Rows({ view, loader, shown, nested }: RowsProps) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef(-1);
  const rows = loader.rows.value;
  const parents = loader.parents.value;
  const lines = useMemo(
    () => (nested ? nest(rows, parents, folded) : flat(rows)),
    [rows, parents, folded, nested],
  );
  useEffect(() => setSelected(new Set()), [loader]);
  if (!rows.length) return loader.error.value ? null : <NoRuns filtered={!!view.text || view.deleted} />;
  const select = (index: number, range: boolean) => {
    const next = new Set(selected);
    const from = range && anchor.current >= 0 ? Math.min(anchor.current, index) : index;
    const to = range && anchor.current >= 0 ? Math.max(anchor.current, index) : index;
    const on = !selected.has(lines[index]?.row.run_id ?? "");
    for (const { row } of lines.slice(from, to + 1)) on ? next.add(row.run_id) : next.delete(row.run_id);
    anchor.current = index;
    setSelected(next);
  };
  const fold = (id: string) => {
    const next = new Set(folded);
    if (!next.delete(id)) next.add(id);
    setFolded(next);
  };
  const chosen = [...rows, ...(nested ? parents : [])].filter((row) => selected.has(row.run_id));
  return (
    <>
      <Table
        lines={lines}
        shown={shown}
        fetched={loader.columns.value}
        order={view.order}
        selected={selected}
        more={loader.more.value}
        sort={(id) => adjust({ sort: writeOrder(turned(view.order, id)) })}
        select={select}
        selectAll={() => setSelected(selected.size ? new Set() : new Set(lines.map(({ row }) => row.run_id)))}
        fold={fold}
        next={() => void loader.next()}
      />
      <footer class="foot">
        {chosen.length ? (
          <Actions
            rows={chosen}
            deleted={view.deleted}
            clear={() => setSelected(new Set())}
            done={() => {
              setSelected(new Set());
              void loader.refresh();
            }}
          />
        ) : (
          <span role="status">{counted(loader.counts.value, rows.length, !!view.text)}</span>
        )}
      </footer>
    </>
  );
}

/** `1,234 runs`, or `12 of 1,234 runs` where a filter leaves some out. */
function counted(counts: Counts | null, loaded: number, filtered: boolean): string {
  const { total, unfiltered } = counts ?? { total: loaded, unfiltered: loaded };
  return filtered ? `${total.toLocaleString("en")} of ${plural(unfiltered, "run")}` : plural(total, "run");
}
