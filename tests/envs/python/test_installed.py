"""The packages of an environment that nobody locked."""

import sys
from pathlib import Path

import pytest

from mlproj.config import Settings, load_settings, process_environment
from mlproj.envs.python.installed import installed, packages_below


@pytest.fixture
def settings(environment: Path) -> Settings:
    return load_settings()


def test_the_python_that_a_command_finds_and_its_packages(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "python"
    program.write_text(f'#!/bin/sh\necho asked >> "{tmp_path}/asked"\nexec "{sys.executable}" "$@"\n')
    program.chmod(0o755)
    environ = {**process_environment(), "PATH": f"{folder}:/usr/bin:/bin"}
    for _ in range(2):
        found = installed(environ, settings=settings)
        assert found
        assert found.python == "{}.{}.{}".format(*sys.version_info[:3])
        assert found.packages["pytest"] == pytest.__version__
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_without_a_python_that_runs_there_is_nothing(settings: Settings, tmp_path: Path) -> None:
    assert installed({"PATH": str(tmp_path)}, settings=settings) is None
    (tmp_path / "python").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python").chmod(0o755)
    assert installed({"PATH": f"{tmp_path}:/usr/bin:/bin"}, settings=settings) is None
    (settings.cache_dir).mkdir(parents=True, exist_ok=True)
    (settings.cache_dir / "python-paths.json").write_text("[]")
    (tmp_path / "python").write_text("#!/bin/sh\necho nothing\n")
    assert installed({"PATH": f"{tmp_path}:/usr/bin:/bin"}, settings=settings) is None


def test_the_packages_of_a_prefix(tmp_path: Path) -> None:
    site = tmp_path / "lib/python3.11/site-packages"
    for name in ("NumPy-2.1.0.dist-info", "zope.interface-5.0.egg-info", "my_pkg-1.0+cu121.dist-info", "numpy", "x.py"):
        (site / name).mkdir(parents=True)
    (tmp_path / "conda-meta").mkdir()
    for name in ("openssl-3.3.1-h4bc722e_2.json", "numpy-9.9-py311_0.json", "history"):
        (tmp_path / "conda-meta" / name).touch()
    assert packages_below(tmp_path) == {
        "my-pkg": "1.0+cu121",
        "numpy": "2.1.0",
        "openssl": "3.3.1",
        "zope-interface": "5.0",
    }
    assert packages_below(tmp_path / "nothing") == {}
