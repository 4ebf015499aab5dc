"""Each content once, read-only, with as many names as are wanted."""

import hashlib
import os
from pathlib import Path

import pytest

from mlproj.system.objects import ObjectFolder


@pytest.fixture
def objects(tmp_path: Path) -> ObjectFolder:
    return ObjectFolder(tmp_path / "objects")


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_copy_is_kept_once_and_the_file_stays_the_users(objects: ObjectFolder, tmp_path: Path) -> None:
    one, two = write(tmp_path / "one", "same"), write(tmp_path / "two", "same")
    hashed = objects.add(one)
    assert hashed.sha256 == hashlib.sha256(b"same").hexdigest()
    kept = objects.path(hashed.sha256)
    inode = kept.stat().st_ino
    assert objects.add(two) == hashed
    assert kept.stat().st_ino == inode
    assert kept.stat().st_mode & 0o777 == 0o444
    assert (one.stat().st_nlink, two.stat().st_nlink) == (1, 1)
    one.write_text("another")
    assert objects.find(hashed.sha256) == kept


def test_a_link_makes_the_file_a_name_of_the_object(objects: ObjectFolder, tmp_path: Path) -> None:
    one, two = write(tmp_path / "one", "same"), write(tmp_path / "two", "same")
    kept = objects.path(objects.add(one, link=True).sha256)
    assert kept.samefile(one)
    objects.add(two, link=True)
    assert kept.samefile(two)
    assert not list(tmp_path.glob("objects/.*"))
    objects.add(two, link=True)
    assert kept.stat().st_nlink == 3


def test_an_object_that_was_written_into_is_not_given_out(objects: ObjectFolder, tmp_path: Path) -> None:
    hashed = objects.add(write(tmp_path / "one", "same"))
    kept = objects.path(hashed.sha256)
    kept.chmod(0o644)
    kept.write_text("evil")
    assert objects.find(hashed.sha256) is None
    assert not kept.exists()
    assert objects.find("0" * 64) is None


def test_what_has_no_other_name_for_a_while_is_unused(objects: ObjectFolder, tmp_path: Path) -> None:
    used = objects.path(objects.add(write(tmp_path / "one", "used")).sha256)
    os.link(used, tmp_path / "name")
    old = objects.path(objects.add(write(tmp_path / "two", "old")).sha256)
    young = objects.path(objects.add(write(tmp_path / "three", "young")).sha256)
    for path in (used, old):
        os.utime(path, (1, 1))
    assert [path for path, _ in objects.unused(3600)] == [old]
    for path, _ in objects.unused(3600):
        objects.remove(path)
    assert (used.exists(), old.exists(), young.exists()) == (True, False, True)
    objects.remove(used)
    assert used.exists()


def test_a_file_that_cannot_be_read_leaves_nothing(objects: ObjectFolder, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        objects.add(tmp_path / "nothing")
    assert not list(tmp_path.glob("objects/*"))
    assert not list(tmp_path.glob("objects/.*"))
