"""The schema, as numbered steps. A step that has been released is never edited: write the next one."""

from mlproj.tracking.sql.dialect import CLUSTERED, ELSEWHERE, IDENTITY, INDEXED, LONG
from mlproj.tracking.sql.session import Session

STATE = """
SELECT (SELECT max(version) FROM migrations), (SELECT value FROM meta WHERE key = 'artifact_root')
"""

_FIRST = (
    f"CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) {CLUSTERED}",
    f"""CREATE TABLE experiments (
        experiment_id {IDENTITY},
        name TEXT NOT NULL UNIQUE,
        artifact_location TEXT NOT NULL,
        lifecycle_stage TEXT NOT NULL,
        creation_time BIGINT NOT NULL,
        last_update_time BIGINT NOT NULL
    )""",
    f"""CREATE TABLE experiment_tags (
        experiment_id BIGINT NOT NULL REFERENCES experiments ON DELETE CASCADE,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (experiment_id, key)
    ) {CLUSTERED}""",
    f"""CREATE TABLE runs (
        id {IDENTITY},
        run_id TEXT NOT NULL UNIQUE,
        experiment_id BIGINT NOT NULL REFERENCES experiments,
        run_name TEXT NOT NULL,
        user_id TEXT NOT NULL,
        status TEXT NOT NULL,
        start_time BIGINT NOT NULL,
        end_time BIGINT,
        artifact_uri TEXT NOT NULL,
        lifecycle_stage TEXT NOT NULL
    )""",
    "CREATE INDEX runs_of_experiment ON runs (experiment_id, start_time DESC, run_id)",
    "CREATE INDEX runs_by_time ON runs (start_time DESC, run_id)",
    "CREATE INDEX runs_by_status ON runs (status)",
    *(
        statement
        for table in ("params", "tags")
        for statement in (
            f"""CREATE TABLE {table} (
                run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
                key TEXT NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (run, key)
            ) {CLUSTERED}""",
            f"CREATE INDEX {table}_by_value ON {table} (key, value {LONG}, run)",
        )
    ),
    f"""CREATE TABLE metrics (
        run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        key TEXT NOT NULL,
        timestamp BIGINT NOT NULL,
        step BIGINT NOT NULL,
        value DOUBLE PRECISION NOT NULL,
        is_nan INTEGER NOT NULL,
        PRIMARY KEY (run, key, timestamp, step, value, is_nan)
    ) {CLUSTERED}""",
    f"""CREATE TABLE latest_metrics (
        run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        key TEXT NOT NULL,
        value DOUBLE PRECISION NOT NULL,
        timestamp BIGINT NOT NULL,
        step BIGINT NOT NULL,
        is_nan INTEGER NOT NULL,
        PRIMARY KEY (run, key)
    ) {CLUSTERED}""",
    "CREATE INDEX latest_metrics_by_value ON latest_metrics (key, is_nan, value, run)",
    f"""CREATE TABLE datasets (
        id {IDENTITY},
        experiment_id BIGINT NOT NULL REFERENCES experiments ON DELETE CASCADE,
        name TEXT NOT NULL,
        digest TEXT NOT NULL,
        source_type TEXT NOT NULL,
        source TEXT NOT NULL,
        schema TEXT,
        profile TEXT,
        UNIQUE (experiment_id, name, digest)
    )""",
    f"""CREATE TABLE dataset_inputs (
        run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        dataset BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
        PRIMARY KEY (run, dataset)
    ) {CLUSTERED}""",
    "CREATE INDEX dataset_inputs_by_dataset ON dataset_inputs (dataset, run)",
    f"""CREATE TABLE dataset_input_tags (
        run BIGINT NOT NULL,
        dataset BIGINT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (run, dataset, key),
        FOREIGN KEY (run, dataset) REFERENCES dataset_inputs (run, dataset) ON DELETE CASCADE
    ) {CLUSTERED}""",
    f"""CREATE TABLE model_inputs (
        run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        model_id TEXT NOT NULL,
        PRIMARY KEY (run, model_id)
    ) {CLUSTERED}""",
    f"""CREATE TABLE model_outputs (
        run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        model_id TEXT NOT NULL,
        step BIGINT NOT NULL,
        PRIMARY KEY (run, model_id, step)
    ) {CLUSTERED}""",
    """CREATE TABLE logged_models (
        model_id TEXT PRIMARY KEY,
        experiment_id BIGINT NOT NULL REFERENCES experiments,
        name TEXT NOT NULL,
        artifact_uri TEXT NOT NULL,
        creation_timestamp BIGINT NOT NULL,
        last_updated_timestamp BIGINT NOT NULL,
        status TEXT NOT NULL,
        model_type TEXT NOT NULL,
        source_run_id TEXT NOT NULL,
        lifecycle_stage TEXT NOT NULL
    )""",
    "CREATE INDEX logged_models_of_experiment ON logged_models (experiment_id, creation_timestamp DESC, model_id)",
    *(
        f"""CREATE TABLE logged_model_{table} (
            model_id TEXT NOT NULL REFERENCES logged_models ON DELETE CASCADE,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (model_id, key)
        ) {CLUSTERED}"""
        for table in ("params", "tags")
    ),
    f"""CREATE TABLE logged_model_metrics (
        model_id TEXT NOT NULL REFERENCES logged_models ON DELETE CASCADE,
        key TEXT NOT NULL,
        timestamp BIGINT NOT NULL,
        step BIGINT NOT NULL,
        run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        value DOUBLE PRECISION NOT NULL,
        is_nan INTEGER NOT NULL,
        dataset_name TEXT NOT NULL,
        dataset_digest TEXT NOT NULL,
        PRIMARY KEY (model_id, key, timestamp, step, run, value, is_nan, dataset_name, dataset_digest)
    ) {CLUSTERED}""",
)

