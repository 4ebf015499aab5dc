"""Stores that an older mlproj left behind."""

import sqlite3
from contextlib import closing
from pathlib import Path

from mlproj.tracking.opening import open_sqlite
from mlproj.tracking.sql import migrations
from mlproj.tracking.sql.experiments import create_default


def _at_step(path: Path, number: int) -> None:
    """A store with one run, as it was when `number` was the last step."""
    with closing(sqlite3.connect(path, isolation_level=None)) as sql:
        migrations.prepare(sql)
        for step in range(1, number + 1):
            migrations.apply(sql, step, now_ms=1)
        sql.execute("INSERT INTO meta (key, value) VALUES ('artifact_root', ?)", (str(path.parent / "files"),))
        create_default(sql, now_ms=1)
        sql.execute(
            "INSERT INTO runs (run_id, experiment_id, run_name, user_id, status, start_time, artifact_uri,"
            " lifecycle_stage) VALUES ('r1', 0, 'old', '', 'FINISHED', 1, 'mlflow-artifacts:/0/r1/artifacts', 'active')"
        )


def test_a_store_of_the_first_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "mlproj.db"
    _at_step(path, 1)
    for _ in range(2):
        with closing(open_sqlite(path)) as store:
            assert store.get_run("r1").run_name == "old"
            assert store.artifact_root().local_directory() == tmp_path / "files"
            store.registry.search_models()
    with closing(open_sqlite(path)) as store:
        store.registry.create_model("m")
        version = store.registry.create_version("m", "runs:/r1/model", run_id="r1")
        assert version.version == 1
    with closing(sqlite3.connect(path)) as sql:
        steps = [row[0] for row in sql.execute("SELECT version FROM migrations ORDER BY version")]
    assert steps == list(range(1, migrations.CURRENT + 1))
