"""What a record that anybody may have written says of code, before git and the file system are asked for it. Pure."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from mlproj.errors import SourceError
from mlproj.record.values import Capture, Source
from mlproj.source.capture.keeping import COMMITS

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def check_names(source: Source) -> None:
    """Raise SourceError for a commit that is none, a name that a program would take for an option, a path that leads
    out of the checkout or of the record's directory."""
    for commit in (source.commit, *source.submodules.values()):
        if commit is not None and not _COMMIT.fullmatch(commit):
            raise _refused("commit", commit)
    for name in (source.uri, source.repository, source.branch):
        if name is not None and name.startswith("-"):
            raise _refused("name", name)
    for path in _paths(source):
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or "\0" in path:
            raise _refused("path inside the code", path)


def _paths(source: Source) -> Iterator[str]:
    if source.subdirectory:
        yield source.subdirectory
    yield from source.submodules
    if source.capture is not None:
        yield from _captured(source.capture)


def _captured(capture: Capture) -> Iterator[str]:
    yield from filter(None, (capture.diff, capture.files, capture.bundle, capture.snapshot))
    yield from (file.path for file in capture.dropped if not file.path.endswith(COMMITS))
    yield from (path or ".." for path in capture.absent)
    for path, inner in capture.submodules.items():
        yield path
        yield from _captured(inner)


def _refused(kind: str, text: str) -> SourceError:
    return SourceError(f"the record names no {kind}: {text[:80]!r}", hint="it was changed, or is not one of mlproj's")
