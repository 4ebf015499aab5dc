"""A Python version that is missing: uv's builds from a mirror, else conda-forge's; here both are files of the test."""

import asyncio
import hashlib
import io
import json
import platform
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.envs.python.interpreters import find
from mlproj.errors import InterpreterError

if TYPE_CHECKING:
    from tests.envs.conftest import Bench

ANSWER = """#!/bin/sh
home=$(cd "$(dirname "$0")/.." && pwd -P)
echo "[\\"cpython\\", \\"{0}\\", \\"$home\\", \\"$home\\", false]"
"""
SYSCONFIG = "# system configuration generated and used by the sysconfig module\nbuild_time_vars = {}\n"


def pack(path: Path, files: dict[str, str], mode: str) -> str:
    """A tar archive of executable files; gives its sha256."""
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload] # one of tarfile's literals
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text.encode()), 0o755
            archive.addfile(entry, io.BytesIO(text.encode()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def nothing_there(bench: "Bench", tmp_path: Path) -> None:
    """No source of interpreters that the test does not write."""
    (tmp_path / "none.json").write_text("{}")
    bench.environ |= {
        "UV_PYTHON_INSTALL_DIR": str(tmp_path / "uv"),
        "UV_PYTHON_DOWNLOADS_JSON_URL": str(tmp_path / "none.json"),
        "MLPROJ_CONDA_CHANNEL": f"file://{tmp_path / 'channel'}",
        "PYENV_ROOT": str(tmp_path / "pyenv"),
    }


@pytest.fixture
def uv_mirror(bench: "Bench", nothing_there: None, tmp_path: Path) -> None:
    """A mirror of uv's builds that has 3.13.99."""
    archive = tmp_path / "python.tar.gz"
    files = {f"python/bin/{name}": ANSWER.format("3.13.99") for name in ("python", "python3", "python3.13")}
    data = {"python/lib/python3.13/_sysconfigdata__x.py": SYSCONFIG}
    digest = pack(archive, {**files, **data}, "w:gz")
    system = {"linux": "linux", "darwin": "darwin"}[sys.platform]
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())
    libc = "gnu" if system == "linux" else "none"
    entry = {
        "name": "cpython",
        "arch": {"family": machine, "variant": None},
        "os": system,
        "libc": libc,
        "major": 3,
        "minor": 13,
        "patch": 99,
        "prerelease": "",
        "url": f"file://{archive}",
        "sha256": digest,
        "variant": None,
        "build": "20260101",
    }
    (tmp_path / "downloads.json").write_text(json.dumps({f"cpython-3.13.99-{system}-{machine}-{libc}": entry}))
    bench.environ["UV_PYTHON_DOWNLOADS_JSON_URL"] = str(tmp_path / "downloads.json")


@pytest.fixture
def channel(bench: "Bench", nothing_there: None, tmp_path: Path) -> None:
    """A conda channel that has Python 3.12.99."""
    from rattler import Subdir
    from rattler.index import index_fs

    folder = tmp_path / "channel"
    subdir = str(Subdir.current())
    (folder / subdir).mkdir(parents=True)
    (folder / "noarch").mkdir()
    index = {"name": "python", "version": "3.12.99", "build": "0", "build_number": 0, "depends": [], "subdir": subdir}
    text = ANSWER.format("3.12.99")
    paths = [
        {
            "_path": "bin/python3",
            "path_type": "hardlink",
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "size_in_bytes": len(text),
        }
    ]
    files = {
        "bin/python3": text,
        "info/index.json": json.dumps(index),
        "info/files": "bin/python3\n",
        "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}),
    }
    pack(folder / subdir / "python-3.12.99-0.tar.bz2", files, "w:bz2")
    asyncio.run(index_fs(folder))


def test_fetched_from_uv_and_announced_in_one_line(bench: "Bench", uv_mirror: None) -> None:
    found = find("3.13.99", settings=bench.settings(), on_progress=bench.lines.append)

    assert found.version == "3.13.99"
    (line,) = bench.lines
    assert "3.13.99" in line
    assert "--no-python-download" in line
    assert not (Path(bench.environ["HOME"]) / ".local" / "bin").exists()


def test_fetched_once(bench: "Bench", uv_mirror: None) -> None:
    first = find("3.13.99", settings=bench.settings(), on_progress=bench.lines.append)
    second = find("3.13.99", settings=bench.settings(python_download=False), on_progress=bench.lines.append)
    assert first == second
    assert len(bench.lines) == 1


def test_fetched_from_conda_forge_where_uv_has_none(bench: "Bench", channel: None) -> None:
    found = find("3.12.99", settings=bench.settings(), on_progress=bench.lines.append)
    again = find("3.12.99", settings=bench.settings(python_download=False), on_progress=bench.lines.append)

    assert found.version == "3.12.99"
    assert again == found
    assert str(bench.settings().cache_dir) in str(found.path)
    assert len(bench.lines) == 1


def test_works_where_an_event_loop_runs_already(bench: "Bench", channel: None) -> None:
    async def inside() -> str:
        return find("3.12.99", settings=bench.settings(), on_progress=bench.lines.append).version

    assert asyncio.run(inside()) == "3.12.99"


def test_neither_has_it(bench: "Bench", channel: None) -> None:
    with pytest.raises(InterpreterError) as caught:
        find("3.98", settings=bench.settings(), on_progress=bench.lines.append)
    assert caught.value.exit_code == 4
    assert "UV_PYTHON_INSTALL_MIRROR" in str(caught.value)
    assert "uv: " in (caught.value.detail or "")
    assert "conda-forge: " in (caught.value.detail or "")


def test_channel_out_of_reach(bench: "Bench", nothing_there: None) -> None:
    with pytest.raises(InterpreterError, match="cannot be fetched"):
        find("3.98", settings=bench.settings(), on_progress=bench.lines.append)


def test_half_installed_python_is_rubbish(bench: "Bench", channel: None) -> None:
    find("3.12.99", settings=bench.settings(), on_progress=bench.lines.append)
    (link,) = (bench.settings().cache_dir / "pythons").iterdir()
    link.unlink()
    (bench.settings().cache_dir / "interpreters.json").unlink()

    assert find("3.12.99", settings=bench.settings(), on_progress=bench.lines.append).version == "3.12.99"
    assert len(bench.lines) == 2
