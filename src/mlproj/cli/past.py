"""Past runs as commands open them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mlproj.config import Settings
    from mlproj.runner.past.runs import PastRun
    from mlproj.runner.values import Reporter
    from mlproj.tracking.base import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoRuns:
    """Two runs to compare, the earlier first."""

    before: "PastRun"
    after: "PastRun"
    store: "Store"
    settings: "Settings"
    reporter: "Reporter"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRun:
    """A run to look at."""

    past: "PastRun"
    store: "Store"
    settings: "Settings"
    reporter: "Reporter"


@contextmanager
def open_one(run: str, tracking_uri: str | None) -> Iterator[OneRun]:
    """The run that is named."""
    from contextlib import closing

    from mlproj.cli.reporter import make_reporter
    from mlproj.config import load_settings
    from mlproj.runner.past.runs import opened_past
    from mlproj.tracking.opening import open_store

    settings = load_settings(options={"tracking_uri": tracking_uri})
    reporter = make_reporter()
    with (
        closing(open_store(settings.tracking_uri, settings=settings)) as store,
        opened_past(run, store=store, settings=settings, on_progress=reporter.progress) as past,
    ):
        reporter.clear()
        yield OneRun(past=past, store=store, settings=settings, reporter=reporter)


@contextmanager
def open_two(runs: Sequence[str], tracking_uri: str | None) -> Iterator[TwoRuns]:
    """The two runs that are named; of a single one the earlier run that it is most like comes first."""
    from contextlib import closing

    from mlproj.cli.reporter import make_reporter
    from mlproj.config import load_settings
    from mlproj.runner.past.runs import opened_past
    from mlproj.tracking.opening import open_store

    if len(runs) > 2:  # noqa: PLR2004 - two sides
        raise click.UsageError("name one run or two")
    settings = load_settings(options={"tracking_uri": tracking_uri})
    reporter = make_reporter()
    with closing(open_store(settings.tracking_uri, settings=settings)) as store:
        first, second = runs if len(runs) == 2 else (_earlier(runs[0], store), runs[0])  # noqa: PLR2004 - two sides
        with (
            opened_past(first, store=store, settings=settings, on_progress=reporter.progress) as before,
            opened_past(second, store=store, settings=settings, on_progress=reporter.progress) as after,
        ):
            for past in (before, after):
                if past.partial:
                    reporter.note(f"partial record: run {past.run_id[:8]} has none, so only its tags are compared")
            yield TwoRuns(before=before, after=after, store=store, settings=settings, reporter=reporter)


def _earlier(text: str, store: "Store") -> str:
    from mlproj.runner.past.nearest import nearest_earlier
    from mlproj.tracking.run_ids import resolve_run_id

    return nearest_earlier(store.get_run(resolve_run_id(store, text.removeprefix("runs:/"))), store)
