"""A project named on the command line: a directory as it is, anything else fetched for as long as it is looked at."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def open_project(uri: str, version: str | None) -> Iterator[Path]:
    """Give the directory of a project; a checkout that was made for it is released at the end."""
    directory = Path(uri)
    if version is None and directory.is_dir():
        yield directory
        return
    from mlproj.config import load_settings
    from mlproj.source.fetching import fetch, release

    settings = load_settings()
    checkout = fetch(uri, version, settings=settings)
    try:
        yield checkout.root
    finally:
        release(checkout, settings=settings)
