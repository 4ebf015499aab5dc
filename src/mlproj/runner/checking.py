"""`mlproj check`: what of a project would not reproduce, before it runs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mlproj.config import Settings
from mlproj.envs.specs import spec_for
from mlproj.envs.values import EnvSpec
from mlproj.errors import MlprojError
from mlproj.project.declarations import is_glob, is_url
from mlproj.project.model import EntryPoint, EnvKind, Project
from mlproj.runner.ci import find_ci_job
from mlproj.source.work_tree import WorkTree

_ABSOLUTE = re.compile(r"(?<![\w.:/}])/(?!dev/|bin/|usr/bin/)[A-Za-z0-9_.-]+/[^\s'\";|&)]*")
_NETWORK = re.compile(
    r"\b(curl|wget|git clone|pip3? install|uv pip install|conda install|npm install|apt(-get)? install|aws s3|gsutil"
    r"|gcloud storage|az storage|scp|rsync \S*:|huggingface-cli download)\b|https?://"
)
_NAMED = 3
_COMMIT = re.compile(r"[0-9a-fA-F]{7,40}")


class Check(StrEnum):
    """What is looked for; the names are those of `--json`."""

    LOCK = "lock"
    ENVIRONMENT = "environment"
    PYTHON = "python"
    IMAGE = "image"
    DIRTY = "dirty"
    UNPUSHED = "unpushed"
    BRANCH = "branch"
    ABSOLUTE_PATH = "absolute path"
    INPUT_HASH = "input hash"
    SEED = "seed"
    OUTPUTS = "outputs"
    NETWORK = "network"


FIXABLE = {Check.LOCK, Check.PYTHON, Check.INPUT_HASH, Check.SEED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that may keep a run from reproducing, and what to do. `subject` is what a fix needs to know."""

    check: Check
    message: str
    fix: str
    entry_point: str | None = None
    subject: str | None = None


def check_project(project: Project, *, settings: Settings, version: str | None = None) -> tuple[Finding, ...]:
    """Every finding, of the environment first, then of the code, then of each entry point. Nothing is resolved."""
    return (
        *check_environment(project, settings=settings),
        *check_code(project.root, settings=settings, version=version),
        *(finding for entry in project.entry_points.values() for finding in check_entry_point(entry, project.root)),
    )


def check_environment(project: Project, *, settings: Settings) -> Iterator[Finding]:
    """Locks, pins and images."""
    from dataclasses import replace

    environment = project.environment
    if environment.kind is EnvKind.LOCAL:
        yield Finding(
            check=Check.ENVIRONMENT,
            message="the project declares no environment, so it runs in whatever the caller has",
            fix="write a python_env.yaml, or name a requirements.txt or pyproject.toml in python_env",
        )
        return
    if environment.kind is EnvKind.DOCKER:
        yield from _check_image(str(environment.docker.get("image", "")), project)
        return
    try:
        spec = spec_for(project, env_manager=None, settings=replace(settings, env_manager=None))
    except MlprojError as error:
        yield Finding(check=Check.ENVIRONMENT, message=error.message, fix=error.hint or "repair the file")
        return
    yield from check_spec(spec)


def check_spec(spec: EnvSpec) -> Iterator[Finding]:
    """An environment's specification that does not lead to the same packages next year."""
    from mlproj.envs.own_locks import has_lock

    name = spec.file.name if spec.file else "the environment"
    if spec.kind is EnvKind.PYTHON and spec.python is None:
        yield Finding(
            check=Check.PYTHON,
            message=f"{name} pins no Python version",
            fix="write python: '3.11' (what you use) into python_env.yaml",
            subject=None if spec.file is None else str(spec.file),
        )
    if not has_lock(spec) and spec.lock_file is None:
        loose = [line for line in (*spec.requirements, *spec.packages) if "==" not in line and "@" not in line]
        said = f" ({', '.join(loose[:_NAMED])}{', ...' * (len(loose) > _NAMED)} without a version)" if loose else ""
        yield Finding(
            check=Check.LOCK,
            message=f"what {name} asks for is not locked{said}",
            fix="run 'mlproj lock', commit the file",
        )


