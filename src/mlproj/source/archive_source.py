"""Archives as sources: had, unpacked, and given to a run as a checkout of its own."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import SourceError, UsageError
from mlproj.record.values import Source
from mlproj.source.archives import only_directory, unpack
from mlproj.source.checkout import Checkout
from mlproj.source.checkouts import staged
from mlproj.source.download import download
from mlproj.source.uri import ProjectUri
from mlproj.system.hashing import hash_file


def fetch_archive(
    uri: ProjectUri, version: str | None, *, settings: Settings, run_id: str | None, on_progress: Callable[[str], None]
) -> Checkout:
    """A checkout of an archive."""
    source = describe_archive(uri, version)
    with staged(settings, Path(uri.location.partition("?")[0]).stem, run_id) as (tree, commit):
        archive = Path(uri.location)
        if uri.remote:
            archive = tree.parent / "archive.zip"
            download(
                uri.location,
                archive,
                environ=settings.environ,
                credentials=uri.credentials,
                on_progress=on_progress,
            )
        unpack(archive, tree, where=uri.text)
        source = replace(source, digest=hash_file(archive).sha256)
        if uri.remote:
            archive.unlink()
        _look_inside(tree, uri, on_progress)
        top = commit()
    root = top / uri.subdirectory if uri.subdirectory else top
    return Checkout(root=root, top=top, source=source, owned=True)


def describe_archive(uri: ProjectUri, version: str | None) -> Source:
    """What is known of an archive without opening it."""
    if version is not None:
        raise UsageError(
            f"an archive has no versions, but {version!r} is asked for", where=uri.text, hint="leave --version out"
        )
    text = uri.text if uri.remote or uri.text.startswith("file:") else str(Path(uri.text).absolute())
    return Source(uri=text, kind="archive", subdirectory=uri.subdirectory)


def _look_inside(tree: Path, uri: ProjectUri, on_progress: Callable[[str], None]) -> None:
    inner = only_directory(tree)
    if uri.subdirectory and not (tree / uri.subdirectory).is_dir():
        close = inner and (tree / inner / uri.subdirectory).is_dir()
        raise SourceError(
            f"no directory {uri.subdirectory!r} in the archive",
            where=uri.text,
            hint=f"did you mean #{inner}/{uri.subdirectory}?" if close else None,
        )
    if inner and not uri.subdirectory:
        on_progress(
            f"the archive has its project in the directory {inner}, it seems: add #{inner} to the URI to run that"
        )
