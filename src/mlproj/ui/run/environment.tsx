/* What a run ran in: the lock, which can be searched. */
import { useState } from "preact/hooks";
import type { RunRecord } from "../api/types";
import { Fact } from "./view";

export function Environment({ record }: { record: RunRecord }) {
  const [wanted, setWanted] = useState("");
  const environment = record.environment;
  if (!environment) return null;
  const packages = Object.entries(environment.packages ?? {}).filter(([name]) =>
    name.includes(wanted.toLowerCase()),
  );
  const lock = environment.lock
    ?.split("\n")
    .filter((line) => !wanted || line.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <section class="card">
      <h2>Environment</h2>
      <dl class="facts tall">
        <Fact name="Kind">
          {environment.kind}, by {environment.manager}
        </Fact>
        {environment.python && <Fact name="Python">{environment.python}</Fact>}
        {environment.image && <Fact name="Image">{environment.image.name}</Fact>}
        {environment.lock_hash && (
          <Fact name="Lock">
            <code title={environment.lock_hash}>{environment.lock_hash.slice(0, 12)}</code>
          </Fact>
        )}
        {Object.entries(record.variables ?? {}).map(([name, value]) => (
          <Fact key={name} name={name}>
            {value ?? <span class="faint">not set</span>}
          </Fact>
        ))}
      </dl>
      {(packages.length > 0 || lock || wanted) && (
        <input
          type="search"
          placeholder="Find in the lock"
          aria-label="Find in the lock"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
      )}
      {packages.length > 0 && (
        <table class="plain packages" tabIndex={0} aria-label="Packages">
          <tbody>
            {packages.map(([name, version]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{version}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {lock && (
        <details open={!packages.length || !!wanted}>
          <summary>{environment.lock_format ?? "lock"}</summary>
          <pre tabIndex={0} class="lock">
            {lock.join("\n")}
          </pre>
        </details>
      )}
    </section>
  );
}
