"""Options that many commands share."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

from mlproj.cli.output import note

if TYPE_CHECKING:
    from mlproj.tracking.base import Store

Command = TypeVar("Command", bound=Callable[..., object])

tracking_uri_option = click.option("--tracking-uri", metavar="URI", help="Tracking store (default: this user's own).")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@contextmanager
def opened_store(tracking_uri: str | None) -> "Iterator[Store]":
    """The tracking store that the options, the variables and the configuration choose."""
    from mlproj.config import load_settings
    from mlproj.tracking.opening import open_store

    settings = load_settings(options={"tracking_uri": tracking_uri})
    with closing(open_store(settings.tracking_uri, settings=settings)) as store:
        for text in store.notes:
            note(text)
        yield store
