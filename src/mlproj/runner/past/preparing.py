"""From a past run to a run that can start: its code rebuilt, its inputs restored, its lock."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import MlprojError, NotRecordedError
from mlproj.record.values import Capture, NotRecorded
from mlproj.runner import tags
from mlproj.runner.bundles.packages import build_from_packages
from mlproj.runner.past.requests import adopt, recorded_lock, with_variables
from mlproj.runner.past.restoring import INPUTS, restore_inputs
from mlproj.runner.past.runs import PastRun
from mlproj.runner.preparing import prepare_checkout
from mlproj.runner.recording.secret_digests import changed_secrets
from mlproj.runner.values import Prepared, Reporter, RunRequest
from mlproj.source.capture.rebuilding import rebuild
from mlproj.source.checkouts import named_by_source, release


def prepare_again(
    past: PastRun,
    request: RunRequest,
    *,
    settings: Settings,
    reporter: Reporter,
    entry_point: str | None = None,
    ask_secret: Callable[[str], str] | None = None,
    change: Callable[[Path], None] | None = None,
) -> Prepared:
    """A new run from a past one's code, lock, inputs and parameters, with what the request gives changed.

    `change` changes files below the top of the checkout; the record then has no code that could be rebuilt.

    Raises SourceError, NotRecordedError, EnvironmentFailedError or a mistake of the user's for what keeps it from that.
    """
    started = time.monotonic()
    settings = with_variables(settings, past.record)
    for name in changed_secrets(past.record.secret_digests, settings.environ, settings.home):
        reporter.note(f"the variable {name}, which is a secret, is not what it was in run {past.run_id[:8]}")
    if past.partial:
        lost = past.run is not None and tags.RECORD in past.run.tags
        has = "has lost its own" if lost else "has none"
        reporter.note(f"partial record: run {past.run_id[:8]} {has}, so that its environment is resolved anew")
    checkout = rebuild(past.record.source, past.files, settings=settings, on_progress=reporter.progress)
    try:
        with named_by_source(checkout):
            moved = restore_inputs(
                past,
                checkout.root,
                settings,
                given={*request.parameters, *request.places},
                beside=checkout.top.parent / INPUTS,
            )
            if change is not None:
                change(checkout.top)
                mixed = Capture(dropped=(NotRecorded(path=".", reason="asked"),))
                checkout = replace(checkout, source=replace(checkout.source, capture=mixed))
            prepared = prepare_checkout(
                checkout,
                adopt(request, past, checkout.root, entry_point=entry_point, environ=settings.environ, moved=moved),
                settings=settings,
                reporter=reporter,
                ask_secret=ask_secret,
                fetch_seconds=round(time.monotonic() - started, 6),
                settle=lambda spec: recorded_lock(past, spec, asked=request.env_manager),
            )
            build_from_packages(
                past,
                prepared.spec,
                prepared.lock,
                settings=settings,
                on_progress=reporter.progress,
                on_note=reporter.note,
            )
    except BaseException as error:
        release(checkout, settings=settings)
        _name_secret(past, request, error)
        raise
    return prepared


def _name_secret(past: PastRun, request: RunRequest, error: BaseException) -> None:
    """A secret that was not given again is what is missing, whatever the parameters' own error says."""
    missing = [
        name for name, item in past.record.parameters.items() if item.value is None and name not in request.parameters
    ]
    if missing and isinstance(error, MlprojError):
        raise NotRecordedError(
            f"the secret {missing[0]} is not recorded", hint=f"give it: -P {missing[0]}=@env:VARIABLE"
        ) from error
