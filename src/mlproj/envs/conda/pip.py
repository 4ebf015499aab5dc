"""The pip section of a conda.yaml, resolved with uv against what conda brings."""

import contextlib
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlproj.envs.conda.engine import CondaTask, engine_for
from mlproj.envs.conda.payload import PipPackage
from mlproj.envs.conda.wheels import Provided, installed_packages, normal, packages_of_records, write_wheels
from mlproj.envs.directories import cache_directory
from mlproj.envs.hashes import with_given_hashes
from mlproj.envs.platforms import this_platform
from mlproj.envs.python.installer import Task
from mlproj.envs.python.interpreters import Interpreter, running
from mlproj.envs.python.payloads import join, split
from mlproj.envs.python.requirements import Kind, Requirement
from mlproj.envs.python.versions import minor
from mlproj.envs.python.wheel_tags import best_file
from mlproj.errors import ResolveError

if TYPE_CHECKING:
    from rattler import RepoDataRecord


def python_version(records: "Sequence[RepoDataRecord]") -> str | None:
    """The Python that conda brings, as `3.11.9`."""
    return next((str(record.version) for record in records if record.name.normalized == "python"), None)


def resolve_pip(task: CondaTask, records: "Sequence[RepoDataRecord]", *, as_of: str | None) -> tuple[PipPackage, ...]:
    """What pip has to add to the conda packages. Raises ResolveError."""
    if not task.spec.requirements:
        return ()
    version = python_version(records)
    if version is None:
        raise ResolveError(
            "there is a pip section, and conda brings no Python",
            where=task.where,
            hint="add python to the dependencies",
        )
    task.on_progress("resolving the pip section")
    with (
        _interpreter(task, records) as (interpreter, provided),
        tempfile.TemporaryDirectory(prefix="mlproj-") as wheels,
    ):
        write_wheels(provided, Path(wheels))
        here = task.platform == this_platform()
        asking = Task(
            spec=replace(task.spec, options=(*task.spec.options, f"--find-links={wheels}")),
            settings=task.settings,
            interpreter=interpreter,
            on_progress=task.on_progress,
            on_note=task.on_note,
            log=task.log,
            platform=None if here else task.platform,
            python=None if here else minor(version),
        )
        entries = _resolve(asking, provided, as_of)
    there = {package.name: package.version for package in provided}
    left = [entry for entry in entries if there.get(normal(entry["name"])) != entry.get("version", "")]
    if replaced := sorted(entry["name"] for entry in left if normal(entry["name"]) in there):
        task.on_note(f"{task.where}: pip replaces what conda brings: {', '.join(replaced)}")
    return _packages(asking, left, version=version)


@contextlib.contextmanager
def _interpreter(
    task: CondaTask, records: "Sequence[RepoDataRecord]"
) -> "Iterator[tuple[Interpreter, tuple[Provided, ...]]]":
    """The conda packages, installed for as long as resolving takes; for another platform what is known of them."""
    if task.platform != this_platform():
        yield running(), packages_of_records(records)
        return
    with tempfile.TemporaryDirectory(dir=cache_directory(task.settings, "conda-solves"), prefix="pip-") as scratch:
        prefix = Path(scratch) / "env"
        engine_for(task.settings).install(task, list(records), prefix=prefix)
        version = python_version(records) or ""
        yield (
            Interpreter(path=prefix / "bin" / "python", version=version, home=str(prefix)),
            installed_packages(prefix),
        )


def _resolve(task: Task, provided: Sequence[Provided], as_of: str | None) -> list[dict[str, Any]]:
    """With what conda brings left alone; where that has no solution pip may replace it, as it does without mlproj."""
    from mlproj.envs.python.uv import resolve_files

    pins = tuple(f"{package.name}=={package.version}" for package in provided)
    kept = replace(task, spec=replace(task.spec, constraints=(*task.spec.constraints, *pins)))
    text: str | None = None
    try:
        text = resolve_files(kept, as_of=as_of)
    except ResolveError:
        if pins:
            with contextlib.suppress(ResolveError):
                text = resolve_files(task, as_of=as_of)
        if text is None:
            raise
    packages = tomllib.loads(text).get("packages", [])
    return [dict(package) for package in packages]


def _packages(task: Task, entries: Sequence[Mapping[str, Any]], *, version: str) -> tuple[PipPackage, ...]:
    trusted = _trusted(task, entries)
    found = []
    for entry in entries:
        if "directory" in entry:
            found.append(PipPackage(name=entry["name"], location=_relative(entry["directory"]["path"])))
        elif "vcs" in entry:
            found.append(PipPackage(name=entry["name"], location=_repository(entry["vcs"])))
        elif "archive" in entry:
            archive = entry["archive"]
            place = archive.get("url") or _relative(archive["path"])
            found.append(PipPackage(name=entry["name"], location=place, sha256=archive["hashes"].get("sha256")))
        else:
            found.append(_from_index(task, entry, trusted, version))
    return tuple(found)


def _from_index(task: Task, entry: Mapping[str, Any], trusted: Mapping[str, set[str]], version: str) -> PipPackage:
    allowed = trusted.get(normal(entry["name"]), set())
    files = [file for file in _files(entry) if not allowed or f"sha256:{file['hashes'].get('sha256')}" in allowed]
    file = best_file(files, python=version, platform=task.platform or this_platform())
    if file is None:
        raise ResolveError(f"no file of {entry['name']} {entry['version']} fits", where=str(task.spec.file))
    place = file.get("url") or file["path"]
    return PipPackage(name=entry["name"], version=entry["version"], location=place, sha256=file["hashes"].get("sha256"))


def _trusted(task: Task, entries: Sequence[Mapping[str, Any]]) -> dict[str, set[str]]:
    """The hashes of each package that are left where the project's files give hashes."""
    payload = join(
        tuple(
            Requirement(
                text=f"{entry['name']}=={entry['version']}",
                kind=Kind.INDEX,
                where="uv",
                name=entry["name"],
                hashes=tuple(f"sha256:{file['hashes']['sha256']}" for file in _files(entry)),
            )
            for entry in entries
            if _files(entry)
        )
    )
    kept = split(with_given_hashes(task, payload), task.scope).hashed
    return {normal(part.name or part.text): set(part.hashes) for part in kept}


def _files(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    files = [*entry.get("wheels", []), *([entry["sdist"]] if "sdist" in entry else [])]
    return [file for file in files if file.get("hashes", {}).get("sha256")]


def _relative(path: str) -> str:
    return path if path.startswith((".", "/")) else f"./{path}"


def _repository(vcs: Mapping[str, Any]) -> str:
    place = vcs.get("url") or _relative(vcs["path"])
    below = f"?subdirectory={vcs['subdirectory']}" if vcs.get("subdirectory") else ""
    return f"{vcs['type']}+{place}{below}#{vcs['commit-id']}"
