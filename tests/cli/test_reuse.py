"""Reuse is never stale: one change at a time, and each runs again."""

import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.envs.conftest import write_wheel

import mlproj as mlproj_package

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Git, Program, Write

PROJECT = """
    name: demo
    python_env: python_env.yaml
    entry_points:
      main:
        parameters: {alpha: {type: float, default: 0.5}}
        command: "python train.py {alpha}"
        inputs: [data/in.csv]
        outputs: [out.txt]
        variables: [MODE]
        seed: 3
"""
TRAIN = """
    import sys, helper, lib.part
    open("out.txt", "w").write(f"{helper.FACTOR} {lib.part.VALUE} {sys.argv[1]} {open('data/in.csv').read()}")
"""


@pytest.fixture
def demo(git: "Git", project: "Write", tmp_path: Path) -> Path:
    """A repository with a submodule, an ignored directory, and data that git does not know."""
    library = tmp_path / "library"
    library.mkdir()
    (library / "part.py").write_text("VALUE = 1\n")
    git(library, "init", "-q")
    git(library, "add", ".")
    git(library, "commit", "-qm", "one")
    folder = project(
        PROJECT,
        train__py=TRAIN,
        helper__py="FACTOR = 2\n",
        python_env__yaml="python: '3.11'\nbuild_dependencies: []\n",
    )
    (folder / ".gitignore").write_text("data/\nnotes/\nout.txt\n__pycache__/\n")
    (folder / "notes").mkdir()
    (folder / "data").mkdir()
    (folder / "data" / "in.csv").write_text("1,2\n")
    git(folder, "init", "-q")
    git(folder, "submodule", "--quiet", "add", str(library), "lib")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    return folder


def reuse(mlproj: "Program", *words: str, **environ: str) -> tuple[bool, str]:
    """Whether the run was reused, and what was said."""
    done = mlproj("run", "project", "--reuse", "--json", *words, environ={"MODE": "a", **environ})
    assert done.code == 0, done.err
    return bool(done.json["reused"]), done.err


def new_submodule_commit(folder: Path, git: "Git") -> None:
    (folder / "lib" / "part.py").write_text("VALUE = 2\n")
    git(folder / "lib", "commit", "-qam", "two")


CHANGES: "dict[str, tuple[Callable[[Path, Git], object], str]]" = {
    "an imported helper": (lambda at, _: (at / "helper.py").write_text("FACTOR = 3\n"), "code"),
    "a data file": (lambda at, _: (at / "data" / "in.csv").write_text("1,3\n"), "inputs"),
    "an untracked module": (lambda at, _: (at / "new.py").write_text("x = 1\n"), "code"),
    "a file made executable": (lambda at, _: (at / "train.py").chmod(0o755), "code"),
    "a submodule": (new_submodule_commit, "code"),
    "a file in a submodule": (lambda at, _: (at / "lib" / "part.py").write_text("VALUE = 4\n"), "code"),
}


def test_each_change_runs_again_and_is_named(git: "Git", mlproj: "Program", demo: Path) -> None:
    assert "no earlier run" in reuse(mlproj)[1]
    (demo / "out.txt").unlink()
    reused, said = reuse(mlproj)
    assert reused
    assert "reused run" in said
    assert "restored out.txt" in said
    assert (demo / "out.txt").read_text() == "2 1 0.5 1,2\n"
    (demo / "notes" / "ignored.py").write_text("# a comment\n")
    assert reuse(mlproj)[0]
    for name, (change, part) in CHANGES.items():
        change(demo, git)
        reused, said = reuse(mlproj)
        assert not reused, name
        assert f"not reused: {part} differ" in said, (name, said)
    assert reuse(mlproj)[0]
    reused, said = reuse(mlproj, "-P", "alpha=0.7")
    assert not reused
    assert "not reused: parameters differ" in said
    reused, said = reuse(mlproj, MODE="b")
    assert not reused
    assert "not reused: variables differ" in said


def test_other_packages_and_another_python_run_again(git: "Git", mlproj: "Program", demo: Path) -> None:
    def lock(python: str, text: str) -> tuple[bool, str]:
        (demo / "python_env.yaml").write_text(f"python: '{python}'\nbuild_dependencies: []\ndependencies: {text}\n")
        git(demo, "checkout", "-q", "--", "train.py")
        return reuse(mlproj)

    reuse(mlproj)
    (demo / "extra").mkdir()
    (demo / "extra" / "pyproject.toml").write_text("[project]\nname = 'extra'\nversion = '1'\n")
    assert not lock("3.11", "[]")[0]
    assert lock("3.11", "[]")[0]
    reused, said = lock("3.11", "[six==1.16.0]")
    assert not reused
    assert "not reused: code differs" in said  # the file that declares it is code too
    assert not lock("3.11", "[six==1.17.0]")[0]
    assert lock("3.11", "[six==1.16.0]")[0]


