"""Start-up is a feature: what each command imports is a budget."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HEAVY = {
    "asyncio",
    "concurrent.futures",
    "docker",
    "email",
    "filelock",
    "git",
    "http.client",
    "importlib.metadata",
    "jsonschema",
    "logging",
    "orjson",
    "packaging",
    "platformdirs",
    "psutil",
    "rattler",
    "rich",
    "sqlite3",
    "starlette",
    "urllib.request",
    "urllib3",
    "uvicorn",
    "uvloop",
    "virtualenv",
    "yaml",
}
LIST_MODULES = """
import json, sys
from mlproj.cli.app import run
code = run(sys.argv[1:])
print("MODULES" + json.dumps([code, sorted(sys.modules)]))
"""


def heavy_imports(*words: str, cwd: Path) -> set[str]:
    return HEAVY & imports(*words, cwd=cwd)


def imports(*words: str, cwd: Path) -> set[str]:
    """Which modules a command imports; the command must end well. The store is there already."""
    subprocess.run(["mlproj", "runs", "list"], cwd=cwd, capture_output=True, check=True)
    measured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}  # noqa: TID251
    done = subprocess.run(
        [sys.executable, "-c", LIST_MODULES, *words], cwd=cwd, env=measured, capture_output=True, text=True, check=True
    )
    code, modules = json.loads(done.stdout.partition("MODULES")[2])
    assert code == 0, done.stderr
    return set(modules)


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_saying_who_we_are_imports_nothing_heavy(word: str, tmp_path: Path) -> None:
    assert heavy_imports(word, cwd=tmp_path) == set()


def test_help_of_every_command_imports_nothing_heavy(tmp_path: Path) -> None:
    from mlproj.cli.app import COMMANDS

    for name in COMMANDS:
        assert heavy_imports(name, "--help", cwd=tmp_path) == set(), name


def test_a_local_run_imports_what_it_needs(project: Callable[..., Path], tmp_path: Path) -> None:
    project("entry_points:\n  main:\n    command: 'true'\n", name="one")
    assert heavy_imports("run", "one", cwd=tmp_path) == {"sqlite3", "yaml"}


def test_listing_runs_imports_the_database_alone(tmp_path: Path) -> None:
    assert heavy_imports("runs", "list", cwd=tmp_path) == {"sqlite3"}


ROOMS = ("mlproj.tracking.sql", "mlproj.tracking.registry", "mlproj.tracking.filters")


def test_a_run_imports_only_what_writes_to_the_store(project: Callable[..., Path], tmp_path: Path) -> None:
    project("entry_points:\n  main:\n    command: 'true'\n", name="one")
    used = {name for name in imports("run", "one", cwd=tmp_path) if name.startswith(ROOMS)}
    parts = ("creation", "dialect", "experiments", "faults", "inputs", "migrations", "points", "runs", "session")
    calls = ("calls", "experiment_calls", "log_calls", "logged_model_calls", "whole_run_calls")
    expected = (*parts, *calls, "sqlite", "store")
    assert used == {"mlproj.tracking.sql", *(f"mlproj.tracking.sql.{name}" for name in expected)}


def test_listing_runs_imports_no_registry(tmp_path: Path) -> None:
    used = imports("runs", "list", cwd=tmp_path)
    assert "mlproj.tracking.sql.search" in used
    for name in ("registry", "sql.registry", "sql.importing", "sql.models", "sql.grouping"):
        assert f"mlproj.tracking.{name}" not in used, name
