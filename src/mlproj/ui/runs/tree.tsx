/* The experiments at the side, as the tree that the slashes in their names make. */
import { useState } from "preact/hooks";
import { Failure, Loading } from "../parts/states";
import {
  type Branch,
  experiments,
  experimentsError,
  grow,
  idsBelow,
  loadExperiments,
} from "../state/experiments";

interface TreeProps {
  chosen: ReadonlySet<string>;
  choose: (ids: readonly string[]) => void;
}

export function Tree({ chosen, choose }: TreeProps) {
  const [wanted, setWanted] = useState("");
  if (experimentsError.value)
    return <Failure error={experimentsError.value} retry={() => void loadExperiments()} />;
  if (!experiments.value) return <Loading what="experiments" />;
  const active = experiments.value.filter(({ lifecycle_stage }) => lifecycle_stage !== "deleted");
  const found = active.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <nav class="tree" aria-label="Experiments">
      {active.length > 12 && (
        <input
          type="search"
          placeholder="Find an experiment"
          aria-label="Find an experiment"
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
      )}
      <ul>
        <li>
          <button type="button" aria-pressed={!chosen.size} onClick={() => choose([])}>
            All experiments <span class="faint">{active.length}</span>
          </button>
        </li>
        {grow(found).map((branch) => (
          <Node
            key={branch.path + (branch.experiment?.experiment_id ?? "")}
            branch={branch}
            chosen={chosen}
            choose={choose}
          />
        ))}
      </ul>
    </nav>
  );
}

function Node({ branch, chosen, choose }: TreeProps & { branch: Branch }) {
  const [open, setOpen] = useState(true);
  const ids = idsBelow(branch);
  const all = ids.length > 0 && ids.every((id) => chosen.has(id));
  const pick = (event: MouseEvent) => {
    if (!event.metaKey && !event.ctrlKey) return choose(all && chosen.size === ids.length ? [] : ids);
    choose(all ? [...chosen].filter((id) => !ids.includes(id)) : [...new Set([...chosen, ...ids])]);
  };
  return (
    <li>
      <div class="branch">
        {branch.children.length > 0 ? (
          <button
            type="button"
            class="fold"
            aria-expanded={open}
            aria-label={`What is below ${branch.path}`}
            onClick={() => setOpen(!open)}
          >
            {open ? "▾" : "▸"}
          </button>
        ) : (
          <span class="fold" />
        )}
        <button type="button" aria-pressed={all} title={branch.path} onClick={pick}>
          {branch.name}
        </button>
      </div>
      {open && branch.children.length > 0 && (
        <ul>
          {branch.children.map((child) => (
            <Node key={child.path} branch={child} chosen={chosen} choose={choose} />
          ))}
        </ul>
      )}
    </li>
  );
}
