"""Runs and experiments that come from elsewhere, and those that go for good."""

from collections.abc import Callable, Iterable

from mlproj.tracking.entities import Experiment, LifecycleStage, LoggedModel, Metric, Run
from mlproj.tracking.sql.calls import Calls


class WholeRunCalls(Calls):
    """The part of a store that imports and purges."""

    def deleted_runs(self) -> tuple[str, ...]:
        from mlproj.tracking.sql import purging

        with self._database.read() as sql:
            return purging.deleted_runs(sql)

    def deleted_experiments(self) -> tuple[str, ...]:
        from mlproj.tracking.sql import purging

        with self._database.read() as sql:
            return purging.deleted_experiments(sql)

    def purge_run(self, run_id: str) -> None:
        from mlproj.tracking.sql import purging

        with self._database.write() as sql:
            purging.purge_run(sql, run_id)

    def purge_experiment(self, experiment_id: str) -> None:
        from mlproj.tracking.sql import purging

        with self._database.write() as sql:
            purging.purge_experiment(sql, experiment_id)

    def import_experiment(self, experiment: Experiment) -> str:
        from mlproj.tracking.sql import importing

        with self._database.write() as sql:
            return importing.write_experiment(sql, experiment)

    def import_run(self, run: Run, points: Callable[[], Iterable[Metric]]) -> int:
        from mlproj.tracking.sql import importing

        with self._database.write() as sql:
            return importing.write_run(sql, run, points())

    def import_logged_model(self, model: LoggedModel, stage: LifecycleStage) -> bool:
        from mlproj.tracking.sql import importing

        with self._database.write() as sql:
            return importing.write_logged_model(sql, model, stage)
