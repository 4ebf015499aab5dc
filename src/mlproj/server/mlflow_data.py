"""What MLflow left in a directory: people who start the server there may look for those runs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from shlex import quote

from mlproj.errors import MlprojError, NotFoundError
from mlproj.tracking.base import Store

FILE_STORE = "mlruns"
DATABASE = "mlflow.db"
NOT_EXPERIMENTS = frozenset({".trash", "models"})
LOOKED_UP = 200


def left_by_mlflow(directory: Path, open_store: Callable[[], Store], *, named: str | None) -> Iterator[str]:
    """A remark on each store of MLflow in a directory whose runs are not in the one that is served.

    `named` is what the served store was called on the command line. Of very many runs some are looked up.
    """
    sources = {FILE_STORE: _in_files(directory / FILE_STORE), DATABASE: _in_database(directory / DATABASE)}
    found = {name: ids for name, ids in sources.items() if ids is not None}
    known = _known([_some(ids) for ids in found.values()], open_store) if any(found.values()) else []
    for (name, ids), here in zip(found.items(), known, strict=False):
        if ids and here < len(_some(ids)):
            runs = f"{len(ids)} run{'' if len(ids) == 1 else 's'}"
            which = "some of which are" if here else "which is" if len(ids) == 1 else "which are"
            yield f"{directory} holds MLflow's {name} with {runs}, {which} not in this store: {_command(name, named)}"


def _command(name: str, named: str | None) -> str:
    if named is None:
        return f"mlproj import {name}"
    shown = f"{named.partition('://')[0]}://..." if "@" in named else quote(named)
    return f"mlproj import {name} --tracking-uri {shown}"


def _some(ids: Sequence[str]) -> Sequence[str]:
    return ids[:: max(1, -(-len(ids) // LOOKED_UP))]


def _known(asked: Sequence[Sequence[str]], open_store: Callable[[], Store]) -> list[int]:
    """How many of the runs are there, of each list."""
    try:
        with closing(open_store()) as store:
            return [sum(_is_there(store, run_id) for run_id in ids) for ids in asked]
    except MlprojError:
        return [0 for _ in asked]


def _is_there(store: Store, run_id: str) -> bool:
    try:
        store.get_run(run_id)
    except NotFoundError:
        return False
    return True


def _in_files(root: Path) -> list[str] | None:
    """Runs of a file store: EXPERIMENT/RUN/meta.yaml."""
    try:
        experiments = [child for child in root.iterdir() if child.name not in NOT_EXPERIMENTS]
    except OSError:
        return None
    return [file.parent.name for child in experiments for file in child.glob("*/meta.yaml")]


def _in_database(file: Path) -> list[str] | None:
    if not file.is_file():
        return None
    import sqlite3

    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=1)) as connection:
            return [str(row[0]) for row in connection.execute("SELECT run_uuid FROM runs")]
    except sqlite3.Error:
        return None
