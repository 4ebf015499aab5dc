"""`mlproj doctor`: what this machine has, and what stands in the way."""

import platform
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlproj.cli.options import json_option, tracking_uri_option
from mlproj.cli.output import print_json
from mlproj.version import VERSION

if TYPE_CHECKING:
    from mlproj.config import Settings

CONDA_PROGRAMS = ("conda", "mamba", "micromamba")
ENGINES = ("docker", "podman")
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. `fine` is None for what is only good to know."""

    name: str
    value: str
    fine: bool | None = None
    hint: str | None = None


@click.command()
@tracking_uri_option
@json_option
def command(tracking_uri: str | None, *, as_json: bool) -> int:
    """Look at this machine: programs, interpreters, proxy, directories, tracking store.

    Ends with exit code 2 if something stands in the way of running projects.

    \b
    Examples:
      mlproj doctor
      mlproj doctor --json
    """
    from mlproj.config import load_settings

    settings = load_settings(options={"tracking_uri": tracking_uri})
    findings = [
        Finding(name="mlproj", value=f"{VERSION}, Python {platform.python_version()} at {sys.executable}"),
        Finding(name="platform", value=platform.platform()),
        *_programs(settings.environ),
        _engine(settings.environ),
        _interpreters(settings),
        *_proxies(settings.environ),
        _directory("home", settings.home),
        _directory("cache_dir", settings.cache_dir),
        _store(settings),
    ]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            _print(finding)
    return 2 if any(finding.fine is False for finding in findings) else 0


def _print(finding: Finding) -> None:
    mark = {True: click.style("ok  ", fg="green"), False: click.style("BAD ", fg="red", bold=True), None: "    "}
    hint = f"  ({finding.hint})" if finding.hint else ""
    click.echo(f"{mark[finding.fine]}{finding.name + ':':<14}{finding.value}{hint}")


def _programs(environ: Mapping[str, str]) -> list[Finding]:
    path = environ.get("PATH")
    findings = [
        _program("git", path, hint="install git to run projects from git repositories"),
        _program("git-lfs", path, hint=None),
        _program("bash", path, hint="commands are run by sh then"),
    ]
    for title, names in (("conda", CONDA_PROGRAMS), ("containers", ENGINES)):
        found = [place for name in names if (place := shutil.which(name, path=path))]
        findings.append(Finding(name=title, value=", ".join(found) or "none"))
    from uv import find_uv_bin

    try:
        findings.append(Finding(name="uv", value=find_uv_bin(), fine=True))
    except FileNotFoundError:
        findings.append(
            Finding(name="uv", value="missing", fine=False, hint="reinstall mlproj: its uv package is broken")
        )
    return findings


def _program(name: str, path: str | None, *, hint: str | None) -> Finding:
    from mlproj.errors import MlprojError
    from mlproj.system.processes import run_program

    place = shutil.which(name, path=path)
    if place is None:
        return Finding(name=name, value="missing", hint=hint)
    try:
        first = run_program([place, "--version"], environ={"PATH": path or ""}).stdout.partition("\n")[0]
    except (MlprojError, OSError) as error:
        return Finding(name=name, value=place, fine=False, hint=str(error))
    return Finding(name=name, value=f"{place} ({first})", fine=True)


def _engine(environ: Mapping[str, str]) -> Finding:
    """The container engine, which only Docker projects need."""
    from mlproj.errors import EngineError
    from mlproj.system import container_engine

    where = container_engine.address(environ)
    try:
        with container_engine.connected(environ) as client, container_engine.explained("the engine does not answer"):
            found = client.version()
    except EngineError as error:
        return Finding(name="engine", value=f"none at {where}", hint=f"for Docker projects: {error.message}")
    name = next(iter(part.get("Name") for part in found.get("Components") or ()), None) or "engine"
    return Finding(name="engine", value=f"{name} {found.get('Version')} at {where}", fine=True)


def _interpreters(settings: "Settings") -> Finding:
    from mlproj.envs.python.interpreters import installed

    found = sorted({interpreter.version for interpreter in installed(settings)}, key=_by_number)
    return Finding(name="pythons", value=", ".join(found))


def _by_number(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))


def _proxies(environ: Mapping[str, str]) -> list[Finding]:
    from mlproj.source.credentials import strip_credentials

    given = {name: environ.get(name) or environ.get(name.lower()) for name in PROXY_VARIABLES}
    return [Finding(name=name, value=strip_credentials(value)) for name, value in given.items() if value]


def _directory(name: str, path: Path) -> Finding:
    from mlproj.system.files import make_directory
    from mlproj.system.mounts import is_on_network

    def look() -> Finding:
        make_directory(path)
        probe = path / ".writable"
        probe.touch()
        probe.unlink()
        free = shutil.disk_usage(path).free / 1e9
        remarks = f"{free:.1f} GB free" + (", on a network file system" if is_on_network(path) else "")
        enough = free > 1
        return Finding(name=name, value=f"{path} ({remarks})", fine=enough, hint=None if enough else "make room")

    return _tried(name, str(path), look)


def _store(settings: "Settings") -> Finding:
    from contextlib import closing

    from mlproj.source.credentials import strip_credentials
    from mlproj.tracking.opening import open_store

    shown = strip_credentials(settings.tracking_uri) if settings.tracking_uri else str(settings.home / "mlproj.db")

    def look() -> Finding:
        with closing(open_store(settings.tracking_uri, settings=settings)) as store:
            count = len(store.search_experiments(max_results=1000).items)
        return Finding(name="store", value=f"{shown} ({count} experiment{'s' if count != 1 else ''})", fine=True)

    return _tried("store", shown, look)


def _tried(name: str, value: str, look: Callable[[], Finding]) -> Finding:
    from mlproj.errors import MlprojError

    try:
        return look()
    except (MlprojError, OSError) as error:
        return Finding(
            name=name, value=value, fine=False, hint=error.message if isinstance(error, MlprojError) else str(error)
        )
