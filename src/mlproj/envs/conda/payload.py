"""A conda lock's payload: a pixi.lock of one platform, conda packages and pip packages both, each with its hash."""

import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlproj.envs.conda.channels import public
from mlproj.errors import EnvironmentSpecError

if TYPE_CHECKING:
    from rattler import RepoDataRecord

_ENVIRONMENT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class PipPackage:
    """One package of the pip part.

    `location` is the URL of its one file, a repository as `git+URL#COMMIT`, or a path relative to the project.
    `version` is None where it comes from there and from nowhere else; `sha256` is None where nothing can have one.
    """

    name: str
    location: str
    version: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """What a payload holds; `subdir` is conda's name of the platform that it is for."""

    records: "tuple[RepoDataRecord, ...]"
    subdir: str | None
    pip: tuple[PipPackage, ...]


def write_payload(
    *,
    subdir: str,
    channels: Sequence[str],
    virtual_packages: Sequence[str],
    records: "Iterable[RepoDataRecord]",
    pip: Iterable[PipPackage],
) -> str:
    """The payload as text, without credentials."""
    from rattler.lock import LockChannel, LockFile, LockPlatform

    platform = LockPlatform(subdir, virtual_packages=list(virtual_packages))
    lock = LockFile([platform])
    lock.set_channels(_ENVIRONMENT, [LockChannel(url) for url in channels])
    for record in sorted(records, key=lambda record: record.name.normalized):
        lock.add_conda_package(_ENVIRONMENT, platform, record)
    found = sorted(pip, key=lambda package: package.name)
    for package in found:
        lock.add_pypi_package(_ENVIRONMENT, platform, package.name, package.version or "0", package.location)
    with tempfile.TemporaryDirectory(prefix="mlproj-") as scratch:
        file = Path(scratch) / "pixi.lock"
        lock.to_path(file)
        text = file.read_text(encoding="utf-8")
    return public(_with_hashes(text, found))


def _with_hashes(text: str, packages: Sequence[PipPackage]) -> str:
    """The binding takes no hashes of pip packages and wants a version of each: their entries are written here."""
    if not packages:
        return text
    head, separator, rest = text.partition("\npackages:\n")
    lines = rest.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("- pypi: "))
    return f"{head}{separator}" + "".join(f"{line}\n" for line in [*lines[:first], *map(_entry, packages)])


def _entry(package: PipPackage) -> str:
    lines = [f"- pypi: {json.dumps(package.location, ensure_ascii=False)}", f"  name: {json.dumps(package.name)}"]
    lines += [f"  version: {json.dumps(package.version)}"] if package.version else []
    lines += [f"  sha256: {json.dumps(package.sha256)}"] if package.sha256 else []
    return "\n".join(lines)


def read_payload(text: str, *, where: str) -> Locked:
    """What is to be installed. Raises EnvironmentSpecError for what is no such lock."""
    from rattler.lock import LockFile

    with tempfile.TemporaryDirectory(prefix="mlproj-") as scratch:
        file = Path(scratch) / "pixi.lock"
        file.write_text(text, encoding="utf-8")
        try:
            environment = LockFile.from_path(file).environment(_ENVIRONMENT)
        except Exception as error:
            raise _broken(where, str(error)) from error
    platforms = environment.platforms() if environment is not None else []
    if environment is None or len(platforms) > 1:
        raise _broken(where, "it holds no environment, or several platforms")
    records = environment.conda_repodata_records_for_platform(platforms[0]) if platforms else None
    subdir = platforms[0].name if platforms else None
    return Locked(records=tuple(records or ()), subdir=subdir, pip=_read_pip(text))


def _read_pip(text: str) -> tuple[PipPackage, ...]:
    """The binding falls over entries without a hash, so these are read as the YAML that they are."""
    if "\n- pypi: " not in text:
        return ()
    import yaml

    table = yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - makes texts only
    entries = (entry for entry in table["packages"] if "pypi" in entry)
    return tuple(
        PipPackage(name=entry["name"], location=entry["pypi"], version=entry.get("version"), sha256=entry.get("sha256"))
        for entry in entries
    )


def _broken(where: str, reason: str) -> EnvironmentSpecError:
    return EnvironmentSpecError(
        f"is no lock of conda packages: {reason.splitlines()[0]}", where=where, hint="write it anew with 'mlproj lock'"
    )
