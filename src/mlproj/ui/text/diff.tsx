/* A diff of git's, its lines in their colours. */

const KINDS: [RegExp, string][] = [
  [/^(diff |index |--- |\+\+\+ |new file|deleted file|similarity|rename |Binary |GIT binary)/, "meta"],
  [/^@@/, "hunk"],
  [/^\+/, "added"],
  [/^-/, "removed"],
];
const MOST_LINES = 5000;

export function Diff({ text }: { text: string }) {
  const lines = text.replace(/\n$/, "").split("\n");
  return (
    <pre class="diff" tabIndex={0} aria-label="Diff">
      {lines.slice(0, MOST_LINES).map((line) => (
        <span class={KINDS.find(([pattern]) => pattern.test(line))?.[1] ?? ""}>
          {line || " "}
          {"\n"}
        </span>
      ))}
      {lines.length > MOST_LINES && `… ${lines.length - MOST_LINES} more lines`}
    </pre>
  );
}
