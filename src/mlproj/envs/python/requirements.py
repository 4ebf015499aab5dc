"""pip's requirements files: what stands in them, with file and line, and nothing resolved."""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from mlproj.envs.texts import read_text
from mlproj.envs.urls import expand, without_credentials
from mlproj.errors import EnvironmentSpecError

_COMMENT = re.compile(r"(^|\s+)#.*$")
_CLAUSE = r"(?:[=<>!~]=|[<>])\s*[0-9]+(?:\.[0-9]+)*"
_SIMPLE = re.compile(
    rf"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\[[A-Za-z0-9._-]+\])?(?:\s*{_CLAUSE}(?:\s*,\s*{_CLAUSE})*)?"
)
"""Most requirements; only for the others is `packaging` imported."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VCS = re.compile(r"(git|hg|svn|bzr)\+[a-z+]+:")
_DIRECT = re.compile(r"[A-Za-z0-9._-]+\s*(\[[^\]]*\])?\s*@\s*[a-z+]+:")
_EXTRAS = re.compile(r"^(?P<path>.+?)(?P<extras>\[[^\[\]]*\])$")
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")

_SPELLINGS = {
    "-i": "--index-url",
    "--pypi-url": "--index-url",
    "-f": "--find-links",
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
}
_WITH_VALUE = {
    *("--index-url", "--extra-index-url", "--find-links", "--trusted-host", "--no-binary", "--only-binary"),
    *("--requirement", "--constraint", "--editable", "--use-feature"),
}
_FLAGS = {"--no-index", "--pre", "--prefer-binary", "--require-hashes", "--process-dependency-links"}


class Kind(StrEnum):
    """Where a requirement is to be had from."""

    INDEX = "index"
    URL = "url"
    VCS = "vcs"
    LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One requirement. `text` is one line for the installer without its hashes; a path in it is relative to the root.

    `where` is its file and line; `path` is set for a local one, absolute; `options` are those that stand behind it.
    """

    text: str = field(repr=False)
    kind: Kind
    where: str
    name: str | None = None
    editable: bool = False
    path: Path | None = None
    hashes: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The whole line as an installer reads it."""
        hashes = (f"--hash={value}" for value in self.hashes)
        return " ".join([f"-e {self.text}" if self.editable else self.text, *self.options, *hashes])


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What a requirements file asks for, with everything that it includes."""

    requirements: tuple[Requirement, ...] = ()
    constraints: tuple[Requirement, ...] = ()
    options: tuple[str, ...] = field(default=(), repr=False)

    def __add__(self, other: "Requirements") -> "Requirements":
        return Requirements(
            requirements=self.requirements + other.requirements,
            constraints=self.constraints + other.constraints,
            options=self.options + other.options,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where relative paths start, what variables mean, and which files include each other."""

    root: Path
    environ: Mapping[str, str]
    seen: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A logical line: continuations joined, no comment; `number` is that of its first physical line."""

    text: str
    file: Path
    number: int

    @property
    def where(self) -> str:
        return f"{self.file}:{self.number}"


def read_requirements(file: Path, scope: Scope) -> Requirements:
    """Read a requirements file and what it includes. Raises EnvironmentSpecError with file and line."""
    return parse(logical_lines(read_text(file), file), replace(scope, seen=(*scope.seen, file.resolve())))


def logical_lines(text: str, file: Path) -> Iterator[Line]:
    """Join continued lines, cut comments, leave out what is empty."""
    parts: list[str] = []
    start = 1
    for number, physical in enumerate([*text.split("\n"), ""], 1):
        if not parts:
            start = number
        continued = physical.endswith("\\") and not _COMMENT.match(physical)
        parts.append(physical[:-1] if continued else physical)
        if continued:
            continue
        joined = _COMMENT.sub("", "".join(parts)).strip()
        parts = []
        if joined:
            yield Line(text=joined, file=file, number=start)


def parse(lines: Iterable[Line], scope: Scope) -> Requirements:
    """Read logical lines; files that they name are looked for as pip does: from their file, then from the root."""
    found = Requirements()
    for line in lines:
        if line.text.startswith("-"):
            found += _read_option(line, scope)
        else:
            found += Requirements(requirements=(_read_requirement(line, scope),))
    return found


def _read_option(line: Line, scope: Scope) -> Requirements:
    found = Requirements()
    words = _words(line)
    while words:
        option, value = _take_option(line, words)
        if option == "--editable":
            rest, words = words, []
            target = replace(line, text=value or "")
            requirement = _locate(target, value or "", scope, editable=True)
            found += Requirements(requirements=(_with_suffixes(target, requirement, rest),))
        elif option in {"--requirement", "--constraint"}:
            found += _include(line, option, value or "", scope)
        elif option == "--find-links":
            found += Requirements(options=(f"{option}={_anchor(line, value or '', scope)}",))
        else:
            found += Requirements(options=(option if value is None else f"{option}={value}",))
    return found


def _words(line: Line) -> list[str]:
    try:
        return shlex.split(line.text)
    except ValueError as error:
        raise EnvironmentSpecError(f"cannot be read: {error}", where=line.where) from error


def _take_option(line: Line, words: list[str]) -> tuple[str, str | None]:
    word = words.pop(0)
    name, equals, value = word.partition("=")
    if not word.startswith("--") and len(word) > 2:  # noqa: PLR2004 - `-rfile`
        name, equals, value = word[:2], "=", word[2:].lstrip("=")
    name = _SPELLINGS.get(name, name)
    if name in _FLAGS and not equals:
        return name, None
    if name not in _WITH_VALUE:
        raise EnvironmentSpecError(f"unknown option {name!r}", where=line.where, hint="pip knows no such option here")
    if not equals:
        if not words:
            raise EnvironmentSpecError(f"the option {name} needs a value", where=line.where)
        value = words.pop(0)
    return name, value


def _include(line: Line, option: str, name: str, scope: Scope) -> Requirements:
    name = expand(name, scope.environ)
    if "://" in name and not name.startswith("file://"):
        raise EnvironmentSpecError(
            f"{without_credentials(name)} is not a file of the project",
            where=line.where,
            hint="download it beside the project, so that it cannot change behind your back",
        )
    name = name.removeprefix("file://")
    file = next((base / name for base in (line.file.parent, scope.root) if (base / name).exists()), None)
    if file is None:
        raise EnvironmentSpecError(f"no such file: {name}", where=line.where)
    if file.resolve() in scope.seen:
        raise EnvironmentSpecError(f"{name} includes itself", where=line.where)
    read = read_requirements(file, scope)
    if option == "--requirement":
        return read
    return Requirements(constraints=read.requirements + read.constraints, options=read.options)


def _anchor(line: Line, value: str, scope: Scope) -> str:
    """A find-links path beside the file that names it, as an absolute path; else the value as it is."""
    expanded = expand(value, scope.environ)
    if "://" in expanded:
        return value
    found = next((base / expanded for base in (line.file.parent, scope.root) if (base / expanded).exists()), None)
    return str(found.resolve()) if found else value


def _read_requirement(line: Line, scope: Scope) -> Requirement:
    words = re.split(r"\s+(?=--?[a-z])", line.text)
    body = words[0]
    if _SIMPLE.fullmatch(body) and not body.endswith(_ARCHIVES):
        name = _NAME.match(body)
        requirement = Requirement(text=body, kind=Kind.INDEX, where=line.where, name=name[0] if name else None)
    else:
        requirement = _locate(line, body, scope)
    return _with_suffixes(line, requirement, [word for part in words[1:] for word in _split(line, part)])


def _split(line: Line, text: str) -> list[str]:
    """As a shell splits words; a lock has hundreds of hashes without quotes, and shlex reads letter by letter."""
    if not any(sign in text for sign in "'\"\\"):
        return text.split()
    try:
        return shlex.split(text)
    except ValueError as error:
        raise EnvironmentSpecError(f"cannot be read: {error}", where=line.where) from error


def _with_suffixes(line: Line, requirement: Requirement, words: list[str]) -> Requirement:
    hashes: list[str] = []
    options: list[str] = []
    while words:
        name, equals, value = words.pop(0).partition("=")
        if name not in {"--hash", "--config-settings", "--global-option", "--install-option", "--config-setting"}:
            raise EnvironmentSpecError(f"unknown option {name!r} of a requirement", where=line.where)
        if not equals:
            value = words.pop(0) if words else ""
        if name == "--hash" and not re.fullmatch(r"sha(256|384|512):[0-9a-fA-F]{64,128}", value):
            raise EnvironmentSpecError(
                f"not a hash: {value!r}", where=line.where, hint="write --hash=sha256: and 64 hexadecimal digits"
            )
        (hashes if name == "--hash" else options).append(value.lower() if name == "--hash" else f"{name}={value}")
    return replace(requirement, hashes=tuple(hashes), options=tuple(options))


def _locate(line: Line, body: str, scope: Scope, *, editable: bool = False) -> Requirement:
    """Tell a name from a URL, a repository and a path."""
    if _VCS.match(body):
        egg = re.search(r"[#&]egg=([A-Za-z0-9._-]+)", body)
        return Requirement(text=body, kind=Kind.VCS, where=line.where, name=egg[1] if egg else None, editable=editable)
    if re.fullmatch(r"https?://\S+(\s*;\s.+)?", body):
        return Requirement(text=body, kind=Kind.URL, where=line.where, editable=editable)
    expanded = expand(body.split(";", 1)[0].strip(), scope.environ)
    if not _DIRECT.match(expanded) and (path := _as_path(line, expanded, scope, editable=editable)):
        return path
    return _parse_named(line, body, scope, editable=editable)


def _as_path(line: Line, text: str, scope: Scope, *, editable: bool) -> Requirement | None:
    extras = _EXTRAS.match(text)
    name, suffix = (extras["path"], extras["extras"]) if extras else (text, "")
    name = name.removeprefix("file://") if name.startswith("file:///") else name.removeprefix("file:")
    looks = name.startswith((".", "/")) or text.startswith("file:") or name.endswith(_ARCHIVES) or editable
    if "://" in name or not (looks or "/" in name):
        return None
    base = next((base for base in (scope.root, line.file.parent) if (base / name).exists()), None)
    if base is None:
        raise EnvironmentSpecError(f"no such file or directory: {name}", where=line.where)
    path = (base / name).resolve()
    if path.is_dir() and not any((path / entry).exists() for entry in ("pyproject.toml", "setup.py", "setup.cfg")):
        raise EnvironmentSpecError(
            f"{name} is not a Python package", where=line.where, hint="it needs a pyproject.toml or a setup.py"
        )
    return Requirement(
        text=f"{relative(path, scope.root)}{suffix}", kind=Kind.LOCAL, where=line.where, editable=editable, path=path
    )


def relative(path: Path, root: Path) -> str:
    """A path as a lock has it: from the root, so that the lock is the same on every machine."""
    from os.path import relpath

    text = Path(relpath(path, root.resolve())).as_posix()
    return text if text.startswith((".", "/")) else f"./{text}"


def _parse_named(line: Line, body: str, scope: Scope, *, editable: bool) -> Requirement:
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed

    try:
        parsed = Parsed(body)
    except InvalidRequirement as error:
        single = re.fullmatch(r"([A-Za-z0-9._-]+)\s*=\s*([^=\s]+)", body)
        hint = (
            f"write {single[1]}=={single[2]}" if single else "write name==version, a URL, or a path that starts with ./"
        )
        raise EnvironmentSpecError(
            f"not a requirement: {without_credentials(body)!r}", where=line.where, hint=hint
        ) from error
    if parsed.url is None:
        return Requirement(text=body, kind=Kind.INDEX, where=line.where, name=parsed.name, editable=editable)
    if parsed.url.startswith("file:"):
        extras = f"[{','.join(sorted(parsed.extras))}]" if parsed.extras else ""
        local = _as_path(line, f"{expand(parsed.url, scope.environ)}{extras}", scope, editable=editable)
        if local is not None:
            return replace(local, name=parsed.name)
    kind = Kind.VCS if _VCS.match(parsed.url) else Kind.URL
    return Requirement(text=body, kind=kind, where=line.where, name=parsed.name, editable=editable)
