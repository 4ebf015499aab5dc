"""An installed conda, mamba or micromamba, for those who ask for it; what it solved is locked like anything else."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlproj.envs.conda.channels import public
from mlproj.envs.conda.engine import CondaEngine, CondaTask
from mlproj.envs.conda.explanations import cut
from mlproj.envs.conda.programs import find_program
from mlproj.envs.conda.virtual import cuda_version, subdir
from mlproj.envs.directories import cache_directory
from mlproj.envs.platforms import this_platform
from mlproj.envs.transcripts import append
from mlproj.errors import BuildError, ProgramFailedError, ResolveError, UsageError
from mlproj.system.processes import stream_program

if TYPE_CHECKING:
    from rattler import RepoDataRecord

_FOREIGN = ("CONDA_PREFIX", "CONDA_DEFAULT_ENV", "CONDA_SHLVL", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")


class External:
    """Runs the program that the settings name. It reads the user's .condarc and credentials itself."""

    def solve(self, task: CondaTask, *, as_of: str | None) -> "list[RepoDataRecord]":
        from rattler import PrefixRecord

        if as_of:
            raise UsageError("--as-of needs the built-in solver", hint="leave --conda-program and MLPROJ_CONDA out")
        program = find_program(task.settings)
        with tempfile.TemporaryDirectory(dir=cache_directory(task.settings, "conda-solves"), prefix="env-") as scratch:
            file, prefix = Path(scratch) / "environment.yaml", Path(scratch) / "env"
            file.write_text(_environment_file(task), encoding="utf-8")
            create = ["create"] if program.name == "micromamba" else ["env", "create"]
            argv = [str(program), *create, "--yes", "--prefix", str(prefix), "--file", str(file)]
            try:
                _run(task, argv, prefix)
            except ProgramFailedError as error:
                raise ResolveError(
                    f"{program.name} cannot resolve the conda packages",
                    where=task.where,
                    detail=cut(public(error.stdout)),
                    log=task.log,
                ) from error
            return [PrefixRecord.from_path(path) for path in sorted(prefix.glob("conda-meta/*.json"))]

    def install(self, task: CondaTask, records: "list[RepoDataRecord]", *, prefix: Path) -> None:
        program = find_program(task.settings)
        with tempfile.TemporaryDirectory(prefix="mlproj-") as scratch:
            file = Path(scratch) / "explicit.txt"
            lines = ["@EXPLICIT", *(_explicit(record) for record in records)]
            file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            argv = [str(program), "create", "--yes", "--prefix", str(prefix), "--file", str(file)]
            try:
                _run(task, argv, prefix)
            except ProgramFailedError as error:
                raise BuildError(
                    f"{program.name} cannot install the conda packages",
                    where=task.where,
                    detail=cut(public(error.stdout)),
                    log=task.log,
                ) from error


def _environment_file(task: CondaTask) -> str:
    """The conda part of the conda.yaml, its channels in full; JSON is YAML too."""
    channels = [*(channel.access for channel in task.channels), "nodefaults"]
    return json.dumps({"channels": channels, "dependencies": list(task.spec.packages)}, indent=1)


def _explicit(record: "RepoDataRecord") -> str:
    """conda checks the md5 behind a URL, and newer ones the sha256 too."""
    return f"{record.url}#{record.md5.hex()}" if record.md5 else str(record.url)


def _run(task: CondaTask, argv: Sequence[str], prefix: Path) -> None:
    given = {name: text for name, text in task.settings.environ.items() if name not in _FOREIGN}
    given["CONDA_OVERRIDE_CUDA"] = cuda_version(task.settings) or ""
    if task.platform != this_platform():
        given["CONDA_SUBDIR"] = subdir(task.platform)
    lines: list[str] = []

    def on_line(line: str) -> None:
        lines.append(line)
        task.on_progress(public(line.strip()))

    prefix.parent.mkdir(parents=True, exist_ok=True)
    if prefix.is_dir():
        prefix.rmdir()
    try:
        stream_program(argv, environ=given, cwd=task.spec.root, on_line=on_line, pass_fds=task.held)
    finally:
        append(task.log, argv, public("\n".join(lines)))


ENGINE: CondaEngine = External()
