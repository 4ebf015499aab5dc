"""A job in a container: made here, then started and followed by a program that the local backend's shim looks after."""

import contextlib
import json
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlproj.backends.base import Job, JobHandle, OnOutput, Terminal
from mlproj.backends.container_creation import NotSeenError, create
from mlproj.backends.container_values import CODE, HOME, Container
from mlproj.backends.lost_containers import end_lost
from mlproj.errors import BackendError
from mlproj.system import container_engine
from mlproj.system.files import make_directory

if TYPE_CHECKING:
    from mlproj.backends.local import LocalBackend
    from mlproj.backends.local_job import LocalJobHandle

FOLLOWER = Path(__file__).with_name("container_follower.py")
RESULT = "container.json"
MARK = ".mlproj"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A container that does not run yet; `copied` is what it got where no directory of ours is seen, else None."""

    id: str
    copied: Mapping[str, tuple[int, int]] | None


def submit_container(backend: "LocalBackend", job: Job, container: Container) -> "ContainerJobHandle":
    """Make the container and start it. Raises BackendError, and EngineError where the engine cannot be reached."""
    client = container_engine.connect(job.environ)
    try:
        end_lost(client)
        made = _make(client, job, container)
        try:
            handle = backend.start(replace(job, command=_command(job, made), container=None))
        except BaseException:
            _remove(client, made.id)
            raise
    except BaseException:
        client.close()
        raise
    return ContainerJobHandle(handle=handle, job=job, container=container, client=client, made=made)


def _make(client: Any, job: Job, container: Container) -> _Made:
    home = make_directory(make_directory(job.directory) / "home")
    home.chmod(0o777)  # the container's user may be any; the directory of the job is ours alone
    if not container_engine.is_elsewhere(container_engine.address(job.environ)):
        with contextlib.suppress(NotSeenError):
            return _make_mounted(client, job, container, home)
    return _make_copied(client, job, container)


def _make_mounted(client: Any, job: Job, container: Container, home: Path) -> _Made:
    made = create(client, job, container, mounted=True)
    (home / MARK).touch()
    try:
        seen = _is_there(client, made, f"{HOME}/{MARK}") and _sees_code(client, made, container)
    finally:
        (home / MARK).unlink(missing_ok=True)
    if not seen:
        _remove(client, made)
        raise NotSeenError
    return _Made(id=made, copied=_state(container) if container.baked else None)


def _make_copied(client: Any, job: Job, container: Container) -> _Made:
    from mlproj.backends.container_copies import copy_in

    state = _state(container)
    made = create(client, job, container, mounted=False)
    try:
        copy_in(client, made, container, state)
    except BaseException:
        _remove(client, made)
        raise
    return _Made(id=made, copied=state)


def _state(container: Container) -> Mapping[str, tuple[int, int]]:
    from mlproj.backends.container_copies import state_of

    return state_of(container.code)


def _sees_code(client: Any, made: str, container: Container) -> bool:
    """Where an engine runs on another machine a path may be there too, and hold something else."""
    first = next((path.name for path in sorted(container.code.iterdir())), None)
    return container.baked or first is None or _is_there(client, made, f"{CODE}/{first}")


def _is_there(client: Any, made: str, path: str) -> bool:
    """Looked for in the container as it will be, its mounts included."""
    import docker

    try:
        stream, _ = client.get_archive(made, path)
        with contextlib.suppress(AttributeError):
            stream.close()
    except docker.errors.NotFound:
        return False
    except docker.errors.APIError as error:
        raise BackendError(f"the container cannot be looked into: {container_engine.explanation(error)}") from error
    return True


def _command(job: Job, made: _Made) -> str:
    words = [sys.executable, "-I", str(FOLLOWER), made.id, str((job.directory / RESULT).absolute())]
    words += [str(int(job.terminal)), str(int(made.copied is None))]
    return f"exec {shlex.join(words)}"


def _remove(client: Any, made: str) -> None:
    with contextlib.suppress(Exception):
        client.remove_container(made, force=True, v=True)


class ContainerJobHandle:
    """A running container, through the local job that follows it."""

    def __init__(self, *, handle: "LocalJobHandle", job: Job, container: Container, client: Any, made: _Made) -> None:
        self.out_of_memory = False
        self.brought: tuple[str, ...] = ()
        self.copied = made.copied is not None and not container.baked
        self._handle: JobHandle = handle
        self._job = job
        self._container = container
        self._client = client
        self._made = made

    def describe(self) -> Mapping[str, str]:
        return {**self._handle.describe(), "container": self._made.id}

    def is_end_requested(self) -> bool:
        return self._handle.is_end_requested()

    def end(self) -> None:
        self._handle.end()

    def wait(self, on_output: OnOutput, *, poll: Callable[[], bool], terminal: Terminal | None = None) -> int:
        try:
            code = self._handle.wait(on_output, poll=poll, terminal=terminal)
            facts = self._facts()
            if facts.get("error"):
                raise BackendError(facts["error"], hint=facts.get("hint"))
            self.out_of_memory = bool(facts.get("oom"))
            self._bring_back()
            return code
        finally:
            if self._made.copied is not None or not self._facts():
                _remove(self._client, self._made.id)
            self._client.close()

    def _facts(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self._job.directory / RESULT).read_text())
        except (OSError, ValueError):
            return {}
        return found

    def _bring_back(self) -> None:
        if self._made.copied is not None:
            from mlproj.backends.container_copies import copy_out

            self.brought = copy_out(self._client, self._made.id, self._container.code, self._made.copied)
