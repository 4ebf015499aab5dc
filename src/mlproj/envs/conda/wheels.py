"""What conda packages mean to pip: which Python packages are there already, told to uv as wheels of mere metadata."""

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rattler import RepoDataRecord

_FIELD = re.compile(r"^(Name|Version):\s*(\S+)\s*$", re.MULTILINE)
_WHEEL = "Wheel-Version: 1.0\nGenerator: mlproj\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided:
    """A Python package that conda brings: name as pip spells it, version, and its metadata."""

    name: str
    version: str
    metadata: str


def normal(name: str) -> str:
    """A package's name as pip compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_packages(prefix: Path) -> tuple[Provided, ...]:
    """What stands in the site-packages of an environment."""
    found: dict[str, Provided] = {}
    for file in _metadata_files(prefix):
        text = file.read_text(encoding="utf-8", errors="replace")
        fields = dict(_FIELD.findall(text.split("\n\n", 1)[0]))
        if "Name" in fields and _is_version(fields.get("Version", "")):
            name = normal(fields["Name"])
            found[name] = Provided(name=name, version=fields["Version"], metadata=text)
    return tuple(found.values())


def _is_version(text: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _metadata_files(prefix: Path) -> Iterator[Path]:
    for folder in prefix.glob("lib/python3.*/site-packages"):
        yield from folder.glob("*.dist-info/METADATA")
        yield from folder.glob("*.egg-info/PKG-INFO")
        yield from (file for file in folder.glob("*.egg-info") if file.is_file())


def packages_of_records(records: "Iterable[RepoDataRecord]") -> tuple[Provided, ...]:
    """The same for a platform that is not this machine's: what needs Python is taken for a Python package."""
    found = []
    for record in records:
        if record.noarch.python or any(text.split(" ")[0] == "python" for text in record.depends):
            name, version = record.name.normalized, str(record.version)
            if not _is_version(version):
                continue
            metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            found.append(Provided(name=normal(name), version=version, metadata=metadata))
    return tuple(found)


def write_wheels(packages: Iterable[Provided], directory: Path) -> None:
    """A directory of wheels that hold metadata and nothing else; they are resolved against and never installed."""
    directory.mkdir(parents=True, exist_ok=True)
    for package in packages:
        stem = f"{package.name.replace('-', '_')}-{package.version}"
        with zipfile.ZipFile(directory / f"{stem}-py3-none-any.whl", "w") as wheel:
            info = f"{stem}.dist-info"
            wheel.writestr(f"{info}/METADATA", package.metadata)
            wheel.writestr(f"{info}/WHEEL", _WHEEL)
            wheel.writestr(f"{info}/RECORD", f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
