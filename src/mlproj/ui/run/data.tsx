/* What a run read and what it left. */
import type { FileFact, Run, RunRecord } from "../api/types";
import { bytes } from "../text/format";

export function Data({ run, record }: { run: Run; record: RunRecord | null }) {
  const datasets = run.inputs.dataset_inputs ?? [];
  const inputs = Object.entries(record?.inputs ?? {});
  const outputs = Object.entries(record?.outputs ?? {});
  if (!datasets.length && !inputs.length && !outputs.length) return null;
  return (
    <section class="card">
      <h2>Inputs and outputs</h2>
      {inputs.map(([name, { files = [] }]) => (
        <Files key={`in ${name}`} title={`in: ${name}`} files={files} />
      ))}
      {datasets.map(({ dataset, tags }) => (
        <p key={dataset.name + dataset.digest}>
          data set <strong>{dataset.name}</strong> <code>{dataset.digest}</code>{" "}
          <span class="faint">{tags?.find(({ key }) => key === "mlflow.data.context")?.value}</span>
        </p>
      ))}
      {outputs.map(([name, { files = [], stored }]) => (
        <Files
          key={`out ${name}`}
          title={`out: ${name}`}
          files={files}
          note={stored === "hash" ? "not kept" : ""}
        />
      ))}
    </section>
  );
}

function Files({ title, files, note = "" }: { title: string; files: FileFact[]; note?: string }) {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return (
    <details>
      <summary>
        {title}{" "}
        <span class="faint">
          {files.length === 1 ? "1 file" : `${files.length} files`}, {bytes(size)} {note}
        </span>
      </summary>
      <table class="plain">
        <tbody>
          {files.slice(0, 500).map((file) => (
            <tr key={file.path}>
              <th scope="row">{file.path}</th>
              <td class="number">{bytes(file.size)}</td>
              <td>
                <code title={file.sha256}>{file.sha256.slice(0, 12)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
