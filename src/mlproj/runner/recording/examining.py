"""What a run will be made of, hashed before there is a run: the tree of its code, and its declared inputs."""

import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from mlproj.record.values import FileFact
from mlproj.runner.past.covering import modes_of
from mlproj.runner.recording.declared_inputs import read_inputs
from mlproj.runner.recording.declared_paths import results
from mlproj.runner.recording.path_inputs import read_paths, recorded_path
from mlproj.runner.recording.placing import check_places, hash_place
from mlproj.runner.values import Facts, Prepared, Reporter
from mlproj.source.capture.capturing import described
from mlproj.source.capture.leaving_out import relative_to_top
from mlproj.source.credentials import strip_credentials
from mlproj.source.tree import read_tree
from mlproj.tracking.base import Store

HASHES = "hashes.db"
_PATIENCE = 0.5


def examine(prepared: Prepared, *, store: Store, reporter: Reporter) -> Prepared:
    """The same with `facts`, and a source that knows its tree; nothing to do if that was done before.

    Raises DeclarationError for an input that is not there or not what was declared, SourceError for one that cannot be
    fetched.
    """
    if prepared.facts is not None:
        return prepared
    started = time.monotonic()
    settings, checkout = prepared.settings, prepared.checkout
    patterns = results(prepared.project, prepared.binding, prepared.place)
    left_out = relative_to_top(patterns, checkout.root, checkout.top)
    progress = _Progress(reporter)
    tree = read_tree(checkout.top, settings=settings, left_out=left_out, on_bytes=progress.add)
    inputs = read_inputs(
        prepared.binding,
        prepared.project.root,
        {**prepared.remote, **prepared.place},
        cache=settings.cache_dir / HASHES,
        fetch_url=lambda uri, sha256: _fetch(uri, sha256, prepared, store, reporter),
        known=prepared.request.known_inputs,
        on_bytes=progress.add,
    )
    check_places(prepared, inputs)
    modes, cache = modes_of(tree), settings.cache_dir / HASHES
    given = read_paths(prepared.binding, prepared.place, checkout, modes, cache=cache, on_bytes=progress.add)
    return replace(
        prepared,
        checkout=replace(checkout, source=described(checkout.source, tree, left_out)),
        facts=Facts(
            tree=tree,
            inputs={**inputs, **given},
            paths={name: recorded_path(at, checkout, modes) for name, at in prepared.place.items()},
        ),
        phases={**prepared.phases, "hash": round(time.monotonic() - started, 6)},
    )


def _fetch(uri: str, sha256: str | None, prepared: Prepared, store: Store, reporter: Reporter) -> FileFact:
    """Size and hash of what a URL holds; what is of the web stays in the cache."""
    if uri.startswith(("http://", "https://")):
        from mlproj.source.kept_downloads import KeptDownloads

        hashed = KeptDownloads(prepared.settings).fetch(uri, sha256=sha256, on_progress=reporter.progress).hashed
        return FileFact(path=strip_credentials(uri), size=hashed.size, sha256=hashed.sha256)
    from mlproj.runner.inputs import fetch_one

    with TemporaryDirectory(prefix="mlproj-", dir=prepared.settings.storage_dir) as folder:
        found = fetch_one(uri, Path(folder), store=store, settings=prepared.settings, reporter=reporter)
        hashed = hash_place(found)
    return FileFact(path=strip_credentials(uri), size=hashed.size, sha256=hashed.sha256)


class _Progress:
    """Says how much is hashed, once it takes a while."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._lock = Lock()
        self._done = 0
        self._told = time.monotonic()

    def add(self, count: int) -> None:
        with self._lock:
            self._done += count
            if time.monotonic() - self._told < _PATIENCE:
                return
            self._told = time.monotonic()
            self._reporter.progress(f"hashing code and inputs: {self._done >> 20} MiB")
