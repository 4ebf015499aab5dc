"""An installed conda, mamba or micromamba instead of the built-in solver: here a program that speaks as they do."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mlproj.envs.conda.programs import asked_program, find_program
from mlproj.envs.values import LockPolicy
from mlproj.errors import BuildError, EnvironmentSpecError, ResolveError, UsageError

if TYPE_CHECKING:
    from tests.envs.conftest import Bench

PROGRAM = r"""import asyncio, json, os, sys
from pathlib import Path

def main():
    words, name = sys.argv[1:], Path(sys.argv[0]).name
    seen = {variable: os.environ.get(variable) for variable in ("CONDA_OVERRIDE_CUDA", "CONDA_SUBDIR", "CONDA_PREFIX")}
    with open(os.environ["FAKE_CONDA_LOG"], "a", encoding="utf-8") as log:
        log.write(json.dumps({"words": words, **seen}) + "\n")
    prefix, file = Path(words[words.index("--prefix") + 1]), Path(words[words.index("--file") + 1])
    text = file.read_text(encoding="utf-8")
    explicit = text.startswith("@EXPLICIT")
    if words[0] != ("create" if explicit or name == "micromamba" else "env"):
        sys.exit("no such command")
    if prefix.exists():
        sys.exit("prefix already exists")
    try:
        asyncio.run(install(prefix, text, explicit))
    except Exception as error:
        print(f"Solving environment: failed\n\n{type(error).__name__}: {error}")
        return 1

async def install(prefix, text, explicit):
    from rattler import Channel, Gateway, MatchSpec, Subdir, VirtualPackage, solve
    from rattler import install as link
    if explicit:
        pairs = [line.split("#") for line in text.splitlines()[1:]]
        channels = [url.rsplit("/", 2)[0] for url, _ in pairs]
        specs = [f"{url.rpartition('/')[2].rsplit('-', 2)[0]}[md5={md5}]" for url, md5 in pairs]
    else:
        table = json.loads(text)
        channels = [channel for channel in table["channels"] if channel != "nodefaults"]
        specs = table["dependencies"]
    records = await solve(
        [Channel(url) for url in dict.fromkeys(channels)],
        [MatchSpec(spec) for spec in specs],
        gateway=Gateway(cache_dir=prefix.parent / "repodata"),
        platforms=[Subdir.current(), Subdir("noarch")],
        virtual_packages=[package.into_generic() for package in VirtualPackage.detect()],
    )
    await link(records, prefix, cache_dir=os.environ["FAKE_CONDA_PACKAGES"], show_progress=False)

