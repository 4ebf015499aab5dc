"""A bundle as a file: a zip archive with the metadata of an RO-Crate."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from mlproj.errors import DirectoryError
from mlproj.record.crate import METADATA, crate
from mlproj.record.document import to_json
from mlproj.record.values import RunRecord
from mlproj.runner.files import FOLDER, RECORD
from mlproj.source.archives import ALWAYS_ALLOWED, LARGEST_RATIO, MOST_MEMBERS
from mlproj.version import VERSION

if TYPE_CHECKING:
    from zipfile import ZipFile

_EPOCH = (1980, 1, 1, 0, 0, 0)


def check_target(target: Path) -> None:
    """See that a file can be written there, before the work begins. Raises DirectoryError."""
    import os

    hint = "name another file with -o"
    if target.is_dir():
        raise DirectoryError(f"cannot write {target}: it is a directory", hint=hint)
    if not target.parent.is_dir():
        raise DirectoryError(f"cannot write {target}: there is no directory {target.parent}", hint=hint)
    if not os.access(target.parent, os.W_OK):
        raise DirectoryError(f"cannot write {target}: {target.parent} cannot be written", hint=hint)


def write_crate(
    target: Path, contents: Mapping[str, Path], record: RunRecord, user: str | None, *, on_note: Callable[[str], None]
) -> None:
    """Write the new file `target` with these files (path in the bundle -> file). Raises OSError and DirectoryError."""
    from zipfile import ZIP_DEFLATED, ZIP_STORED

    named = dict(sorted(contents.items()))
    for name in [name for name in named if not _is_text(name)]:
        on_note(f"the file {name.encode(errors='surrogateescape')!r} is not in the bundle: its name is not UTF-8")
        del named[name]
    if len(named) + 2 > MOST_MEMBERS:
        raise DirectoryError(f"a bundle holds up to {MOST_MEMBERS} files, and the run has {len(named)}")
    total = sum(path.stat().st_size for path in named.values())
    _write(target, named, record, user, ZIP_DEFLATED)
    if total > max(ALWAYS_ALLOWED, target.stat().st_size * LARGEST_RATIO):
        target.unlink()  # what unpacks to that much is refused as a bomb
        _write(target, named, record, user, ZIP_STORED)


def _write(target: Path, contents: Mapping[str, Path], record: RunRecord, user: str | None, compression: int) -> None:
    from zipfile import ZipFile

    text = to_json(record)
    sizes = {quote(name): path.stat().st_size for name, path in contents.items()}
    sizes[f"{FOLDER}/{RECORD}"] = len(text.encode())
    metadata = crate(record, files=sizes, version=VERSION, user=user)
    with ZipFile(target, "x", compression=compression, strict_timestamps=False) as opened:
        told = json.dumps(metadata, indent=2, ensure_ascii=False) + "\n"
        _add_text(opened, METADATA, told.encode(errors="replace").decode())  # names of files need not be text
        _add_text(opened, f"{FOLDER}/{RECORD}", text)
        for name, path in contents.items():
            opened.write(path, name)


def _add_text(opened: "ZipFile", name: str, text: str) -> None:
    from zipfile import ZIP_DEFLATED, ZipInfo

    info = ZipInfo(name, date_time=_EPOCH)
    info.compress_type = ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    opened.writestr(info, text)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
