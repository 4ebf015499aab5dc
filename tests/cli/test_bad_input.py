"""Bad input ends in one clear line, with nothing left behind."""

import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Done, Program, Write

TRIVIAL = "entry_points:\n  main:\n    command: echo hi\n"
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def assert_one_line(done: "Done", code: int, says: str) -> None:
    """One line on standard error, that says what is wrong."""
    assert done.code == code, done.err
    errors = [line for line in done.err.splitlines() if line.startswith("mlproj: error:")]
    assert len(errors) == 1, done.err
    assert says in errors[0]
    assert done.out == ""


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 20, id="binary"),
        pytest.param(b"entry_points: [", id="no YAML"),
        pytest.param(b"- a\n- b\n", id="a list"),
        pytest.param(b"\xff\xfe\x00", id="no UTF-8"),
        pytest.param(b"x: " + b"[" * 5000, id="deep"),
        pytest.param(b"{{ cookiecutter.name }}: 1\n", id="template"),
    ],
)
def test_files_that_are_no_project(mlproj: "Program", tmp_path: Path, content: bytes) -> None:
    (tmp_path / "MLproject").write_bytes(content)
    assert_one_line(mlproj("run", "."), 2, "MLproject")
    assert mlproj.no_runs()


def test_a_bomb_does_not_go_off(mlproj: "Program", tmp_path: Path) -> None:
    (tmp_path / "MLproject").write_text(BOMB + TRIVIAL)
    done = mlproj("run", ".")
    assert done.code in {0, 2}
    assert len(done.err) < 2000


def test_a_huge_file_is_read_or_refused(mlproj: "Program", tmp_path: Path) -> None:
    (tmp_path / "MLproject").write_text(TRIVIAL + "# " + "x" * 10_000_000)
    done = mlproj("run", ".")
    assert done.code in {0, 2}
    assert len(done.err) < 2000


@pytest.mark.parametrize("content", [TRIVIAL.replace("\n", "\r\n"), "\ufeff" + TRIVIAL])
def test_line_ends_and_byte_order_marks_do_not_matter(mlproj: "Program", tmp_path: Path, content: str) -> None:
    (tmp_path / "MLproject").write_text(content, newline="")
    assert mlproj("run", ".").out == "hi\n"


def test_an_entry_point_that_is_broken_spares_the_others(mlproj: "Program", project: "Write") -> None:
    folder = project(
        "entry_points:\n  main:\n    command: echo hi\n  bad: just text\n  worse:\n    command: 'echo {'\n"
    )
    assert mlproj("run", str(folder)).out == "hi\n"
    assert_one_line(mlproj("run", str(folder), "-e", "bad"), 2, "MLproject:4")
    assert_one_line(mlproj("run", str(folder), "-e", "worse"), 2, "MLproject:6")


def test_an_environment_file_that_is_a_directory(mlproj: "Program", project: "Write") -> None:
    folder = project(f"python_env: env\n{TRIVIAL}")
    (folder / "env").mkdir()
    assert_one_line(mlproj("run", str(folder)), 2, "env")
    assert mlproj.no_runs()


def test_a_requirement_that_does_not_exist_fails_the_run_with_the_installers_words(
    mlproj: "Program", project: "Write"
) -> None:
    folder = project(f"python_env: python_env.yaml\n{TRIVIAL}")
    (folder / "python_env.yaml").write_text("dependencies: [no-such-package-of-anybody]\n")
    environ = {"PIP_NO_INDEX": "1"}
    done = mlproj("run", str(folder), environ=environ)
    assert_one_line(done, 4, "cannot be resolved")
    assert "no-such-package-of-anybody" in done.err
    run = mlproj.only_run()
    assert (run["status"], run["tags"]["mlproj.failed_in"]) == ("FAILED", "environment")
    assert "no-such-package-of-anybody" in mlproj.artifact("mlproj/environment.log")
    assert mlproj("run", str(folder), "--json", environ=environ).json["failed_in"] == "environment"


def test_an_empty_repository(mlproj: "Program", tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "empty.git")], check=True)
    assert_one_line(mlproj("run", f"file://{tmp_path}/empty.git"), 3, "empty")


def test_a_cache_that_cannot_be_written(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environ = {"MLPROJ_CACHE_DIR": str(tmp_path / "file" / "cache")}
    assert_one_line(mlproj("run", str(project(TRIVIAL)), environ=environ), 2, "MLPROJ_CACHE_DIR")
    environ = {"MLPROJ_HOME": str(tmp_path / "file" / "home")}
    done = mlproj("run", str(project(TRIVIAL)), environ=environ)
    assert done.code in {2, 6}
    assert len(done.err.strip().splitlines()) <= 2


def test_a_store_that_is_corrupt_or_too_new(mlproj: "Program", project: "Write", environment: Path) -> None:
    folder = project(TRIVIAL)
    mlproj("run", str(folder))
    database = environment / "mlproj-home" / "mlproj.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(migrations)")]
        values = ", ".join("99" if column == "version" else "0" for column in columns)
        connection.execute(f"INSERT INTO migrations VALUES ({values})")
    assert_one_line(mlproj("run", str(folder)), 6, "newer")
    assert_one_line(mlproj("runs", "list"), 6, "newer")
    for part in database.parent.glob("mlproj.db*"):
        part.unlink()
    database.write_bytes(b"nonsense " * 10_000)
    assert_one_line(mlproj("run", str(folder)), 6, "mlproj.db")


@pytest.fixture
def small_disk(tmp_path: Path, require: Callable[[object, str], None]) -> Iterator[Path]:
    """A file system with room for next to nothing."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", str(disk)]
    require(subprocess.run(mount, capture_output=True, check=False).returncode == 0, "the right to mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_fills_up_while_the_command_prints(mlproj: "Program", project: "Write", small_disk: Path) -> None:
    folder = project("entry_points:\n  main:\n    command: 'head -c 2000000 /dev/zero; echo; echo done >&2'\n")
    done = mlproj("run", str(folder), environ={"MLPROJ_HOME": str(small_disk)})
    assert "done" in done.err
    assert done.code in {0, 6}
    assert "a bug" not in done.err


@pytest.mark.parametrize("name", ["data-path", "größe", "a b"])
def test_parameter_names_as_people_write_them(mlproj: "Program", project: "Write", name: str) -> None:
    folder = project(f"entry_points:\n  main:\n    parameters:\n      {name}: string\n    command: 'echo {{{name}}}'\n")
    value = 'it\'s "x"\n$(touch pwned) `id` 🚀'
    done = mlproj("run", str(folder), "-P", f"{name}={value}")
    assert (done.code, done.out) == (0, f"{value}\n"), done.err
    assert mlproj.only_run()["params"] == {name: value}
    assert not (folder / "pwned").exists()


@pytest.mark.parametrize("command", ["run", "prepare"])
def test_a_lock_is_used_or_resolved_anew_but_not_both(mlproj: "Program", project: "Write", command: str) -> None:
    folder = project(TRIVIAL)
    assert_one_line(mlproj(command, str(folder), "--locked", "--update"), 2, "--locked resolves nothing")


@pytest.mark.parametrize("command", ["run", "prepare", "lock"])
def test_an_environment_manager_that_does_not_exist(mlproj: "Program", project: "Write", command: str) -> None:
    folder = project(TRIVIAL)
    assert_one_line(mlproj(command, str(folder), "--env-manager", "poetry"), 2, "no such env manager: 'poetry'")
