"""Images built from a project: its Dockerfile's, and one with its code in it. An unchanged project builds nothing."""

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from mlproj.config import Settings
from mlproj.envs import transcripts
from mlproj.envs.images.contexts import (
    DOCKERFILE,
    LARGE,
    BuildContext,
    content_hash,
    files_of,
    large_entries,
    write_archive,
)
from mlproj.envs.images.specs import context_of, dockerfile_of
from mlproj.envs.values import EnvSpec, ImageRequest, Progress
from mlproj.errors import BuildError, EnvironmentSpecError, ProgramFailedError, ProgramMissingError
from mlproj.project.docker_env import ImageBuild
from mlproj.system import container_engine

CODE = "/mlflow/projects/code"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """What a build needs beside its context."""

    client: Any
    settings: Settings
    on_progress: Progress
    on_note: Progress
    log: Path | None


def own_context(spec: EnvSpec, build: ImageBuild, request: ImageRequest) -> BuildContext:
    """What the project's Dockerfile is built from."""
    root, dockerfile = context_of(build, spec.root), dockerfile_of(build, spec.root)
    ignore = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
    return BuildContext(
        root=root,
        files=_readable(lambda: files_of(root, ignore_file=ignore), root),
        dockerfile=_readable(dockerfile.read_bytes, dockerfile),
        facts={**asdict(build), "context": "", "platform": request.env.platform},
    )


def code_context(spec: EnvSpec, base: str) -> BuildContext:
    """What an image with the project's code in it is built from. `base` is an image's id."""
    text = f"FROM {base}\nCOPY tree/ /\nWORKDIR {CODE}\n"
    return BuildContext(
        root=spec.root,
        files=_readable(lambda: files_of(spec.root), spec.root),
        dockerfile=text.encode(),
        prefix=f"tree{CODE}/",
        open_to_all=True,
    )


def context_hash(context: BuildContext) -> str:
    return _readable(lambda: content_hash(context), context.root)


def tag_of(request: ImageRequest, digest: str, *, kind: str) -> str:
    """The name of a built image: the project's own words for it, and the hash of what it is built from."""
    given = request.env.image or request.project or "project"
    name, _, tag = given.partition("@")[0].rpartition(":")
    plain = name if name and "/" not in tag else given.partition("@")[0]
    words = [re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in plain.split("/")[-1:]]
    return f"mlproj/{words[0] or 'project'}:{kind}-{digest[:16]}"


def build(context: BuildContext, tag: str, builder: Builder, *, request: ImageRequest, args: ImageBuild) -> None:
    """Build an image under a name, with BuildKit where the machine has it. Raises BuildError."""
    size, largest = large_entries(context)
    if size > LARGE:
        parts = ", ".join(f"{name} {part / 1e6:.0f} MB" for name, part in largest)
        builder.on_note(
            f"the build context {context.root} has {size / 1e6:.0f} MB ({parts}):"
            " name in .dockerignore what is not needed"
        )
    builder.on_progress(f"building the image {tag}")
    lines: list[str] = []

    def hear(line: str) -> None:
        if line.strip():
            lines.append(line.rstrip())
            builder.on_progress(line.strip())

    with tempfile.TemporaryFile() as archive:
        _readable(lambda: write_archive(context, archive), context.root)
        archive.seek(0)
        program = _buildx(builder.settings)
        try:
            if program is not None:
                _build_with(program, archive, tag, builder, request=request, args=args, hear=hear)
            else:
                _build_in_engine(archive, tag, builder, request=request, args=args, hear=hear)
        finally:
            transcripts.append(builder.log, ["docker", "build", "--tag", tag, str(context.root)], "\n".join(lines))


def _build_in_engine(
    archive: BinaryIO, tag: str, builder: Builder, *, request: ImageRequest, args: ImageBuild, hear: Progress
) -> None:
    said: list[str] = []
    with container_engine.explained("the image cannot be built", kind=BuildError):
        for event in builder.client.build(
            fileobj=archive,
            custom_context=True,
            tag=tag,
            dockerfile=DOCKERFILE,
            buildargs=dict(args.args) or None,
            target=args.target,
            platform=request.env.platform,
            labels=_labels(request),
            rm=True,
            forcerm=True,
            decode=True,
        ):
            if "error" in event:
                raise _failed(str(event["error"]), said, builder.log)
            text = str(event.get("stream") or event.get("status") or "")
            said.append(text)
            for line in text.splitlines():
                hear(line)


def _build_with(
    program: str,
    archive: BinaryIO,
    tag: str,
    builder: Builder,
    *,
    request: ImageRequest,
    args: ImageBuild,
    hear: Progress,
) -> None:
    from mlproj.system.processes import stream_program

    argv = [program, "buildx", "build", "--load", "--progress=plain", f"--tag={tag}", f"--file={DOCKERFILE}"]
    argv += [f"--build-arg={name}={value}" for name, value in args.args.items()]
    argv += [f"--label={name}={value}" for name, value in _labels(request).items()]
    argv += [f"--target={args.target}"] if args.target else []
    argv += [f"--platform={request.env.platform}"] if request.env.platform else []
    environ = {**builder.settings.environ, "DOCKER_HOST": container_engine.address(builder.settings.environ)}
    said: list[str] = []

    def listen(line: str) -> None:
        said.append(f"{line}\n")
        hear(line)

    try:
        stream_program([*argv, "-"], environ=environ, on_line=listen, stdin=archive)
    except ProgramFailedError as error:
        reason = next((line for line in reversed(said) if "ERROR" in line), error.message)
        raise _failed(reason, said, builder.log) from error


def _buildx(settings: Settings) -> str | None:
    """The docker program, if it has BuildKit's plugin."""
    import shutil

    from mlproj.system.processes import run_program

    program = shutil.which("docker", path=settings.environ.get("PATH"))
    if program is None:
        return None
    try:
        found = run_program([program, "buildx", "version"], environ=settings.environ, check=False)
    except ProgramMissingError:
        return None
    return program if found.code == 0 else None


def _failed(reason: str, said: list[str], log: Path | None) -> BuildError:
    tail = [line for line in "".join(said).splitlines() if line.strip()][-15:]
    return BuildError(f"the image cannot be built: {' '.join(reason.split())}", detail="\n".join(tail), log=log)


def _labels(request: ImageRequest) -> Mapping[str, str]:
    return {"mlproj.project": request.project or ""}


def _readable(read: Callable[[], T], place: Path) -> T:
    try:
        return read()
    except OSError as error:
        raise EnvironmentSpecError(
            f"cannot be read: {error.strerror or error}",
            where=str(error.filename or place),
            hint="make it readable, or name it in .dockerignore",
        ) from error
