"""Artifacts in a directory: what stays inside, and what is written whole."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.errors import InvalidValueError, MlprojError, NotFoundError, TrackingError
from mlproj.tracking.artifacts import LocalArtifacts, check_path
from mlproj.tracking.transfers import download, find_files, plan_upload, upload


@given(path=st.one_of(st.text(), st.text(alphabet="a./\\~:# ")))
def test_paths_that_pass_stay_below_their_root(path: str) -> None:
    try:
        clean = check_path(path)
    except InvalidValueError:
        return
    assert ".." not in clean.split("/")
    assert os.path.normpath(f"/root/{clean}").startswith("/root")


def test_odd_names_are_fine(tmp_path: Path) -> None:
    artifacts = LocalArtifacts(tmp_path)
    names = [
        "~backup",
        "a:b.txt",
        "~$doc.xlsx",
        " lead",
        'it\'s "quoted"',
        "new\nline",
        "...",
        ".hidden",
        "ünï💥",
        "50%41",
    ]
    for name in names:
        artifacts.write(name, iter([name.encode()]))
    assert [info.path for info in artifacts.list()] == sorted(names)
    for name in names:
        with artifacts.open(name) as file:
            assert file.read() == name.encode()


def test_links_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "out").symlink_to(tmp_path)
    (root / "file").symlink_to(tmp_path / "secret")
    (root / "loop").symlink_to("loop")
    (root / "inside").symlink_to("sub")
    artifacts = LocalArtifacts(root)
    for path in ("out/secret", "file", "out", "loop", "loop/x"):
        with pytest.raises(InvalidValueError):
            artifacts.open(path)
        with pytest.raises(InvalidValueError):
            artifacts.write(path, iter([b"x"]))
        with pytest.raises(InvalidValueError):
            artifacts.delete(path)
    with pytest.raises(InvalidValueError):
        artifacts.list("out")
    artifacts.write("inside/x", iter([b"1"]))
    assert (root / "sub" / "x").read_bytes() == b"1"
    assert (tmp_path / "secret").read_text() == "s"
    assert "loop" not in [info.path for info in artifacts.list()]


@pytest.mark.parametrize(
    "path", ["x" * 300, "a/" + "y" * 300, "/".join(["d"] * 3_000), "a\ud800", "a\0b"], ids=list("12345")
)
def test_names_that_no_file_system_has_are_the_user_s_mistake(tmp_path: Path, path: str) -> None:
    artifacts = LocalArtifacts(tmp_path)
    with pytest.raises(InvalidValueError):
        artifacts.write(path, iter([b"x"]))
    with pytest.raises((InvalidValueError, NotFoundError)):
        artifacts.open(path)
    assert [info for info in artifacts.list() if not info.is_dir] == []


def test_half_written_files_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / ".0123456789abcdef.part").write_text("x")
    (tmp_path / ".mine.part").write_text("x")
    assert [info.path for info in LocalArtifacts(tmp_path).list()] == [".mine.part"]


def test_a_root_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    artifacts = LocalArtifacts(tmp_path / "file" / "root")
    assert artifacts.list() == ()
    with pytest.raises(MlprojError):
        artifacts.write("x", iter([b"1"]))


def test_a_disk_that_is_full() -> None:
    if not Path("/proc/self").exists():
        pytest.skip("needs a directory in which nothing can be made")
    with pytest.raises((TrackingError, NotFoundError, InvalidValueError)):
        LocalArtifacts(Path("/proc/self/fdinfo")).write("x", iter([b"1"]))


def test_an_interrupted_write_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> "object":
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        LocalArtifacts(tmp_path).write("x", interrupted())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_deleting(tmp_path: Path) -> None:
    artifacts = LocalArtifacts(tmp_path)
    artifacts.write("a/b", iter([b"1"]))
    artifacts.write("a/c", iter([b"1"]))
    artifacts.delete("a/b")
    assert [info.path for info in artifacts.list("a")] == ["a/c"]
    artifacts.delete("a")
    artifacts.delete("a")
    assert artifacts.list() == ()
    assert artifacts.local_directory() == tmp_path


def test_trees_there_and_back(tmp_path: Path) -> None:
    source = tmp_path / "my tree"
    (source / "deep" / "er").mkdir(parents=True)
    (source / "deep" / "er" / "x").write_bytes(b"x" * 1_000_000)
    (source / "y").write_text("y")
    (source / "link").symlink_to("y")
    artifacts = LocalArtifacts(tmp_path / "root")
    counted: list[int] = []
    for file, path in plan_upload(source, "up"):
        upload(artifacts, file, path, on_bytes=counted.append)
    assert sum(counted) == 1_000_002
    found = list(find_files(artifacts))
    assert [info.path for info in found] == ["up/my tree/deep/er/x", "up/my tree/link", "up/my tree/y"]
    assert list(find_files(artifacts, "up/my tree/y")) == [found[2]]
    assert list(find_files(artifacts, "nowhere")) == []
    for info in found:
        download(artifacts, info, tmp_path / "down")
    assert (tmp_path / "down/up/my tree/deep/er/x").stat().st_size == 1_000_000
    with pytest.raises(NotFoundError):
        plan_upload(tmp_path / "missing")
