"""`mlproj env`: the cache of environments, from outside."""

import json
import os
import re
import time
from pathlib import Path

import pytest

from mlproj.cli.app import run
from mlproj.config import load_settings
from mlproj.envs.python.markers import Marker, write_marker

NOW = time.time()


def make(key: str, *, days: float = 0, size: int = 5_000_000, ready: bool = True) -> Path:
    """What a build leaves, as the cache sees it."""
    prefix = load_settings().cache_dir / "envs" / key
    (prefix / "bin").mkdir(parents=True)
    (prefix / "big").write_bytes(b"x" * size)
    if ready:
        marker = Marker(
            key=key,
            python="3.11.7",
            interpreter="/usr/bin/python3.11",
            installer="uv",
            lock_hash="a" * 64,
            lock="numpy==2.0\n",
            root="/home/ada/a project",
            created=int(NOW * 1000),
            seconds=1.5,
        )
        write_marker(prefix, marker)
        os.utime(prefix / "mlproj-environment.json", (NOW - days * 86400,) * 2)
    return prefix


def mlproj(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run(["env", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    make("a" * 32, days=3)
    make("b" * 32)
    make("c" * 32, days=5, ready=False)

    code, table, _ = mlproj(capsys, "list")
    _, text, _ = mlproj(capsys, "list", "--json")

    assert code == 0
    assert table.splitlines()[0].split() == ["KEY", "KIND", "CONTENTS", "SIZE", "LAST", "USED", "USED", "BY"]
    assert "bbbbbbbbbbbb  virtualenv  3.11.7" in table
    assert "5.0 MB" in table
    assert "half built" in table
    facts = {entry["key"][0]: entry for entry in json.loads(text)}
    assert facts["a"]["project"] == "/home/ada/a project"
    assert (facts["a"]["ready"], facts["c"]["ready"], facts["c"]["python"]) == (True, False, None)


def test_list_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert mlproj(capsys, "list", "--json")[:2] == (0, "[]\n")


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    make("a" * 32)
    code, text, _ = mlproj(capsys, "show", "aaa")
    assert code == 0
    assert "kind:        virtualenv" in text
    assert "python:      3.11.7" in text
    assert "size:        5.0 MB" in text
    for name in ("created:     ", "used:        "):
        assert re.search(rf"^{name}{time.strftime('%Y-%m-%d')} \d\d:\d\d$", text, re.MULTILINE)
    assert text.endswith("lock:\nnumpy==2.0\n\n")
    facts = json.loads(mlproj(capsys, "show", "aaa", "--json")[1])
    assert facts["lock"] == "numpy==2.0\n"
    assert facts["created"] == int(NOW * 1000)


def test_show_of_what_is_half_built(capsys: pytest.CaptureFixture[str]) -> None:
    make("a" * 32, ready=False)
    assert "lock:\n-\n" in mlproj(capsys, "show", "a")[1]


def test_no_such_environment(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, error = mlproj(capsys, "show", "zzz")
    assert code == 2
    assert error == "mlproj: error: no such environment: 'zzz' ('mlproj env list' shows them)\n"


def test_remove(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = make("a" * 32), make("b" * 32)
    code, text, _ = mlproj(capsys, "remove", "aaa", "a")
    assert (code, text) == (0, "removed aaaaaaaaaaaa (5.0 MB)\n")
    assert (first.exists(), second.exists()) == (False, True)
    assert json.loads(mlproj(capsys, "remove", "b", "--json")[1])["removed"][0]["key"] == "b" * 32


def test_gc(capsys: pytest.CaptureFixture[str]) -> None:
    old, new = make("a" * 32, days=31), make("b" * 32, days=1)
    assert mlproj(capsys, "gc", "--older-than", "30d", "--dry-run")[1].startswith("would remove aaaaaaaaaaaa")
    assert old.exists()
    assert mlproj(capsys, "gc", "--older-than", "30d")[1].startswith("removed aaaaaaaaaaaa")
    assert (old.exists(), new.exists()) == (False, True)
    assert mlproj(capsys, "gc", "--max-size", "1GB")[1] == "nothing to remove\n"
    found = json.loads(mlproj(capsys, "gc", "--max-size", "1MB", "--json")[1])
    assert (len(found["removed"]), found["in_use"], found["size"] > 4_000_000) == (1, [], True)


@pytest.mark.parametrize("words", [["--older-than", "soon"], ["--max-size", "huge"]])
def test_gc_with_no_quantity(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    code, _, error = mlproj(capsys, "gc", *words)
    assert code == 2
    assert words[0] in error
