"""A directory -> Project and diagnostics. The file is read once; everything after that is pure."""

import re
from pathlib import Path

from mlproj.errors import ProjectFileError
from mlproj.project import keys
from mlproj.project.composing import DocumentError
from mlproj.project.document import MAX_BYTES, Item, parse
from mlproj.project.entry_points import read_entry_points
from mlproj.project.environment import find_environment, read_environment
from mlproj.project.findings import Findings
from mlproj.project.model import Diagnostic, Loaded, Project, Severity
from mlproj.project.paths import is_plain_file, is_there
from mlproj.project.suspicion import warn_of_secrets, warn_of_templates

FILE_NAME = "MLproject"


def load(root: Path) -> Loaded:
    """Read the project in a directory.

    Raises ProjectFileError only where there is no project to speak of: no such directory, or a file that cannot be
    read or is no YAML mapping. Everything else that is wrong is a diagnostic.
    """
    loaded = examine(root)
    if isinstance(loaded, Diagnostic):
        raise to_error(loaded)
    return loaded


def examine(root: Path) -> Loaded | Diagnostic:
    """As `load`, but what leaves no project is given back as a diagnostic."""
    root = Path(root).absolute()
    try:
        file, findings = _find_file(root)
        return _load_file(root, file, findings) if file else _load_nothing(root, findings)
    except DocumentError as error:
        place = error.file or root
        return Diagnostic(
            severity=Severity.ERROR,
            message=error.message,
            hint=error.hint,
            file=place,
            line=error.line,
            column=error.column,
        )


def to_error(diagnostic: Diagnostic) -> ProjectFileError:
    """A diagnostic as the exception that ends a command."""
    place = f":{diagnostic.line}:{diagnostic.column}" if diagnostic.line else ""
    return ProjectFileError(diagnostic.message, where=f"{diagnostic.file}{place}", hint=diagnostic.hint)


def _find_file(root: Path) -> tuple[Path | None, Findings]:
    """The file of any case; the usual spelling wins over another."""
    try:
        names = sorted(path.name for path in root.iterdir())
    except OSError as error:
        what = "no such directory" if isinstance(error, FileNotFoundError) else f"cannot be listed: {error.strerror}"
        raise DocumentError(what) from error
    found = [name for name in names if name.lower() == FILE_NAME.lower()]
    chosen = FILE_NAME if FILE_NAME in found else next(iter(found), None)
    findings = Findings(root / chosen if chosen else root)
    for name in names:
        if re.fullmatch(r"mlproject\.ya?ml", name.lower()):
            hint = f"{chosen} is what is read: remove one" if chosen else f"rename it to {FILE_NAME}"
            Findings(root / name, found=findings.found).warn(None, "this file is never read", hint=hint)
    if len(found) > 1:
        others = ", ".join(name for name in found if name != chosen)
        findings.warn(None, f"beside {chosen} there is {others}, which is never read", hint="keep one")
    return root / chosen if chosen else None, findings


def _load_nothing(root: Path, findings: Findings) -> Loaded:
    project = Project(root=root, file=None, name=None, environment=find_environment(root), entry_points={})
    return Loaded(project=project, diagnostics=tuple(findings.found))


def _load_file(root: Path, file: Path, findings: Findings) -> Loaded:
    try:
        item = _read_mapping(file)
    except DocumentError as error:
        error.file = file
        raise
    entries = item.entries or {}
    keys.report_unknown(item, keys.PROJECT, findings, owner="the project")
    keys.report_repeated(item, findings, owner="the project")
    project = Project(
        root=root,
        file=file,
        name=_read_name(item, findings),
        environment=read_environment(item, root, findings),
        entry_points=read_entry_points(entries["entry_points"].value if "entry_points" in entries else None, findings),
    )
    warn_of_templates(item, findings)
    warn_of_secrets(item, findings)
    return Loaded(project=project, diagnostics=tuple(sorted(findings.found, key=lambda one: (one.line, one.column))))


def _read_mapping(file: Path) -> Item:
    item = parse(_read(file))
    if item.entries is None:
        message = "must be a mapping of keys such as 'name' and 'entry_points'"
        raise DocumentError(message, line=item.line, column=item.column)
    return item


def _read(file: Path) -> bytes:
    if is_there(file) and not is_plain_file(file):
        raise DocumentError(f"is {'a directory' if file.is_dir() else 'no plain file'}", hint="an MLproject is a file")
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise DocumentError(f"cannot be read: {error.strerror}") from error


def _read_name(item: Item, findings: Findings) -> str | None:
    name = (item.entries or {}).get("name")
    if name is None or name.value.value is None:
        return None
    if not isinstance(name.value.value, str):
        findings.warn(name.value, "'name' should be text", hint="quote it")
    return str(name.value.value)
