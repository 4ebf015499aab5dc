import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlproj.config import Settings
from mlproj.errors import SourceError
from mlproj.source.fetching import fetch, release


def test_a_local_directory_runs_in_place(repo: Any, settings: Settings, fingerprint: Callable[[Path], str]) -> None:
    before = fingerprint(repo.path)
    checkout = fetch(str(repo.path), settings=settings)
    assert (checkout.root, checkout.top, checkout.owned) == (repo.path, repo.path, False)
    assert checkout.source.commit == repo.git("rev-parse", "HEAD")
    assert (checkout.source.branch, checkout.source.dirty, checkout.source.repository) == ("main", False, None)
    assert (checkout.source.kind, checkout.source.uri) == ("local", str(repo.path))
    assert not release(checkout, settings=settings).kept
    assert fingerprint(repo.path) == before
    assert not settings.cache_dir.exists()


def test_a_file_uri_of_a_directory_runs_in_place(repo: Any, settings: Settings) -> None:
    checkout = fetch(f"file://{repo.path}#sub.dir".replace(" ", "%20"), settings=settings)
    assert (checkout.root, checkout.top, checkout.owned) == (repo.path / "sub.dir", repo.path, False)
    assert checkout.source.subdirectory == "sub.dir"


def test_a_subdirectory_of_a_work_tree(repo: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.path)
    checkout = fetch("sub.dir", settings=settings)
    assert (checkout.root, checkout.top) == (repo.path / "sub.dir", repo.path)
    assert (checkout.source.subdirectory, checkout.source.uri) == ("sub.dir", str(repo.path / "sub.dir"))
    with pytest.raises(SourceError, match="no directory 'fake' in"):
        fetch(".#fake", settings=settings)


def test_what_makes_a_work_tree_dirty(repo: Any, settings: Settings) -> None:
    def dirty() -> bool | None:
        return fetch(f"{repo.path}/sub.dir", settings=settings).source.dirty

    (repo.path / ".git" / "info" / "exclude").write_text("ignored\n")
    (repo.path / "ignored").write_text("")
    assert dirty() is False
    (repo.path / "new").write_text("")
    assert dirty() is True
    repo.git("add", "new")
    assert dirty() is True
    repo.git("commit", "--quiet", "-m", "new")
    assert dirty() is False
    repo.git("mv", "new", "renamed")
    assert dirty() is True


def test_a_detached_head_and_a_first_commit_to_come(
    repo: Any, new_repo: Any, settings: Settings, tmp_path: Path
) -> None:
    repo.git("checkout", "--quiet", "--detach")
    assert fetch(str(repo.path), settings=settings).source.branch is None
    empty = new_repo(tmp_path / "empty")
    source = fetch(str(empty.path), settings=settings).source
    assert (source.commit, source.branch, source.dirty) == (None, "main", False)


def test_directories_that_git_does_not_know(repo: Any, settings: Settings, tmp_path: Path) -> None:
    (repo.path / ".git" / "info" / "exclude").write_text("build\n")
    inner = repo.path / "build" / "project"
    inner.mkdir(parents=True)
    (inner / "MLproject").write_text("")
    (tmp_path / "plain").mkdir()
    (tmp_path / "broken" / ".git").mkdir(parents=True)
    for path in (inner, inner.parent, tmp_path / "plain", tmp_path / "broken"):
        source = fetch(str(path), settings=settings).source
        assert (source.commit, source.branch, source.dirty, source.kind) == (None, None, None, "local")
    assert fetch(f"{tmp_path}#plain", settings=settings).source.subdirectory == "plain"


def test_the_repository_is_the_remote_that_the_branch_follows(repo: Any, settings: Settings) -> None:
    def repository() -> str | None:
        return fetch(str(repo.path), settings=settings).source.repository

    repo.git("remote", "add", "fork", "https://me:secret@example.org/fork.git")
    assert repository() == "https://example.org/fork.git"
    repo.git("remote", "add", "origin", "git@example.org:origin.git")
    assert repository() == "git@example.org:origin.git"
    repo.git("update-ref", "refs/remotes/fork/main", "main")
    repo.git("branch", "--quiet", "--set-upstream-to=fork/main")
    assert repository() == "https://example.org/fork.git"


def test_a_worktree_of_a_repository(repo: Any, settings: Settings, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", str(tmp_path / "tree"), "dev")
    checkout = fetch(str(tmp_path / "tree"), settings=settings)
    assert (checkout.source.branch, checkout.top) == ("dev", tmp_path / "tree")


def test_no_home(repo: Any, settings: Settings) -> None:
    bare = {name: value for name, value in settings.environ.items() if name == "PATH"}
    assert fetch(str(repo.path), settings=replace(settings, environ=bare)).source.branch == "main"
    assert fetch(str(repo.path), "v1", settings=replace(settings, environ=bare)).source.version == "v1"


def test_two_calls_of_git_are_enough(repo: Any, settings: Settings, tmp_path: Path) -> None:
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    script = tmp_path / "git"
    script.write_text(f'#!/bin/sh\necho call >> "{tmp_path}/log"\nexec "{real}" "$@"\n')
    script.chmod(0o755)
    counted = replace(settings, environ={**settings.environ, "PATH": f"{tmp_path}:{settings.environ['PATH']}"})
    fetch(str(repo.path), settings=counted)
    assert (tmp_path / "log").read_text().split() == ["call", "call"]


def test_a_clone_that_another_user_owns(
    repo: Any, settings: Settings, tmp_path: Path, require: Callable[[object, str], None]
) -> None:
    require(os.geteuid() == 0, "the right to give files away")
    marker = tmp_path / "ran"
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\ntouch '{marker}'\ncat\n")
    script.chmod(0o755)
    (repo.path / ".gitattributes").write_text("* filter=evil\n")
    repo.commit({}, "attributes")
    repo.git("config", "filter.evil.clean", str(script))
    repo.git("config", "core.fsmonitor", str(script))
    (repo.path / "MLproject").write_text("name: xxxxx\n")
    for path in (repo.path, *repo.path.rglob("*")):
        os.chown(path, 12345, 12345, follow_symlinks=False)
    head = (repo.path / ".git" / "refs" / "heads" / "main").read_text().strip()
    source = fetch(str(repo.path), settings=settings).source
    assert (source.commit, source.dirty) == (head, True)
    assert fetch(str(repo.path), "main", settings=settings).source.commit == head
    assert fetch(f"{repo.path}/sub.dir", "v1", settings=settings).source.subdirectory == "sub.dir"
    assert not marker.exists()
