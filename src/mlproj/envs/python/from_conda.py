"""conda-forge's Python, solved and installed by py-rattler; no conda is needed on the machine."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from mlproj.config import Settings
from mlproj.envs.directories import cache_directory
from mlproj.errors import InterpreterError

if TYPE_CHECKING:
    from rattler import RepoDataRecord


def fetch_from_conda(request: str, *, settings: Settings) -> None:
    """Install a Python below the cache, whole or not at all. Raises InterpreterError."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as thread:  # a notebook has an event loop of its own
        thread.submit(asyncio.run, _fetch(request, settings)).result()


async def _fetch(request: str, settings: Settings) -> None:
    records = await _solve(request, settings)
    python = next(record for record in records if record.name.normalized == "python")
    digest = hashlib.sha256("\n".join(sorted(record.url for record in records)).encode()).hexdigest()[:12]
    name = f"conda-{python.version}-{digest}"
    await _install(records, name, settings)


async def _solve(request: str, settings: Settings) -> "list[RepoDataRecord]":
    from rattler import Gateway, Subdir, VirtualPackage, exceptions, solve

    channel = settings.conda_channel
    version = f"{request}.*" if request[0].isdigit() and not request.endswith("*") else request
    try:
        return await solve(
            [channel],
            [f"python {version}"],
            gateway=Gateway(cache_dir=cache_directory(settings, "conda-repodata")),
            platforms=[Subdir.current(), Subdir("noarch")],
            virtual_packages=[package.into_generic() for package in VirtualPackage.detect()],
        )
    except (exceptions.SolverError, exceptions.GatewayError, exceptions.FetchRepoDataError) as error:
        raise InterpreterError(f"{channel} has no Python {request} for this machine: {error}") from error


async def _install(records: "list[RepoDataRecord]", name: str, settings: Settings) -> None:
    """Packages know where they are installed, so they cannot be moved: a link made last says that they are whole."""
    from rattler import exceptions, install

    from mlproj.system.files import remove_tree
    from mlproj.system.locks import hold

    link = cache_directory(settings, "pythons") / name
    prefix = cache_directory(settings, "conda-pythons") / name
    with hold(prefix.with_name(f"{name}.lock")):
        if link.exists():
            return
        try:
            remove_tree(prefix) if prefix.exists() else None
            await install(records, prefix, cache_dir=cache_directory(settings, "conda-packages"), show_progress=False)
            link.unlink(missing_ok=True)
            link.symlink_to(Path("..") / "conda-pythons" / name)
        except BaseException as error:
            remove_tree(prefix)
            if isinstance(error, exceptions.InstallerError | exceptions.IoError):
                raise InterpreterError(f"conda-forge's Python cannot be installed: {error}") from error
            raise
