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
      words.push(
        "-P",
        value === null ? `${name}=@env:${name.toUpperCase().replace(/\W/g, "_")}` : `${name}=${value}`,
      );
  }
  if (record.environment?.manager === "local") words.push("--env-manager", "local");
  if (record.arguments?.length) words.push("--", ...record.arguments);
  return words.map(shellWord).join(" ");
}

export const reproduceCommand = (run: Run): string => `mlproj reproduce ${run.info.run_id}`;

/** A new run from the code, the lock and the inputs of this one, with other parameters. */
export const changedCommand = (run: Run): string => `mlproj run runs:/${run.info.run_id} -P name=value`;

/** Where a host shows a commit; null for what is no host's. */
export function commitAddress(
  repository: string | null | undefined,
  commit: string | null | undefined,
): string | null {
  const web = repository && commit ? webAddress(repository) : null;
  if (!web) return null;
  if (/\/\/([^/]*\.)?bitbucket\.org\//.test(web)) return `${web}/commits/${commit}`;
  return /\/\/([^/]*\.)?gitlab/.test(web) ? `${web}/-/commit/${commit}` : `${web}/commit/${commit}`;
}

const SCP = /^(?:[\w.-]+@)?([\w-]+(?:\.[\w-]+)+):(?!\/\/)\/*(.+)$/;
const OVER_HTTPS: Record<string, string> = {
  "ssh.github.com": "github.com",
  "altssh.bitbucket.org": "bitbucket.org",
  "altssh.gitlab.com": "gitlab.com",
};

/** The page of a repository, from any of the ways in which git names it. */
function webAddress(repository: string): string | null {
  const [, host = "", path = ""] = SCP.exec(repository) ?? [];
  const parsed = host ? null : parse(repository);
  if (!host && !parsed) return null;
  const isWeb = parsed?.protocol === "https:" || parsed?.protocol === "http:";
  const name = host || (isWeb ? parsed.host : (parsed?.hostname ?? ""));
  const place = (parsed?.pathname ?? path).replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  if (!name || !place) return null;
  return `${parsed?.protocol === "http:" ? "http" : "https"}://${OVER_HTTPS[name] ?? name}/${place}`;
}

function parse(text: string): URL | null {
  const found = URL.canParse(text) ? new URL(text) : null;
  return found && /^(https?|ssh|git|git\+ssh):$/.test(found.protocol) ? found : null;
}
