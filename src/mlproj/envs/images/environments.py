"""Images as environments: from a specification to a lock, from a lock to an image that is there."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from mlproj.config import Settings
from mlproj.envs import lockfile
from mlproj.envs.directories import explained
from mlproj.envs.images import builds as image_builds
from mlproj.envs.images import records as image_records
from mlproj.envs.images.builds import Builder
from mlproj.envs.images.foreign import check_engine
from mlproj.envs.images.pins import Pin, read_pin
from mlproj.envs.images.registries import digests_of, find_image, fits, pull, record_of, registry_digest, repository_of
from mlproj.envs.platforms import this_platform
from mlproj.envs.values import Environment, EnvSpec, ImageRequest, Lock, LockPolicy, Progress
from mlproj.errors import EngineError, StaleLockError
from mlproj.project.docker_env import ImageBuild
from mlproj.project.model import EnvKind
from mlproj.system.container_engine import connected


def lock_image(
    spec: EnvSpec,
    request: ImageRequest,
    *,
    policy: LockPolicy,
    settings: Settings,
    on_progress: Progress,
    on_note: Progress,
) -> Lock:
    """The lock of an image: the project's own while it is fresh, else what its name means now.

    Nothing is remembered: a name means the image that the engine has under it, as for `docker run`, unless the project
    brings a lock. `policy.locked` takes the project's own or raises StaleLockError, also for a name that has moved.
    """
    own = None if policy.update else _own_lock(spec, on_note)
    if own is not None:
        moved = _movement(spec, request, own, policy=policy, settings=settings)
        if moved is None:
            return own
        if policy.locked:
            raise _stale(spec, f"--locked: {moved}")
        if (pin := read_pin(own.payload, where=_file(spec))).digest is not None:
            on_note(f"{moved}; the locked image is used ('mlproj lock' takes the new one)")
            return own
        on_note(f"{lockfile.NAME} is stale: {moved}; 'mlproj lock' writes it anew ({pin.image})")
    if policy.locked:
        raise _stale(spec, f"--locked: there is no fresh lock for {this_platform()}")
    return resolve_image(spec, request, update=policy.update, settings=settings, on_progress=on_progress)


def resolve_image(
    spec: EnvSpec, request: ImageRequest, *, settings: Settings, on_progress: Progress, update: bool = False
) -> Lock:
    """What the image's name means now; it is pulled where it is not there, and anew with `update`."""
    if request.env.build is not None:
        pin = _built_pin(spec, request, request.env.build)
    else:
        name = request.env.image or ""
        with connected(settings.environ) as client:
            facts = find_image(client, name)
            if facts is None or not fits(facts, request.env.platform):
                facts = pull(client, name, request=request, on_progress=on_progress)
                image_records.note(settings, facts, name=name, origin="pulled", root=spec.root)
            elif update and digests_of(facts):
                facts = pull(client, name, request=request, on_progress=on_progress)
        digest = record_of(facts, name).digest
        pin = Pin(image=name, digest=digest, id=None if digest else facts["Id"])
    return _lock(spec, pin, origin="resolved")


def known_image_lock(spec: EnvSpec) -> Lock | None:
    """The project's own lock; no engine is asked."""
    return _own_lock(spec, lambda _: None)


def ensure_image(
    spec: EnvSpec,
    request: ImageRequest,
    lock: Lock,
    *,
    settings: Settings,
    on_progress: Progress,
    on_note: Progress,
    log: Path | None = None,
) -> Environment:
    """The locked image, pulled or built if it is not there; with the project's code in it if that is asked for."""
    pin = read_pin(lock.payload, where=_file(spec))
    with connected(settings.environ) as client, explained(settings.cache_dir, log):
        builder = Builder(client=client, settings=settings, on_progress=on_progress, on_note=on_note, log=log)
        if pin.context is not None and request.env.build is not None:
            facts, name, reused = _build_own(spec, request, request.env.build, pin, builder)
        else:
            facts, reused = _find_locked(client, request, pin, lock, on_progress)
            name = pin.image
            if not reused:
                image_records.note(settings, facts, name=name, origin="pulled", root=spec.root)
        if request.bake:
            facts, name, built = _bake(spec, request, facts, builder)
            reused = reused and not built
        image_records.note(settings, facts, name=name, origin="found", root=spec.root)
    return Environment(
        kind=spec.kind,
        manager="docker",
        key=facts["Id"].partition(":")[2][:32],
        lock=lock,
        reused=reused,
        image=record_of(facts, name),
    )


