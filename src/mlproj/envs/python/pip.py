"""pip, for what uv does not resolve: slower, and with everything that pip knows."""

import contextlib
import json
import shlex
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mlproj.config import Settings
from mlproj.envs.directories import cache_directory, explained, home_variables
from mlproj.envs.failures import build_error, resolve_error
from mlproj.envs.python.installer import Installer, Task
from mlproj.envs.python.payloads import join, split
from mlproj.envs.python.pip_config import index_settings
from mlproj.envs.python.requirements import Kind, Requirement, relative
from mlproj.envs.python.uv_indexes import uv_options
from mlproj.envs.python.versions import minor
from mlproj.envs.transcripts import append
from mlproj.envs.urls import with_credentials
from mlproj.envs.values import Lock
from mlproj.errors import EnvironmentSpecError, InterpreterError, ProgramFailedError, UsageError
from mlproj.system.processes import run_program, stream_program


class Pip:
    """Runs the pip that virtualenv brings along, under the interpreter in question."""

    def resolve(self, task: Task, *, as_of: str | None) -> str:
        if task.platform is not None or task.python is not None:
            raise UsageError("pip locks for this machine's platform and Python only", hint="use --installer uv")
        with tempfile.TemporaryDirectory(prefix="mlproj-") as scratch:
            report = Path(scratch) / "report.json"
            argv = ["install", "--dry-run", "--ignore-installed", "--quiet", "--report", str(report)]
            argv += ["--uploaded-prior-to", as_of] if as_of else []
            lines = (*_options(task.spec.options), *task.spec.build_requirements, *task.spec.requirements)
            argv += ["-r", str(_write(Path(scratch) / "requirements.txt", lines))]
            if task.spec.constraints:
                argv += ["-c", str(_write(Path(scratch) / "constraints.txt", task.spec.constraints))]
            try:
                _run(argv, task)
            except ProgramFailedError as error:
                raise resolve_error(error, task, index_settings(task.settings.environ)) from error
            entries = json.loads(report.read_text(encoding="utf-8"))["install"]
        found = [_requirement(entry, task) for entry in entries]
        return join(tuple(sorted(found, key=lambda requirement: (requirement.name or "").lower())))

    def install(self, task: Task, lock: Lock, *, prefix: Path) -> None:
        if lock.format != "requirements":
            raise EnvironmentSpecError(
                "pip does not install this lock", where=str(task.spec.lock_file), hint="use --installer uv"
            )
        parts = split(lock.payload, task.scope)
        sources = (*task.spec.requirements, *task.spec.build_requirements)
        with tempfile.TemporaryDirectory(prefix="mlproj-") as scratch:
            for number, (requirements, hashed) in enumerate(((parts.hashed, True), (parts.rest, False))):
                if requirements:
                    text = [with_credentials(requirement.line, sources) for requirement in requirements]
                    file = _write(Path(scratch) / f"requirements-{number}.txt", (*_options(task.spec.options), *text))
                    _install(task, prefix, [*(["--require-hashes"] if hashed else []), "-r", str(file)])


def download(task: Task, payload: str, target: Path) -> None:
    """Fetch the files of a lock's packages, hashes checked, into a directory; local packages are left out.

    Where to look is what the environment's files, uv's settings and pip's own say. Raises BuildError.
    """
    requirements = split(payload, task.scope).hashed
    if not requirements:
        return
    with tempfile.TemporaryDirectory(prefix="mlproj-") as scratch:
        sources = (*task.spec.requirements, *task.spec.build_requirements)
        lines = [with_credentials(requirement.line, sources) for requirement in requirements]
        options = (*task.spec.options, *uv_options(task.spec.root, task.settings.environ))
        file = _write(Path(scratch) / "requirements.txt", (*_options(options), *lines))
        try:
            _run(["download", "--no-deps", "--require-hashes", "--dest", str(target), "-r", str(file)], task)
        except ProgramFailedError as error:
            raise build_error(error, task, index_settings(task.settings.environ)) from error


