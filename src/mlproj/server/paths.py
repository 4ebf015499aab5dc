"""Paths of artifacts as they come over the wire: whatever is hidden in them by encoding, they stay below the root."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from mlproj.errors import InvalidValueError
from mlproj.tracking.artifact_uris import local_directory, own_path
from mlproj.tracking.base import Artifacts, LocalStore
from mlproj.tracking.entities import Run
from mlproj.tracking.object_store_config import is_object_store

SCHEME = "mlflow-artifacts:"
_DRIVE = re.compile(r"[A-Za-z]:")
_MEANING = re.compile(r"[?#%]|/\.\.?/")  # what makes an address lead elsewhere than it reads
_MOST_ROUNDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file or a directory: `path` leads to it from `root`, which is a URI, or empty for the artifact root."""

    root: str = ""
    path: str

    def artifacts(self, store: LocalStore) -> Artifacts:
        return store.artifacts_at(self.root) if self.root else store.artifact_root()


def artifact_path(text: str) -> str:
    """A relative path with slashes, empty for the root, from one that was decoded once.

    What is left encoded (a file may be called `a%20b`) is kept so, but checked decoded to the end. Raises
    InvalidValueError.
    """
    decoded = text
    for _ in range(_MOST_ROUNDS):
        _check(decoded, text)
        if (further := unquote(decoded)) == decoded:
            return text.rstrip("/")
        decoded = further
    raise _invalid(text)


def kept_here(uri: str, path: str = "") -> str:
    """The path below the artifact root of a file of a run or a model whose artifacts are at `uri`.

    Whoever makes an experiment chooses where its artifacts are, so only what lies below the root is shown to others.
    """
    root = None if uri.startswith(f"{SCHEME}//") else own_path(uri)
    if root is None:
        raise InvalidValueError(f"The artifacts at {uri[:200]!r} are not kept by this server.")
    return "/".join(part for part in (root, artifact_path(path)) if part)


def place_of_run(store: LocalStore, run: Run, path: str = "") -> Place:
    """A file of a run, for reading. InvalidValueError if it is not for others to see.

    Files of an imported run may have stayed where they were. A client chooses where an experiment's artifacts are, but
    neither the id of a run nor that its files are elsewhere than its experiment's.
    """
    return Place(root=run.artifact_uri, path=artifact_path(path)) if _is_linked(store, run) else _own(run, path)


def _own(run: Run, path: str) -> Place:
    return Place(path=kept_here(run.artifact_uri, path))


def _is_linked(store: LocalStore, run: Run) -> bool:
    uri = run.artifact_uri
    if (local_directory(uri) is None and not is_object_store(uri)) or _MEANING.search(uri):
        return False
    if uri.rstrip("/").split("/")[-2:] != [run.run_id, "artifacts"]:
        return False
    return not uri.startswith(f"{store.get_experiment(run.experiment_id).artifact_location}/")


def _check(path: str, given: str) -> None:
    names = path.rstrip("/").split("/") if path else []
    outside = path.startswith("/") or _DRIVE.match(path) or any(character in path for character in "\\#\0")
    if outside or any(name in {"", ".", ".."} for name in names):
        raise _invalid(given)


def _invalid(text: str) -> InvalidValueError:
    return InvalidValueError(f"Invalid path: {text[:200]!r}")
