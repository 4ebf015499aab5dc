"""The built-in engine, py-rattler: no conda is needed on the machine."""

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mlproj.envs.conda.channels import channel_url, logins, public, token_mirrors
from mlproj.envs.conda.engine import CondaEngine, CondaTask
from mlproj.envs.conda.explanations import cut, hint_for
from mlproj.envs.conda.progress import link_progress
from mlproj.envs.conda.virtual import subdir, virtual_packages
from mlproj.envs.directories import cache_directory
from mlproj.envs.transcripts import append
from mlproj.errors import BuildError, ResolveError
from mlproj.system.asynchronous import run_async

if TYPE_CHECKING:
    from rattler import ChannelPriority, Config, RepoDataRecord
    from rattler.networking import Client

_CHANNEL = re.compile(r"^(?P<channel>[^\[\]\s=<>!~]+?)::(?P<rest>.+)$")


class Rattler:
    """Solves and installs in this process."""

    def solve(self, task: CondaTask, *, as_of: str | None) -> "list[RepoDataRecord]":
        from rattler import exceptions

        append(task.log, ["conda", "solve", *task.spec.packages], "")
        gateway = (exceptions.GatewayError, exceptions.FetchRepoDataError, exceptions.InvalidChannelError)
        try:
            return run_async(lambda: _solve(task, as_of))
        except (exceptions.SolverError, exceptions.InvalidMatchSpecError) as error:
            append(task.log, ["conda", "solve"], str(error))
            detail = cut(str(error))
            raise ResolveError(
                "the conda packages cannot be resolved",
                where=task.where,
                hint=hint_for(detail),
                detail=detail,
                log=task.log,
            ) from error
        except gateway as error:
            detail = cut(public(str(error)))
            append(task.log, ["conda", "solve"], detail)
            raise ResolveError(
                "a conda channel cannot be read",
                where=task.where,
                hint="is it within reach, and does it ask for credentials? See docs/how-to/conda.md",
                detail=detail,
                log=task.log,
            ) from error

    def install(self, task: CondaTask, records: "list[RepoDataRecord]", *, prefix: Path) -> None:
        from rattler import exceptions

        _check_files(task, records)
        try:
            run_async(lambda: _install(task, records, prefix))
        except (exceptions.InstallerError, exceptions.IoError, exceptions.LinkError) as error:
            detail = cut(public(str(error)))
            append(task.log, ["conda", "install"], detail)
            raise BuildError(
                "the conda packages cannot be installed",
                where=task.where,
                hint="is their channel within reach?" if "request" in detail or "fetch" in detail else None,
                detail=detail,
                log=task.log,
            ) from error
        append(task.log, ["conda", "install", *(record.file_name for record in records)], "")


def fetch_archive(task: CondaTask, url: str, target: Path) -> None:
    """Write the file behind a package's URL. Raises BuildError."""
    from shutil import copyfile

    from rattler.package_streaming import download_to_path

    try:
        if url.startswith("file:"):
            copyfile(unquote(urlsplit(url).path), target)
        else:
            run_async(lambda: download_to_path(_client(task), url, target))
    except Exception as error:  # rattler gives several kinds
        raise BuildError(
            "a conda package cannot be fetched",
            where=public(url),
            hint="is its channel within reach?",
            detail=cut(public(str(error))),
        ) from error


def _check_files(task: CondaTask, records: "list[RepoDataRecord]") -> None:
    """rattler checks the hash of what it downloads, and takes the files of a channel on this machine as they are."""
    from hashlib import file_digest

    for record in records:
        if record.sha256 is None or not record.url.startswith("file:"):
            continue
        path = Path(unquote(urlsplit(record.url).path))
        if path.is_file():
            with path.open("rb") as stream:
                found = file_digest(stream, "sha256").digest()
            if found != record.sha256:
                raise BuildError(
                    "a conda package has changed since it was locked: its hash is another one",
                    where=str(path),
                    hint="someone has replaced it; if that is right, lock anew with --update",
                    log=task.log,
                )