def _write(file: Path, lines: Sequence[str]) -> Path:
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def _options(options: Sequence[str]) -> list[str]:
    """The options of the environment's files as lines; that hashes are required is seen to elsewhere."""
    parts = (option.partition("=") for option in options if option != "--require-hashes")
    return [f"{name}={shlex.quote(value)}" if equals else name for name, equals, value in parts]


def _program(task: Task, python: Path) -> list[str]:
    """pip as a program, for any interpreter: it need not be installed in there."""
    from virtualenv.seed.wheels.embed import get_embed_wheel

    version = minor(task.interpreter.version)
    wheel = get_embed_wheel("pip", version)
    if wheel is None:
        raise InterpreterError(f"no pip for Python {version} is at hand", hint="use --installer uv")
    folder = _unpacked(wheel.path, task.settings)
    return [str(python), str(folder / "pip"), "--no-input", "--disable-pip-version-check", "--no-color"]


def _unpacked(wheel: Path, settings: Settings) -> Path:
    """The wheel's content in the cache: from there pip starts twice as fast as out of the zip."""
    folder = settings.cache_dir / "pip" / wheel.stem
    if folder.is_dir():
        return folder
    from zipfile import ZipFile

    with explained(settings.cache_dir, None):
        staging = Path(tempfile.mkdtemp(dir=cache_directory(settings, "pip"), prefix=".new-"))
        try:
            with ZipFile(wheel) as archive:
                archive.extractall(staging)
            with contextlib.suppress(OSError):
                staging.rename(folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return folder


def _environ(task: Task) -> dict[str, str]:
    environ = {**task.settings.environ, **home_variables(task.settings)}
    return {name: value for name, value in environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}


def _run(argv: Sequence[str], task: Task) -> None:
    words = [*_program(task, task.interpreter.path), *argv]
    try:
        done = run_program(words, environ=_environ(task), cwd=task.spec.root)
    except ProgramFailedError as error:
        append(task.log, ["pip", *argv], f"{error.stdout}{error.stderr}")
        raise
    append(task.log, ["pip", *argv], f"{done.stdout}{done.stderr}")


def _install(task: Task, prefix: Path, argv: Sequence[str]) -> None:
    words = [*_program(task, prefix / "bin" / "python"), "install", "--no-deps", "--progress-bar", "off", *argv]
    lines: list[str] = []

    def on_line(line: str) -> None:
        lines.append(line)
        task.on_progress(line)

    try:
        stream_program(words, environ=_environ(task), cwd=task.spec.root, on_line=on_line, pass_fds=task.held)
    except ProgramFailedError as error:
        raise build_error(error, task, index_settings(task.settings.environ)) from error
    finally:
        append(task.log, ["pip", "install", *argv], "\n".join(lines))


def _requirement(entry: dict[str, Any], task: Task) -> Requirement:
    """One entry of pip's report as a requirement with its hash."""
    name, version = entry["metadata"]["name"], entry["metadata"]["version"]
    info = entry["download_info"]
    url = str(info["url"])
    if "dir_info" in info:
        path = Path(unquote(urlsplit(url).path))
        editable = bool(info["dir_info"].get("editable"))
        text = relative(path, task.spec.root)
        return Requirement(text=text, kind=Kind.LOCAL, where="pip", name=name, editable=editable, path=path)
    below = f"#subdirectory={info['subdirectory']}" if info.get("subdirectory") else ""
    if "vcs_info" in info:
        text = f"{name} @ {info['vcs_info']['vcs']}+{url}@{info['vcs_info']['commit_id']}{below}"
        return Requirement(text=text, kind=Kind.VCS, where="pip", name=name)
    hashes = tuple(f"{kind}:{value}" for kind, value in info["archive_info"].get("hashes", {}).items())
    if not entry["is_direct"]:
        return Requirement(text=f"{name}=={version}", kind=Kind.INDEX, where="pip", name=name, hashes=hashes)
    if url.startswith("file:"):
        path = Path(unquote(urlsplit(url).path))
        text = relative(path, task.spec.root)
        return Requirement(text=text, kind=Kind.LOCAL, where="pip", name=name, path=path, hashes=hashes)
    return Requirement(text=f"{name} @ {url}{below}", kind=Kind.URL, where="pip", name=name, hashes=hashes)


INSTALLER: Installer = Pip()
