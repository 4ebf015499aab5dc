"""What no remote has is kept with a run, and the code comes back from it, byte for byte."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlproj.config import Settings
from mlproj.errors import NotRecordedError, SourceError
from mlproj.record.values import Source
from mlproj.source.capturing import CaptureLimits, capture, described
from mlproj.source.checkout import Checkout
from mlproj.source.fetching import fetch
from mlproj.source.rebuilding import rebuild
from mlproj.source.tree import read_tree, tree_hash

UGLY = "we ird 'n\" $(rm) \U0001f600\tname.bin"
SECRET = "hunter2-hunter2"


def kept(checkout: Checkout, into: Path, settings: Settings, **options: object) -> Source:
    """The source of a checkout with everything that is kept of it, written below `into`."""
    left_out = options.get("left_out", ())
    tree = read_tree(checkout.top, settings=settings, left_out=left_out)  # type: ignore[arg-type] # names
    found = capture(checkout, into, settings=settings, tree=tree, **options)  # type: ignore[arg-type] # as given
    source = described(checkout.source, tree, left_out)  # type: ignore[arg-type] # names

    return replace(source, capture=found)


def contents(top: Path) -> dict[str, tuple[str, bytes]]:
    found = {}
    for path in sorted(top.rglob("*")):
        if ".git" in path.relative_to(top).parts or (path.is_dir() and not path.is_symlink()):
            continue
        kind = "link" if path.is_symlink() else "executable" if os.access(path, os.X_OK) else "file"
        data = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        found[str(path.relative_to(top))] = (kind, data)
    return found


def make_dirty(top: Path) -> None:
    (top / "MLproject").write_bytes(b"name: changed\r\n\x00\xff\xfe no newline at the end")
    (top / "sub.dir/code.py").unlink()
    (top / UGLY).write_bytes(bytes(range(256)) * 10)
    (top / "new").mkdir()
    (top / "new/script.sh").write_text("#!/bin/sh\n")
    (top / "new/script.sh").chmod(0o755)
    (top / "new/link").symlink_to("../nowhere")


def test_a_clean_and_pushed_tree_needs_nothing(repo: Any, tmp_path: Path, settings: Settings) -> None:
    repo.git("clone", "--quiet", str(repo.path), str(tmp_path / "clone"))
    source = kept(fetch(str(tmp_path / "clone"), settings=settings), tmp_path / "record", settings)
    assert source.capture is None
    assert not (tmp_path / "record").exists()
    again = rebuild(source, tmp_path / "record", settings=settings)
    assert contents(again.top) == contents(tmp_path / "clone")


def test_changes_untracked_files_and_unpushed_commits_come_back(repo: Any, tmp_path: Path, settings: Settings) -> None:
    repo.git("clone", "--quiet", str(repo.path), str(tmp_path / "clone"))
    clone = type(repo)(tmp_path / "clone")
    clone.commit({".gitignore": "*.log\n", "more.py": "unpushed\n"})
    make_dirty(clone.path)
    (clone.path / "ignored.log").write_text("no code")
    source = kept(fetch(str(clone.path), settings=settings), tmp_path / "record", settings)
    assert source.capture is not None
    assert (source.capture.diff, source.capture.files, source.capture.bundle) == (
        "source/changes.diff",
        "source/files.tar.gz",
        "source/commits.bundle",
    )
    expected = contents(clone.path)
    del expected["ignored.log"]
    shutil.rmtree(clone.path)
    again = rebuild(source, tmp_path / "record", settings=settings)
    assert contents(again.top) == expected
    assert tree_hash(again.top, settings=settings) == source.tree_hash


def test_a_repository_without_a_remote_comes_back_from_its_bundle(
    repo: Any, tmp_path: Path, settings: Settings
) -> None:
    make_dirty(repo.path)
    source = kept(fetch(str(repo.path), settings=settings), tmp_path / "record", settings)
    expected = contents(repo.path)
    shutil.rmtree(repo.path)
    shutil.rmtree(settings.cache_dir)
    assert contents(rebuild(source, tmp_path / "record", settings=settings).top) == expected


def test_a_directory_without_a_repository_comes_back_from_its_snapshot(tmp_path: Path, settings: Settings) -> None:
    top = tmp_path / "plain"
    (top / "sub.dir").mkdir(parents=True)
    (top / "sub.dir/code.py").touch()
    make_dirty(top)
    (top / "__pycache__").mkdir()
    (top / "__pycache__/x.pyc").write_text("no code")
    source = kept(fetch(str(top), settings=settings), tmp_path / "record", settings)
    expected = contents(top)
    del expected["__pycache__/x.pyc"]
    shutil.rmtree(top)
    assert contents(rebuild(source, tmp_path / "record", settings=settings).top) == expected


def test_a_submodule_comes_back_with_its_own_changes(
    repo: Any, new_repo: Callable[[Path], Any], tmp_path: Path, settings: Settings
) -> None:
    inner = new_repo(tmp_path / "inner")
    inner.commit({"lib.py": "one\n"})
    repo.git("submodule", "--quiet", "add", str(inner.path), "libs/inner")
    repo.git("commit", "--quiet", "-m", "with a submodule")
    repo.git("clone", "--quiet", "--recurse-submodules", str(repo.path), str(tmp_path / "clone"))
    place = tmp_path / "clone/libs/inner"
    module = type(repo)(place)
    module.commit({"lib.py": "two\n"})
    (place / "lib.py").write_text("three\n")
    (place / "untracked.py").write_text("four\n")
    source = kept(fetch(str(tmp_path / "clone"), settings=settings), tmp_path / "record", settings)
    assert source.capture is not None
    assert set(source.capture.submodules) == {"libs/inner"}
    expected = contents(tmp_path / "clone")
    shutil.rmtree(tmp_path / "clone")
    assert contents(rebuild(source, tmp_path / "record", settings=settings).top) == expected


def test_secrets_are_named_and_not_kept(repo: Any, tmp_path: Path, settings: Settings) -> None:
    (repo.path / ".env").write_text("TOKEN=x")
    (repo.path / "config.py").write_text(f"password = '{SECRET}'")
    (repo.path / "sub.dir/code.py").write_text(f"password = '{SECRET}'")
    (repo.path / "fine.py").write_text("x = 1")
    checkout = fetch(str(repo.path), settings=settings)
    source = kept(checkout, tmp_path / "record", settings, secrets=[SECRET])
    assert source.capture is not None
    assert [(file.path, file.reason) for file in source.capture.dropped] == [
        (".env", "secret"),
        ("config.py", "secret"),
        ("sub.dir/code.py", "secret"),
    ]
    assert [file.path for file in source.capture.untracked] == ["fine.py"]
    for path in (tmp_path / "record").rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes()
    with pytest.raises(NotRecordedError, match=r"\.env is not recorded \(secret\)"):
        rebuild(source, tmp_path / "record", settings=settings)


def test_what_is_too_large_is_named_and_found_again_where_it_was(tmp_path: Path, settings: Settings) -> None:
    top = tmp_path / "plain"
    top.mkdir()
    (top / "code.py").write_text("x = 1")
    (top / "large.bin").write_bytes(os.urandom(5000))
    source = kept(fetch(str(top), settings=settings), tmp_path / "record", settings, limits=CaptureLimits(size=4000))
    assert source.capture is not None
    assert [(file.path, file.reason) for file in source.capture.dropped] == [("large.bin", "size")]
    assert contents(rebuild(source, tmp_path / "record", settings=settings).top) == contents(top)
    (top / "large.bin").write_bytes(b"another")
    with pytest.raises(NotRecordedError, match=r"large.bin is not recorded \(size\)"):
        rebuild(source, tmp_path / "record", settings=settings)


def test_a_tree_that_comes_out_differently_is_refused(repo: Any, tmp_path: Path, settings: Settings) -> None:

    source = kept(fetch(str(repo.path), settings=settings), tmp_path / "record", settings)
    with pytest.raises(SourceError, match="its tree hash is another"):
        rebuild(replace(source, tree_hash="0" * 64), tmp_path / "record", settings=settings)
