/* Saves what a search finds. */
import { useState } from "preact/hooks";
import type { Question } from "../api/calls";
import { saveCsv } from "./export";

export function Export({ question, columns }: { question: Question; columns: string[] }) {
  const [count, setCount] = useState<number | null>(null);
  const [error, setError] = useState("");
  const run = async () => {
    setCount(0);
    setError("");
    try {
      await saveCsv(question, columns, setCount);
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
    } finally {
      setCount(null);
    }
  };
  return (
    <>
      <button type="button" disabled={count !== null} title="Save as CSV" onClick={() => void run()}>
        {count === null ? "CSV" : `CSV ${count || ""} …`}
      </button>
      {error && (
        <span class="wrong" role="alert">
          {error}
        </span>
      )}
    </>
  );
}
