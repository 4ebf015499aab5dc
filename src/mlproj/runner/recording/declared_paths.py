"""The paths that an entry point declares, with parameters filled in; and which files of a tree are results. Pure."""

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from mlproj.errors import DeclarationError
from mlproj.project.declarations import is_glob, is_url
from mlproj.project.model import Binding, BoundParameter, EntryPoint, Project
from mlproj.source.capture.leaving_out import leaving_out

_NAME = re.compile(r"\{([^{}]+)\}")


def fill(path: str, parameters: Iterable[BoundParameter], place: Mapping[str, str] | None = None) -> str:
    """The path with each `{name}` of a parameter replaced by its value; what is secret, or none, stays."""
    place = place or {}
    values = {one.name: place.get(one.name, one.value) for one in parameters if not one.secret}
    return _NAME.sub(lambda found: values.get(found[1], found[0]), path)


def declared_outputs(binding: Binding) -> dict[str, str]:
    """The outputs and metrics files as declared, and with parameters filled in. DeclarationError if one is outside."""
    entry_point = binding.entry_point
    found = {}
    for text in (*(output.path for output in entry_point.outputs), *entry_point.metrics_files):
        found[text] = _inside(text, binding, "output")
    return found


def _inside(text: str, binding: Binding, what: str) -> str:
    path = PurePosixPath(fill(text, binding.parameters))
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise DeclarationError(
            f"the {what} {text!r} is {str(path)!r} here, which is not in the project's directory",
            hint=f"{what}s are relative to the MLproject file's directory" if what == "output" else None,
        )
    return str(path)


def results(project: Project, binding: Binding, place: Mapping[str, str]) -> tuple[str, ...]:
    """Paths and globs, relative to the project, of files that are no code of this entry point.

    These are its own outputs and metrics files, and what other entry points write and this one declares to read: the
    inputs are compared by themselves. What others write and nobody declares counts as code, so that no change of it is
    passed over.
    """
    own = declared_outputs(binding).values()
    read = [fill(one.path, binding.parameters, place) for one in binding.entry_point.inputs if not is_url(one.path)]
    others = (entry for entry in project.entry_points.values() if entry.name != binding.entry_point.name)
    written = {path for entry in others for path in _written(entry)}
    shared = {common for path in written for other in read if (common := _common(path, other)) is not None}
    return tuple(sorted({*own, *shared, *input_places(binding).values()}))


def input_places(binding: Binding) -> dict[str, str]:
    """Where in the project inputs are put that are URLs, by the text that declares them.

    Raises DeclarationError if that is outside.
    """
    found = {}
    for one in binding.entry_point.inputs:
        if one.to is not None:
            found[one.path] = _inside(one.to, binding, "place of an input")
    return found


def _written(entry_point: EntryPoint) -> Iterable[str]:
    paths = (*(output.path for output in entry_point.outputs), *entry_point.metrics_files)
    return (path for path in paths if not _NAME.search(path))


def _common(written: str, read: str) -> str | None:
    """What of two paths, either of which may be a directory or a glob, is surely both written and read."""
    if leaving_out([written])(read):
        return read
    return written if not is_glob(written) and leaving_out([read])(written) else None
