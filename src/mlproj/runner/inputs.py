"""Path parameters that are elsewhere: fetched to this machine before the command is rendered."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mlproj.config import Settings
from mlproj.errors import NotFoundError, SourceError
from mlproj.runner.values import Reporter
from mlproj.source.credentials import strip_credentials
from mlproj.system.files import make_directory
from mlproj.tracking.artifact_uris import open_artifacts
from mlproj.tracking.base import Artifacts, Store
from mlproj.tracking.object_store_config import is_object_store
from mlproj.tracking.transfers import download, find_files


def fetch_remote_paths(
    remote: Mapping[str, str],
    *,
    store: Store,
    settings: Settings,
    reporter: Reporter,
    hashes: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Fetch each URI into a directory of the run's own below the storage directory; parameter -> local path.

    `hashes` has the contents of URIs that were fetched before.
    """
    if not remote:
        return {}
    import tempfile

    if settings.storage_dir is not None:
        make_directory(settings.storage_dir)
    folder = Path(tempfile.mkdtemp(prefix="mlproj-", dir=settings.storage_dir))
    place: dict[str, str] = {}
    for number, (name, uri) in enumerate(remote.items()):
        reporter.progress(f"fetching {strip_credentials(uri)}")
        target = make_directory(folder / f"param_{number}")
        place[name] = str(
            fetch_one(uri, target, store=store, settings=settings, reporter=reporter, sha256=(hashes or {}).get(uri))
        )
    return place


def _fetch_from_web(
    uri: str, target: Path, *, settings: Settings, reporter: Reporter, sha256: str | None = None
) -> Path:
    from shutil import copyfile

    from mlproj.source.kept_downloads import KeptDownloads

    found = KeptDownloads(settings).fetch(uri, sha256=sha256, on_progress=reporter.progress)
    copy = target / (Path(unquote(urlsplit(uri).path)).name or "download")
    copyfile(found.path, copy)
    return copy


def fetch_one(
    uri: str, target: Path, *, store: Store, settings: Settings, reporter: Reporter, sha256: str | None = None
) -> Path:
    """Fetch one URI below the directory `target`; where it is then. Raises SourceError and NotFoundError.

    A file from the web that is to have the content `sha256` may come from the cache.
    """
    scheme = urlsplit(uri).scheme
    if scheme == "runs":
        run_id, _, path = uri.removeprefix("runs:/").lstrip("/").partition("/")
        return _fetch_artifacts(store.artifacts(run_id), path, target, uri=uri)
    if scheme in {"http", "https"}:
        return _fetch_from_web(uri, target, settings=settings, reporter=reporter, sha256=sha256)
    if is_object_store(uri):
        parent, _, name = uri.rstrip("/").rpartition("/")
        bucket, path = (uri.rstrip("/"), "") if parent.endswith("/") else (parent, name)
        return _fetch_artifacts(open_artifacts(bucket, environ=settings.environ), path, target, uri=uri)
    raise SourceError(
        f"cannot fetch {scheme}: paths",
        where=uri,
        hint="give a local path, an http(s) URL, s3://BUCKET/PATH, or runs:/RUN/PATH",
    )


def _fetch_artifacts(artifacts: Artifacts, path: str, target: Path, *, uri: str) -> Path:
    """Copy an artifact, or a directory of them, below `target`, at its own path."""
    files = list(find_files(artifacts, path))
    if not files:
        raise NotFoundError("there is no such artifact", where=uri)
    for info in files:
        download(artifacts, info, target)
    return target / path
