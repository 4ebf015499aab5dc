/* A text in Markdown, edited in place. */
import { useState } from "preact/hooks";
import { Markdown } from "../text/markdown";

export function Description({ text, save }: { text: string; save: (text: string) => Promise<unknown> }) {
  const [draft, setDraft] = useState<string | null>(null);
  const [error, setError] = useState("");
  const done = async () => {
    try {
      await save(draft ?? "");
      setDraft(null);
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
    }
  };
  return (
    <section class="card">
      <h2>
        Description
        {draft === null && (
          <button type="button" class="quiet" onClick={() => setDraft(text)}>
            {text ? "Edit" : "Write one"}
          </button>
        )}
      </h2>
      {draft === null && text && <Markdown text={text} />}
      {draft !== null && (
        <>
          <textarea
            aria-label="Description, in Markdown"
            rows={8}
            autofocus
            value={draft}
            onInput={(event) => setDraft(event.currentTarget.value)}
          />
          {error && (
            <p class="wrong" role="alert">
              {error}
            </p>
          )}
          <div class="buttons">
            <button type="button" onClick={() => setDraft(null)}>
              Cancel
            </button>
            <button type="button" class="primary" onClick={() => void done()}>
              Save
            </button>
          </div>
        </>
      )}
    </section>
  );
}
