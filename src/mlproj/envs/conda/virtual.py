"""Virtual packages: what a machine has that conda packages can ask for, CUDA above all."""

import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mlproj.config import Settings
from mlproj.envs.platforms import this_platform
from mlproj.errors import EnvironmentSpecError

if TYPE_CHECKING:
    from rattler import GenericVirtualPackage

SUBDIRS = {
    "linux-x86_64": "linux-64",
    "linux-aarch64": "linux-aarch64",
    "linux-ppc64le": "linux-ppc64le",
    "linux-s390x": "linux-s390x",
    "macos-arm64": "osx-arm64",
    "macos-x86_64": "osx-64",
}
_FOLLOWING = frozenset({"__unix", "__linux"})
"""These follow from the platform; the kernel's version is not kept, or each machine would write another lock."""


def subdir(platform: str) -> str:
    """conda's name of a platform. Raises EnvironmentSpecError where conda has no packages."""
    if platform not in SUBDIRS:
        raise EnvironmentSpecError(f"conda has no packages for {platform}", hint=f"it has for {', '.join(SUBDIRS)}")
    return SUBDIRS[platform]


def cuda_version(settings: Settings) -> str | None:
    """The CUDA version to resolve for: as given, else the driver's; None where there is none. Needs no rattler.

    Given are `--cuda` and CONDA_OVERRIDE_CUDA; `none`, and the variable set to nothing, mean a machine without.
    """
    if settings.cuda is not None:
        return None if settings.cuda == "none" else settings.cuda
    if "CONDA_OVERRIDE_CUDA" in settings.environ:
        return None
    return _driver_version()


def _driver_version() -> str | None:
    """What the installed driver can run, asked of its library; 12.4 is 12040 there."""
    if sys.platform != "linux":
        return None
    import ctypes

    number = ctypes.c_int(0)
    try:
        if ctypes.CDLL("libcuda.so.1").cuDriverGetVersion(ctypes.byref(number)) != 0:
            return None
    except (OSError, AttributeError):
        return None
    return f"{number.value // 1000}.{number.value % 1000 // 10}" if number.value else None


def virtual_packages(platform: str, settings: Settings) -> "list[GenericVirtualPackage]":
    """Those of this machine, or those that another platform is taken to have; CUDA as `cuda_version` says."""
    from rattler import GenericVirtualPackage, PackageName, Version, VirtualPackage
    from rattler.package import BuildString

    if platform == this_platform():
        found = [package.into_generic() for package in VirtualPackage.detect()]
        found = [package for package in found if package.name.normalized != "__cuda"]
    else:
        parts = [text.split("=") for text in _elsewhere(subdir(platform))]
        found = [GenericVirtualPackage(PackageName(a), Version(b), BuildString(c)) for a, b, c in parts]
    if (cuda := cuda_version(settings)) is not None:
        found.append(GenericVirtualPackage(PackageName("__cuda"), Version(cuda), BuildString("0")))
    return found


def _elsewhere(name: str) -> tuple[str, ...]:
    """What is taken for granted on a machine that is not this one, as pixi takes it."""
    system, _, machine = name.partition("-")
    architecture = f"__archspec=1={'x86_64' if machine == '64' else machine}"
    if system == "osx":
        return ("__unix=0=0", "__osx=13.0=0", architecture)
    return ("__unix=0=0", "__linux=4.18=0", "__glibc=2.28=0", architecture)


def worth_locking(packages: "Iterable[GenericVirtualPackage]", depends: Iterable[str]) -> list[str]:
    """Those that locked packages ask for, and CUDA always, as a lock writes them."""
    asked = {re.split(r"[ =<>!]", text, maxsplit=1)[0] for text in depends if text.startswith("__")}
    kept = [package for package in packages if package.name.normalized in (asked | {"__cuda"}) - _FOLLOWING]
    return [str(package) for package in kept]


def unmet(depends: Iterable[str], packages: "Iterable[GenericVirtualPackage]") -> list[str]:
    """What locked packages ask for and a machine does not have."""
    from rattler import MatchSpec, PackageRecord

    there = [
        PackageRecord(package.name.normalized, str(package.version), package.build_string, 0, "noarch")
        for package in packages
    ]
    asked = sorted({text for text in depends if text.startswith("__")})
    return [text for text in asked if not any(MatchSpec(text).matches(package) for package in there)]
