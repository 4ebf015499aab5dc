"""MLproject.lock: written whole, read back as it was, refused where it is none."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.envs.lockfile import merge, payload_hash, read_locks, write_locks
from mlproj.envs.values import Lock
from mlproj.errors import EnvironmentSpecError
from mlproj.project.model import EnvKind


def make(payload: str = "x==1\n", platform: str = "linux-x86_64", python: str = "3.11") -> Lock:
    return Lock(
        kind=EnvKind.PYTHON,
        platform=platform,
        python=python,
        format="requirements",
        payload=payload,
        spec_hash="a" * 64,
        hash=payload_hash(payload),
        origin="project",
    )


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_payload_round_trips(tmp_path_factory: pytest.TempPathFactory, payload: str) -> None:
    file = tmp_path_factory.mktemp("lock") / "MLproject.lock"
    normal = payload.replace("\r\n", "\n").replace("\r", "\n")
    write_locks(file, [make(normal)])
    assert read_locks(file, origin="project") == (make(normal),)


def test_reads_well_and_is_sorted(tmp_path: Path) -> None:
    file = tmp_path / "MLproject.lock"
    payload = "x==1 \\\n    --hash=sha256:00\n"
    write_locks(file, [make(payload, "macos-arm64"), make(payload, python="3.12"), make(payload)])
    text = file.read_text()
    assert f"payload = '''\n{payload}'''" in text
    assert tomllib.loads(text)["version"] == 1
    assert [(lock.platform, lock.python) for lock in read_locks(file, origin="project")] == [
        ("linux-x86_64", "3.11"),
        ("linux-x86_64", "3.12"),
        ("macos-arm64", "3.11"),
    ]


def test_quotes_in_a_payload(tmp_path: Path) -> None:
    file = tmp_path / "MLproject.lock"
    for payload in ("a '''quoted''' line\n", "ends with a quote'", "tab\tand del\x7f", '"""', "\\"):
        write_locks(file, [make(payload)])
        assert read_locks(file, origin="project")[0].payload == payload


def test_new_locks_take_the_place_of_old_ones() -> None:
    merged = merge([make("old\n"), make("other\n", "macos-arm64")], [make("new\n")])
    assert {lock.platform: lock.payload for lock in merged} == {"linux-x86_64": "new\n", "macos-arm64": "other\n"}


def test_no_file_no_locks(tmp_path: Path) -> None:
    assert read_locks(tmp_path / "MLproject.lock", origin="project") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no version"),
        ("version = 1\nlock = 3\n", "no version or no locks"),
        ("version = 'x'\n", "no version"),
        ("not toml", "is no lock file"),
        ("version = 1\n[[lock]]\nkind = 'python'\n", "a lock needs the keys"),
        ("version = 1\nlock = [3]\n", "a lock needs the keys"),
        ("version = 9\n", "newer mlproj"),
        (
            "version = 1\n[[lock]]\nkind='x'\nplatform=''\npython=''\nformat=''\nspec_hash=''\npayload=''\n",
            "unknown kind 'x'",
        ),
    ],
)
def test_what_is_no_lock_file(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "MLproject.lock"
    file.write_text(text)
    with pytest.raises(EnvironmentSpecError, match=words) as caught:
        read_locks(file, origin="project")
    assert str(file) in str(caught.value)
