"""`mlproj experiments` through the command line."""

import json
from collections.abc import Callable

import pytest

from mlproj.cli.app import run

Calling = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Calling:
    """Runs `mlproj experiments ...`; gives exit code, stdout and stderr."""

    def calling(*words: str) -> tuple[int, str, str]:
        code = run(["experiments", *words])
        out, err = capsys.readouterr()
        return code, out, err

    return calling


def test_create_prints_the_id(call: Calling) -> None:
    assert call("create", "it's a $(test) 💥", "--tag", "team=a=b") == (0, "1\n", "")
    code, out, _ = call("list", "--json")
    first, second = json.loads(out)
    assert code == 0
    assert (first["experiment_id"], first["name"], first["tags"]) == ("1", "it's a $(test) 💥", {"team": "a=b"})
    assert second["name"] == "Default"
    code, out, _ = call("create", "second", "--json")
    assert json.loads(out)["experiment_id"] == "2"


def test_list_is_a_table_with_a_view_and_a_filter(call: Calling) -> None:
    call("create", "one")
    call("create", "two")
    call("delete", "one")
    assert [line.split()[1] for line in call("list")[1].splitlines()] == ["NAME", "two", "Default"]
    assert [line.split()[1] for line in call("list", "--view", "deleted")[1].splitlines()] == ["NAME", "one"]
    assert len(call("list", "--view", "all")[1].splitlines()) == 4
    assert len(call("list", "--filter", "name LIKE 't%'")[1].splitlines()) == 2
    code, out, err = call("list", "--filter", "nonsense")
    assert (code, out) == (2, "")
    assert err.startswith("mlproj: error: ")
    assert len(err.splitlines()) == 1


def test_delete_and_restore_by_name_and_id(call: Calling) -> None:
    call("create", "one")
    assert call("delete", "one", "1") == (0, "", "mlproj: deleted experiment 1 'one'\n")
    out = call("restore", "1", "--json")[1]
    assert json.loads(out)[0]["lifecycle_stage"] == "active"
    assert call("delete", "one")[0] == 0
    assert call("delete", "one")[0] == 2


def test_a_name_of_digits_comes_before_an_id(call: Calling) -> None:
    call("create", "other")
    call("create", "1")
    assert call("rename", "1", "digits")[2] == "mlproj: renamed experiment 2 'digits'\n"


def test_nothing_is_deleted_if_one_of_the_names_is_wrong(call: Calling) -> None:
    call("create", "one")
    code, _, err = call("delete", "one", "nobody")
    assert code == 2
    assert "no experiment 'nobody'" in err
    assert "one" in call("list")[1]


@pytest.mark.parametrize(
    "words",
    [
        ("create", ""),
        ("create", "Default"),
        ("create", "x", "--tag", "noequals"),
        ("rename", "Default", "Default2", "--tracking-uri", "mysql://x"),
        ("delete",),
        ("rename", "77", "x"),
        ("list", "--view", "some"),
    ],
)
def test_mistakes_are_one_line_and_exit_2(call: Calling, words: tuple[str, ...]) -> None:
    code, out, err = call(*words)
    assert (code, out) == (2, "")
    assert err.startswith("mlproj: error: ")
    assert len(err.splitlines()) == 1


def test_more_experiments_than_fit_a_page(call: Calling) -> None:
    from mlproj.config import load_settings
    from mlproj.tracking.opening import open_sqlite

    store = open_sqlite(load_settings().home / "mlproj.db")
    with store.transaction():
        for number in range(1_050):
            store.create_experiment(f"e{number}")
    store.close()
    assert len(json.loads(call("list", "--json")[1])) == 1_051
