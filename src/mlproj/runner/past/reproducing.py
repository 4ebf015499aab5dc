"""Reproducing a past run: run it again from its record, compare, say the verdict and why."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

from mlproj.config import Settings
from mlproj.envs.values import Environment
from mlproj.errors import EnvironmentFailedError, MlprojError, SourceError, UserError
from mlproj.record.comparing import Verdict
from mlproj.record.values import RunRecord
from mlproj.runner.past.judging import ReproduceOptions, Reproduction, judge, tag_original
from mlproj.runner.past.runs import PastRun
from mlproj.runner.values import Outcome, Prepared, Reporter, RunRequest
from mlproj.source.checkouts import release
from mlproj.tracking.opening import open_store


def reproduce(
    past: PastRun,
    request: RunRequest,
    *,
    settings: Settings,
    reporter: Reporter,
    options: ReproduceOptions,
    ask_secret: Callable[[str], str] | None = None,
) -> Iterator[Reproduction]:
    """Run a past run again, `options.times` times, and compare each with it. Ends early if a run cannot be made."""
    from mlproj.runner.past.preparing import prepare_again

    request = replace(request, reproduces=past.run_id)
    worst = Verdict.IDENTICAL
    for _ in range(options.times):
        try:
            prepared = prepare_again(past, request, settings=settings, reporter=reporter, ask_secret=ask_secret)
            outcome = _launch(prepared, past.record, reporter)
        except MlprojError as error:
            found = Reproduction(verdict=Verdict.CANNOT, error=error)
            if isinstance(error, SourceError | EnvironmentFailedError) and error.exit_code != UserError.exit_code:
                _tag(past, found, settings, reporter)
            yield found
            return
        found = judge(past, outcome, settings=settings, reporter=reporter, options=options, worst=worst)
        worst = max(worst, found.verdict, key=list(Verdict).index)
        yield found
        if found.verdict is Verdict.CANNOT or found.not_kept is not None:
            return


def _tag(past: PastRun, found: Reproduction, settings: Settings, reporter: Reporter) -> None:
    try:
        with closing(open_store(settings.tracking_uri, settings=settings)) as store:
            tag_original(past, found, store, reporter)
    except MlprojError as error:
        reporter.note(f"the verdict could not be kept on run {past.run_id[:8]}: {error}")


def build_only(past: PastRun, request: RunRequest, *, settings: Settings, reporter: Reporter) -> Environment:
    """The environment of a past run, built from its lock, and nothing run."""
    from mlproj.envs.building import ensure
    from mlproj.envs.locking import lock
    from mlproj.runner.past.preparing import prepare_again

    prepared = prepare_again(past, request, settings=settings, reporter=reporter)
    spec, ours, say, progress = prepared.spec, prepared.settings, reporter.note, reporter.progress
    try:
        found = prepared.lock or lock(
            spec, policy=request.lock_policy, settings=ours, on_progress=progress, on_note=say
        )
        return ensure(spec, found, settings=ours, on_progress=progress, on_note=say)
    finally:
        release(prepared.checkout, settings=settings)


def _launch(prepared: Prepared, record: RunRecord, reporter: Reporter) -> Outcome:
    try:  # whatever comes, from here on the checkout is there
        from mlproj.runner.launching import launch
        from mlproj.runner.past.restoring import compare_inputs
        from mlproj.runner.recording.examining import examine

        with closing(open_store(prepared.settings.tracking_uri, settings=prepared.settings)) as store:
            prepared = examine(prepared, store=store, reporter=reporter)
        compare_inputs(prepared, record)
    except BaseException:
        release(prepared.checkout, settings=prepared.settings)
        raise
    return launch(prepared, reporter=reporter, on_created=lambda run: reporter.note(f"run {run.run_id}"))
