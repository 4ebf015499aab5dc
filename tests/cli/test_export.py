"""`mlproj export` through the command line."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.cli.app import run
from mlproj.config import load_settings
from mlproj.tracking.entities import Metric
from mlproj.tracking.opening import open_sqlite

if TYPE_CHECKING:
    from tests.cli.conftest import Program


@pytest.fixture
def run_id() -> str:
    store = open_sqlite(load_settings().home / "mlproj.db")
    found = store.create_run("0", start_time=1, run_name="it's 💥").run_id
    store.log_batch(found, params={"a": "b\nc"}, metrics=[Metric(key="m", value=float("nan"), timestamp=1)])
    store.close()
    return found


def test_there_and_back(mlproj: "Program", run_id: str, tmp_path: Path) -> None:
    done = mlproj("export", run_id[:8], run_id, "-o", "my runs.jsonl")
    assert (done.code, done.out, done.err) == (0, "", "mlproj: exported 1 run to my runs.jsonl\n")
    other = f"sqlite:///{tmp_path}/other.db"
    assert mlproj("import", "my runs.jsonl", "--tracking-uri", other).code == 0
    shown = mlproj("runs", "show", run_id, "--json", "--tracking-uri", other).json
    assert shown["params"] == {"a": "b\nc"}
    assert mlproj("export", run_id, "-o", "x.jsonl", "--json").json["runs"] == [run_id]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("RUN", "-o", "x.zip"), "without a record"),
        (("nosuchrun", "-o", "x.jsonl"), "nosuchrun"),
        (("RUN", "-o", "no/where/x.jsonl"), "cannot write"),
        (("RUN",), "-o"),
    ],
)
def test_bad_input(
    run_id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    place = {"RUN": run_id, "x.zip": str(tmp_path / "x.zip"), "x.jsonl": str(tmp_path / "x.jsonl")}
    assert run(["export", *(place.get(word, word) for word in words)]) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
