"""What is asked for: the manager chosen, the files read, every mistake named before there is a run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.envs.specs import spec_for
from mlproj.errors import EnvironmentSpecError
from mlproj.project.model import EnvDeclaration, EnvKind

if TYPE_CHECKING:
    from tests.envs.conftest import Bench


def refuse(bench: "Bench", file: str = "python_env.yaml") -> str:
    with pytest.raises(EnvironmentSpecError) as caught:
        bench.spec(file)
    assert caught.value.exit_code == 2
    message = str(caught.value)
    assert "\n" not in message
    return message


class TestManager:
    """Which env manager is taken."""

    def test_virtualenv_is_what_a_python_environment_gets(self, bench: "Bench") -> None:
        bench.write("python_env.yaml", "dependencies: [alpha]\n")
        assert {bench.spec(env_manager=name).manager for name in (None, "virtualenv", "uv")} == {"virtualenv"}

    def test_setting_is_asked_where_no_option_is_given(self, bench: "Bench") -> None:
        bench.write("python_env.yaml", "dependencies: [alpha]\n")
        bench.environ["MLPROJ_ENV_MANAGER"] = "local"
        assert bench.spec().manager == "local"
        assert bench.spec(env_manager="virtualenv").manager == "virtualenv"

    def test_local_reads_no_file(self, bench: "Bench") -> None:
        assert bench.spec("missing.yaml", env_manager="local").manager == "local"

    @pytest.mark.parametrize("manager", [None, "virtualenv", "conda"])
    def test_nothing_declared_is_local_and_says_so(self, bench: "Bench", manager: str | None) -> None:
        spec = spec_for(bench.project(kind=EnvKind.LOCAL), env_manager=manager, settings=bench.settings())
        assert spec.manager == "local"
        (warning,) = spec.warnings
        assert "not locked" in warning
        assert ("nothing to build" in warning) == (manager is not None)

    def test_local_that_was_asked_for_says_nothing(self, bench: "Bench") -> None:
        spec = spec_for(bench.project(kind=EnvKind.LOCAL), env_manager="local", settings=bench.settings())
        assert spec.warnings == ()

    def test_conda_project_runs_in_the_callers_environment(self, bench: "Bench") -> None:
        project = bench.project("conda.yaml", kind=EnvKind.CONDA)
        assert spec_for(project, env_manager="local", settings=bench.settings()).manager == "local"

    @pytest.mark.parametrize("manager", [None, "local", "virtualenv"])
    def test_docker_wins(self, bench: "Bench", manager: str | None) -> None:
        declared = EnvDeclaration(kind=EnvKind.DOCKER, declared=True, docker={"image": "a:b"})
        project = replace(bench.project(kind=EnvKind.DOCKER), environment=declared)
        spec = spec_for(project, env_manager=manager, settings=bench.settings())
        assert (spec.manager, spec.image and spec.image.env.image) == ("docker", "a:b")
        assert bool([text for text in spec.warnings if "docker_env wins" in text]) == (manager is not None)

    def test_conda_cannot_build_a_python_environment(self, bench: "Bench") -> None:
        bench.write("python_env.yaml", "dependencies: [alpha]\n")
        with pytest.raises(EnvironmentSpecError, match="--env-manager virtualenv"):
            bench.spec(env_manager="conda")

    def test_no_such_manager(self, bench: "Bench") -> None:
        with pytest.raises(EnvironmentSpecError, match="no such env manager: 'poetry'"):
            bench.spec(env_manager="poetry")


class TestPythonEnv:
    """python_env.yaml."""

    @pytest.mark.parametrize(
        ("text", "python"),
        [
            ("3.10", "3.10"),
            ("'3.10'", "3.10"),
            ("3.11.7", "3.11.7"),
            ("3", "3"),
            ("'>=3.10,<3.13'", ">=3.10,<3.13"),
            ("3.11.*", "3.11.*"),
            ("", None),
            ("null", None),
            ("''", None),
        ],
    )
    def test_python_is_taken_from_the_text(self, bench: "Bench", text: str, python: str | None) -> None:
        bench.write("python_env.yaml", f"python: {text}\n")
        assert bench.spec().python == python

    def test_lists(self, bench: "Bench") -> None:
        bench.write("requirements.txt", "beta\n")
        bench.write(
            "python_env.yaml",
            "build_dependencies:\n- pip\n- setuptools==69\n"
            "dependencies:\n- alpha<2  # why\n- -r requirements.txt\n- ''\n",
        )
        spec = bench.spec()
        assert spec.build_requirements == ("pip", "setuptools==69")
        assert spec.requirements == ("alpha<2", "beta")
        assert spec.warnings == ()

    @pytest.mark.parametrize("text", ["", "---\n", "null\n", "# nothing\n"])
    def test_empty(self, bench: "Bench", text: str) -> None:
        bench.write("python_env.yaml", text)
        spec = bench.spec()
        assert spec.requirements == ()
        assert "is empty" in spec.warnings[0]

    def test_null_lists(self, bench: "Bench") -> None:
        bench.write("python_env.yaml", "build_dependencies:\ndependencies: ~\n")
        assert bench.spec().requirements == ()

    def test_unknown_and_repeated_keys_are_warnings(self, bench: "Bench") -> None:
        bench.write("python_env.yaml", "name: x\ndependancies: [a]\ndependencies: [alpha]\ndependencies: [beta]\n")
        spec = bench.spec()
        assert spec.requirements == ("beta",)
        assert "python_env.yaml:1: unknown key 'name'" in spec.warnings[0]
        assert "did you mean 'dependencies'?" in spec.warnings[1]
        assert "python_env.yaml:4" in spec.warnings[2]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("- a\n", "python_env.yaml:1: must be a mapping"),
            ("just text\n", "must be a mapping"),
            ("python: [3]\n", "python_env.yaml:1: python must be a version"),
            ("\npython: soon\n", "python_env.yaml:2: not a Python version: 'soon'"),
            ("python: 3.x\n", "not a Python version"),
            ("dependencies: alpha\n", "python_env.yaml:1: must be a list"),
            ("dependencies:\n- alpha\n- pip: [x]\n", "python_env.yaml:3: a dependency must be text"),
            ("dependencies:\n- alpha\n-\n", "python_env.yaml:3: a dependency must be text"),
            ("dependencies:\n- alpha\n- a b\n", "python_env.yaml:3: not a requirement"),
            ("dependencies:\n- -r none.txt\n", "python_env.yaml:2: no such file: none.txt"),
            ("a: [\n", "python_env.yaml:2:1: is not YAML"),
            ("a: b: c\n", "is not YAML"),
            ("a: *b\n", "is not YAML"),
            ("x: " + "[" * 3000, "is not YAML"),
            ("#" * 300_000, "larger than 256 kB"),
        ],
    )
    def test_mistakes(self, bench: "Bench", text: str, words: str) -> None:
        bench.write("python_env.yaml", text)
        assert words in refuse(bench)

    def test_bomb(self, bench: "Bench") -> None:
        lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
        bench.write("python_env.yaml", "\n".join([*lines, "dependencies: *a11"]))
        assert "a dependency must be text" in refuse(bench)

    def test_directory_binary_and_missing(self, bench: "Bench") -> None:
        (bench.root / "python_env.yaml").mkdir()
        assert "is a directory" in refuse(bench)
        (bench.root / "junk.yaml").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")
        assert "is not text" in refuse(bench, "junk.yaml")
        assert "no such file" in refuse(bench, "missing.yaml")

    def test_mistake_in_an_included_file_is_named_there(self, bench: "Bench") -> None:
        bench.write("python_env.yaml", "dependencies: ['-r requirements.txt']\n")
        bench.write("requirements.txt", "alpha\n\na b\n")
        assert "requirements.txt:3" in refuse(bench)


class TestPyproject:
    """pyproject.toml."""

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("a = \n", "is not TOML"),
            ("[tool.ruff]\n", "declares no dependencies"),
            ("project = 1\n", "[project] must be a table"),
            ("[project]\ndependencies = 'alpha'\n", "must be a list of texts"),
            ("[project]\ndependencies = [1]\n", "must be a list of texts"),
            ("[project]\nname = 'x'\ndependencies = [\n 'alpha',\n 'a b',\n]\n", "pyproject.toml:5: not a requirement"),
            ("[project]\nrequires-python = 'soon'\n", "pyproject.toml:2: not a Python version"),
            ("[project]\n[dependency-groups]\ndev = 'x'\n", "must be a list"),
            ("[project]\n[dependency-groups]\ndev = [1]\n", "unknown form"),
            ("[project]\n[dependency-groups]\ndev = [{include-group = 'dev'}]\n", "includes itself"),
        ],
    )
    def test_mistakes(self, bench: "Bench", text: str, words: str) -> None:
        bench.write("pyproject.toml", text)
        assert words in refuse(bench, "pyproject.toml")

    def test_groups_are_those_that_uv_installs(self, bench: "Bench") -> None:
        groups = "[dependency-groups]\ndev = ['alpha']\ndocs = ['beta']\n"
        bench.write("pyproject.toml", f"[project]\nname = 'x'\n{groups}")
        assert bench.spec("pyproject.toml").requirements == ("alpha",)
        bench.write("pyproject.toml", f"[project]\nname = 'x'\n{groups}[tool.uv]\ndefault-groups = 'all'\n")
        assert bench.spec("pyproject.toml").requirements == ("alpha", "beta")
        bench.write("pyproject.toml", f"[project]\nname = 'x'\n{groups}[tool.uv]\ndefault-groups = ['docs', 'none']\n")
        assert bench.spec("pyproject.toml").requirements == ("beta",)

    def test_package_or_not(self, bench: "Bench") -> None:
        bench.write("pyproject.toml", "[project]\nname = 'x'\n[build-system]\nrequires = []\n")
        assert bench.spec("pyproject.toml").requirements == ("-e .",)
        bench.write(
            "pyproject.toml", "[project]\nname = 'x'\n[build-system]\nrequires = []\n[tool.uv]\npackage = false\n"
        )
        assert bench.spec("pyproject.toml").requirements == ()


class TestPylock:
    """pylock.toml."""

    @pytest.mark.parametrize(
        ("name", "text", "words"),
        [
            ("other.toml", "", "no environment file that mlproj knows"),
            ("pylock.toml", "x", "is not TOML"),
            ("pylock.toml", "x = 1", "is no lock"),
            ("pylock.toml", "lock-version = '2.0'\npackages = []", "lock-version 2.0"),
            ("pylock.toml", "lock-version = '1.0'\npackages = []\nrequires-python = 'x'", "not a Python version"),
        ],
    )
    def test_mistakes(self, bench: "Bench", name: str, text: str, words: str) -> None:
        bench.write(name, text)
        assert words in refuse(bench, name)

    def test_python(self, bench: "Bench") -> None:
        bench.write("pylock.toml", "lock-version = '1.0'\npackages = []\nrequires-python = '>=3.11'\n")
        assert bench.spec("pylock.toml").python == ">=3.11"


class TestHash:
    """What makes a specification another one."""

    def test_each_part_counts(self, bench: "Bench", package: Callable[..., Path]) -> None:
        package(bench.root / "lib", "lib")
        bench.write("limits.txt", "beta<9\n")
        seen = set()
        for text in (
            "dependencies: [alpha]",
            "dependencies: [alpha, beta]",
            "dependencies: [beta, alpha]",
            "build_dependencies: [alpha]",
            "python: '3.11'\ndependencies: [alpha]",
            "dependencies: [alpha, --pre]",
            "dependencies: [alpha, -c limits.txt]",
            "dependencies: [alpha, ./lib]",
            "dependencies: [alpha, -e ./lib]",
        ):
            bench.write("python_env.yaml", text)
            seen.add(bench.spec().hash)
        package(bench.root / "lib", "lib", requires=("beta",))
        seen.add(bench.spec().hash)
        assert len(seen) == 10

    def test_comments_places_and_credentials_do_not(self, bench: "Bench") -> None:
        seen = set()
        for text in (
            "dependencies: [alpha, --index-url https://host/simple]",
            "# a comment\ndependencies:\n  - alpha   # why\n  - -i https://ada:secret@host/simple\n",
            "dependencies: [alpha, --index-url=https://bob:other@host/simple]",
        ):
            bench.write("python_env.yaml", text)
            seen.add(bench.spec().hash)
        assert len(seen) == 1

    def test_source_code_of_a_local_package_does_not(self, bench: "Bench", package: Callable[..., Path]) -> None:
        tree = package(bench.root / "lib", "lib")
        bench.write("python_env.yaml", "dependencies: [./lib]\n")
        before = bench.spec().hash
        (tree / "lib.py").write_text("VERSION = 2")
        assert bench.spec().hash == before


def test_python_project_without_a_file(bench: "Bench") -> None:
    with pytest.raises(EnvironmentSpecError, match="names no file"):
        spec_for(bench.project(), env_manager=None, settings=bench.settings())
