"""Path parameters and volumes as a container has them. Pure but for a look at what is a directory."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from mlproj.backends.container_values import CODE, INPUTS, BindMount


def places_in_container(place: Mapping[str, str], root: Path) -> tuple[dict[str, str], tuple[BindMount, ...]]:
    """For each path parameter where it is in the container, and what must be mounted for that.

    What lies in the project is below the mount of the project; a file elsewhere is `/mlflow/inputs/PARAMETER/NAME`, a
    directory `/mlflow/inputs/PARAMETER`.
    """
    seen: dict[str, str] = {}
    mounts: list[BindMount] = []
    for name, text in place.items():
        path = Path(text)
        inside = _below(path, root)
        if inside is not None:
            seen[name] = str(PurePosixPath(CODE, inside))
            continue
        folder = PurePosixPath(INPUTS, _folder(name, seen))
        target = folder if path.is_dir() else folder / (path.name or "input")
        seen[name] = str(target)
        mounts.append(BindMount(source=path.resolve(), target=str(target)))
    return seen, tuple(mounts)


def expand_volumes(volumes: Iterable[str], *, root: Path, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Volumes as the engine takes them: MLflow's host shell replaced `$(pwd)`, `$NAME` and `~`, and so do we.

    A source with a slash that is not absolute is relative to the project; without one it is a volume's name.
    """
    return tuple(_expand(volume, root, environ) for volume in volumes)


def _expand(volume: str, root: Path, environ: Mapping[str, str]) -> str:
    variables = {**environ, "PWD": str(root)}
    text = re.sub(r"\$\(\s*pwd\s*\)|`pwd`", lambda _: str(root), volume)
    text = re.sub(r"\$\{(\w+)\}|\$(\w+)", lambda match: variables.get(match[1] or match[2], match[0]), text)
    source, colon, rest = text.partition(":")
    if not colon:
        return text
    if source == "~" or source.startswith("~/"):
        source = f"{environ.get('HOME', '~')}{source[1:]}"
    if source in {".", ".."} or ("/" in source and not source.startswith("/")):
        source = str((root / source).resolve())
    return f"{source}:{rest}"


def _below(path: Path, root: Path) -> PurePosixPath | None:
    """The path relative to the project, its links followed only as far as they stay inside."""
    for one, top in ((path, root), (path.resolve(), root.resolve())):
        if one.is_relative_to(top):
            inside = one.relative_to(top)
            if ".." not in inside.parts and path.resolve().is_relative_to(root.resolve()):
                return PurePosixPath(inside)
    return None


def _folder(name: str, taken: Mapping[str, str]) -> str:
    """The parameter's name; made plain where it could not be one of a directory."""
    plain = re.sub(r"[^\w.-]", "_", name).lstrip(".") or "_"
    used = {PurePosixPath(place).parts[3] for place in taken.values() if place.startswith(f"{INPUTS}/")}
    while plain in used:
        plain += "_"
    return plain
