"""What a run will be made of, hashed before there is a run: the tree of its code, and its declared inputs."""

import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from mlproj.record.values import FileFact
from mlproj.runner.covering import modes_of
from mlproj.runner.declared_inputs import read_inputs
from mlproj.runner.declared_paths import results
from mlproj.runner.file_walk import walk
from mlproj.runner.path_inputs import read_paths, recorded_path
from mlproj.runner.values import Facts, Prepared, Reporter
from mlproj.source.capturing import described
from mlproj.source.credentials import strip_credentials
from mlproj.source.leaving_out import relative_to_top
from mlproj.source.tree import hash_of, read_tree
from mlproj.system.hashing import Hashed, hash_file
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
        fetch_url=lambda uri: _fetch(uri, prepared, store, reporter),
        on_bytes=progress.add,
    )
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


def _fetch(uri: str, prepared: Prepared, store: Store, reporter: Reporter) -> FileFact:
    """Size and hash of what a URL holds; it is not kept."""
    from mlproj.runner.inputs import fetch_one

    with TemporaryDirectory(prefix="mlproj-", dir=prepared.settings.storage_dir) as folder:
        found = fetch_one(uri, Path(folder), store=store, settings=prepared.settings, reporter=reporter)
        hashed = _hash_tree(found) if found.is_dir() else hash_file(found)
    return FileFact(path=strip_credentials(uri), size=hashed.size, sha256=hashed.sha256)


def _hash_tree(directory: Path) -> Hashed:
    """One hash over all files of a directory that was fetched."""
    hashed = {found.path: hash_file(found.place) for found in walk(directory, ".")}
    facts = [FileFact(path=path, size=it.size, sha256=it.sha256) for path, it in hashed.items()]
    return Hashed(size=sum(fact.size for fact in facts), sha256=hash_of(facts))


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
