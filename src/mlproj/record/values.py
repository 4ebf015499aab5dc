"""The values of a run record; source and envs return them, the runner joins them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFact:
    """One file as it was: path (posix, relative to what it is listed for), size in bytes, sha256 of its content.

    `mode` is `file`, `executable` or `link`; for a link the content is its target.
    """

    path: str
    size: int
    sha256: str
    mode: str = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRecorded:
    """A file that is not kept, and why: `secret` (by name or content), `size`, `count`, `asked`, `unreadable`.

    `sha256` tells the file's content where it may be told, so that a copy found elsewhere can be known.
    """

    path: str
    reason: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What is kept of code that no remote has, as paths below the record's own directory; None: not needed.

    `diff` is a binary-safe git diff of tracked files against the commit, `files` an archive of untracked files that are
    not ignored, `bundle` a git bundle of the commits that the remote lacks, `snapshot` an archive of a whole directory
    that is no repository. `absent` are tracked files that were not there and are not in the diff (a sparse checkout,
    Git LFS); a directory ends in a slash. `submodules` has the same for each submodule that differs, by its path.
    `dropped` names what is not kept: with anything there the code cannot be rebuilt.
    """

    diff: str | None = None
    files: str | None = None
    bundle: str | None = None
    snapshot: str | None = None
    untracked: tuple[FileFact, ...] = ()
    absent: tuple[str, ...] = ()
    submodules: Mapping[str, "Capture"] = field(default_factory=dict)
    dropped: tuple[NotRecorded, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which code a run used. No credentials are in any field.

    `uri` is as given (made absolute if local); `kind` is `local`, `git` or `archive`; `version` is as asked, `commit`
    as resolved (40 hex digits); `branch` is set if the version is one, or the work tree is on one; `repository` is the
    remote's URL; `subdirectory` is relative to the top of the repository, archive or work tree; `dirty` tells whether
    a work tree differs from its commit (None: no work tree of git's). `tree_hash` is the sha256 of the whole work tree
    before the command, without `left_out` (paths and globs relative to its top: results and what is never code),
    `digest` the sha256 of an archive, `submodules` maps paths to commits.
    """

    uri: str
    kind: str
    version: str | None = None
    commit: str | None = None
    branch: str | None = None
    repository: str | None = None
    subdirectory: str | None = None
    dirty: bool | None = None
    tree_hash: str | None = None
    digest: str | None = None
    submodules: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    capture: Capture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterValue:
    """One parameter of a run; `value` is None for a secret.

    `path` is where the value of a path parameter was on this machine: relative to the project's directory if the
    project brings it or it is in there, else absolute.
    """

    value: str | None
    type: str
    origin: str
    declared: bool
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRecord:
    """A declared input: the path, glob or URL as declared, and the files that it was.

    The files' paths are relative to the project's directory, or absolute. `sha256` is that of the one file, else a hash
    over all files; `count` and `size` are over all. Of a great many files only these three are kept.

    `parameter` names the path parameter whose value this is, where no input declares it. Then `sha256` is None for what
    is too large to be hashed unasked.
    """

    declared: str
    files: tuple[FileFact, ...] = ()
    sha256: str | None = None
    count: int = 0
    size: int = 0
    parameter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputRecord:
    """A declared output and the files that it was after the command; paths are relative to the project's directory.

    `stored` says how they are kept: `artifact` (below the record's `outputs/`), or `hash` (only what is written here);
    `hash_only` are the paths of those that were too large to be kept where the others are.
    """

    declared: str
    files: tuple[FileFact, ...] = ()
    stored: str = "artifact"
    hash_only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRecord:
    """A metric's last value at the end of the run, and the tolerances that are declared for it."""

    value: float
    rtol: float | None = None
    atol: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecord:
    """A container image: as asked for, its id, its repository digest where it has one, and its platform."""

    name: str
    id: str
    digest: str | None = None
    platform: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """The machine that a run ran on; `memory` in bytes."""

    cpu: str | None = None
    cpus: int | None = None
    memory: int | None = None
    gpus: tuple[str, ...] = ()
    gpu_driver: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The operating system: name and version, C library, machine (`x86_64`), kernel."""

    os: str | None = None
    libc: str | None = None
    machine: str | None = None
    kernel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentRecord:
    """What a run ran in.

    `kind` is python, conda, docker or local; `manager` is virtualenv, conda, docker or local; `key` names the cached
    environment; `platform` is the one that it was made on (that of an image: the image's), as locks name it:
    `linux-x86_64`; `lock` is the lock's text in its own format `lock_format`, and `lock_hash` its sha256. `image` is
    set for a container, and `options` are those of `docker run` that it was given, by their long names. `packages` maps
    the names of installed packages to their versions.
    """

    kind: str
    manager: str
    key: str | None = None
    platform: str | None = None
    python: str | None = None
    interpreter: str | None = None
    lock_format: str | None = None
    lock_hash: str | None = None
    lock: str | None = None
    image: ImageRecord | None = None
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """Everything that is kept about one run in `run.json`.

    `command` is the rendered shell text (secrets as variables); `phases` maps a phase's name to its seconds;
    `exit_code` is None while the command runs, and if it never ran. `arguments` are the words after `--`. `inputs` and
    `outputs` are by the text that declares them. `variables` are the declared environment variables only (None: not
    set), `seed_variables` those that the seed set or found set. `secret_digests` has keyed digests of what is not shown
    as it was, by `parameters.NAME` and `variables.NAME`: they tell that a secret changed, and only to its home. `peaks`
    are resource peaks by name (`memory_bytes`, `cpu_percent`, ...). `started` and `ended` are UTC milliseconds.
    `reproduces` is the id of the run that this one was made to reproduce.
    """

    run_id: str
    project: str | None
    entry_point: str
    command: str | None
    source: Source
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    environment: EnvironmentRecord | None = None
    arguments: tuple[str, ...] = ()
    inputs: Mapping[str, InputRecord] = field(default_factory=dict)
    outputs: Mapping[str, OutputRecord] = field(default_factory=dict)
    metrics: Mapping[str, MetricRecord] = field(default_factory=dict)
    seed: int | None = None
    seed_variables: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str | None] = field(default_factory=dict)
    secret_digests: Mapping[str, str] = field(default_factory=dict)
    hardware: Hardware = field(default_factory=Hardware)
    system: System = field(default_factory=System)
    peaks: Mapping[str, float] = field(default_factory=dict)
    started: int | None = None
    ended: int | None = None
    reproduces: str | None = None
    phases: Mapping[str, float] = field(default_factory=dict)
    exit_code: int | None = None
    end_reason: str | None = None
    mlproj_version: str | None = None
