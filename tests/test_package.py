"""What is installed: its size, how many packages, and what the wheel holds."""

import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).parent.parent
MOST_PACKAGES = 40
MOST_BYTES = 230_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is published, its page built: that takes a while, so it is for CI and those who ask."""
    if "true" not in {os.environ.get("CI"), os.environ.get("WHEEL")}:  # noqa: TID251 - see above
        pytest.skip("set WHEEL=true to build the wheel")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [find_uv_bin(), "build", "--quiet", "--wheel", "--no-build-isolation", "--out-dir", str(folder), str(ROOT)],
        check=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "mlproj/py.typed" in names
    assert "mlproj/backends/shim.py" in names
    foreign = [name for name in names if not name.startswith(("mlproj/", "mlproj-"))]
    assert foreign == []
    assert [name for name in names if "__pycache__" in name or name.startswith("mlproj/ui")] == []


def test_an_installation_is_small(wheel: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "installed"
    subprocess.run([find_uv_bin(), "venv", "--quiet", str(prefix)], check=True)
    install = [find_uv_bin(), "pip", "install", "--quiet", "--link-mode", "copy", "--python", str(prefix), str(wheel)]
    subprocess.run(install, check=True)
    packages = list(prefix.glob("lib/python*/site-packages/*.dist-info"))
    size = sum(path.stat().st_size for path in prefix.rglob("*") if path.is_file() and not path.is_symlink())
    assert len(packages) <= MOST_PACKAGES, sorted(path.name for path in packages)
    assert size <= MOST_BYTES
    said = subprocess.run([prefix / "bin" / "mlproj", "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("mlproj ")
    shown = [str(prefix / "bin" / "mlproj"), "run", str(ROOT / "example_projects" / "minimal")]
    assert subprocess.run(shown, capture_output=True, text=True, check=True).stdout == "Hello, world!\n"


def test_the_versions_agree() -> None:
    import tomllib

    from mlproj import __version__

    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == __version__
