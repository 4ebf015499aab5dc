from dataclasses import replace
from pathlib import Path

import pytest

from mlproj.config import load_settings
from mlproj.envs.platforms import this_platform
from mlproj.envs.python.package_files import fetch_files, from_files
from mlproj.envs.values import EnvSpec, Lock
from mlproj.errors import UsageError
from mlproj.project.model import EnvKind

PYLOCK = """
lock-version = "1.0"
[[packages]]
name = "a"
version = "1"
marker = "os_name == 'posix'"
wheels = [{url = "https://h/a.whl", hashes = {sha256 = "11"}}]
sdist = {url = "https://h/a.tar.gz", hashes = {sha256 = "22"}}
[[packages]]
name = "b"
archive = {url = "https://h/b.zip", hashes = {sha256 = "33"}}
[[packages]]
name = "local"
directory = {path = "."}
[[packages]]
name = "c"
version = "2"
wheels = [{url = "https://h/c.whl", hashes = {md5 = "44"}}]
"""


def lock_of(form: str, payload: str) -> Lock:
    return Lock(
        kind=EnvKind.PYTHON,
        platform=this_platform(),
        python="3.11",
        format=form,
        payload=payload,
        spec_hash="",
        hash="h",
        origin="record",
    )


def test_links_that_are_gone_are_left_out_where_files_are_at_hand(tmp_path: Path) -> None:
    here = tmp_path / "here ü"
    here.mkdir()
    kept = ("--pre", "--find-links=https://h/", f"--find-links={here.as_uri()}", "--find-links=here ü")
    gone = ("--find-links=gone", f"--find-links={(tmp_path / 'gone').as_uri()}", f"--find-links={tmp_path}/gone")
    spec = EnvSpec(kind=EnvKind.PYTHON, manager="virtualenv", root=tmp_path, options=(*kept, *gone))
    lock = lock_of("requirements", "a==1\n")
    assert from_files(spec, lock, tmp_path / "files") == (replace(spec, files=tmp_path / "files"), lock)
    (tmp_path / "files" / "wheels").mkdir(parents=True)
    nearer, same = from_files(spec, lock, tmp_path / "files")
    assert nearer.options == (*kept, f"--find-links={tmp_path / 'files' / 'wheels'}")
    assert same == lock


def test_a_pylock_as_requirements_keeps_its_hash(tmp_path: Path) -> None:
    spec = EnvSpec(kind=EnvKind.PYTHON, manager="virtualenv", root=tmp_path)
    _, lock = from_files(spec, lock_of("pylock", PYLOCK), tmp_path)
    assert (lock.format, lock.hash) == ("requirements", "h")
    assert lock.payload.splitlines() == [
        "a==1 ; os_name == 'posix' --hash=sha256:11 --hash=sha256:22",
        "b @ https://h/b.zip --hash=sha256:33",
    ]


def test_a_lock_of_no_files(tmp_path: Path) -> None:
    spec = EnvSpec(kind=EnvKind.DOCKER, manager="docker", root=tmp_path)
    lines: list[str] = []
    settings = load_settings(environ={})
    with pytest.raises(UsageError, match="no files of packages"):
        fetch_files(
            spec, lock_of("image", ""), tmp_path, settings=settings, on_progress=lines.append, on_note=lines.append
        )
