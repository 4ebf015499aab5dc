"""The files of a lock's packages: fetched into a directory, and built from there when no index can be reached."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mlproj.config import Settings
from mlproj.envs.values import EnvSpec, Lock, Progress
from mlproj.errors import BuildError, UsageError

if TYPE_CHECKING:
    from rattler import RepoDataRecord

    from mlproj.envs.conda.engine import CondaTask

WHEELS = "wheels"
CONDA = "conda"


def fetch_files(
    spec: EnvSpec, lock: Lock, target: Path, *, settings: Settings, on_progress: Progress, on_note: Progress
) -> None:
    """Fetch into `target`: `wheels/FILE`, `conda/SUBDIR/FILE`; hashes are checked, local packages left out.

    Raises UsageError for a lock that is not made of files, and BuildError.
    """
    from mlproj.envs.locking import interpreter_for
    from mlproj.envs.python.installer import Task
    from mlproj.envs.python.pip import download

    if lock.format == "pixi":
        _fetch_conda(spec, lock, target, settings=settings, on_progress=on_progress, on_note=on_note)
        return
    if lock.format not in {"requirements", "pylock"}:
        raise UsageError(f"a lock in the format {lock.format} has no files of packages")
    interpreter = interpreter_for(spec, lock.python or None, settings=settings, on_note=on_note)
    task = Task(spec=spec, settings=settings, interpreter=interpreter, on_progress=on_progress, on_note=on_note)
    download(task, _as_requirements(lock), _made(target / WHEELS))


def from_files(spec: EnvSpec, lock: Lock, files: Path) -> tuple[EnvSpec, Lock]:
    """The specification and the lock by which the same environment (its key is no other) is built from such files."""
    wheels = files / WHEELS
    options = spec.options
    if wheels.is_dir():
        options = (*(option for option in options if not _is_gone(option, spec.root)), f"--find-links={wheels}")
    if lock.format == "pylock":
        lock = replace(lock, format="requirements", payload=_as_requirements(lock))
    return replace(spec, options=options, files=files), lock


def _is_gone(option: str, root: Path) -> bool:
    """Whether it names a directory of packages that is not on this machine, over which uv would fall."""
    name, _, value = option.partition("=")
    if name != "--find-links" or ("://" in value and not value.startswith("file:")):
        return False
    return not (root / (unquote(urlsplit(value).path) if value.startswith("file:") else value)).exists()


def at_hand(records: "Sequence[RepoDataRecord]", files: Path | None) -> "list[RepoDataRecord]":
    """Conda packages, those that lie in such a directory with its file as their URL."""
    found = list(records)
    for record in found if files is not None else ():
        file = _place(record, files or Path())
        if file.is_file():
            record.url = file.as_uri()
    return found


def _place(record: "RepoDataRecord", files: Path) -> Path:
    return files / CONDA / Path(record.subdir).name / Path(record.file_name).name


def _fetch_conda(
    spec: EnvSpec, lock: Lock, target: Path, *, settings: Settings, on_progress: Progress, on_note: Progress
) -> None:
    from mlproj.envs.building import ensure
    from mlproj.envs.conda.engine import make_task
    from mlproj.envs.conda.payload import read_payload
    from mlproj.envs.conda.pip_install import as_requirements
    from mlproj.envs.python.installer import Task
    from mlproj.envs.python.interpreters import Interpreter
    from mlproj.envs.python.pip import download

    task = make_task(spec, settings=settings, on_progress=on_progress, on_note=on_note, platform=lock.platform)
    locked = read_payload(lock.payload, where=task.where)
    for number, record in enumerate(locked.records, start=1):
        on_progress(f"fetching conda package {number} of {len(locked.records)}: {record.file_name}")
        _fetch_record(task, record, target)
    if not locked.pip:
        return
    environment = ensure(spec, lock, settings=settings, on_progress=on_progress, on_note=on_note)
    if environment.interpreter is None:
        raise BuildError("the environment has no Python, so that its pip packages cannot be fetched", where=task.where)
    python = Interpreter(path=environment.interpreter, version=environment.python or "", home=str(environment.prefix))
    asked = Task(spec=spec, settings=settings, interpreter=python, on_progress=on_progress, on_note=on_note)
    download(asked, as_requirements(locked.pip, task), _made(target / WHEELS))


def _fetch_record(task: "CondaTask", record: "RepoDataRecord", target: Path) -> None:
    from hashlib import file_digest

    from mlproj.envs.conda.rattler import fetch_archive

    file = _place(record, target)
    _made(file.parent)
    fetch_archive(task, record.url, file)
    with file.open("rb") as stream:
        found = file_digest(stream, "sha256").digest()
    if record.sha256 is not None and found != record.sha256:
        raise BuildError("a conda package has changed since it was locked: its hash is another one", where=record.url)


def _as_requirements(lock: Lock) -> str:
    """A lock as requirements with hashes; of a pylock.toml what an index or a URL gives."""
    if lock.format != "pylock":
        return lock.payload
    import tomllib

    return "".join(f"{line}\n" for item in tomllib.loads(lock.payload).get("packages", []) for line in _lines(item))


def _lines(item: dict[str, object]) -> Iterator[str]:
    archive, sdist, wheels = item.get("archive"), item.get("sdist"), item.get("wheels")
    files = [one for one in (*(wheels if isinstance(wheels, list) else []), sdist, archive) if isinstance(one, dict)]
    digests = [one["hashes"]["sha256"] for one in files if "sha256" in one.get("hashes", {})]
    origin = f" @ {archive['url']}" if isinstance(archive, dict) and "url" in archive else f"=={item.get('version')}"
    marker = f" ; {item['marker']}" if "marker" in item else ""
    if digests:
        yield f"{item['name']}{origin}{marker} " + " ".join(f"--hash=sha256:{digest}" for digest in digests)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
