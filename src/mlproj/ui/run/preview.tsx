/* A look into a file. Whatever it holds, it is shown as text, as a picture, or shut in a frame. */
import { fileAddress, frameAddress, listFiles, readBytes } from "../api/calls";
import { Failure, Loading, useLoaded } from "../parts/states";
import { parseCsv } from "../text/csv";
import { Diff } from "../text/diff";
import { bytes } from "../text/format";
import { Markdown } from "../text/markdown";

const MOST_READ = 1 << 20;
const MOST_ROWS = 500;
const PICTURES = /\.(png|jpe?g|gif|webp|bmp|ico|avif)$/i;
const FRAMED = /\.(html?|svg|pdf)$/i;

export function Preview({ runId, path }: { runId: string; path: string }) {
  const label = path.slice(path.lastIndexOf("/") + 1);
  if (PICTURES.test(path)) return <img src={fileAddress(runId, path)} alt={label} />;
  if (FRAMED.test(path)) {
    return (
      <iframe
        title={label}
        src={frameAddress(runId, path)}
        {...(/\.pdf$/i.test(path) ? {} : { sandbox: "allow-scripts" })}
        referrerpolicy="no-referrer"
      />
    );
  }
  return <TextFile runId={runId} path={path} />;
}

function TextFile({ runId, path }: { runId: string; path: string }) {
  const found = useLoaded(() => begin(runId, path), [runId, path]);
  if (found.error) return <Failure error={found.error} retry={found.again} />;
  if (!found.value) return <Loading what="the file" />;
  const { text, size } = found.value;
  if (text === null) return <p class="state">{bytes(size)} that are no text: download it to look into it.</p>;
  return (
    <>
      {size > MOST_READ && (
        <p class="faint">
          The first {bytes(MOST_READ)} of {bytes(size)}.
        </p>
      )}
      <Shown path={path.toLowerCase()} text={text} whole={size <= MOST_READ} />
    </>
  );
}

function Shown({ path, text, whole }: { path: string; text: string; whole: boolean }) {
  if (/\.(csv|tsv)$/.test(path))
    return <Rows rows={parseCsv(text, path.endsWith("tsv") ? "\t" : ",", MOST_ROWS)} />;
  if (/\.(md|markdown)$/.test(path)) return <Markdown text={text} />;
  if (/\.(diff|patch)$/.test(path)) return <Diff text={text} />;
  return <pre tabIndex={0}>{path.endsWith(".json") && whole ? indented(text) : text}</pre>;
}

function Rows({ rows: [head = [], ...rows] }: { rows: string[][] }) {
  return (
    <div class="sheet" tabIndex={0} role="region" aria-label="Table">
      <table>
        <thead>
          <tr>
            {head.map((cell) => (
              <th scope="col">{cell}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.map((cell) => (
                <td class={cell && !Number.isNaN(Number(cell)) ? "number" : ""}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length >= MOST_ROWS - 1 && <p class="faint">The first {rows.length} rows.</p>}
    </div>
  );
}

async function begin(runId: string, path: string): Promise<{ text: string | null; size: number }> {
  const files = await listFiles(runId, path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "");
  const size = files.find((file) => file.path === path)?.file_size ?? 0;
  if (!size) return { text: "", size };
  const content = await readBytes(runId, path, 0, Math.min(size, MOST_READ));
  return { text: content.includes(0) ? null : new TextDecoder().decode(content), size };
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
