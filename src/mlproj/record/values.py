"""The values of a run record; source and envs return them, the runner joins them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which code a run used. No credentials are in any field.

    `uri` is as given (made absolute if local); `kind` is `local`, `git` or `archive`; `version` is as asked, `commit`
    as resolved (40 hex digits); `branch` is set if the version is one, or the work tree is on one; `repository` is the
    remote's URL; `subdirectory` is relative to the top of the repository, archive or work tree; `dirty` tells whether
    a work tree differs from its commit (None: no work tree of git's).
    """

    uri: str
    kind: str
    version: str | None = None
    commit: str | None = None
    branch: str | None = None
    repository: str | None = None
    subdirectory: str | None = None
    dirty: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterValue:
    """One parameter of a run; `value` is None for a secret."""

    value: str | None
    type: str
    origin: str
    declared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentRecord:
    """What a run ran in.

    `kind` is python, conda, docker or local; `manager` is virtualenv, conda, docker or local; `key` names the cached
    environment; `lock` is the lock's text in its own format `lock_format`, and `lock_hash` its sha256.
    """

    kind: str
    manager: str
    key: str | None = None
    python: str | None = None
    interpreter: str | None = None
    lock_format: str | None = None
    lock_hash: str | None = None
    lock: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """Everything that is kept about one run in `run.json`.

    `command` is the rendered shell text (secrets as variables); `phases` maps a phase's name to its seconds;
    `exit_code` is None while the command runs, and if it never ran.
    """

    run_id: str
    project: str | None
    entry_point: str
    command: str | None
    source: Source
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    environment: EnvironmentRecord | None = None
    phases: Mapping[str, float] = field(default_factory=dict)
    exit_code: int | None = None
    end_reason: str | None = None
    mlproj_version: str | None = None