_REGISTRY = (
    f"""CREATE TABLE registered_models (
        id {IDENTITY},
        name TEXT NOT NULL UNIQUE,
        description TEXT NOT NULL,
        creation_timestamp BIGINT NOT NULL,
        last_updated_timestamp BIGINT NOT NULL,
        last_version BIGINT NOT NULL
    )""",
    f"""CREATE TABLE model_versions (
        id {IDENTITY},
        model BIGINT NOT NULL REFERENCES registered_models (id) ON DELETE CASCADE,
        version BIGINT NOT NULL,
        creation_timestamp BIGINT NOT NULL,
        last_updated_timestamp BIGINT NOT NULL,
        user_id TEXT NOT NULL,
        stage TEXT NOT NULL,
        description TEXT NOT NULL,
        source TEXT NOT NULL,
        location TEXT NOT NULL,
        run_id TEXT NOT NULL,
        run_link TEXT NOT NULL,
        model_id TEXT NOT NULL,
        UNIQUE (model, version)
    )""",
    "CREATE INDEX model_versions_by_stage ON model_versions (model, stage, version)",
    "CREATE INDEX model_versions_by_run ON model_versions (run_id)",
    "CREATE INDEX model_versions_by_update ON model_versions (last_updated_timestamp DESC)",
    *(
        statement
        for table, parent in (("registered_model", "registered_models"), ("model_version", "model_versions"))
        for statement in (
            f"""CREATE TABLE {table}_tags (
                owner BIGINT NOT NULL REFERENCES {parent} (id) ON DELETE CASCADE,
                key TEXT NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (owner, key)
            ) {CLUSTERED}""",
            f"CREATE INDEX {table}_tags_by_key ON {table}_tags (key, owner)",
        )
    ),
    f"""CREATE TABLE model_aliases (
        model BIGINT NOT NULL,
        alias TEXT NOT NULL,
        version BIGINT NOT NULL,
        PRIMARY KEY (model, alias),
        FOREIGN KEY (model, version) REFERENCES model_versions (model, version) ON DELETE CASCADE
    ) {CLUSTERED}""",
    "CREATE INDEX model_aliases_by_version ON model_aliases (model, version)",
    f"""CREATE TABLE model_version_changes (
        id {IDENTITY},
        model BIGINT NOT NULL,
        version BIGINT NOT NULL,
        timestamp BIGINT NOT NULL,
        user_id TEXT NOT NULL,
        action TEXT NOT NULL,
        detail TEXT NOT NULL
    )""",
    "CREATE INDEX model_version_changes_by_version ON model_version_changes (model, version, id)",
)

_SEARCHES = (
    "CREATE INDEX runs_of_stage ON runs (experiment_id, lifecycle_stage, start_time DESC, run_id)",
    "CREATE INDEX runs_by_stage ON runs (lifecycle_stage, start_time DESC, run_id)",
    "DROP INDEX runs_by_status",
    *(
        f"CREATE INDEX runs_by_{column.split()[0]} ON runs ({column}, experiment_id, lifecycle_stage)"
        for column in ("status", "end_time", f"user_id {LONG}", f"artifact_uri {LONG}")
    ),
    f"CREATE INDEX dataset_input_tags_by_value ON dataset_input_tags (key, value {LONG}, run)",
)

_SHORT_TEXTS = (
    f"{ELSEWHERE}CREATE INDEX runs_of_stages ON runs (lifecycle_stage, experiment_id, id)",
    *(
        f"{ELSEWHERE}CREATE INDEX {table}_{name} ON {table} ({columns}) WHERE length(value) {bound}"
        for table in ("params", "tags", "dataset_input_tags")
        for name, columns, bound in (
            ("short", "key, value, run", f"<= {INDEXED}"),
            ("long", f"key, value {LONG}, run", f"> {INDEXED}"),
        )
    ),
)
"""Most texts are short, and where an index has them whole, no row needs to be read to find runs by them. SQLite keeps
texts of any length in its indexes, and the number of each row."""

_ABSENCE = tuple(f"CREATE INDEX {table}_by_key ON {table} (key, run)" for table in ("params", "tags"))
"""Runs with a key, side by side, so that those without can be counted."""

MIGRATIONS = (_FIRST, _REGISTRY, _SEARCHES, _SHORT_TEXTS, _ABSENCE)
CURRENT = len(MIGRATIONS)


def prepare(sql: Session) -> None:
    """The table that says which steps have been taken."""
    sql.execute("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, applied_at BIGINT NOT NULL)")


def version(sql: Session) -> int:
    return int(sql.execute("SELECT coalesce(max(version), 0) FROM migrations").fetchone()[0])


def apply(sql: Session, number: int, *, now_ms: int) -> None:
    """Take one step, and record that it was taken."""
    for statement in MIGRATIONS[number - 1]:
        sql.execute(statement)
    sql.execute("INSERT INTO migrations (version, applied_at) VALUES (?, ?)", (number, now_ms))
