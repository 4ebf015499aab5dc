"""uv: the installer that everything goes through unless pip is asked for."""

import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mlproj.config import Settings
from mlproj.envs.directories import home_variables
from mlproj.envs.failures import build_error, resolve_error
from mlproj.envs.platforms import uv_platform
from mlproj.envs.python.installer import Installer, Task
from mlproj.envs.python.payloads import split
from mlproj.envs.python.pip_config import IndexSettings, index_settings
from mlproj.envs.python.pylock import local_packages
from mlproj.envs.python.pyproject import package_name
from mlproj.envs.python.requirements import Requirement, logical_lines, parse
from mlproj.envs.transcripts import append
from mlproj.envs.urls import with_credentials, without_credentials
from mlproj.envs.values import Lock
from mlproj.errors import BuildError, ProgramFailedError
from mlproj.system.processes import Finished, run_program, stream_program

_NEWS = re.compile(r"(Downloading|Building|Updating|Cloning) |Installed \d")
_INDEXES = frozenset({"UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "UV_INDEX_STRATEGY"})


class Uv:
    """Runs the uv program that stands beside mlproj."""

    def resolve(self, task: Task, *, as_of: str | None) -> str:
        return _compile(task, ["--generate-hashes", "--no-annotate"], as_of)

    def install(self, task: Task, lock: Lock, *, prefix: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="mlproj-") as scratch:
            if lock.format == "pylock":
                self._install_pylock(task, lock, prefix, Path(scratch))
                return
            parts = split(lock.payload, task.scope)
            sources = (*task.spec.requirements, *task.spec.build_requirements)
            for number, (requirements, hashed) in enumerate(((parts.hashed, True), (parts.rest, False))):
                if requirements:
                    file = Path(scratch) / f"requirements-{number}.txt"
                    text = "".join(f"{requirement.line}\n" for requirement in requirements)
                    file.write_text(with_credentials(text, sources), encoding="utf-8")
                    words = ["--no-deps", *_refresh(requirements), "-r", str(file)]
                    if hashed:
                        _install_hashed(task, prefix, ["--require-hashes", *words])
                    else:
                        _install(task, prefix, words)

    def _install_pylock(self, task: Task, lock: Lock, prefix: Path, scratch: Path) -> None:
        """uv takes a lock's relative paths from where the lock lies, so the project's own file goes first."""
        file = task.spec.lock_file
        if file is None or file.read_text(encoding="utf-8") != lock.payload:
            file = scratch / "pylock.toml"
            file.write_text(lock.payload, encoding="utf-8")
        _install(task, prefix, ["--preview", *_refresh(local_packages(lock.payload, task.scope)), "-r", str(file)])


def resolve_files(task: Task, *, as_of: str | None) -> str:
    """As `resolve`, as a pylock.toml: with the URL and the hash of every file of each package. Raises ResolveError."""
    return _compile(task, ["--format", "pylock.toml"], as_of)


def _compile(task: Task, form: Sequence[str], as_of: str | None) -> str:
    spec = task.spec
    argv = ["pip", "compile", *form, "--no-header", "--no-progress"]
    argv += _indexes(task).uv_flags()
    argv += ["--python", str(task.interpreter.path)]
    argv += ["--python-version", task.python] if task.python else []
    argv += ["--python-platform", uv_platform(task.platform)] if task.platform else []
    argv += ["--exclude-newer", as_of] if as_of else []
    lines = [*spec.build_requirements, *spec.requirements]
    if spec.file is not None and spec.file.name == "pyproject.toml":
        argv += [str(spec.file), *(word for group in spec.groups for word in ("--group", group))]
        lines = [line for line in spec.requirements if line.startswith("-e ")]
    asked = parse(logical_lines("\n".join(lines), spec.file or spec.root), task.scope).requirements
    argv += _refresh(asked)
    with tempfile.TemporaryDirectory(prefix="mlproj-") as scratch:
        if spec.constraints:
            constraints = Path(scratch) / "constraints.txt"
            constraints.write_text("".join(f"{line}\n" for line in spec.constraints), encoding="utf-8")
            argv += ["--constraints", str(constraints)]
        for file in _indexes(task).values.get("constraint", ()):
            argv += ["--constraints", file]
        try:
            done = _run([*argv, "-"], task, stdin="".join(f"{line}\n" for line in lines))
        except ProgramFailedError as error:
            raise resolve_error(error, task, _indexes(task)) from error
    return done.stdout


def export(task: Task) -> str:
    """The requirements of the project's uv.lock; raises ProgramFailedError if the lock does not fit its project.

    pip's indexes are none of its business: with another index uv takes every lock for stale.
    """
    argv = ["export", "--locked", "--format", "requirements-txt", "--no-header", "--no-annotate", "--no-progress"]
    variables = {name: value for name, value in _indexes(task).uv_variables().items() if name not in _INDEXES}
    return _run([*argv, "--python", str(task.interpreter.path)], task, variables=variables).stdout


def uv_program() -> str:
    """Where uv is. Its package brings it along."""
    from uv import find_uv_bin

    return str(find_uv_bin())


def uv_environ(settings: Settings, variables: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without what would point uv at another Python, with our variables on top."""
    home = home_variables(settings)
    pythons = (
        {"UV_PYTHON_INSTALL_DIR": str(settings.cache_dir / "pythons")} if home else {}
    )  # `interpreters` looks there
    environ = {**pythons, **settings.environ, **home}
    foreign = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH", "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_PROJECT")
    clean = {key: value for key, value in environ.items() if key not in foreign}
    return {**clean, "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1", **variables}


def worth_telling(line: str) -> str | None:
    """The line in our words if it says what takes time or what was done; one for each package is for the log."""
    line = line.strip()
    return without_credentials(line[0].lower() + line[1:]) if _NEWS.match(line) else None


def _indexes(task: Task) -> IndexSettings:
    return index_settings(task.settings.environ, task.spec.options)


def _refresh(requirements: Iterable[Requirement]) -> list[str]:
    """uv looks only at the dates of pyproject.toml and setup files to see whether a local package has changed."""
    found: list[str] = []
    for path in (asked.path for asked in requirements if asked.path is not None and asked.path.is_dir()):
        name = package_name(path)
        if name is None:
            return ["--refresh"]
        found += ["--refresh-package", name]
    return found


def _run(
    argv: Sequence[str], task: Task, *, variables: Mapping[str, str] | None = None, stdin: str | None = None
) -> Finished:
    variables = _indexes(task).uv_variables() if variables is None else variables
    environ = uv_environ(task.settings, variables)
    try:
        done = run_program([uv_program(), *argv], environ=environ, cwd=task.spec.root, stdin=stdin)
    except ProgramFailedError as error:
        append(task.log, ["uv", *argv], error.stderr or error.stdout)
        raise
    append(task.log, ["uv", *argv], done.stderr)
    return done


def _install_hashed(task: Task, prefix: Path, argv: Sequence[str]) -> None:
    """From uv's cache if it holds everything, without asking an index: hashes are checked either way.

    To ask the indexes for what is known already takes half of the time, and a node without network cannot.
    """
    try:
        _install(task, prefix, ["--offline", *argv])
    except BuildError:
        _install(task, prefix, argv)


def _install(task: Task, prefix: Path, argv: Sequence[str]) -> None:
    flags = ["--no-progress", "--python", str(prefix / "bin" / "python"), *_indexes(task).uv_flags()]
    words = ["pip", "install", *flags, *argv]
    environ = uv_environ(task.settings, _indexes(task).uv_variables())
    lines: list[str] = []

    def on_line(line: str) -> None:
        lines.append(line)
        if news := worth_telling(line):
            task.on_progress(news)

    try:
        stream_program([uv_program(), *words], environ=environ, cwd=task.spec.root, on_line=on_line, pass_fds=task.held)
    except ProgramFailedError as error:
        raise build_error(error, task, _indexes(task)) from error
    finally:
        append(task.log, ["uv", *words], "\n".join(lines))


INSTALLER: Installer = Uv()
