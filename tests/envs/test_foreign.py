"""Locks of another platform: what they lack here is found, and what fails is told as theirs."""

from pathlib import Path

import pytest

from mlproj.envs.foreign import check_complete, missing_requirements, naming_platform
from mlproj.envs.platforms import image_platform, this_platform
from mlproj.envs.values import Lock
from mlproj.errors import BuildError, ForeignPlatformError
from mlproj.project.model import EnvKind


def lock_for(platform: str) -> Lock:
    return Lock(
        kind=EnvKind.PYTHON,
        platform=platform,
        python="3.11",
        format="requirements",
        payload="",
        spec_hash="",
        hash="",
        origin="record",
    )


def installed(prefix: Path, name: str, *requires: str) -> None:
    folder = prefix / "lib" / "python3.11" / "site-packages" / f"{name}-1.0.dist-info"
    folder.mkdir(parents=True)
    lines = [f"Requires-Dist: {line}\n" for line in requires]
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{''.join(lines)}")


def test_what_is_asked_for_here_and_not_there(tmp_path: Path) -> None:
    installed(tmp_path, "Other.Name")
    installed(
        tmp_path,
        "first",
        "other-name>=1",
        "elsewhere; sys_platform == 'nowhere'",
        "extra-thing; extra == 'more'",
        "old; python_version < '3.11'",
        "!! no requirement",
        "here; python_full_version >= '3.11.4' and os_name == 'posix'",
    )
    assert list(missing_requirements(tmp_path, "3.11.9")) == [("first", "here")]
    assert list(missing_requirements(tmp_path, "3.11.3")) == []
    check_complete(tmp_path, "3.11.9", lock_for(this_platform()))
    with pytest.raises(ForeignPlatformError, match="first asks for here"):
        check_complete(tmp_path, "3.11.9", lock_for("plan9-mips"))
    check_complete(tmp_path, "3.11.3", lock_for("plan9-mips"))


def test_an_error_of_a_foreign_lock_names_both_platforms() -> None:
    failed = BuildError("no wheel of torch fits", where="/project", detail="all of it")
    with pytest.raises(BuildError), naming_platform(lock_for(this_platform())):
        raise failed
    with pytest.raises(ForeignPlatformError) as caught, naming_platform(lock_for("plan9-mips")):
        raise failed
    assert f"the lock was made for plan9-mips and does not serve {this_platform()}: no wheel" in str(caught.value)
    assert (caught.value.exit_code, caught.value.detail) == (4, "all of it")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("linux/amd64", "linux-x86_64"),
        ("linux/arm64/v8", "linux-aarch64"),
        ("linux/s390x", "linux-s390x"),
        ("windows/amd64", "windows-x86_64"),
    ],
)
def test_platforms_of_images(name: str, expected: str) -> None:
    assert image_platform(name) == expected
