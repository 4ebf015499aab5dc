import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlproj.errors import DirectoryError
from mlproj.system.files import make_directory, remove_tree, tree_size, write_atomically

NOBODY = 65534


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "a b ü"
    write_atomically(file, "first ü")
    assert file.read_text(encoding="utf-8") == "first ü"
    write_atomically(file, b"\x00\xff")
    assert file.read_bytes() == b"\x00\xff"
    assert list(tmp_path.iterdir()) == [file]


def test_a_name_as_long_as_names_may_be(tmp_path: Path) -> None:
    file = tmp_path / ("x" * 255)
    write_atomically(file, "y")
    assert file.read_text() == "y"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_atomically(tmp_path / "target", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_the_mode_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "file", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_directories_are_made_with_their_parents(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b"
    assert make_directory(path) == path
    assert make_directory(path).is_dir()


def test_what_stands_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DirectoryError, match=f"cannot create the directory {re.escape(str(tmp_path))}/file/sub: "):
        make_directory(tmp_path / "file" / "sub")


def test_a_tree_is_removed_with_its_read_only_parts(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "sub" / "file").write_text("x")
    (tree / "link").symlink_to("nowhere")
    (tree / "sub" / "file").chmod(0o400)
    (tree / "sub").chmod(0o500)
    remove_tree(tree)
    assert not tree.exists()
    remove_tree(tree)


@pytest.fixture
def unprivileged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In a directory of our own, as somebody whom permissions hold back: root steps down for the test."""
    monkeypatch.chdir(tmp_path)
    if os.geteuid():
        yield
        return
    os.chown(tmp_path, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_tree_with_unreadable_directories_is_removed(unprivileged: None) -> None:
    sub = Path("tree", "sub")
    (sub / "deeper").mkdir(parents=True)
    (sub / "deeper" / "file").write_text("x")
    for folder in (sub / "deeper", sub, sub.parent):
        folder.chmod(0o500 if folder != sub else 0)
    remove_tree(Path("tree"))
    assert list(Path().iterdir()) == []


def test_what_holds_the_tree_keeps_its_mode(unprivileged: None) -> None:
    Path("holder", "tree").mkdir(parents=True)
    Path("holder").chmod(0o555)
    with pytest.raises(PermissionError):
        remove_tree(Path("holder", "tree"))
    assert stat.S_IMODE(Path("holder").stat().st_mode) == 0o555
    Path("holder").chmod(0o755)


def test_a_link_is_removed_and_not_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    remove_tree(tmp_path / "link")
    remove_tree(tmp_path / "real" / "file")
    assert list(tmp_path.rglob("*")) == [tmp_path / "real"]


def test_a_dangling_link_is_removed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    remove_tree(tmp_path / "link")
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_two_links_counts_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100_000)
    one = tree_size(tmp_path)
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    assert tree_size(tmp_path) == one >= 100_000
    assert tree_size(tmp_path / "none") == 0
