/* How a run stands, in a form and a word, never in colour alone. */
import type { Row, Status, Tag } from "../api/types";

const WORDS: Record<Status, string> = {
  RUNNING: "running",
  SCHEDULED: "waiting",
  FINISHED: "finished",
  FAILED: "failed",
  KILLED: "killed",
};
const SIGNS: Record<Status, string> = {
  RUNNING: "●",
  SCHEDULED: "○",
  FINISHED: "✓",
  FAILED: "✕",
  KILLED: "■",
};

export function StatusMark({ status, word = false }: { status: Status; word?: boolean }) {
  return (
    <span class={`status ${status.toLowerCase()}`} title={WORDS[status]}>
      <span aria-hidden="true">{SIGNS[status]}</span>
      <span class={word ? "" : "unseen"}>{WORDS[status]}</span>
    </span>
  );
}

export const isActive = (status: Status): boolean => status === "RUNNING" || status === "SCHEDULED";

export function marked(tags: Tag[] | undefined, key: string): string | undefined {
  return tags?.find((tag) => tag.key === key)?.value;
}

const VERDICTS: Record<string, string> = {
  identical: "good",
  "within tolerance": "good",
  differs: "bad",
  "cannot reproduce": "bad",
};

/** The verdict of a reproduction, and whether a run was taken over instead of run. */
export function Marks({ tags }: { tags: Row["marks"] }) {
  const verdict = marked(tags, "mlproj.verdict");
  const reused = marked(tags, "mlproj.reused_from");
  return (
    <>
      {verdict && (
        <span class={`mark ${VERDICTS[verdict] ?? ""}`} title={`Verdict: ${verdict}`}>
          {verdict}
        </span>
      )}
      {reused && (
        <span class="mark" title={`Taken over from run ${reused}`}>
          reused
        </span>
      )}
    </>
  );
}
