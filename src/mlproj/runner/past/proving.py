"""`mlproj why A B --prove`: runs with some of the differences swapped, until the cause is shown."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import UsageError
from mlproj.record.comparing import Verdict, compare_runs
from mlproj.record.searching import find_causes
from mlproj.runner import tags
from mlproj.runner.past.runs import PastRun
from mlproj.runner.past.swaps import Swap, swapped, swaps_between
from mlproj.runner.values import Reporter, RunRequest


def prove(
    before: PastRun, after: PastRun, *, settings: Settings, reporter: Reporter, env_manager: str | None = None
) -> tuple[Swap, ...]:
    """The swaps that turn the first run's result into the second's, shown by running; none where none do.

    Raises UsageError where both have the same results or nothing can be swapped, and what keeps a trial from running.
    """
    from mlproj.runner.past.differences import changed_files
    from mlproj.source.capture.rebuilding import rebuild
    from mlproj.source.checkouts import release

    same = _compare(before, after)
    if same is not Verdict.DIFFERS:
        raise UsageError("both runs have the same results", hint=f"compared: {same}")
    with ExitStack() as stack:
        trees = []
        for past in (before, after):
            checkout = rebuild(past.record.source, past.files, settings=settings, on_progress=reporter.progress)
            stack.callback(release, checkout, settings=settings)
            trees.append(checkout.top)
        left_out = (*before.record.source.left_out, *after.record.source.left_out)
        files = changed_files(trees[0], trees[1], settings=settings, left_out=left_out)
        swaps = swaps_between(before.record, after.record, files)
        if not swaps:
            raise UsageError("nothing that differs can be swapped", hint="mlproj why shows all that is recorded")
        trials = _Trials(before, after, tree=trees[1], settings=settings, reporter=reporter, env_manager=env_manager)
        return find_causes(swaps, trials.gives_other_result)


class _Trials:
    """Runs the first run with swaps, and tells whether the second's result came."""

    def __init__(
        self,
        before: PastRun,
        after: PastRun,
        *,
        tree: Path,
        settings: Settings,
        reporter: Reporter,
        env_manager: str | None,
    ) -> None:
        self._before = before
        self._after = after
        self._tree = tree
        self._settings = settings
        self._reporter = reporter
        self._env_manager = env_manager
        self._count = 0

    def gives_other_result(self, swaps: Sequence[Swap]) -> bool:
        from mlproj.runner.past.judging import again

        self._count += 1
        run_id = self._run(swaps)
        with again(run_id, self._settings) as (_, now):
            verdict = _compare(self._after, now)
        shown = ", ".join(swap.text for swap in swaps) or "nothing"
        result = "the other result" if verdict is not Verdict.DIFFERS else "not the other result"
        self._reporter.note(f"trial {self._count}: swapped {shown}: {result}")
        return verdict is not Verdict.DIFFERS

    def _run(self, swaps: Sequence[Swap]) -> str:
        from mlproj.runner.launching import launch
        from mlproj.runner.past.preparing import prepare_again

        record = swapped(self._before.record, self._after.record, swaps)
        past = replace(self._before, record=record, beside=self._after.files)
        request = RunRequest(
            uri=past.record.source.uri,
            caller=Path.cwd(),
            env_manager=self._env_manager,
            echo=False,
            tags={tags.TRIAL: f"{self._before.run_id} {self._after.run_id}"},
        )
        files = [swap.name for swap in swaps if swap.kind == "file"]
        prepared = prepare_again(
            past, request, settings=self._settings, reporter=self._reporter, change=self._changing(files)
        )
        outcome = launch(prepared, reporter=self._reporter)
        if outcome.error is not None:
            raise outcome.error
        if outcome.interrupt is not None or outcome.end_reason == "interrupted":
            raise outcome.interrupt or KeyboardInterrupt
        return outcome.run_id

    def _changing(self, files: list[str]) -> Callable[[Path], None] | None:
        """Puts the second run's files into a checkout of the first's."""
        if not files:
            return None

        def change(top: Path) -> None:
            for name in files:
                source, place = self._tree / name, top / name
                place.unlink(missing_ok=True)
                if source.is_symlink() or source.exists():
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(source, place, follow_symlinks=False)

        return change


def _compare(before: PastRun, after: PastRun) -> Verdict:
    return compare_runs(
        before.record, after.record, read_before=before.read_output, read_after=after.read_output
    ).verdict
