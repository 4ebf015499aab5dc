"""The packages of an environment that nobody locked: by the directories that installers leave beside the code."""

import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import MlprojError
from mlproj.system.files import make_directory, write_atomically

_DIST_INFO = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)\.(?:dist|egg)-info", re.IGNORECASE)
_CONDA = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)-[^-]+\.json")
_QUESTION = (
    "import json,sys;print(json.dumps(['%d.%d.%d'%sys.version_info[:3],sys.executable,sys.prefix,sys.path[1:]]))"
)
_MATTERS = ("CONDA_PREFIX", "PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONPATH", "PYTHONUSERBASE", "VIRTUAL_ENV")
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A Python and what is installed for it."""

    python: str
    interpreter: str
    packages: Mapping[str, str] = field(default_factory=dict)


def packages_below(prefix: Path) -> dict[str, str]:
    """The packages of an environment with a directory of its own, by their names."""
    return _read([*sorted(prefix.glob("lib/python*/site-packages")), prefix / "conda-meta"])


def installed(environ: Mapping[str, str], *, settings: Settings) -> Installed | None:
    """What the `python` that a command would find has; None if there is none, or it does not run."""
    program = shutil.which("python", path=environ.get("PATH")) or shutil.which("python3", path=environ.get("PATH"))
    if program is None:
        return None
    answer = _ask(program, environ, settings)
    if answer is None:
        return None
    version, executable, prefix, folders = answer
    return Installed(
        python=version,
        interpreter=executable,
        packages=_read([*(Path(folder) for folder in folders if folder), Path(prefix) / "conda-meta"]),
    )


def _read(folders: Iterable[Path]) -> dict[str, str]:
    """What comes first on the path is what is imported."""
    found: dict[str, str] = {}
    for folder in folders:
        pattern = _CONDA if folder.name == "conda-meta" else _DIST_INFO
        try:
            names = sorted(entry.name for entry in os.scandir(folder))
        except OSError:
            continue
        for name in names:
            if match := pattern.fullmatch(name):
                found.setdefault(re.sub(r"[-_.]+", "-", match["name"]).lower(), match["version"])
    return dict(sorted(found.items()))


def _ask(program: str, environ: Mapping[str, str], settings: Settings) -> tuple[str, str, str, list[str]] | None:
    """Version, executable, prefix and path of an interpreter; remembered as long as its file is the same."""
    status = os.stat(program)  # noqa: PTH116 - what a link leads to
    matters = {name: environ[name] for name in _MATTERS if name in environ}
    key = json.dumps([program, status.st_mtime_ns, status.st_size, status.st_ino, matters])
    file = settings.cache_dir / "python-paths.json"
    known = _known(file)
    if key in known:
        return known[key]
    from mlproj.system.processes import run_program

    try:
        printed = run_program([program, "-c", _QUESTION], environ=environ, cwd=Path("/")).stdout
        answer = tuple(json.loads(printed))
    except (MlprojError, ValueError):
        return None
    make_directory(file.parent)
    write_atomically(file, json.dumps({**dict(list(known.items())[-20:]), key: answer}))
    return answer


def _known(file: Path) -> dict[str, tuple[str, str, str, list[str]]]:
    try:
        return {key: tuple(value) for key, value in json.loads(file.read_text()).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
