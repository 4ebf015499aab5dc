"""Which of a release's files is locked."""

import pytest

from mlproj.envs.platforms import this_platform
from mlproj.envs.python.wheel_tags import best_file

LINUX = "x-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
OLD = "x-1.0-cp311-cp311-manylinux1_x86_64.whl"
NEW = "x-1.0-cp311-cp311-manylinux_2_39_x86_64.whl"
ARM = "x-1.0-cp311-cp311-macosx_11_0_arm64.whl"
PURE = "x-1.0-py3-none-any.whl"
STABLE = "x-1.0-1-cp38-abi3-manylinux2014_x86_64.whl"
SDIST = "x-1.0.tar.gz"


@pytest.mark.parametrize(
    ("names", "python", "platform", "expected"),
    [
        ([SDIST, PURE, LINUX, ARM], "3.11.9", "linux-x86_64", LINUX),
        ([SDIST, PURE, OLD, LINUX], "3.11", "linux-x86_64", LINUX),
        ([SDIST, OLD, NEW], "3.11", "linux-x86_64", OLD),
        ([PURE, LINUX, ARM], "3.11", "macos-arm64", ARM),
        ([PURE, LINUX], "3.12", "linux-x86_64", PURE),
        ([PURE, STABLE], "3.12", "linux-x86_64", STABLE),
        ([LINUX, SDIST], "3.12", "linux-x86_64", SDIST),
        ([LINUX], "3.12", "macos-arm64", None),
        ([SDIST, PURE], "3.11", this_platform(), PURE),
        ([], "3.11", "linux-x86_64", None),
    ],
)
def test_best(names: list[str], python: str, platform: str, expected: str | None) -> None:
    files = [{"url": f"https://host/a/{name}"} for name in names]
    found = best_file(files, python=python, platform=platform)
    assert (found and found["url"].rpartition("/")[2]) == expected