code = main()
sys.stdout.flush()
os._exit(code or 0)
"""


def install_program(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!{sys.executable}\n{PROGRAM}")
    program.chmod(0o755)
    return program


@pytest.fixture
def log(conda: "Bench", conda_channels: Path, tmp_path: Path) -> Path:
    """Where the program writes down how it was called."""
    conda.environ |= {
        "FAKE_CONDA_LOG": str(tmp_path / "calls"),
        "FAKE_CONDA_PACKAGES": str(conda_channels / "packages"),
        "CONDA_PREFIX": "/the caller's",
    }
    return tmp_path / "calls"


def calls(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


@pytest.mark.parametrize(("name", "command"), [("conda", ["env", "create"]), ("micromamba", ["create"])])
def test_it_solves_and_installs_from_the_lock(
    conda: "Bench", log: Path, tmp_path: Path, name: str, command: list[str]
) -> None:
    program = install_program(tmp_path / "a place" / "bin", name)
    conda.write(
        "conda.yaml", "channels: [conda-forge]\ndependencies: [python, greet=1.0, libanswer, {pip: [alpha<2]}]\n"
    )
    environment = conda.build("conda.yaml", conda_program=str(program), cuda="12.4")

    assert conda.python(environment, "import alpha, greet; print(alpha.VERSION, greet.VERSION)") == "1.0 1.0"
    assert environment.variables["ANSWER_VERSION"] == "2.0"
    assert environment.lock is not None
    assert "/greet-1.0-0.tar.bz2" in environment.lock.payload
    assert "alpha-1.0-py3-none-any.whl" in environment.lock.payload
    solved, *installed = calls(log)
    assert solved["words"][: len(command)] == command
    assert [call["words"][0] for call in installed] == ["create", "create"]
    assert {(call["CONDA_OVERRIDE_CUDA"], call["CONDA_PREFIX"]) for call in calls(log)} == {("12.4", None)}
    assert str(environment.prefix) in installed[-1]["words"]
    again = conda.build("conda.yaml", conda_program=str(program), cuda="12.4")
    assert (again.reused, len(calls(log))) == (True, 3)
    assert not list((conda.settings().cache_dir / "conda-solves").iterdir())


def test_its_explanation_is_shown(conda: "Bench", log: Path, tmp_path: Path) -> None:
    program = install_program(tmp_path, "mamba")
    conda.write("conda.yaml", "dependencies: [wants-old, wants-new]\n")
    with pytest.raises(ResolveError, match="mamba cannot resolve the conda packages") as caught:
        conda.build("conda.yaml", conda_program=str(program))
    assert "libanswer <2" in (caught.value.detail or "")


def test_it_cannot_install(conda: "Bench", log: Path, tmp_path: Path) -> None:
    program = install_program(tmp_path, "conda")
    conda.write("conda.yaml", "dependencies: [libanswer]\n")
    spec = conda.spec("conda.yaml")
    settings = conda.settings(conda_program=str(program))
    found = conda.lock("conda.yaml", conda_program=str(program))
    program.write_text("#!/bin/sh\necho the disk is on fire\nexit 1\n")
    from mlproj.envs.building import ensure

    with pytest.raises(BuildError, match="conda cannot install the conda packages") as caught:
        ensure(spec, found, settings=settings, on_progress=conda.lines.append)
    assert caught.value.detail == "the disk is on fire"
    assert [path for path in (settings.cache_dir / "envs").iterdir() if path.is_dir()] == []


def test_no_dates(conda: "Bench", log: Path, tmp_path: Path) -> None:
    program = install_program(tmp_path, "conda")
    conda.write("conda.yaml", "dependencies: [libanswer]\n")
    with pytest.raises(UsageError, match="--as-of needs the built-in solver"):
        conda.lock("conda.yaml", policy=LockPolicy(as_of="2024-01-01"), conda_program=str(program))


class TestWhere:
    """Which program it is, by our settings and by MLflow's variables."""

    def found(self, conda: "Bench", environ: dict[str, str], **options: object) -> tuple[str | None, str]:
        conda.environ |= environ
        settings = conda.settings(**options)
        return asked_program(settings), str(find_program(settings))

    def test_none_is_asked_for_by_a_shell_with_conda(self, conda: "Bench", tmp_path: Path) -> None:
        conda.environ["CONDA_EXE"] = str(install_program(tmp_path / "c", "conda"))
        assert asked_program(conda.settings()) is None

    def test_on_path(self, conda: "Bench", tmp_path: Path) -> None:
        program = install_program(tmp_path / "p", "mamba")
        environ = {"PATH": f"{program.parent}:{conda.environ['PATH']}", "MLPROJ_CONDA": "mamba"}
        assert self.found(conda, environ) == ("mamba", str(program))

    def test_beside_conda_exe(self, conda: "Bench", tmp_path: Path) -> None:
        exe, program = install_program(tmp_path / "c", "conda"), install_program(tmp_path / "c", "mamba")
        assert self.found(conda, {"CONDA_EXE": str(exe)}, conda_program="mamba") == ("mamba", str(program))

    def test_in_mlflow_conda_home(self, conda: "Bench", tmp_path: Path) -> None:
        program = install_program(tmp_path / "home" / "bin", "conda")
        environ = {"MLFLOW_CONDA_HOME": str(tmp_path / "home"), "CONDA_EXE": "/elsewhere/conda"}
        assert self.found(conda, environ) == ("conda", str(program))

    def test_mlflow_s_creator(self, conda: "Bench", tmp_path: Path) -> None:
        program = install_program(tmp_path / "home" / "bin", "mamba")
        environ = {"MLFLOW_CONDA_HOME": str(tmp_path / "home"), "MLFLOW_CONDA_CREATE_ENV_CMD": "mamba"}
        assert self.found(conda, environ) == ("mamba", str(program))

    @pytest.mark.parametrize(
        ("environ", "words"),
        [
            (
                {"MLPROJ_CONDA": "no-such-conda"},
                "MLPROJ_CONDA: the conda program 'no-such-conda' is not on this machine",
            ),
            ({"MLPROJ_CONDA": "/none/conda"}, "there is no conda program at /none/conda"),
            ({"MLFLOW_CONDA_HOME": "/none"}, "there is no program /none/bin/conda, and MLFLOW_CONDA_HOME says"),
            ({"MLFLOW_CONDA_CREATE_ENV_CMD": "no-mamba"}, "the conda program 'no-mamba' is not on this machine"),
        ],
    )
    def test_not_there_is_said_before_anything_runs(self, conda: "Bench", environ: dict[str, str], words: str) -> None:
        conda.environ |= environ
        conda.write("conda.yaml", "dependencies: [libanswer]\n")
        with pytest.raises(EnvironmentSpecError) as caught:
            conda.spec("conda.yaml")
        assert words in str(caught.value)
        assert "mlproj needs none of them" in str(caught.value)
        assert conda.spec("conda.yaml", env_manager="local").manager == "local"
