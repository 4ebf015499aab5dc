"""Which Python interpreters are on this machine, and the one that a project asks for."""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from mlproj.config import Settings
from mlproj.envs.python.versions import matches
from mlproj.envs.values import Progress
from mlproj.errors import InterpreterError

_NAME = re.compile(r"python(3(\.\d+)?)?")
_QUESTION = (
    "import json,sys,sysconfig;print(json.dumps([sys.implementation.name,'.'.join(map(str,sys.version_info[:3])),"
    "sys.base_prefix if hasattr(sys,'base_prefix') else sys.prefix,sys.prefix,"
    "bool(sysconfig.get_config_var('Py_GIL_DISABLED'))]))"
)
_OLDEST = (3, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python that runs. `home` is its installation's prefix, by which environments know it."""

    path: Path
    version: str
    home: str


def find(request: str | None, *, settings: Settings, on_progress: Progress) -> Interpreter:
    """The interpreter for a version: the one that runs mlproj if it fits, else the newest that is here, else a new one.

    Raises InterpreterError if there is none and none may be or can be fetched.
    """
    here = running()
    if matches(here.version, request):
        return here
    if found := _newest(request, settings):
        return found
    if not settings.python_download:
        raise InterpreterError(
            f"Python {request} is not on this machine, and fetching it is switched off",
            hint=f"here are {_versions(settings)}; allow it with python_download = true, or install it",
        )
    from mlproj.envs.python.download import fetch

    fetch(str(request), settings=settings, on_progress=on_progress)
    if found := _newest(request, settings):
        return found
    raise InterpreterError(
        f"Python {request} was fetched, and still does not run", hint=f"here are {_versions(settings)}"
    )


def running() -> Interpreter:
    """The interpreter that runs mlproj."""
    return Interpreter(
        path=Path(sys.executable), version="{}.{}.{}".format(*sys.version_info[:3]), home=sys.base_prefix
    )


def installed(settings: Settings) -> tuple[Interpreter, ...]:
    """Every usable CPython of this machine, newest first, each installation once."""
    asked = _Answers(settings.cache_dir / "interpreters.json", settings.environ)
    found: dict[str, Interpreter] = {running().home: running()}
    for path in candidates(settings):
        if (interpreter := asked.ask(path)) is not None:
            found.setdefault(interpreter.home, interpreter)
    asked.keep()
    return tuple(sorted(found.values(), key=lambda interpreter: _number(interpreter.version), reverse=True))


def candidates(settings: Settings) -> Iterator[Path]:
    """Files that may be interpreters: ours, uv's, pyenv's, the system's, and PATH's without shims."""
    for pattern in _patterns(settings):
        base, _, rest = pattern.partition("*")
        yield from sorted(Path(base).glob(f"*{rest}")) if base.endswith("/") else []
    for folder in _folders(settings.environ):
        try:
            names = sorted(entry.name for entry in os.scandir(folder) if _NAME.fullmatch(entry.name))
        except OSError:
            continue
        yield from (Path(folder) / name for name in names)


def _patterns(settings: Settings) -> Iterator[str]:
    environ = settings.environ
    home = environ.get("HOME", "")
    data = environ.get("XDG_DATA_HOME") or (f"{home}/.local/share" if home else "")
    uv = environ.get("UV_PYTHON_INSTALL_DIR") or (f"{data}/uv/python" if data else "")
    pyenv = environ.get("PYENV_ROOT") or (f"{home}/.pyenv" if home else "")
    yield f"{settings.cache_dir}/pythons/*/bin/python3"
    if uv:
        yield f"{uv}/*/bin/python3"
    if pyenv:
        yield f"{pyenv}/versions/*/bin/python3"
    if sys.platform == "darwin":
        yield "/Library/Frameworks/Python.framework/Versions/*/bin/python3"


def _folders(environ: Mapping[str, str]) -> list[str]:
    path = [folder for folder in environ.get("PATH", "").split(os.pathsep) if folder and not _is_shims(folder)]
    folders = [*path, "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]
    return list(dict.fromkeys(folder.rstrip("/") or "/" for folder in folders))


def _is_shims(folder: str) -> bool:
    return Path(folder).name == "shims"


def _newest(request: str | None, settings: Settings) -> Interpreter | None:
    return next((found for found in installed(settings) if matches(found.version, request)), None)


def _versions(settings: Settings) -> str:
    return ", ".join(dict.fromkeys(found.version for found in installed(settings)))


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


class _Answers:
    """Each candidate is asked once; its answer is kept until the file changes."""

    def __init__(self, file: Path, environ: Mapping[str, str]) -> None:
        self._file = file
        self._environ = environ
        self._known = self._load()
        self._changed = False

    def _load(self) -> dict[str, object]:
        try:
            table = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return table if isinstance(table, dict) else {}

    def ask(self, path: Path) -> Interpreter | None:
        """What the candidate says of itself; None if it does not run or is not for us."""
        try:
            real = path.resolve(strict=True)
            status = real.stat()
        except OSError:
            return None
        key = f"{real}:{status.st_mtime_ns}:{status.st_size}"
        if key not in self._known:
            answer = _interrogate(real, self._environ)
            self._known[key] = asdict(answer) if answer else None
            self._changed = True
        known = self._known[key]
        if not isinstance(known, dict):
            return None
        return Interpreter(path=Path(known["path"]), version=known["version"], home=known["home"])

    def keep(self) -> None:
        """Write what was learnt; a cache that cannot be written is no reason to stop."""
        if not self._changed:
            return
        from mlproj.errors import DirectoryError
        from mlproj.system.files import make_directory, write_atomically

        try:
            make_directory(self._file.parent)
            write_atomically(self._file, json.dumps(self._known, default=str))
        except (OSError, DirectoryError):
            return


def _interrogate(path: Path, environ: Mapping[str, str]) -> Interpreter | None:
    from mlproj.errors import MlprojError
    from mlproj.system.processes import run_program

    clean = {key: value for key, value in environ.items() if not key.startswith("PYTHON")}
    try:
        done = run_program([str(path), "-I", "-c", _QUESTION], environ=clean)
        name, version, base, prefix, no_gil = json.loads(done.stdout)
    except (MlprojError, OSError, ValueError):
        return None
    if name != "cpython" or no_gil or base != prefix or _number(version) < _OLDEST:
        return None
    return Interpreter(path=path, version=version, home=base)
