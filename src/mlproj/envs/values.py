"""What is asked for, what it resolves to, and what is ready: spec, lock, environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlproj.project.docker_env import DockerEnv
from mlproj.project.model import EnvKind
from mlproj.record.values import ImageRecord

Progress = Callable[[str], None]
"""Takes a line about what is going on, as it happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """The image that a container needs: what the project says, the project's name, and what the caller adds.

    `bake` puts the project's code into the image; `auth` logs in to a registry, as docker.APIClient.login takes it.
    """

    env: DockerEnv
    project: str | None = None
    bake: bool = False
    auth: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvSpec:
    """What a project asks for, after the env manager was chosen; files read, nothing resolved.

    `manager` is local, virtualenv, conda or docker. `python` is the version asked for as text (`3.11`, `>=3.10`), None
    for the interpreter at hand. `requirements` are the lines to be resolved, `build_requirements` what goes in first.
    `options` are installer options that stand in the files (index URLs, find-links), `constraints` the lines of
    constraint files, `groups` the dependency groups of a pyproject.toml that go in. `lock_file` is a lock that the
    project brings in another format (uv.lock, pylock.toml). Credentials stay as they were written, and so this value is
    never printed or kept. `hash` is the sha256 of all that without them. `warnings` are remarks for the user.
    `packages` are conda's match specs, `channels` where they come from, by name or URL, strongest first; `variables`
    are set in the environment.
    `in_place` is false for a checkout that goes after its run: its packages are installed as copies, never linked to.
    `image` is set for a container. `files` is a directory with files of packages, which is looked into before any index
    or channel is asked (`package_files`).
    """

    kind: EnvKind
    manager: str
    root: Path
    file: Path | None = None
    python: str | None = None
    requirements: tuple[str, ...] = field(default=(), repr=False)
    build_requirements: tuple[str, ...] = field(default=(), repr=False)
    options: tuple[str, ...] = field(default=(), repr=False)
    lock_file: Path | None = None
    hash: str = ""
    constraints: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    in_place: bool = True
    packages: tuple[str, ...] = ()
    channels: tuple[str, ...] = field(default=(), repr=False)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    image: ImageRequest | None = None
    files: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Exact versions and hashes for one kind, platform and python.

    `payload` is text in `format` (`requirements`, `pylock`, `pixi`, `image`); `spec_hash` is the hash of what it locks;
    `hash` is the sha256 of the payload and is what an environment's key is made of; `origin` says where it came from
    (`project`, `remembered`, `resolved`).
    """

    kind: EnvKind
    platform: str
    python: str
    format: str
    payload: str
    spec_hash: str
    hash: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockPolicy:
    """How a lock may be come by. `as_of` is a date (YYYY-MM-DD or RFC 3339)."""

    locked: bool = False
    update: bool = False
    as_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Ready to run in: `variables` are merged over the caller's environment, `unset` are taken out of it first.

    `reused` is true if nothing had to be built. `key`, `prefix`, `lock` and `interpreter` are None for `local`;
    `interpreter` and `python` are None also where conda brings no Python. `image` is set for a container.
    """

    kind: EnvKind
    manager: str
    key: str | None = None
    prefix: Path | None = None
    interpreter: Path | None = None
    python: str | None = None
    lock: Lock | None = None
    reused: bool = True
    variables: Mapping[str, str] = field(default_factory=dict)
    unset: tuple[str, ...] = ()
    image: ImageRecord | None = None
