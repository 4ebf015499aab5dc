"""What came of a reproduction: a run that is over beside the one that it was to reproduce."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mlproj.config import Settings
from mlproj.errors import MlprojError
from mlproj.record.causes import Cause, CauseKind
from mlproj.record.comparing import Comparison, Verdict, compare_runs
from mlproj.runner import tags
from mlproj.runner.past.runs import PastRun, find_run, from_store
from mlproj.runner.values import Outcome, Reporter
from mlproj.tracking.base import Store
from mlproj.tracking.entities import Metric, Run
from mlproj.tracking.opening import open_store

MACHINE = {CauseKind.HARDWARE, CauseKind.DRIVER, CauseKind.SYSTEM}
POINTS = 10_000
RANKS = {verdict: rank for rank, verdict in enumerate(Verdict)}
NOT_RUN = {"environment", "inputs", "backend", "tracking", "mlproj"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReproduceOptions:
    """How to reproduce: `times` runs, `rtol` for what declares no other, `history` compares whole curves."""

    times: int = 1
    rtol: float | None = None
    history: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """What came of one new run. `run_id` is None where there was none.

    `causes` are the differences of what the runs were made of; `error` is what is missing for `cannot reproduce`;
    `not_kept` is why the store did not take the verdict.
    """

    verdict: Verdict
    run_id: str | None = None
    comparison: Comparison | None = None
    causes: tuple[Cause, ...] = ()
    error: MlprojError | None = None
    interrupted: int | None = None
    not_kept: MlprojError | None = None

    @property
    def machine(self) -> tuple[Cause, ...]:
        """What differs of the machine: stated beside every verdict."""
        return tuple(cause for cause in self.causes if cause.kind in MACHINE)

    @property
    def exit_code(self) -> int:
        """0 for a run that reproduces, 1 for one that does not, else what is missing, be it the store."""
        if self.interrupted is not None:
            return self.interrupted
        if self.not_kept is not None:
            return self.not_kept.exit_code
        if self.verdict is Verdict.CANNOT:
            return 1 if self.error is None else self.error.exit_code
        return 1 if self.verdict is Verdict.DIFFERS else 0


def judge(
    past: PastRun,
    outcome: Outcome,
    *,
    settings: Settings,
    reporter: Reporter,
    options: ReproduceOptions,
    worst: Verdict = Verdict.IDENTICAL,
) -> Reproduction:
    """Compare a run that is over with the one that it was to reproduce, and tag both.

    The original's tag is the worst of several verdicts; `worst` is that of those before.
    """
    if outcome.interrupt is not None or outcome.end_reason in {"interrupted", "terminated", "hangup", "cancelled"}:
        return Reproduction(verdict=Verdict.CANNOT, run_id=outcome.run_id, interrupted=outcome.exit_code)
    try:
        with again(outcome.run_id, settings) as (store, now):
            if outcome.failed_in in NOT_RUN and outcome.error is not None:
                found = Reproduction(verdict=Verdict.CANNOT, run_id=outcome.run_id, error=outcome.error)
            else:
                found = _compare(past, now, store, settings=settings, reporter=reporter, options=options)
            found = _kept(past, found, store)
            if found.not_kept is None and RANKS[found.verdict] >= RANKS[worst]:
                tag_original(past, found, store, reporter)
            return found
    except MlprojError as error:  # the store went away meanwhile
        return Reproduction(verdict=Verdict.CANNOT, run_id=outcome.run_id, error=outcome.error or error)


@contextmanager
def again(run_id: str, settings: Settings) -> Iterator[tuple[Store, PastRun]]:
    """A run that was just made, and the store that it is in."""
    with (
        TemporaryDirectory(prefix="mlproj-", dir=settings.storage_dir) as folder,
        closing(open_store(settings.tracking_uri, settings=settings)) as store,
    ):
        yield store, from_store(run_id, store=store, scratch=Path(folder))


def _compare(
    past: PastRun, now: PastRun, store: Store, *, settings: Settings, reporter: Reporter, options: ReproduceOptions
) -> Reproduction:
    from mlproj.runner.past.differences import explain

    curves = _curves(past, now, store, reporter) if options.history else None
    comparison = compare_runs(
        past.record,
        now.record,
        read_before=past.read_output,
        read_after=now.read_output,
        rtol=options.rtol,
        curves=curves,
    )
    causes = explain(past, now, settings=settings, on_progress=reporter.progress)
    return Reproduction(verdict=comparison.verdict, run_id=now.run_id, comparison=comparison, causes=causes)


Curves = Mapping[str, Sequence[float]]


def _curves(past: PastRun, now: PastRun, store: Store, reporter: Reporter) -> tuple[Curves, Curves] | None:
    before = find_run(past, store)
    if before is None or now.run is None:
        reporter.note("the store does not have the earlier run, so that whole curves are not compared")
        return None
    return _histories(before, store), _histories(now.run, store)


def _histories(run: Run, store: Store) -> dict[str, list[float]]:
    """The values of each metric in the order of its steps."""
    names = [name for name in run.metrics if not name.startswith("system/")]
    return {name: _points(run.run_id, name, store) for name in names}


def _points(run_id: str, name: str, store: Store) -> list[float]:
    points: list[Metric] = []
    token: str | None = None
    while True:
        page = store.metric_history(run_id, name, max_results=POINTS, page_token=token)
        points += page.items
        if (token := page.next_page_token) is None:
            return [point.value for point in sorted(points, key=lambda point: (point.step, point.timestamp))]


def _kept(past: PastRun, found: Reproduction, store: Store) -> Reproduction:
    """The verdict on the new run."""
    if found.run_id is None:
        return found
    try:
        store.set_tags(found.run_id, {tags.REPRODUCES: past.run_id, tags.VERDICT: str(found.verdict)})
    except MlprojError as error:
        return replace(found, not_kept=error)
    return found


def tag_original(past: PastRun, found: Reproduction, store: Store, reporter: Reporter) -> None:
    """The verdict on the run that was to be reproduced, if the store has it; what keeps it from that is said.

    Where no new run could be made a verdict that one has shown before stays.
    """
    run = find_run(past, store)
    if run is None or (found.run_id is None and tags.REPRODUCED_BY in run.tags):
        return
    try:
        by = {} if found.run_id is None else {tags.REPRODUCED_BY: found.run_id}
        store.set_tags(past.run_id, {**by, tags.VERDICT: str(found.verdict)})
    except MlprojError as error:
        reporter.note(f"the verdict could not be kept on run {past.run_id[:8]}: {error}")
