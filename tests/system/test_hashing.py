"""Hashes of files: the right ones, whatever is remembered."""

import hashlib
import os
import sqlite3
from pathlib import Path

import pytest

from mlproj.system import hashing
from mlproj.system.hash_cache import HashCache, Stamp
from mlproj.system.hashing import Hashed, hash_file, hash_files, stamp_of

OLD = 1_600_000_000


def make(folder: Path, count: int) -> dict[str, os.stat_result]:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"{number}").write_text(f"content {number}")
    return states(folder)


def states(folder: Path) -> dict[str, os.stat_result]:
    return {str(path): path.stat() for path in sorted(folder.iterdir())}


def expected(folder: Path) -> dict[str, Hashed]:
    files = {str(path): path.read_bytes() for path in sorted(folder.iterdir())}
    return {
        path: Hashed(size=len(content), sha256=hashlib.sha256(content).hexdigest()) for path, content in files.items()
    }


def settle(folder: Path) -> None:
    """As if the files were written long ago, as far as a program can."""
    for path in folder.iterdir():
        os.utime(path, (OLD, OLD))


def test_small_jobs_leave_the_cache_alone(tmp_path: Path) -> None:
    files = make(tmp_path / "files", 20)
    with HashCache(tmp_path / "cache.db") as cache:
        assert hash_files(files, cache=cache) == expected(tmp_path / "files")
    assert not (tmp_path / "cache.db").exists()


def test_what_is_remembered_is_not_read_again(tmp_path: Path) -> None:
    files = make(tmp_path / "files", hashing.CACHED_FROM_FILES)
    read: list[int] = []
    for _ in range(2):
        with HashCache(tmp_path / "cache.db") as cache:
            assert hash_files(files, cache=cache, on_bytes=read.append, settled_ns=-1) == expected(tmp_path / "files")
    assert len(read) == len(files)


def test_what_has_just_changed_is_not_remembered(tmp_path: Path) -> None:
    files = make(tmp_path / "files", hashing.CACHED_FROM_FILES)
    read: list[int] = []
    for _ in range(2):
        with HashCache(tmp_path / "cache.db") as cache:
            hash_files(files, cache=cache, on_bytes=read.append)
    assert len(read) == 2 * len(files)


def test_a_file_that_changed_behind_an_old_time_is_read_again(tmp_path: Path) -> None:
    """`cp -p` and `touch -d` set the time of change; nothing sets the time of the change of that."""
    make(tmp_path / "files", hashing.CACHED_FROM_FILES)
    settle(tmp_path / "files")
    with HashCache(tmp_path / "cache.db") as cache:
        hash_files(states(tmp_path / "files"), cache=cache, settled_ns=-1)
    (tmp_path / "files/7").write_text("CONTENT 7")
    settle(tmp_path / "files")
    with HashCache(tmp_path / "cache.db") as cache:
        assert hash_files(states(tmp_path / "files"), cache=cache) == expected(tmp_path / "files")


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\0" + b"\xff" * 2000])
def test_a_damaged_cache_is_made_anew(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "cache.db").write_bytes(content)
    stamp = Stamp(1, 2, 3, 4)
    with HashCache(tmp_path / "cache.db") as cache:
        cache.find({})
        cache.keep({"/a": (stamp, "ab" * 32)})
    with HashCache(tmp_path / "cache.db") as cache:
        assert cache.find({"/a": stamp, "/b": stamp}) == {"/a": "ab" * 32}


def test_a_cache_that_is_locked_or_cannot_be_is_done_without(tmp_path: Path) -> None:
    stamp = Stamp(1, 2, 3, 4)
    with HashCache(tmp_path / "cache.db") as cache:
        cache.find({})
        cache.keep({"/a": (stamp, "ab" * 32)})
    other = sqlite3.connect(tmp_path / "cache.db")
    other.execute("BEGIN EXCLUSIVE")
    with HashCache(tmp_path / "cache.db") as cache:
        assert cache.find({"/a": stamp}) == {}
        cache.keep({"/a": (stamp, "cd" * 32)})
    other.close()
    (tmp_path / "file").touch()
    with HashCache(tmp_path / "file/cache.db") as cache:
        assert cache.find({"/a": stamp}) == {}


def test_large_files_are_hashed_by_several_threads(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}").write_bytes(bytes([number]) * (3 << 20))
    read: list[int] = []
    assert hash_files(states(folder), on_bytes=read.append) == expected(folder)
    assert sum(read) == 6 * (3 << 20)


def test_an_interrupt_stops_the_threads(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}").write_bytes(bytes(8 << 20))

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hash_files(states(folder), on_bytes=interrupt)


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    files = make(tmp_path / "files", 3)
    (tmp_path / "files/1").unlink()
    assert set(hash_files(files)) == {str(tmp_path / "files/0"), str(tmp_path / "files/2")}
    os.mkfifo(tmp_path / "pipe")
    writer = os.open(tmp_path / "pipe", os.O_RDWR)
    with pytest.raises(OSError, match="not a regular file"):
        hash_file(tmp_path / "pipe")
    os.close(writer)


def test_a_stamp_tells_files_apart(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").write_text("x")
    assert stamp_of((tmp_path / "a").stat()) != stamp_of((tmp_path / "b").stat())
    assert stamp_of((tmp_path / "a").stat()) == stamp_of((tmp_path / "a").stat())
