/* The files of a run: a tree at the side, and a look into the one that is chosen. */
import { useState } from "preact/hooks";
import { fileAddress, listFiles } from "../api/calls";
import type { FileInfo } from "../api/types";
import { Empty, Failure, Loading, useLoaded } from "../parts/states";
import { adjust, place } from "../state/router";
import { bytes } from "../text/format";
import { Preview } from "./preview";

const name = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

export function Artifacts({ runId }: { runId: string }) {
  const chosen = place.value.query.get("file");
  const top = useLoaded(() => listFiles(runId, ""), [runId]);
  if (top.error) return <Failure error={top.error} retry={top.again} />;
  if (!top.value) return <Loading what="artifacts" />;
  if (!top.value.length) return <Empty title="No artifacts">{<p>This run has kept no files.</p>}</Empty>;
  return (
    <div class="files">
      <nav aria-label="Artifacts">
        <Folder runId={runId} files={top.value} chosen={chosen} />
      </nav>
      <div class="preview">
        {chosen ? (
          <Chosen key={chosen} runId={runId} path={chosen} />
        ) : (
          <p class="state">Choose a file to look into it.</p>
        )}
      </div>
    </div>
  );
}

interface FolderProps {
  runId: string;
  files: readonly FileInfo[];
  chosen: string | null;
}

function Folder({ runId, files, chosen }: FolderProps) {
  return (
    <ul>
      {files.map((file) => (
        <li key={file.path}>
          {file.is_dir ? (
            <SubFolder runId={runId} path={file.path} chosen={chosen} />
          ) : (
            <button
              type="button"
              class="file"
              aria-current={file.path === chosen ? "true" : undefined}
              onClick={() => adjust({ file: file.path })}
            >
              <span>{name(file.path)}</span> <span class="faint">{bytes(file.file_size)}</span>
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function SubFolder({ runId, path, chosen }: { runId: string; path: string; chosen: string | null }) {
  const [open, setOpen] = useState(!!chosen?.startsWith(`${path}/`));
  return (
    <>
      <button type="button" class="file" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span>
          {open ? "▾" : "▸"} {name(path)}/
        </span>
      </button>
      {open && <Opened runId={runId} path={path} chosen={chosen} />}
    </>
  );
}

function Opened({ runId, path, chosen }: { runId: string; path: string; chosen: string | null }) {
  const files = useLoaded(() => listFiles(runId, path), [runId, path]);
  if (files.error) return <Failure error={files.error} retry={files.again} />;
  if (!files.value) return <Loading what="files" />;
  return <Folder runId={runId} files={files.value} chosen={chosen} />;
}

function Chosen({ runId, path }: { runId: string; path: string }) {
  return (
    <>
      <div class="bar">
        <h2>{name(path)}</h2>
        <span class="spring" />
        <a class="button" href={fileAddress(runId, path)} download={name(path)}>
          Download
        </a>
      </div>
      <Preview runId={runId} path={path} />
    </>
  );
}
