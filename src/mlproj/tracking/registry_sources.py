"""What a version of a registered model may be made from: nothing that lies outside its run's or model's files."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from mlproj.errors import InvalidValueError

_MOST_ROUNDS = 10
LONGEST = 10_000
_MEANING = frozenset("%?#")  # in a URI; clients do not agree on how to write them


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A run or a logged model that a version comes from: its artifacts, and their directory if it is known."""

    kind: str
    id: str
    root: str
    directory: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReference:
    """`models:/ID`, `models:/NAME/VERSION-OR-STAGE` or `models:/NAME@ALIAS`, taken apart."""

    model_id: str = ""
    name: str = ""
    version: str = ""
    alias: str = ""


def parse_reference(source: str) -> ModelReference | None:
    """None if the source is no `models:` URI."""
    parts = _split(source)
    if parts.scheme != "models":
        return None
    names = parts.path.lstrip("/").split("/")
    if parts.netloc or not names[0] or len(names) > 2:  # noqa: PLR2004 - a name and a version
        raise _invalid(source, "it is no models:/NAME/VERSION")
    if len(names) == 2:  # noqa: PLR2004
        return ModelReference(name=unquote(names[0]), version=unquote(names[1]))
    name, at, alias = names[0].partition("@")
    return ModelReference(name=unquote(name), alias=unquote(alias)) if at else ModelReference(model_id=names[0])


def logged_model_in(source: str) -> str:
    """The id of the logged model that a source names; empty if it names none."""
    try:
        reference = parse_reference(source)
    except InvalidValueError:
        return ""
    return "" if reference is None else reference.model_id


def locate(source: str, origins: tuple[Origin, ...]) -> str:
    """Where the files of a source are; InvalidValueError for one that the origins do not vouch for.

    A directory of a run is told as everybody can read it, not as a client of this machine saw it.
    """
    parts = _split(source)
    _check_climbing(source)
    match parts.scheme:
        case "" | "file":
            return _in_directory(source, parts, origins)
        case "runs":
            run_id = "" if parts.netloc else parts.path.lstrip("/").partition("/")[0]
            if not any(origin.kind == "run_id" and origin.id == run_id for origin in origins):
                raise _invalid(source, "run_id must be given, and be the run in it")
        case "http" | "https":
            raise _invalid(source, "clients would send their passwords to that server")
        case "mlflow-artifacts":
            if not any(_inside(parts, urlsplit(origin.root)) for origin in origins):
                raise _invalid(source, "run_id or model_id must be given, and it must lie in the artifacts of that")
        case _:
            pass  # somebody else's storage
    return source


def check_prompt_source(source: str) -> None:
    """A prompt has no files, so its source is a mere word."""
    parts = _split(source)
    _check_climbing(source)
    if parts.scheme == "file" or source.startswith(("/", "\\")):
        raise _invalid(source, "a prompt has no files")


def _in_directory(source: str, parts: SplitResult, origins: tuple[Origin, ...]) -> str:
    if parts.netloc in {"", "localhost"} and not parts.query and not parts.fragment:
        path = Path(unquote(parts.path) if parts.scheme else source)
        for origin in origins:
            if (below := _below(path, origin.directory)) is not None:
                readable = _MEANING.isdisjoint(below.as_posix())
                return "/".join([origin.root, *below.parts]) if readable else source
    raise _invalid(source, "a path on this machine must lie in the artifacts of the run_id or model_id given with it")


def _below(path: Path, directory: Path | None) -> Path | None:
    """The way from the directory to the path, if it leads down."""
    if directory is None or not path.is_absolute():
        return None
    try:
        return path.resolve().relative_to(directory.resolve())
    except (OSError, ValueError, RuntimeError):
        return None


def _inside(parts: SplitResult, root: SplitResult) -> bool:
    same = (parts.scheme, parts.netloc) == (root.scheme, root.netloc)
    path = unquote(parts.path).strip("/")
    return same and f"{path}/".startswith(f"{unquote(root.path).strip('/')}/")


def _check_climbing(source: str) -> None:
    if any(character < " " for character in source):
        raise _invalid(source, "it holds control characters")
    decoded = source
    for _ in range(_MOST_ROUNDS):
        if ".." in decoded.replace("\\", "/").split("/"):
            raise _invalid(source, "it must not hold '..'")
        if (further := unquote(decoded)) == decoded:
            return
        decoded = further
    raise _invalid(source, "it is encoded too often")


def _split(source: str) -> SplitResult:
    if len(source) > LONGEST:
        raise _invalid(source, "it is too long")
    try:
        return urlsplit(source)
    except ValueError as error:
        raise _invalid(source, str(error)) from error


def _invalid(source: str, why: str) -> InvalidValueError:
    return InvalidValueError(f"Invalid model version source: {source[:200]!r}: {why}")