async def _solve(task: CondaTask, as_of: str | None) -> "list[RepoDataRecord]":
    """Strict channel priority first; unless that is what the user wants, all channels where it finds no solution."""
    from rattler import ChannelPriority, exceptions

    priority = task.condarc.priority
    first = ChannelPriority.Disabled if priority == "disabled" else ChannelPriority.Strict
    try:
        return await _solve_with(task, as_of, first)
    except exceptions.SolverError:
        if priority != "flexible" or len(task.channels) == 1:
            raise
        try:
            found = await _solve_with(task, as_of, ChannelPriority.Disabled)
        except exceptions.SolverError:
            found = None
        if found is None:
            raise
    task.on_note(f"{task.where}: no solution takes each package from its first channel, so all channels are searched")
    return found


async def _solve_with(task: CondaTask, as_of: str | None, priority: "ChannelPriority") -> "list[RepoDataRecord]":
    from datetime import datetime

    from rattler import Channel, Gateway, MatchSpec, solve

    specs = [_placed(text, task) for text in task.spec.packages]
    urls = [channel.url for channel in task.channels]
    urls += [found[1] for text in specs if (found := re.match(r"^(\S+?://\S+?)::", text)) and found[1] not in urls]
    gateway = Gateway(cache_dir=cache_directory(task.settings, "conda-repodata"), client=_client(task))
    return await solve(
        [Channel(url) for url in dict.fromkeys(urls)],
        [MatchSpec(text) for text in specs],  # as texts they would be read strictly, and name=version=build refused
        gateway=gateway,
        platforms=[subdir(task.platform), "noarch"],  # type: ignore[list-item] # one of rattler's literals
        virtual_packages=virtual_packages(task.platform, task.settings),
        channel_priority=priority,
        exclude_newer=datetime.fromisoformat(as_of) if as_of else None,
    )


def _placed(text: str, task: CondaTask) -> str:
    """A match spec with its channel's name as the URL that the .condarc gives it."""
    found = _CHANNEL.match(text)
    if found is None or "://" in found["channel"]:
        return text
    return f"{channel_url(found['channel'], task.condarc, task.spec.root)}::{found['rest']}"


async def _install(task: CondaTask, records: "list[RepoDataRecord]", prefix: Path) -> None:
    from rattler import MatchSpec, install

    specs = [MatchSpec(_placed(text, task)) for text in task.spec.packages]
    await install(
        records,
        prefix,
        cache_dir=cache_directory(task.settings, "conda-packages"),
        client=_client(task),
        execute_link_scripts=True,
        requested_specs=[spec._match_spec for spec in specs],  # noqa: SLF001 - what the binding reads
        reporter=link_progress(task.on_progress, len(records)),
    )


def _client(task: CondaTask) -> "Client":
    """Credentials of channel URLs, and what rattler itself looks for: its store, the keyring, .netrc."""
    from rattler.networking import AddHeadersMiddleware, Client, MirrorMiddleware

    known = logins(task.channels)
    mirrors = token_mirrors(task.channels)
    if not known and not mirrors:
        return Client.from_config(_config(task))
    from rattler.networking import AuthenticationMiddleware, GCSMiddleware, OciMiddleware, RetryMiddleware, S3Middleware

    def headers(host: str, _path: str) -> dict[str, str] | None:
        return {"Authorization": known[host]} if host in known else None

    return Client(
        [
            RetryMiddleware(3),
            *([MirrorMiddleware(mirrors)] if mirrors else []),
            *([AddHeadersMiddleware(headers)] if known else []),
            AuthenticationMiddleware(),
            OciMiddleware(),
            GCSMiddleware(),
            S3Middleware(),
        ]
    )


def _config(task: CondaTask) -> "Config":
    from rattler import Config

    environ = task.settings.environ
    lines = [] if task.condarc.verify else ["tls-no-verify = true"]
    if environ.get("SSL_CERT_FILE") or environ.get("SSL_CERT_DIR"):
        lines.append('tls-root-certs = "system"')
    return Config.from_toml("\n".join(lines))


ENGINE: CondaEngine = Rattler()
