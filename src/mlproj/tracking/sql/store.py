"""The tracking store over a database: each call one transaction.

Every run opens a store and writes to it; what only searches, imports and registries need is imported when it is used.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from mlproj.tracking.artifact_uris import ArtifactPlaces, read_root
from mlproj.tracking.base import Artifacts
from mlproj.tracking.entities import (
    LifecycleStage,
    Page,
    Run,
    RunKeys,
    RunStatus,
    ViewType,
)
from mlproj.tracking.sql import runs
from mlproj.tracking.sql.experiment_calls import ExperimentCalls
from mlproj.tracking.sql.log_calls import LogCalls
from mlproj.tracking.sql.logged_model_calls import LoggedModelCalls
from mlproj.tracking.sql.session import Database
from mlproj.tracking.sql.whole_run_calls import WholeRunCalls

if TYPE_CHECKING:
    from mlproj.tracking.sql.registry import SqlRegistry


class SqlStore(ExperimentCalls, LogCalls, LoggedModelCalls, WholeRunCalls):
    """`notes` are remarks for whoever opened the store, to be printed once."""

    def __init__(
        self,
        database: Database,
        *,
        uri: str,
        artifact_root: str,
        environ: Mapping[str, str],
        notes: tuple[str, ...] = (),
    ) -> None:
        super().__init__(database)
        self.uri = uri
        self.notes = notes
        self._environ = environ
        self._places = ArtifactPlaces(artifact_root, environ)

    @cached_property
    def registry(self) -> "SqlRegistry":
        from mlproj.tracking.sql.registry import SqlRegistry

        return SqlRegistry(self._database, artifacts_at=self.artifacts_at)

    # runs

    def create_run(
        self,
        experiment_id: str,
        *,
        start_time: int,
        run_name: str = "",
        user_id: str = "",
        tags: Mapping[str, str] | None = None,
        run_id: str = "",
    ) -> Run:
        """With a `run_id` the caller can look for the run later on, even if the answer is lost."""
        with self._database.write() as sql:
            return runs.create(
                sql,
                experiment_id,
                start_time=start_time,
                run_name=run_name,
                user_id=user_id,
                tags=tags or {},
                run_id=run_id,
            )

    def get_run(self, run_id: str) -> Run:
        with self._database.read() as sql:
            return runs.get(sql, run_id)

    def update_run(
        self,
        run_id: str,
        *,
        status: RunStatus | None = None,
        end_time: int | None = None,
        run_name: str | None = None,
    ) -> Run:
        with self._database.write() as sql:
            return runs.update(sql, run_id, status=status, end_time=end_time, run_name=run_name)

    def delete_run(self, run_id: str) -> None:
        with self._database.write() as sql:
            runs.move_stage(sql, run_id, LifecycleStage.DELETED)

    def restore_run(self, run_id: str) -> None:
        with self._database.write() as sql:
            runs.move_stage(sql, run_id, LifecycleStage.ACTIVE)

    def find_runs(self, prefix: str, *, limit: int = 2) -> tuple[str, ...]:
        with self._database.read() as sql:
            return runs.find(sql, prefix, limit)

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        *,
        filter_string: str = "",
        view_type: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
        keys: RunKeys | None = None,
    ) -> Page[Run]:
        from mlproj.tracking.sql import search

        with self._database.read() as sql:
            return search.search_runs(
                sql,
                experiment_ids,
                filter_string=filter_string,
                view_type=view_type,
                max_results=max_results,
                order_by=order_by,
                page_token=page_token,
                wanted=keys,
            )

    def count_runs(
        self,
        experiment_ids: Sequence[str],
        *,
        filter_string: str = "",
        view_type: ViewType = ViewType.ACTIVE_ONLY,
    ) -> int:
        from mlproj.tracking.sql import search

        with self._database.read() as sql:
            return search.count_runs(sql, experiment_ids, filter_string=filter_string, view_type=view_type)

    def move_run(self, run_id: str, experiment_id: str) -> None:
        with self._database.write() as sql:
            runs.move(sql, run_id, experiment_id)

    # artifacts

    def artifacts(self, run_id: str) -> Artifacts:
        return self.artifacts_at(self.get_run(run_id).artifact_uri)

    def artifacts_at(self, uri: str) -> Artifacts:
        """What lies behind an artifact URI of this store: below its root, in a directory, or in an object store."""
        return self._places.at(uri)

    def artifact_root(self) -> Artifacts:
        return self._places.below("")

    @property
    def artifact_root_uri(self) -> str:
        return self._places.root

    def set_artifact_root(self, root: str) -> str:
        checked = read_root(root, environ=self._environ)
        with self._database.write() as sql:
            sql.execute("UPDATE meta SET value = ? WHERE key = 'artifact_root'", (checked,))
        self._places = ArtifactPlaces(checked, self._environ)
        return checked

    # the store itself

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._database.write():
            yield

    def close(self) -> None:
        self._database.close()
