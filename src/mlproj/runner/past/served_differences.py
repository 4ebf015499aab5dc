"""The difference of two runs' code for a server: of what is on this machine, and of records that anybody may send."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from threading import Lock

from mlproj.config import Settings
from mlproj.errors import MlprojError
from mlproj.record.values import Capture, Source
from mlproj.tracking.base import LocalStore

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LOCAL_ONLY = {"GIT_ALLOW_PROTOCOL": "file", "GIT_LFS_SKIP_SMUDGE": "1"}


_turn = Lock()


def served_diff(store: LocalStore, first: str, second: str, *, settings: Settings) -> str | None:
    """The difference as a diff; None where one of the trees cannot be had without the network. One at a time."""
    from mlproj.runner.past.differences import code_diff
    from mlproj.runner.past.runs import from_store

    here = replace(settings, environ={**settings.environ, **_LOCAL_ONLY})
    with _turn, TemporaryDirectory(prefix="mlproj-", dir=settings.storage_dir) as folder:
        try:
            before, after = (from_store(run, store=store, scratch=Path(folder)) for run in (first, second))
        except MlprojError:
            return None
        if not is_at_hand(before.record.source) or not is_at_hand(after.record.source):
            return None
        return code_diff(before, after, settings=here)


def is_at_hand(source: Source) -> bool:
    """Whether a source may be rebuilt here: by a full commit or from what was kept, and by names that stay inside."""
    captured = source.capture or Capture()
    if not all(_is_inside(name) for name in _names(captured)):
        return False
    if captured.snapshot is not None:
        return True
    return source.kind != "archive" and _COMMIT.fullmatch(source.commit or "") is not None


def _names(captured: Capture) -> Iterator[str]:
    yield from filter(None, (captured.diff, captured.files, captured.bundle, captured.snapshot))
    yield from (file.path for file in captured.dropped)
    for path, inner in captured.submodules.items():
        yield path
        yield from _names(inner)


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts
