"""`mlproj check`: what of a project would not reproduce, before it runs."""

import re
from collections.abc import Iterator
from pathlib import Path

from mlproj.config import Settings
from mlproj.project.model import EnvKind, Project
from mlproj.runner.checks.ci import find_ci_job
from mlproj.runner.checks.entry_points import check_entry_point
from mlproj.runner.checks.environments import check_environment
from mlproj.runner.checks.findings import Check, Finding
from mlproj.source.work_tree import WorkTree

_COMMIT = re.compile(r"[0-9a-fA-F]{7,40}")


def check_project(project: Project, *, settings: Settings, version: str | None = None) -> tuple[Finding, ...]:
    """Every finding, of the environment first, then of the code, then of each entry point. Nothing is resolved."""
    contained = project.environment.kind is EnvKind.DOCKER
    return (
        *check_environment(project, settings=settings),
        *check_code(project.root, settings=settings, version=version),
        *(
            finding
            for entry in project.entry_points.values()
            for finding in check_entry_point(entry, project.root, contained=contained)
        ),
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


def _is_pushed(root: Path, tree: WorkTree, settings: Settings) -> bool:
    """Whether a remote branch that is known here contains the commit."""
    from mlproj.errors import ProgramFailedError, ProgramMissingError
    from mlproj.source.git.reading import reading

    if tree.commit is None:
        return True
    try:
        with reading(root, tree.top, settings.environ) as reader:
            listed = reader.ask("rev-list", "-n", "1", tree.commit, "--not", "--remotes", check=True)
    except (ProgramFailedError, ProgramMissingError, PermissionError):
        return True
    return not listed.stdout.strip()