def _find_locked(client: Any, request: ImageRequest, pin: Pin, lock: Lock, on_progress: Progress) -> tuple[Any, bool]:
    """The image that a pin names; true if it was there. Whoever has one of another platform can run it."""
    exact = f"{repository_of(pin.image)}@{pin.digest}" if pin.digest else pin.id or pin.image
    for name in (exact, pin.image):
        facts = find_image(client, name)
        same = facts is not None and (pin.digest in digests_of(facts) if pin.digest else facts["Id"] == pin.id)
        if facts is not None and same and fits(facts, request.env.platform):
            return facts, True
    if lock.origin == "record" and request.env.platform is None:
        check_engine(client, exact, pin, lock, request=request)
    if pin.digest is None:
        raise EngineError(
            f"the locked image {pin.image} ({(pin.id or '')[:19]}) is not on this engine, and no registry has it",
            hint="build it, then run 'mlproj lock'",
        )
    return pull(client, exact, request=request, on_progress=on_progress), False


def _build_own(
    spec: EnvSpec, request: ImageRequest, build: ImageBuild, pin: Pin, builder: Builder
) -> tuple[Any, str, bool]:
    """The image of the project's Dockerfile: its facts, its name, and whether it was there."""
    facts = find_image(builder.client, pin.image)
    if facts is not None:
        return facts, pin.image, True
    context = image_builds.own_context(spec, build, request)
    if image_builds.context_hash(context) != pin.context:
        raise EngineError(
            f"the locked image {pin.image} is not on this engine, and what it was built from has changed",
            hint="run 'mlproj lock', or go back to the files that it was built from",
        )
    image_builds.build(context, pin.image, builder, request=request, args=build)
    return _built(spec, pin.image, builder), pin.image, False


def _bake(spec: EnvSpec, request: ImageRequest, base: Any, builder: Builder) -> tuple[Any, str, bool]:
    """The image with the project's code in it: its facts, its name, and whether it was built now."""
    context = image_builds.code_context(spec, base["Id"])
    tag = image_builds.tag_of(request, image_builds.context_hash(context), kind="code")
    facts = find_image(builder.client, tag)
    if facts is not None:
        return facts, tag, False
    image_builds.build(context, tag, builder, request=request, args=ImageBuild())
    return _built(spec, tag, builder), tag, True


def _built(spec: EnvSpec, tag: str, builder: Builder) -> Any:
    facts = find_image(builder.client, tag)
    if facts is None:
        raise EngineError(f"the image {tag} was built and is not there", hint="does the builder load into this engine?")
    image_records.note(builder.settings, facts, name=tag, origin="built", root=spec.root)
    return facts


def _built_pin(spec: EnvSpec, request: ImageRequest, build: ImageBuild) -> Pin:
    digest = image_builds.context_hash(image_builds.own_context(spec, build, request))
    return Pin(image=image_builds.tag_of(request, digest, kind="build"), context=digest)


def _movement(spec: EnvSpec, request: ImageRequest, own: Lock, *, policy: LockPolicy, settings: Settings) -> str | None:
    """How what the lock pins differs from what is there now; None if it does not."""
    pin = read_pin(own.payload, where=_file(spec))
    if pin.context is not None:
        if request.env.build is None or _built_pin(spec, request, request.env.build).context == pin.context:
            return None
        return "what the image is built from has changed"
    with connected(settings.environ) as client:
        facts = find_image(client, pin.image)
        if facts is not None:
            now = digests_of(facts) if pin.digest else (facts["Id"],)
        elif policy.locked and pin.digest and (found := registry_digest(client, pin.image, request=request)):
            now = (found,)
        else:
            return None
    pinned = pin.digest or pin.id or ""
    return None if pinned in now else f"{pin.image} has moved: it was {pinned[:19]}, and is {_shown(now, facts)} now"


def _shown(now: tuple[str, ...], facts: Any) -> str:
    return (now[0] if now else facts["Id"])[:19]


def _own_lock(spec: EnvSpec, on_note: Progress) -> Lock | None:
    entries = [
        entry
        for entry in lockfile.read_locks(spec.root / lockfile.NAME, origin="project")
        if (entry.kind, entry.platform) == (EnvKind.DOCKER, this_platform())
    ]
    fresh = next((entry for entry in entries if entry.spec_hash == spec.hash), None)
    if fresh is None and entries:
        on_note(f"{lockfile.NAME} is stale: docker_env has changed; 'mlproj lock' writes it anew")
    return fresh


def _lock(spec: EnvSpec, pin: Pin, *, origin: str) -> Lock:
    payload = pin.to_text()
    return Lock(
        kind=EnvKind.DOCKER,
        platform=this_platform(),
        python="",
        format="image",
        payload=payload,
        spec_hash=spec.hash,
        hash=lockfile.payload_hash(payload),
        origin=origin,
    )


def _stale(spec: EnvSpec, message: str) -> StaleLockError:
    return StaleLockError(message, where=_file(spec), hint="run 'mlproj lock' and commit the file")


def _file(spec: EnvSpec) -> str:
    return str(spec.root / lockfile.NAME)


def with_options(spec: EnvSpec, *, bake: bool, auth: dict[str, str]) -> EnvSpec:
    """A specification with what the caller adds to it; of no effect where there is no image."""
    return spec if spec.image is None else replace(spec, image=replace(spec.image, bake=bake, auth=auth))
