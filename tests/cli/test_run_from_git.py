"""The main job on git repositories: versions, CI clones, what a run leaves behind."""

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Git, Program, Write


PROJECT = """
    name: versioned
    entry_points:
      main:
        parameters: {alpha: {type: float, default: 1}}
        command: "cat content; echo {alpha}"
      leave:
        command: "echo more >> content; echo result > 'a new file'"
      remove:
        command: "rm content"
"""


@pytest.fixture
def repository(git: "Git", project: "Write") -> Path:
    """A repository with a tag on its first commit and a branch beside main."""
    folder = project(PROJECT, name="my repo", content="first\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    git(folder, "tag", "-a", "v1", "-m", "one")
    (folder / "content").write_text("second\n")
    git(folder, "commit", "-qam", "second")
    git(folder, "switch", "-qc", "topic")
    (folder / "content").write_text("third\n")
    git(folder, "commit", "-qam", "third")
    git(folder, "switch", "-q", "main")
    return folder


@pytest.mark.parametrize(
    ("version", "content", "branch"),
    [("main", "second", "main"), ("v1", "first", None), ("topic", "third", "topic"), ("main~1", "first", None)],
)
def test_a_version_of_a_repository(  # noqa: PLR0917 - fixtures and the table's columns
    git: "Git", mlproj: "Program", repository: Path, version: str, content: str, branch: str | None
) -> None:
    done = mlproj("run", "--version", version, f"file://{repository}", "-P", "alpha=5.1")
    assert (done.code, done.out) == (0, f"{content}\n5.1\n"), done.err
    tags = mlproj.only_run()["tags"]
    assert tags["mlflow.source.git.commit"] == git(repository, "rev-parse", f"{version}^{{commit}}")
    assert tags.get("mlflow.source.git.branch") == branch
    assert tags["mlproj.source.version"] == version
    assert tags["mlflow.source.git.repoURL"].removeprefix("file://") == str(repository)


def test_a_work_tree_runs_in_place_and_says_whether_it_is_dirty(mlproj: "Program", repository: Path) -> None:
    mlproj("run", str(repository))
    assert mlproj.only_run()["tags"]["mlproj.source.dirty"] == "false"
    (repository / "content").write_text("changed\n")
    assert mlproj("run", str(repository)).out == "changed\n1.0\n".replace("1.0", "1")
    newest = mlproj("runs", "list", "--json").json[0]["tags"]
    assert newest["mlproj.source.dirty"] == "true"
    assert newest["mlflow.source.name"] == f"file://{repository}"
    assert newest["mlflow.source.git.branch"] == "main"


def test_what_a_run_leaves_in_its_checkout_is_named_and_kept(
    mlproj: "Program", repository: Path, environment: Path
) -> None:
    done = mlproj("run", "--version", "main", str(repository), "-e", "leave")
    assert done.code == 0
    assert "new: a new file" in done.err
    assert "changed: content" in done.err
    kept = next(line.partition(": /")[2] for line in done.err.splitlines() if "kept" in line)
    assert (Path("/") / kept / "a new file").read_text() == "result\n"
    assert (repository / "content").read_text() == "second\n"

    mlproj("run", "--version", "main", str(repository))
    checkouts = environment / "mlproj-cache" / "checkouts"
    assert len([path for path in checkouts.iterdir() if path.is_dir()]) == 1


def test_what_a_run_deletes_from_its_checkout_is_named(mlproj: "Program", repository: Path) -> None:
    done = mlproj("run", "--version", "main", str(repository), "-e", "remove")
    assert done.code == 0
    assert "deleted: content" in done.err
    assert (repository / "content").exists()


@pytest.mark.parametrize("version", ["nothing", "-x", "0123456"])
def test_an_unknown_version_is_one_line(mlproj: "Program", repository: Path, version: str) -> None:
    done = mlproj("run", f"--version={version}", f"file://{repository}")
    assert done.code in {2, 3}
    assert version in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert mlproj.no_runs()


def test_a_shallow_detached_clone_as_ci_makes_it(
    git: "Git", mlproj: "Program", repository: Path, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repository}", str(clone)], check=True)
    git(clone, "checkout", "-q", "--detach")
    done = mlproj("run", ".", cwd=clone)
    assert done.code == 0, done.err
    tags = mlproj.only_run()["tags"]
    assert tags["mlflow.source.git.commit"] == git(clone, "rev-parse", "HEAD")
    assert "mlflow.source.git.branch" not in tags


def test_a_detached_run_of_a_version_keeps_its_checkout_until_it_is_over(mlproj: "Program", repository: Path) -> None:
    run_id = mlproj("run", "-d", "--version", "v1", str(repository)).out.strip()
    assert mlproj("runs", "wait", run_id).code == 0
    assert mlproj("runs", "logs", run_id).out == "first\n1\n"


def test_a_dry_run_of_a_version_leaves_nothing(
    git: "Git", mlproj: "Program", repository: Path, environment: Path
) -> None:
    plan = mlproj("run", "--dry-run", "--json", "--version", "v1", str(repository)).json
    assert plan["commit"] == git(repository, "rev-parse", "v1^{commit}")
    checkouts = environment / "mlproj-cache" / "checkouts"
    assert not [path for path in checkouts.iterdir() if path.is_dir()]


def test_a_package_is_built_once_for_all_checkouts_of_a_commit(
    git: "Git", mlproj: "Program", project: "Write", environment: Path
) -> None:
    folder = project("entry_points:\n  main:\n    command: python -c 'import own; print(own.NAME)'\n", name="package")
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "own"\nversion = "1"\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (folder / "backend.py").write_text(BACKEND)
    (folder / "own.py").write_text("NAME = 'first'\n")
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "first"]):
        git(folder, *words)
    for _ in range(2):
        done = mlproj("run", "--version", "main", str(folder))
        assert (done.code, done.out) == (0, "first\n"), done.err
    environments = [path for path in (environment / "mlproj-cache" / "envs").iterdir() if path.is_dir()]
    assert len(environments) == 1

    (folder / "own.py").write_text("NAME = 'second'\n")
    git(folder, "commit", "-qam", "second")
    assert mlproj("run", "--version", "main", str(folder)).out == "second\n"
    (folder / "own.py").write_text("NAME = 'edited'\n")
    assert mlproj("run", str(folder)).out == "edited\n"
    (folder / "own.py").write_text("NAME = 'edited again'\n")
    assert mlproj("run", str(folder)).out == "edited again\n"


