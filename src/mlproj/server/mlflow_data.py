"""What MLflow left in a directory: people who start the server there may look for those runs."""

from pathlib import Path

FILE_STORE = "mlruns"
DATABASE = "mlflow.db"
NOT_EXPERIMENTS = frozenset({".trash", "models"})


def left_by_mlflow(directory: Path) -> str:
    """A remark on the runs of MLflow in a directory that the served store knows nothing of; empty without any."""
    counted = ((FILE_STORE, _in_files(directory / FILE_STORE)), (DATABASE, _in_database(directory / DATABASE)))
    found = [f"{name} with {count} run{'' if count == 1 else 's'}" for name, count in counted if count is not None]
    if not found:
        return ""
    return f"{directory} holds MLflow's {' and '.join(found)}: they are not in this store"


def _in_files(root: Path) -> int | None:
    """Runs of a file store: EXPERIMENT/RUN/meta.yaml."""
    try:
        experiments = [child for child in root.iterdir() if child.name not in NOT_EXPERIMENTS]
    except OSError:
        return None
    return sum(1 for child in experiments for _ in child.glob("*/meta.yaml"))


def _in_database(file: Path) -> int | None:
    if not file.is_file():
        return None
    import sqlite3
    from contextlib import closing

    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=1)) as connection:
            return int(connection.execute("SELECT count(*) FROM runs").fetchone()[0])
    except sqlite3.Error:
        return None
