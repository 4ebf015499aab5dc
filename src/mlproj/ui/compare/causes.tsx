/* What differs between two runs, the likeliest cause first: packages as a table, code as a diff. */
import { Command } from "../parts/copy";
import { Loading } from "../parts/states";
import { Diff } from "../text/diff";

export interface Cause {
  kind: string;
  name: string;
  before?: string;
  after?: string;
  text: string;
  detail?: string;
}

interface CausesProps {
  causes: readonly Cause[];
  /** The difference of the code is being made. */
  waiting: boolean;
  command: string;
}

const TABLED = new Set(["package", "input"]);
const TITLES: Record<string, string> = { package: "Packages", input: "Inputs" };

export function Causes({ causes, waiting, command }: CausesProps) {
  if (!causes.length) {
    return (
      <p class="state">
        Their records agree in all that was recorded: code, parameters, packages, inputs and machine. What is
        left is chance.
      </p>
    );
  }
  return (
    <ol class="causes" aria-label="Causes, the likeliest first">
      {groups(causes).map((group) => {
        const [first] = group as [Cause];
        return (
          <li key={`${first.kind} ${first.name}`}>
            {group.length > 1 ? (
              <Table title={TITLES[first.kind] ?? first.kind} causes={group} />
            ) : (
              <One cause={first} waiting={waiting} command={command} />
            )}
          </li>
        );
      })}
    </ol>
  );
}

/** Several packages are one thing to look at. */
function groups(causes: readonly Cause[]): Cause[][] {
  const found: Cause[][] = [];
  for (const cause of causes) {
    const last = found.at(-1);
    if (last && TABLED.has(cause.kind) && last[0]?.kind === cause.kind) last.push(cause);
    else found.push([cause]);
  }
  return found;
}

function One({ cause, waiting, command }: { cause: Cause; waiting: boolean; command: string }) {
  const isFiles = cause.kind === "code" && !cause.name.startsWith("submodule ");
  return (
    <>
      <span class="mark">{cause.kind}</span> <strong>{cause.name}</strong>{" "}
      <span class="change">
        <del>{cause.before ?? "none"}</del> <span aria-hidden="true">→</span>{" "}
        <ins>{cause.after ?? "none"}</ins>
      </span>
      {cause.detail && <Diff text={cause.detail} />}
      {isFiles && waiting && <Loading what="the difference of the code" />}
      {isFiles && !waiting && !cause.detail && (
        <>
          <p class="faint">
            This server cannot rebuild the code of both. Where it can be fetched, this shows it:
          </p>
          <Command text={command} />
        </>
      )}
    </>
  );
}

function Table({ title, causes }: { title: string; causes: readonly Cause[] }) {
  return (
    <div class="sheet" tabIndex={0} role="region" aria-label={title}>
      <table class="listing">
        <thead>
          <tr>
            <th scope="col">
              <span class="mark">{causes[0]?.kind}</span>
            </th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {causes.map(({ name, before, after }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{before === undefined ? <span class="faint">none</span> : <del>{before}</del>}</td>
              <td>{after === undefined ? <span class="faint">none</span> : <ins>{after}</ins>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
