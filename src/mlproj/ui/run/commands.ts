/* The commands that make a run again, ready for a shell. */
import type { Run, RunRecord } from "../api/types";
import { shellWord } from "../text/format";

/** `mlproj run` with what was given to this one; a secret has to be filled in. */
export function againCommand(record: RunRecord | null): string | null {
  const source = record?.source;
  if (!record || !source?.uri) return null;
  const words = ["mlproj", "run", source.uri];
  if (record.entry_point && record.entry_point !== "main") words.push("-e", record.entry_point);
  if (source.kind === "git" && source.commit) words.push("--version", source.commit);
  for (const [name, { value, origin }] of Object.entries(record.parameters ?? {})) {
    if (origin !== "default")
      words.push("-P", value === null ? `${name}=@env:${name.toUpperCase()}` : `${name}=${value}`);
  }
  if (record.environment?.manager === "local") words.push("--env-manager", "local");
  if (record.arguments?.length) words.push("--", ...record.arguments);
  return words.map(shellWord).join(" ");
}

export const reproduceCommand = (run: Run): string => `mlproj reproduce ${run.info.run_id}`;

/** Where a host shows a commit; null for hosts that are not known to. */
export function commitAddress(
  repository: string | null | undefined,
  commit: string | null | undefined,
): string | null {
  if (!repository || !commit) return null;
  const web = repository
    .replace(/^(?:ssh:\/\/)?git@([^:/]+)[:/]/, "https://$1/")
    .replace(/^ssh:\/\/(?:[^@/]*@)?/, "https://")
    .replace(/\.git\/?$/, "");
  if (!/^https?:\/\//.test(web)) return null;
  return /\/\/([^/]*\.)?gitlab/.test(web) ? `${web}/-/commit/${commit}` : `${web}/commit/${commit}`;
}