BACKEND = """
import os, zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None, editable=False):
    name = "own-1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        if editable:
            wheel.writestr("own.pth", os.getcwd())
        else:
            wheel.write("own.py")
        wheel.writestr("own-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: own\\nVersion: 1\\n")
        wheel.writestr("own-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("own-1.dist-info/RECORD", "")
    return name

def build_editable(directory, config_settings=None, metadata_directory=None):
    return build_wheel(directory, editable=True)
"""


@pytest.mark.parametrize("command", ["show", "validate"])
def test_a_bare_repository_is_looked_at_as_it_is_run(
    git: "Git", mlproj: "Program", repository: Path, tmp_path: Path, command: str
) -> None:
    bare = tmp_path / "bare.git"
    git(repository, "clone", "-q", "--bare", str(repository), str(bare))
    done = mlproj(command, str(bare))
    assert done.code == 0, done.err
    assert "there is no MLproject file" not in done.out
    assert command == "validate" or "versioned" in done.out


@pytest.mark.parametrize("command", ["show", "run"])
def test_an_error_names_the_source_and_not_the_checkout(
    git: "Git", mlproj: "Program", repository: Path, command: str
) -> None:
    for place in (repository, repository / "sub"):
        place.mkdir(exist_ok=True)
        (place / "MLproject").write_text("name: x\nentry_points: [\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "broken")
    for uri in (f"file://{repository}", f"file://{repository}#sub"):
        done = mlproj(command, uri, "--version", "main")
        assert done.code == 2
        assert f"error: {uri}: MLproject:" in done.err
        assert "checkouts" not in done.err


def test_a_file_that_nothing_finds_is_named(mlproj: "Program", tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "MLproject.yaml").write_text("entry_points: {main: {command: echo}}\n")
    done = mlproj("run", str(tmp_path / "p"))
    assert done.code == 2
    assert "MLproject.yaml is never read: rename it to MLproject" in done.err


def test_a_uri_that_is_longer_than_a_path_can_be(mlproj: "Program") -> None:
    for command in ("show", "validate", "run"):
        done = mlproj(command, "x" * 5000)
        assert done.code == 2
        assert len(done.err.splitlines()) == 1
