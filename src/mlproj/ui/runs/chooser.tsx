/* Which columns the table has. */
import { useEffect, useRef, useState } from "preact/hooks";
import { columnNames } from "../api/calls";
import { Loading, useLoaded } from "../parts/states";
import { OWN_COLUMNS } from "./columns";

const MOST_SHOWN = 200;

interface ChooserProps {
  experiments: readonly string[];
  shown: readonly string[];
  choose: (columns: readonly string[]) => void;
}

export function Chooser(props: ChooserProps) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const leave = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", leave);
    return () => document.removeEventListener("pointerdown", leave);
  }, [open]);
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    setOpen(false);
    box.current?.querySelector("button")?.focus();
  };
  return (
    <div class="chooser" ref={box} onKeyDown={onKey}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        Columns
      </button>
      {open && <Choices {...props} />}
    </div>
  );
}

function Choices({ experiments, shown, choose }: ChooserProps) {
  const [wanted, setWanted] = useState("");
  const names = useLoaded(() => columnNames(experiments), experiments);
  const toggle = (id: string) =>
    choose(shown.includes(id) ? shown.filter((other) => other !== id) : [...shown, id]);
  const groups: [string, string, readonly string[]][] = [
    ["", "Run", OWN_COLUMNS.map(({ id }) => id)],
    ["metrics.", "Metrics", names.value?.metrics ?? []],
    ["params.", "Params", names.value?.params ?? []],
    ["tags.", "Tags", names.value?.tags ?? []],
  ];
  return (
    <div class="popup" role="group" aria-label="Columns">
      <input
        type="search"
        placeholder="Find a column"
        aria-label="Find a column"
        autofocus
        onInput={(event) => setWanted(event.currentTarget.value.toLowerCase())}
      />
      {!names.value && <Loading what="columns" />}
      {groups.map(([prefix, title, all]) => {
        const found = all.filter((name) => name.toLowerCase().includes(wanted));
        if (!found.length) return null;
        const ids = found.map((name) => prefix + name);
        const every = ids.every((id) => shown.includes(id));
        return (
          <fieldset key={title}>
            <legend>
              {title}{" "}
              <button
                type="button"
                class="quiet"
                onClick={() =>
                  choose(every ? shown.filter((id) => !ids.includes(id)) : [...new Set([...shown, ...ids])])
                }
              >
                {every ? "none" : "all"}
              </button>
            </legend>
            {found.slice(0, MOST_SHOWN).map((name) => (
              <label key={name}>
                <input
                  type="checkbox"
                  checked={shown.includes(prefix + name)}
                  onChange={() => toggle(prefix + name)}
                />
                {prefix ? name : (OWN_COLUMNS.find(({ id }) => id === name)?.title ?? name)}
              </label>
            ))}
          </fieldset>
        );
      })}
    </div>
  );
}
