"""`mlproj run runs:/RUN` and `mlproj run FILE.zip`: a new run made from a past one."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import UsageError
from mlproj.runner import tags
from mlproj.runner.past.preparing import prepare_again
from mlproj.runner.past.runs import SCHEME, opened_past
from mlproj.runner.values import Prepared, Reporter, RunRequest
from mlproj.tracking.opening import open_store


def names_past_run(uri: str) -> bool:
    """Whether a URI is a past run's, or that of a bundle (other .zip files are projects)."""
    if uri.startswith(SCHEME):
        return True
    from mlproj.runner.bundles.exporting import is_bundle

    return is_bundle(Path(uri))


def prepare_from_past(
    request: RunRequest,
    *,
    settings: Settings,
    reporter: Reporter,
    entry_point: str | None,
    ask_secret: Callable[[str], str] | None = None,
) -> Prepared:
    """As `preparing.prepare`, from the run that the request's URI names; `entry_point` is None unless it was given."""
    if request.version is not None:
        raise UsageError("a past run has one version of its code, so --version cannot go with it", hint="leave it out")
    with (
        closing(open_store(settings.tracking_uri, settings=settings)) as store,
        opened_past(request.uri, store=store, settings=settings, on_progress=reporter.progress) as past,
    ):
        request = replace(request, tags={**request.tags, tags.FROM_RUN: past.run_id})
        return prepare_again(
            past,
            request,
            settings=settings,
            reporter=reporter,
            entry_point=entry_point,
            ask_secret=ask_secret,
        )
