"""What differs between two past runs, with the difference of their code itself."""

import difflib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import MlprojError
from mlproj.record.causes import Cause, causes
from mlproj.record.values import FileFact
from mlproj.runner.past.runs import PastRun

MOST_FILES = 100
MOST_BYTES = 1 << 20


def explain(
    before: PastRun, after: PastRun, *, settings: Settings, on_progress: Callable[[str], None] = lambda _: None
) -> tuple[Cause, ...]:
    """The ranked causes; both trees are rebuilt for the diff where the code differs and both can be had."""
    found = causes(before.record, after.record)
    if not any(cause.kind == "code" for cause in found):
        return found
    return causes(
        before.record, after.record, code=code_diff(before, after, settings=settings, on_progress=on_progress)
    )


def code_diff(
    before: PastRun, after: PastRun, *, settings: Settings, on_progress: Callable[[str], None] = lambda _: None
) -> str | None:
    """The difference of two runs' code as a diff; None where one of them cannot be rebuilt."""
    from mlproj.source.capture.rebuilding import rebuild
    from mlproj.source.checkouts import release

    checkouts = []
    try:
        for past in (before, after):
            on_progress(f"rebuilding the code of run {past.run_id[:8]}")
            checkouts.append(rebuild(past.record.source, past.files, settings=settings, on_progress=on_progress))
        left_out = (*before.record.source.left_out, *after.record.source.left_out)
        return tree_diff(checkouts[0].top, checkouts[1].top, settings=settings, left_out=left_out)
    except MlprojError:
        return None
    finally:
        for checkout in checkouts:
            release(checkout, settings=settings)


def tree_diff(before: Path, after: Path, *, settings: Settings, left_out: tuple[str, ...] = ()) -> str:
    """The difference of two directories, in git's form."""
    old, new = (_files(top, settings, left_out) for top in (before, after))
    changed = _changed(old, new)
    parts = [_file_diff(path, before, after, old, new) for path in changed[:MOST_FILES]]
    if len(changed) > MOST_FILES:
        parts.append(f"# and {len(changed) - MOST_FILES} more files\n")
    return "".join(parts)


def changed_files(before: Path, after: Path, *, settings: Settings, left_out: tuple[str, ...] = ()) -> list[str]:
    """The files that differ between two directories, or are only in one."""
    return _changed(_files(before, settings, left_out), _files(after, settings, left_out))


def _changed(old: Mapping[str, FileFact], new: Mapping[str, FileFact]) -> list[str]:
    return [path for path in sorted(old.keys() | new.keys()) if _state(old.get(path)) != _state(new.get(path))]


def _files(top: Path, settings: Settings, left_out: tuple[str, ...]) -> dict[str, FileFact]:
    from mlproj.source.tree import read_tree

    return {file.path: file for file in read_tree(top, settings=settings, left_out=left_out, ask_git=False).files}


def _state(file: FileFact | None) -> tuple[str, str] | None:
    return None if file is None else (file.sha256, file.mode)


def _file_diff(path: str, before: Path, after: Path, old: Mapping[str, FileFact], new: Mapping[str, FileFact]) -> str:
    was, now = old.get(path), new.get(path)
    lines = [f"diff --git a/{path} b/{path}\n"]
    if was is None or now is None:
        lines.append("new file\n" if was is None else "deleted file\n")
    elif was.mode != now.mode:
        lines.append(f"mode {was.mode} -> {now.mode}\n")
    texts = [_text(before / path, was), _text(after / path, now)]
    if None in texts:
        return "".join([*lines, f"Binary files a/{path} and b/{path} differ\n"])
    return "".join([*lines, *_unified(path, texts[0] or "", texts[1] or "")])


def _unified(path: str, before: str, after: str) -> Iterator[str]:
    for line in difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    ):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _text(place: Path, file: FileFact | None) -> str | None:
    """None for what is no text that can be shown."""
    if file is None:
        return ""
    if file.size > MOST_BYTES:
        return None
    try:
        content = str(place.readlink()).encode() if place.is_symlink() else place.read_bytes()
        return None if b"\0" in content else content.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
