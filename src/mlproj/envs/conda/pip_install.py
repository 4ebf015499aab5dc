"""The pip part of a conda lock: back to what uv installs, and installed."""

import re
from collections.abc import Sequence
from pathlib import Path

from mlproj.envs.conda.engine import CondaTask
from mlproj.envs.conda.payload import PipPackage
from mlproj.envs.lockfile import payload_hash
from mlproj.envs.python.installer import Task, installer
from mlproj.envs.python.interpreters import Interpreter
from mlproj.envs.python.requirements import logical_lines, parse
from mlproj.envs.values import Lock
from mlproj.project.model import EnvKind


def install_pip(task: CondaTask, packages: Sequence[PipPackage], *, prefix: Path) -> None:
    """Install into a conda environment, hashes checked. Raises BuildError."""
    task.on_progress("installing the pip section")
    payload = as_requirements(packages, task)
    python = Interpreter(path=prefix / "bin" / "python", version="", home=str(prefix))
    asked = Task(
        spec=task.spec,
        settings=task.settings,
        interpreter=python,
        on_progress=task.on_progress,
        on_note=task.on_note,
        log=task.log,
        held=task.held,
    )
    lock = Lock(
        kind=EnvKind.CONDA,
        platform=task.platform,
        python="",
        format="requirements",
        payload=payload,
        spec_hash="",
        hash=payload_hash(payload),
        origin="project",
    )
    installer("uv").install(asked, lock, prefix=prefix)


def as_requirements(packages: Sequence[PipPackage], task: CondaTask) -> str:
    """The pip part in the format `requirements`, which every installer takes; local packages as the project asks."""
    return "".join(f"{_line(package, task)}\n" for package in packages)


def _line(package: PipPackage, task: CondaTask) -> str:
    hashed = f" --hash=sha256:{package.sha256}" if package.sha256 else ""
    if package.version:
        return f"{package.name}=={package.version}{hashed}"
    if found := re.fullmatch(r"(?P<url>[a-z]+\+[^?#]+)(\?(?P<below>[^#]+))?#(?P<commit>.+)", package.location):
        below = f"#{found['below']}" if found["below"] else ""
        return f"{package.name} @ {found['url']}@{found['commit']}{below}"
    if "://" in package.location:
        return f"{package.name} @ {package.location}{hashed}"
    return f"{'-e ' if _is_editable(package, task) else ''}{package.location}{hashed}"


def _is_editable(package: PipPackage, task: CondaTask) -> bool:
    if not task.spec.in_place:
        return False
    lines = logical_lines("\n".join(task.spec.requirements), task.spec.file or task.spec.root)
    path = (task.spec.root / package.location).resolve()
    return any(asked.editable and asked.path == path for asked in parse(lines, task.scope).requirements)