def test_a_failed_run_is_never_reused(mlproj: "Program", project: "Write") -> None:
    project(
        "name: f\npython_env: python_env.yaml\nentry_points: {main: {command: 'exit 3'}}\n",
        python_env__yaml="dependencies: []\n",
    )
    for _ in range(2):
        done = mlproj("run", "project", "--reuse", "--json")
        assert done.code == 3
        assert not done.json["reused"]


def test_what_cannot_be_known_is_not_reused(mlproj: "Program", demo: Path, tmp_path: Path) -> None:
    for _ in range(2):
        reused, said = reuse(mlproj, "--env-manager", "local")
        assert not reused
        (line,) = [line for line in said.splitlines() if "not reused" in line]
        assert line.startswith("mlproj: not reused: the command runs in your own environment, which can change")
    assert mlproj("run", "project", "--reuse", "--detach").code == 2
    assert mlproj("run", "project", "--reuse", "--run-id", "abcd").code == 2


def test_a_path_parameter_counts_by_its_content(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    folder = project(
        """
        name: p
        python_env: python_env.yaml
        entry_points:
          main:
            parameters: {data: path}
            command: "cat {data} > out.txt"
            outputs: [out.txt]
        """,
        python_env__yaml="dependencies: []\n",
    )
    with (tmp_path / "large").open("wb") as file:
        file.truncate((1 << 30) + 1)
    (folder / "MLproject").write_text((folder / "MLproject").read_text().replace("cat {data}", "wc -c {data}"))
    reused, said = reuse(mlproj, "-P", "data=large")
    assert not reused
    assert "the content of the path parameter 'data' is not hashed (declare it" in said
    (tmp_path / "data.txt").write_text("1")
    assert not reuse(mlproj, "-P", "data=data.txt")[0]
    assert reuse(mlproj, "-P", "data=data.txt")[0]
    (tmp_path / "data.txt").write_text("2")
    reused, said = reuse(mlproj, "-P", "data=data.txt")
    assert not reused
    assert "inputs differ" in said


def test_a_directory_of_code_with_ignored_files_counts_by_its_content(
    git: "Git", mlproj: "Program", project: "Write"
) -> None:
    folder = project(
        """
        name: p
        python_env: python_env.yaml
        entry_points:
          main:
            parameters: {data: {type: path, default: data}}
            command: "cat {data}/* > out.txt"
            outputs: [out.txt]
        """,
        python_env__yaml="dependencies: []\n",
        __gitignore="data/*.csv\n",
    )
    (folder / "data").mkdir()
    (folder / "data" / "keep.txt").write_text("kept")
    git(folder, "init", "-q")
    assert not reuse(mlproj)[0]
    assert reuse(mlproj)[0]
    (folder / "data" / "a b.csv").write_text("1")
    reused, said = reuse(mlproj)
    assert not reused
    assert "not reused: inputs differ" in said
    assert reuse(mlproj)[0]
    (folder / "data" / "a b.csv").write_text("2")
    assert not reuse(mlproj)[0]


@pytest.mark.parametrize("name", ["link.txt", "linked dir"])
def test_a_link_out_of_the_project_is_never_stale(mlproj: "Program", demo: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "outside").mkdir()
    data = tmp_path / "outside" / "data.txt"
    data.write_text("1")
    (demo / name).symlink_to(data if name == "link.txt" else data.parent)
    (demo / "inner link").symlink_to("train.py")
    for _ in range(2):
        reused, said = reuse(mlproj)
        assert not reused
        assert f"the link {name} leads to what is not hashed" in said
    text = (demo / "MLproject").read_text()
    (demo / "MLproject").write_text(text.replace("[data/in.csv]", f'[data/in.csv, "{name}"]'))
    assert not reuse(mlproj)[0]
    assert reuse(mlproj)[0]
    data.write_text("2")
    reused, said = reuse(mlproj)
    assert not reused
    assert "inputs differ" in said


def test_a_metrics_file_that_another_run_wrote_is_named(mlproj: "Program", project: "Write") -> None:
    folder = project(
        """
        name: p
        python_env: python_env.yaml
        entry_points:
          main:
            parameters: {x: {type: float, default: 1}}
            metrics: {file: m.json}
            outputs: [out.txt]
            command: "echo {x} | tee m.json > out.txt; echo '{{\\"loss\\": '{x}'}}' > m.json"
        """,
        python_env__yaml="dependencies: []\n",
    )
    assert not reuse(mlproj)[0]
    assert not reuse(mlproj, "-P", "x=2")[0]
    reused, said = reuse(mlproj)
    assert reused
    assert "m.json is left as it was" in said
    text = (folder / "MLproject").read_text()
    (folder / "MLproject").write_text(text.replace("[out.txt]", "[out.txt, '*.json']"))
    assert not reuse(mlproj)[0]
    assert not reuse(mlproj, "-P", "x=2")[0]
    reused, said = reuse(mlproj)
    assert reused
    assert "left as it was" not in said
    assert '"loss": 1' in (folder / "m.json").read_text()


def test_a_package_that_moved_alone_runs_again(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    """Nothing in the project changes, and a newer version is resolved."""
    folder = project(
        """
        name: moving
        python_env: python_env.yaml
        entry_points:
          main:
            command: "python -c 'import planted; print(planted.VERSION)' > out.txt"
            outputs: [out.txt]
        """,
        python_env__yaml="build_dependencies: []\ndependencies: [-r requirements.txt]\n",
        requirements__txt=f"--no-index\n--find-links {tmp_path / 'wheels'}\nplanted\n",
    )
    write_wheel(tmp_path / "wheels", "planted", "1.0")
    assert not reuse(mlproj)[0]
    assert reuse(mlproj)[0]
    write_wheel(tmp_path / "wheels", "planted", "2.0")
    assert reuse(mlproj)[0]  # what was resolved is remembered
    reused, said = reuse(mlproj, "--update")
    assert not reused
    assert "not reused: environment differs" in said
    assert (folder / "out.txt").read_text() == "2.0\n"


def test_another_interpreter_alone_runs_again(mlproj: "Program", demo: Path) -> None:
    """The same version is asked for, and another of its releases is there."""
    other = Path(f"/usr/bin/python3.{sys.version_info.minor}")
    asked = [str(other), "-c", "import sys; print(*sys.version_info[:3])"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout if other.exists() else ""
    if not said or said.split() == [str(part) for part in sys.version_info[:3]]:
        pytest.skip("there is no other release of this Python on the machine")
    assert not reuse(mlproj)[0]
    places = [sysconfig.get_path("purelib"), str(Path(mlproj_package.__file__).parent.parent)]
    code = f"import sys; sys.path += {places!r}; from mlproj.cli.app import run; sys.exit(run(sys.argv[1:]))"
    words = ["run", "project", "--reuse", "--json"]
    environ = mlproj.environ({"MODE": "a"})
    done = subprocess.run(
        [str(other), "-c", code, *words], cwd=demo.parent, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "not reused: interpreter differs" in done.stderr


def test_another_secret_runs_again(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    """And the same one does not; no value is kept, and `reproduce` says when another is set."""
    project(
        """
        name: p
        python_env: python_env.yaml
        entry_points:
          main:
            parameters: {key: {secret: true}}
            variables: [DATABASE_URL, API_TOKEN]
            command: "true"
        """,
        python_env__yaml="dependencies: []\n",
    )

    def again(**changes: str) -> bool:
        environ = {"DATABASE_URL": "db://ada:lovelace-1@host/x", "API_TOKEN": "token-1", "KEY": "parameter-1"} | changes
        return reuse(mlproj, "-P", "key=@env:KEY", **environ)[0]

    assert not again()
    assert again()
    assert not again(DATABASE_URL="db://ada:lovelace-2@host/x")
    assert not again(API_TOKEN="token-2")
    assert not again(KEY="parameter-2")
    assert again()
    run = mlproj("runs", "list", "--json").json[-1]["run_id"]
    given = ("reproduce", run, "-P", "key=@env:KEY")
    environ = {"DATABASE_URL": "db://ada:lovelace-3@host/x", "API_TOKEN": "token-1", "KEY": "parameter-1"}
    done = mlproj(*given, environ=environ)
    assert "the variable DATABASE_URL, which is a secret, is not what it was in run" in done.err
    done = mlproj(*given, environ={"DATABASE_URL": "db://ada:lovelace-1@host/x", "KEY": "parameter-1"})
    assert done.code == 2
    assert "the variable API_TOKEN held a secret and is not recorded (set it, and try again)" in done.out
    home = Path(mlproj.environ(None)["MLPROJ_HOME"])
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for value in (b"lovelace-", b"token-1", b"parameter-1"):
        assert value not in kept
