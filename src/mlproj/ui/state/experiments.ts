/* The experiments, which nearly every view names. */
import { computed, signal } from "@preact/signals";
import { searchExperiments } from "../api/calls";
import type { Experiment } from "../api/types";

export const experiments = signal<Experiment[] | null>(null);
export const experimentsError = signal<unknown>(null);

export const experimentNames = computed(
  () => new Map((experiments.value ?? []).map((experiment) => [experiment.experiment_id, experiment.name])),
);

export async function loadExperiments(): Promise<void> {
  try {
    experiments.value = await searchExperiments();
    experimentsError.value = null;
  } catch (error) {
    experimentsError.value = error;
  }
}

export interface Branch {
  /** The part of the name after the slash. */
  name: string;
  path: string;
  experiment?: Experiment;
  children: Branch[];
}

/** Names with slashes as a tree. */
export function grow(found: readonly Experiment[]): Branch[] {
  const roots: Branch[] = [];
  for (const experiment of [...found].sort((a, b) => a.name.localeCompare(b.name))) {
    let level = roots;
    let path = "";
    const parts = experiment.name.split("/").filter(Boolean);
    parts.forEach((name, depth) => {
      path = path ? `${path}/${name}` : name;
      let branch = level.find(
        (other) => other.name === name && !(depth === parts.length - 1 && other.experiment),
      );
      if (!branch) level.push((branch = { name, path, children: [] }));
      if (depth === parts.length - 1) branch.experiment = experiment;
      level = branch.children;
    });
    if (!parts.length) roots.push({ name: experiment.name, path: experiment.name, experiment, children: [] });
  }
  return roots;
}

export function idsBelow(branch: Branch): string[] {
  const own = branch.experiment ? [branch.experiment.experiment_id] : [];
  return [...own, ...branch.children.flatMap(idsBelow)];
}
