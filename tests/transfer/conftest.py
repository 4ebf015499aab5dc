"""Stores that genuine versions of MLflow wrote, kept as text and archives, and stores of ours to import into."""

import sqlite3
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from mlproj.config import Settings, load_settings, process_environment
from mlproj.tracking.base import LocalStore
from mlproj.tracking.opening import open_sqlite
from mlproj.transfer.importing import Import
from mlproj.transfer.opening import open_source
from mlproj.transfer.summary import Summary

SOURCES = Path(__file__).parent / "sources"


def unpack(version: str, folder: Path) -> Path:
    """A directory with `mlflow.db`, `mlartifacts` and `mlruns`, as MLflow of that version left them."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(SOURCES / f"mlflow-{version}-files.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    text = (SOURCES / f"mlflow-{version}.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        connection.executescript(text.replace("{ROOT}", str(folder)))
    return folder


@pytest.fixture(params=["2.22", "3.17"])
def theirs(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return unpack(request.param, tmp_path / "their place")


@pytest.fixture
def settings() -> Settings:
    return load_settings(options={}, environ=process_environment())


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[LocalStore]:
    with closing(open_sqlite(tmp_path / "home" / "mlproj.db")) as store:
        yield store


@pytest.fixture
def bring(ours: LocalStore, settings: Settings) -> Callable[..., Summary]:
    """Imports a source into `ours`."""

    def carry_out(source: object, *, artifacts: str | None = None, link: bool = False, files: bool = True) -> Summary:
        opened = open_source(str(source), settings=settings, artifacts=artifacts)
        with closing(opened):
            return Import(opened, ours, link=link, files=files).carry_out()

    return carry_out


def rows(database: Path) -> Mapping[str, list[tuple[object, ...]]]:
    """All that a database holds."""
    with closing(sqlite3.connect(database)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
            for name in names
            if name != "sqlite_sequence"
        }


@pytest.fixture
def everything() -> Callable[[Path], Mapping[str, list[tuple[object, ...]]]]:
    return rows
