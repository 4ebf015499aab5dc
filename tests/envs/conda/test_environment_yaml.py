"""conda.yaml: what stands in it, with file and line, and nothing solved."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rattler import MatchSpec

from mlproj.envs.conda.environment_yaml import _COMMON, CondaEnv, read_conda_env
from mlproj.envs.python.requirements import Scope
from mlproj.errors import EnvironmentSpecError
from mlproj.project.model import EnvKind

if TYPE_CHECKING:
    from tests.envs.conftest import Bench


def read(bench: "Bench", text: str) -> CondaEnv:
    return read_conda_env(bench.write("conda.yaml", text), Scope(root=bench.root, environ=bench.environ))


def test_everything_at_once(bench: "Bench", tmp_path: Path) -> None:
    bench.write("reqs/more.txt", "beta\n")
    found = read(
        bench,
        "name: x\nprefix: /opt/x\nchannels:\n- conda-forge\n- nodefaults\n- https://host/c\n- file:///tmp/c\n"
        "dependencies:\n- python=3.11\n- numpy >=1.2,<2  # why\n- conda-forge::scipy=1.2=py*\n- r-base\n"
        "- pip:\n  - alpha==1.0 --hash=sha256:" + "a" * 64 + "\n  - -r reqs/more.txt\n  - --pre\n"
        "variables:\n  A: 1\n  B: 'x y'\n  C: yes\n  D:\n",
    )
    assert found.channels == ("conda-forge", "nodefaults", "https://host/c", "file:///tmp/c")
    assert [line.text for line in found.packages] == [
        "python=3.11",
        "numpy >=1.2,<2",
        "conda-forge::scipy=1.2=py*",
        "r-base",
    ]
    assert [line.name for line in found.packages] == ["python", "numpy", "scipy", "r-base"]
    assert found.packages[1].where == f"{bench.root / 'conda.yaml'}:10"
    assert [asked.name for asked in found.pip.requirements] == ["alpha", "beta"]
    assert found.pip.requirements[0].hashes == ("sha256:" + "a" * 64,)
    assert found.pip.options == ("--pre",)
    assert found.variables == {"A": "1", "B": "x y", "C": "yes", "D": ""}
    (note,) = found.warnings
    assert note == f"{bench.root / 'conda.yaml'}:1: name and prefix ignored: mlproj chooses where an environment is"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("- a\n", 1, "must be a mapping"),
        ("dependencies: numpy\n", 1, "dependencies must be a list"),
        ("dependencies:\n- numpy\n- [a]\n", 3, "a dependency must be text"),
        ("dependencies:\n-\n", 2, "a dependency must be text"),
        ("dependencies:\n- npm: [left-pad]\n", 2, "unknown kind of dependencies: 'npm'"),
        ("dependencies:\n- numpy: 1.26\n", 2, "write - numpy=VERSION"),
        ("dependencies:\n- numpy=\n", 2, "not a match spec"),
        ("dependencies:\n- a&b\n", 2, "not a match spec"),
        ("dependencies:\n- pip:\n  - a=1\n", 3, "a==1"),
        ("dependencies:\n- pip:\n  - -r none.txt\n", 3, "no such file: none.txt"),
        ("dependencies:\n- pip:\n    a: 1\n", 3, "pip must be a list of texts"),
        ("channels:\n- {a: 1}\n", 2, "channels must be a list of texts"),
        ("variables:\n- A=1\n", 2, "variables must be a mapping"),
        ("variables:\n  A-B: 1\n", 2, "not a variable: 'A-B'"),
        ("variables:\n  A: [1]\n", 2, "not a variable: 'A'"),
        ("dependencies: [\n", 2, "is not YAML"),
    ],
)
def test_mistakes_have_a_line(bench: "Bench", text: str, line: int, words: str) -> None:
    with pytest.raises(EnvironmentSpecError) as caught:
        read(bench, text)
    assert (caught.value.where or "").startswith(f"{bench.root / 'conda.yaml'}:{line}")
    assert words in str(caught.value)


def test_unknown_keys_are_named_and_other_tools_keys_are_not(bench: "Bench") -> None:
    found = read(bench, "chanels: [x]\nplatforms: [linux-64]\ndependencies: [python]\n")
    (note,) = found.warnings
    assert "unknown key 'chanels' is ignored (did you mean 'channels'?)" in note


@pytest.mark.parametrize("text", ["", "dependencies:\n", "dependencies: []\nchannels:\n", "dependencies:\n- pip:\n"])
def test_empty_is_said(bench: "Bench", text: str) -> None:
    assert any("names no packages" in note for note in read(bench, text).warnings)


def test_one_channel_as_text(bench: "Bench") -> None:
    assert read(bench, "channels: conda-forge\n").channels == ("conda-forge",)


@given(st.from_regex(_COMMON, fullmatch=True))
def test_what_is_taken_for_a_match_spec_without_rattler_is_one(text: str) -> None:
    name = MatchSpec(text).name.normalized
    assert re.split(r"[ =<>!]", text, maxsplit=1)[0].lower() == name.lower()


@pytest.mark.parametrize(
    ("dependencies", "python", "build"),
    [
        ("[python=3.11]", "3.11", ()),
        ("[python 3.11.*, pip]", "3.11", ("pip",)),
        ("[python==3.11.7, pip=24]", "3.11.7", ("pip==24.*",)),
        ("['python>=3.8,<3.13', 'pip<=21.1.3', 'setuptools==69.0', wheel]", ">=3.8,<3.13",
         ("pip<=21.1.3", "setuptools==69.0", "wheel")),
        ("['conda-forge::python=3.9']", "3.9", ()),
        ("['python=3.11.7=h123_0']", "3.11.7", ()),
        ("[pip]", None, ("pip",)),
        ("[]", None, ()),
    ],
)  # fmt: skip
def test_virtualenv_is_enough(bench: "Bench", dependencies: str, python: str | None, build: tuple[str, ...]) -> None:
    bench.write("conda.yaml", f"dependencies: {dependencies}\nvariables: {{A: b}}\n")
    spec = bench.spec("conda.yaml", env_manager="virtualenv")
    assert (spec.manager, spec.kind) == ("virtualenv", EnvKind.PYTHON)
    assert (spec.python, spec.build_requirements, spec.packages) == (python, build, ())
    assert spec.variables == {"A": "b"}


def test_what_stands_in_the_way_of_virtualenv_is_named(bench: "Bench") -> None:
    names = ["python", "numpy=1.2", *(f"lib{number}" for number in range(6))]
    bench.write("conda.yaml", "dependencies:\n" + "".join(f"- {name}\n" for name in names))
    with pytest.raises(EnvironmentSpecError, match="numpy, lib0, lib1, lib2, lib3 and 2 more") as caught:
        bench.spec("conda.yaml", env_manager="uv")
    assert caught.value.where == f"{bench.root / 'conda.yaml'}:3"


def test_virtualenv_cannot_read_alternatives(bench: "Bench") -> None:
    bench.write("conda.yaml", "dependencies: ['python=3.8|3.9']\n")
    with pytest.raises(EnvironmentSpecError, match="write it as name>=1,<2"):
        bench.spec("conda.yaml", env_manager="virtualenv")


def test_hash_changes_with_what_matters_only(bench: "Bench") -> None:
    def hash_of(text: str) -> str:
        bench.write("conda.yaml", text)
        return bench.spec("conda.yaml").hash

    first = hash_of("name: a\nchannels: ['https://u:pw@host/c']\ndependencies: [python, {pip: [alpha]}]\n")
    assert hash_of("name: b\nchannels: ['https://host/c']\ndependencies: [python, {pip: [alpha]}]\n") == first
    assert hash_of("channels: ['https://host/d']\ndependencies: [python, {pip: [alpha]}]\n") != first
    assert hash_of("channels: ['https://host/c']\ndependencies: [python=3, {pip: [alpha]}]\n") != first
    assert hash_of("channels: ['https://host/c']\ndependencies: [python, {pip: [beta]}]\n") != first


def test_a_conda_env_without_a_file(bench: "Bench") -> None:
    from mlproj.envs.specs import spec_for

    with pytest.raises(EnvironmentSpecError, match="names no file"):
        spec_for(bench.project(kind=EnvKind.CONDA), env_manager=None, settings=bench.settings())
