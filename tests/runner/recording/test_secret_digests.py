"""Keyed digests tell one secret from another, and nothing else to anybody."""

import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlproj.project.model import BoundParameter, Origin, ParameterType
from mlproj.runner.recording.secret_digests import KEY, changed_secrets, read_key, secret_digests

VALUE = "pässword $(rm) \udce9"


def parameter(name: str, value: str, type_: ParameterType, *, secret: bool = False) -> BoundParameter:
    return BoundParameter(name=name, value=value, type=type_, origin=Origin.OPTION, declared=True, secret=secret)


def digests(home: Path, token: str = VALUE, **variables: str | None) -> dict[str, str]:
    parameters = [
        parameter("token", token, ParameterType.STRING, secret=True),
        parameter("url", "https://ada:lovelace@host/x", ParameterType.URI),
        parameter("plain", "1", ParameterType.INT),
    ]
    return secret_digests(parameters, variables, secrets=("hidden-value",), home=home)


def test_only_what_is_hidden_has_a_digest(tmp_path: Path) -> None:
    found = digests(tmp_path, API_TOKEN="t", MODE="fast", NOT_SET=None, TEXT="a hidden-value b")
    assert found.keys() == {"parameters.token", "parameters.url", "variables.API_TOKEN", "variables.TEXT"}
    assert len(set(found.values())) == len(found)
    assert found == digests(tmp_path, API_TOKEN="t", MODE="slow", NOT_SET=None, TEXT="a hidden-value b")
    other = digests(tmp_path, token="another", API_TOKEN="t", TEXT="a hidden-value b")
    assert [name for name in found if found[name] != other[name]] == ["parameters.token"]


def test_without_the_key_a_digest_tells_nothing(tmp_path: Path) -> None:
    here, there = (digests(tmp_path / name)["parameters.token"] for name in ("a", "b"))
    assert here != there
    content = VALUE.encode("utf-8", "surrogateescape")
    assert hashlib.sha256(content).hexdigest()[:8] not in here
    assert changed_secrets({"variables.X": here}, {"X": VALUE}, tmp_path / "b") == []


def test_the_key_is_its_users_alone_and_one_for_all(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: read_key(tmp_path / "home"), range(32)))
    assert len(keys) == 1
    assert [len(key or b"") for key in keys] == [32]
    [file] = (tmp_path / "home").iterdir()
    assert file.name == KEY
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_key_that_is_none_is_not_used(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY).write_bytes(content)
    assert digests(tmp_path) == {}
    assert changed_secrets({"variables.X": "a:b"}, {"X": "1"}, tmp_path) == []


def test_without_a_home_there_is_no_digest(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert digests(tmp_path / "file" / "home") == {}


def test_variables_that_changed_are_named(tmp_path: Path) -> None:
    recorded = digests(tmp_path, A_TOKEN="one", B_TOKEN="two", C_TOKEN="three")
    assert changed_secrets(recorded, {"A_TOKEN": "one", "B_TOKEN": "2"}, tmp_path) == ["B_TOKEN"]
