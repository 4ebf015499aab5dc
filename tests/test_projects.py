"""The Python call: synchronous and not, many at once, from threads, and in a notebook's kernel."""

import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import mlproj
from mlproj.config import load_settings
from mlproj.errors import ParameterError, RunFailedError, UsageError
from mlproj.tracking.entities import Run
from mlproj.tracking.opening import open_store

PROJECT = """
    entry_points:
      main:
        parameters:
          text: {default: hi}
        command: "echo said {text}"
      fail:
        command: "exit 7"
      sleep:
        command: "echo started > {mark}; sleep 60"
        parameters: {mark: string}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "a project"
    path.mkdir()
    (path / "MLproject").write_text(textwrap.dedent(PROJECT))
    return path


def recorded(run_id: str) -> Run:
    settings = load_settings()
    with closing(open_store(settings.tracking_uri, settings=settings)) as store:
        return store.get_run(run_id)


def test_a_synchronous_run_is_over_when_it_comes_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = mlproj.run(str(folder), parameters={"text": 1.5}, run_name="first")
    assert run.get_status() == "FINISHED"
    assert run.wait() is True
    found = recorded(run.run_id)
    assert (found.run_name, dict(found.params)) == ("first", {"text": "1.5"})
    assert capsys.readouterr().out == "said 1.5\n"
    run.cancel()
    assert run.get_status() == "FINISHED"


def test_a_failing_run_raises_and_says_which(folder: Path) -> None:
    with pytest.raises(RunFailedError) as failed:
        mlproj.run(str(folder), "fail")
    found = recorded(failed.value.run_id)
    assert (found.status, found.tags["mlproj.exit_code"]) == ("FAILED", "7")


def test_a_mistake_raises_before_there_is_a_run(folder: Path) -> None:
    with pytest.raises(ParameterError, match="mark"):
        mlproj.run(str(folder), "sleep")
    with pytest.raises(UsageError, match="both"):
        mlproj.run(str(folder), experiment_name="x", experiment_id="0")


def test_an_asynchronous_run_can_be_watched_and_cancelled(folder: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    run = mlproj.projects.run(str(folder), "sleep", parameters={"mark": mark}, synchronous=False)
    assert run.get_status() == "RUNNING"
    run.cancel()
    assert run.get_status() == "KILLED"
    assert run.wait() is False
    assert recorded(run.run_id).tags["mlproj.end_reason"] == "cancelled"


def test_an_asynchronous_failure_is_an_answer(folder: Path) -> None:
    run = mlproj.run(str(folder), "fail", synchronous=False)
    assert run.wait() is False
    assert run.get_status() == "FAILED"


def test_many_at_once_from_threads(folder: Path) -> None:
    def one(number: int) -> str:
        return mlproj.run(str(folder), parameters={"text": number}, synchronous=number % 2 == 0).run_id

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(one, range(16)))
    for thread in threading.enumerate():
        if thread.name == "mlproj-run":
            thread.join()
    runs = [recorded(run_id) for run_id in ids]
    assert {run.status for run in runs} == {"FINISHED"}
    assert sorted(int(run.params["text"]) for run in runs) == list(range(16))


def test_in_a_notebook(folder: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    cell = f"""
import mlproj
one = mlproj.run({str(folder)!r}, parameters={{"text": "from the cell"}})
two = mlproj.run({str(folder)!r}, synchronous=False)
print(one.get_status(), two.wait())
"""
    from_dict: Any = nbformat.from_dict  # without types
    code: dict[str, Any] = {
        "cell_type": "code",
        "id": "one",
        "source": cell,
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }
    notebook = from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [code]})
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    text = "".join(output.get("text", "") for output in notebook.cells[0].outputs if output.output_type == "stream")
    assert "said from the cell" in text
    assert "FINISHED True" in text


def test_unknown_attributes_are_refused() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        mlproj.nothing  # noqa: B018 - the access is the test
