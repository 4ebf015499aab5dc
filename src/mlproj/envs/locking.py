"""From a specification to exact versions: the project's own lock, the remembered one, or a new one."""

from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.envs import lockfile
from mlproj.envs.directories import explained
from mlproj.envs.own_locks import fresh_lock, has_lock, locked_python, make_lock
from mlproj.envs.platforms import this_platform
from mlproj.envs.python.installer import Task, installer
from mlproj.envs.python.interpreters import Interpreter, find, running
from mlproj.envs.python.versions import is_exact, minor
from mlproj.envs.remembered import recall, remember
from mlproj.envs.urls import without_credentials
from mlproj.envs.values import EnvSpec, Lock, LockPolicy, Progress
from mlproj.errors import ResolveError, StaleLockError
from mlproj.project.model import EnvKind


def lock(
    spec: EnvSpec,
    *,
    policy: LockPolicy,
    settings: Settings,
    on_progress: Progress,
    on_note: Progress | None = None,
    log: Path | None = None,
) -> Lock:
    """The lock to build from: the project's own while it is fresh, else the remembered one, else a new one, remembered.

    `policy.locked` resolves nothing (StaleLockError), and remembers nothing for a project that has a lock of its own;
    `policy.update` and `policy.as_of` pass the project's own by. `on_note` takes remarks that the user should see
    (default: `on_progress`). Raises ResolveError if there is no solution.
    """
    if spec.manager == "local":
        return _nothing()
    note = on_note or on_progress
    if spec.manager == "conda":
        from mlproj.envs.conda.locking import lock_conda

        return lock_conda(spec, policy=policy, settings=settings, on_progress=on_progress, on_note=note, log=log)
    if spec.image is not None:
        from mlproj.envs.images.environments import lock_image

        return lock_image(spec, spec.image, policy=policy, settings=settings, on_progress=on_progress, on_note=note)
    own = not policy.update and policy.as_of is None
    python = locked_python(spec, running().version) if own else None
    interpreter = interpreter_for(spec, python, settings=settings, on_note=note)
    task = Task(spec=spec, settings=settings, interpreter=interpreter, on_progress=on_progress, on_note=note, log=log)
    if own and (found := fresh_lock(task)) is not None:
        return found
    as_of = moment(policy.as_of, spec, settings)
    recalls = not policy.update and not (policy.locked and has_lock(spec))
    if recalls and (found := recall(task, as_of=as_of)) is not None:
        return found
    if policy.locked:
        raise StaleLockError(
            f"--locked: there is no fresh lock for {this_platform()}, Python {minor(interpreter.version)}",
            where=str(spec.root / lockfile.NAME),
            hint="run 'mlproj lock' and commit the file",
        )
    new = resolve(task, as_of=as_of)
    with explained(settings.cache_dir, log):
        remember(task, new, as_of=as_of)
    return new


def known_lock(spec: EnvSpec, *, settings: Settings) -> Lock | None:
    """The lock that a run would take without resolving or fetching anything; None if there is none."""
    if spec.manager == "local":
        return _nothing()
    if spec.manager == "conda":
        from mlproj.envs.conda.locking import known_conda_lock

        return known_conda_lock(spec, settings=settings)
    if spec.image is not None:
        from mlproj.envs.images.environments import known_image_lock

        return known_image_lock(spec)
    from mlproj.errors import InterpreterError

    settings = replace(settings, python_download=False)
    try:
        python = locked_python(spec, running().version)
        interpreter = interpreter_for(spec, python, settings=settings, on_note=_ignore)
    except InterpreterError:
        return None
    task = Task(spec=spec, settings=settings, interpreter=interpreter, on_progress=_ignore, on_note=_ignore)
    return fresh_lock(task) or recall(task, as_of=None)


def resolve(task: Task, *, as_of: str | None = None) -> Lock:
    """Resolve anew; nothing is remembered."""
    from mlproj.envs.hashes import with_given_hashes

    count = len(task.spec.requirements) + len(task.spec.build_requirements)
    python = task.python or minor(task.interpreter.version)
    task.on_progress(f"resolving {count} requirement{'' if count == 1 else 's'} for Python {python}")
    payload = _resolve(task, as_of) if count else ""
    return make_lock(task, without_credentials(with_given_hashes(task, payload)), origin="resolved")


def _resolve(task: Task, as_of: str | None) -> str:
    """Build dependencies are resolved with the rest; where they contradict it they give way, as pip lets them."""
    member = installer(task.settings.installer)
    try:
        return member.resolve(task, as_of=as_of)
    except ResolveError:
        if not task.spec.build_requirements or not task.spec.requirements:
            raise
        try:
            payload = member.resolve(replace(task, spec=replace(task.spec, build_requirements=())), as_of=as_of)
        except ResolveError:
            payload = None
        if payload is None:
            raise
    task.on_note(f"{task.spec.file}: build_dependencies contradict the dependencies and are left out")
    return payload


def interpreter_for(spec: EnvSpec, python: str | None, *, settings: Settings, on_note: Progress) -> Interpreter:
    """The interpreter for a specification whose lock, if there is one, was made for the minor version `python`."""
    exact = spec.python is not None and is_exact(spec.python)
    return find(spec.python if exact else python or spec.python, settings=settings, on_progress=on_note)


def moment(as_of: str | None, spec: EnvSpec, settings: Settings) -> str | None:
    """`--as-of` as RFC 3339 in UTC."""
    if not as_of:
        return None
    from mlproj.envs.as_of import as_date

    return as_date(as_of, root=spec.root, environ=settings.environ)


def _ignore(_line: str) -> None:
    pass


def _nothing() -> Lock:
    return Lock(
        kind=EnvKind.LOCAL,
        platform=this_platform(),
        python="",
        format="requirements",
        payload="",
        spec_hash="",
        hash=lockfile.payload_hash(""),
        origin="project",
    )