def check_code(root: Path, *, settings: Settings, version: str | None) -> Iterator[Finding]:
    """Code that only this machine has, or a name that moves."""
    if version is not None and find_ci_job(settings.environ) is not None and not _COMMIT.fullmatch(version):
        yield Finding(
            check=Check.BRANCH,
            message=f"this CI job runs {version!r}, which may be another commit tomorrow",
            fix="give --version a commit",
        )
    from mlproj.source.work_tree import read_work_tree

    tree = None if version is not None else read_work_tree(root, settings.environ)
    if tree is None:
        return
    if tree.dirty:
        yield Finding(
            check=Check.DIRTY,
            message="the work tree has changes that are not committed",
            fix="commit them (runs keep them)",
        )
    if not _is_pushed(root, tree, settings):
        yield Finding(
            check=Check.UNPUSHED,
            message=f"no remote is known to have the commit {(tree.commit or '')[:12]}",
            fix="git push",
        )


def check_entry_point(entry: EntryPoint, root: Path) -> Iterator[Finding]:
    """What an entry point does not declare, and what its command reaches for."""
    command = entry.command or ""

    def finding(check: Check, message: str, fix: str, subject: str | None = None) -> Finding:
        return Finding(check=check, message=message, fix=fix, entry_point=entry.name, subject=subject)

    if (path := _ABSOLUTE.search(_without_urls(command))) is not None:
        yield finding(
            Check.ABSOLUTE_PATH,
            f"the command names {path[0]}, which other machines may not have",
            "make it a parameter of type path, or relative to the project",
        )
    if (use := _NETWORK.search(command)) is not None:
        yield finding(
            Check.NETWORK,
            f"the command uses the network ({use[0]}): what it gets may change",
            "declare the file in inputs with its sha256, or packages in the environment",
        )
    for one in entry.inputs:
        if one.sha256 is None and not is_glob(one.path) and "{" not in one.path and not (root / one.path).is_dir():
            fixable = None if is_url(one.path) else one.path
            yield finding(
                Check.INPUT_HASH, f"the input {one.path} has no sha256", "write it as {path: ..., sha256: ...}", fixable
            )
    if entry.seed is None:
        yield finding(Check.SEED, "no seed is declared", "write seed: 0, and have the program use MLPROJ_SEED")
    if not (entry.outputs or entry.metrics or entry.metrics_files):
        yield finding(
            Check.OUTPUTS,
            "neither outputs nor metrics are declared, so there is little to compare",
            "declare outputs: [PATH, ...] or metrics: [NAME, ...]",
        )


def _check_image(image: str, project: Project) -> Iterator[Finding]:
    if "@sha256:" in image or (project.root / "MLproject.lock").exists() or not image:
        return
    tag = image.rpartition("/")[2].partition(":")[2]
    floating = "has no tag" if not tag else f"is a tag ({tag}) that can be moved"
    yield Finding(
        check=Check.IMAGE,
        message=f"the image {image} {floating}",
        fix="run 'mlproj lock', or write IMAGE@sha256:DIGEST",
    )


def _without_urls(command: str) -> str:
    return re.sub(r"\w+://\S+", "", command)


def _is_pushed(root: Path, tree: WorkTree, settings: Settings) -> bool:
    """Whether a remote branch that is known here contains the commit."""
    from mlproj.errors import ProgramFailedError, ProgramMissingError
    from mlproj.source.git_reading import reading

    if tree.commit is None:
        return True
    try:
        with reading(root, tree.top, settings.environ) as reader:
            listed = reader.ask("rev-list", "-n", "1", tree.commit, "--not", "--remotes", check=True)
    except (ProgramFailedError, ProgramMissingError, PermissionError):
        return True
    return not listed.stdout.strip()
