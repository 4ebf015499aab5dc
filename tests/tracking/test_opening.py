"""Opening stores: URIs, new and old files, and files that cannot be used."""

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from mlproj.config import Settings, load_settings
from mlproj.errors import InvalidValueError, SettingError, StoreCorruptError, StoreTooNewError, TrackingError
from mlproj.tracking.entities import Metric
from mlproj.tracking.opening import open_sqlite, open_store
from mlproj.tracking.sql import migrations

NOBODY = 65534


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"MLPROJ_HOME": str(tmp_path / "a home"), "HOME": str(tmp_path)})


@pytest.fixture
def public_directory() -> Iterator[Path]:
    """A directory that every user may enter; pytest's own are ours alone."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


def in_child(function: Callable[[], None], *, as_nobody: bool = False) -> str:
    """What a function raises in a forked child, which may be a user that owns nothing."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        text = ""
        try:
            if as_nobody and os.getuid() == 0:
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            function()
        except BaseException as error:  # noqa: BLE001 - the parent looks at it
            text = f"{type(error).__name__}: {error}"
        os.write(writing, text.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, encoding="utf-8") as file:
        return file.read()


@contextmanager
def small_files(size: int) -> Iterator[None]:
    """No file of this process may grow beyond a size, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_without_a_uri_the_store_is_in_the_home(settings: Settings) -> None:
    with closing(open_store(None, settings=settings)) as store:
        run = store.create_run("0", start_time=1)
        store.artifacts(run.run_id).write("x", iter([b"1"]))
    assert (settings.home / "mlproj.db").is_file()
    assert (settings.home / "artifacts" / "0" / run.run_id / "artifacts" / "x").is_file()


@pytest.mark.parametrize("name", ["a b.db", "it's.db", "50%41.db", "ünï💥.db", "?x=1.db"])
def test_a_store_s_uri_opens_it_again(settings: Settings, tmp_path: Path, name: str) -> None:
    with closing(open_store(f"sqlite:///{tmp_path / name}", settings=settings)) as store:
        run = store.create_run("0", start_time=1)
        uri = store.uri
    with closing(open_store(uri, settings=settings)) as store:
        assert store.get_run(run.run_id) == run
    assert (tmp_path / name).is_file()


def test_a_relative_uri_is_relative_to_the_caller(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///runs.db", settings=settings).close()
    assert (tmp_path / "runs.db").is_file()


@pytest.mark.parametrize(
    "uri",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "mlruns",
        "file:///x",
        "mysql://ada:s3cret@host/db",
        "databricks",
    ],
)
def test_uris_that_name_no_store(settings: Settings, uri: str) -> None:
    with pytest.raises(SettingError, match="no tracking store") as caught:
        open_store(uri, settings=settings)
    assert "sqlite:///PATH" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_the_artifact_root_stays_where_it_was(tmp_path: Path) -> None:
    open_sqlite(tmp_path / "x.db", artifact_root=tmp_path / "files").close()
    with pytest.raises(SettingError, match="set-artifact-root"):
        open_sqlite(tmp_path / "x.db", artifact_root=tmp_path / "other")
    with closing(open_sqlite(tmp_path / "x.db")) as store:
        assert store.artifact_root().local_directory() == tmp_path / "files"
        store.set_artifact_root(str(tmp_path / "other"))
        assert store.artifact_root().local_directory() == tmp_path / "other"
    open_sqlite(tmp_path / "x.db", artifact_root=tmp_path / "other").close()


@pytest.mark.parametrize("content", [b"no database at all, but long enough" * 100, b"\0" * 8192, b"short"])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.db").write_bytes(content)
    with pytest.raises(StoreCorruptError) as caught:
        open_sqlite(tmp_path / "x.db")
    assert str(tmp_path / "x.db") in str(caught.value)
    assert (tmp_path / "x.db").read_bytes() == content


def test_a_damaged_database(tmp_path: Path) -> None:
    with closing(open_sqlite(tmp_path / "x.db")) as store:
        for number in range(50):
            store.create_run("0", start_time=number, tags={"t": "x" * 1_000})
    data = bytearray((tmp_path / "x.db").read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    (tmp_path / "x.db").write_bytes(data)
    with pytest.raises(StoreCorruptError, match="damaged"), closing(open_sqlite(tmp_path / "x.db")) as store:
        store.search_runs(["0"])


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "x.db").touch()
    with closing(open_sqlite(tmp_path / "x.db")) as store:
        assert store.get_experiment("0").name == "Default"


def test_a_store_of_a_newer_mlproj(tmp_path: Path) -> None:
    open_sqlite(tmp_path / "x.db").close()
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("INSERT INTO migrations VALUES (?, 0)", (migrations.CURRENT + 1,))
        connection.commit()
    with pytest.raises(StoreTooNewError, match="newer mlproj"):
        open_sqlite(tmp_path / "x.db")


@pytest.mark.parametrize(("table", "hint"), [("alembic_version", "mlproj import "), ("customers", "another file")])
def test_a_database_of_another_program_is_left_alone(tmp_path: Path, table: str, hint: str) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute(f"CREATE TABLE {table} (x)")
    before = (tmp_path / "x.db").read_bytes()
    with pytest.raises(TrackingError, match="another program") as caught:
        open_sqlite(tmp_path / "x.db")
    assert hint in str(caught.value)
    assert (tmp_path / "x.db").read_bytes() == before


def test_a_schema_that_lost_a_table(tmp_path: Path) -> None:
    open_sqlite(tmp_path / "x.db").close()
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("DROP TABLE meta")
    with pytest.raises(StoreCorruptError, match="schema"):
        open_sqlite(tmp_path / "x.db")


def test_a_directory_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="directory"):
        open_sqlite(tmp_path)


def test_a_file_in_the_way_of_the_home(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(TrackingError, match="cannot create"):
        open_sqlite(tmp_path / "home" / "mlproj.db")


def test_a_directory_that_may_not_be_written(public_directory: Path) -> None:
    public_directory.chmod(0o555)
    text = in_child(lambda: open_sqlite(public_directory / "mlproj.db").close(), as_nobody=True)
    assert text.startswith("TrackingError: ")
    assert "permissions" in text
    assert list(public_directory.iterdir()) == []


def test_a_file_that_may_not_be_written(public_directory: Path) -> None:
    open_sqlite(public_directory / "mlproj.db").close()
    (public_directory / "mlproj.db").chmod(0o444)
    public_directory.chmod(0o555)

    def write() -> None:
        with closing(open_sqlite(public_directory / "mlproj.db")) as store:
            store.create_run("0", start_time=1)

    text = in_child(write, as_nobody=True)
    assert text.startswith("TrackingError: ")
    assert "permissions" in text


def test_a_full_disk(tmp_path: Path) -> None:
    with closing(open_sqlite(tmp_path / "x.db")) as store:
        kept = store.create_run("0", start_time=1).run_id

    def write() -> None:
        with small_files(200_000), closing(open_sqlite(tmp_path / "x.db")) as store:
            while True:
                store.create_run("0", start_time=1, tags={f"t{number}": "x" * 8_000 for number in range(10)})

    text = in_child(write)
    assert text.startswith("TrackingError: ")
    assert "space" in text
    with closing(open_sqlite(tmp_path / "x.db")) as store:
        assert store.get_run(kept).run_id == kept
        assert store.create_run("0", start_time=2).status == "RUNNING"


def test_a_full_disk_while_a_store_is_made(tmp_path: Path) -> None:
    def create() -> None:
        with small_files(20_000):
            open_sqlite(tmp_path / "x.db").close()

    assert in_child(create).startswith("TrackingError: ")
    with closing(open_sqlite(tmp_path / "x.db")) as store:
        assert store.get_experiment("0").name == "Default"


def test_many_processes_make_one_store(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from mlproj.tracking.opening import open_sqlite\n"
        "sys.stdin.read(1); store = open_sqlite(Path(sys.argv[1]))\n"
        "print(store.create_run('0', start_time=1).run_id); store.close()"
    )
    argv = [sys.executable, "-c", script, str(tmp_path / "new" / "x.db")]
    children = [subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    for child in children:
        assert child.stdin
        child.stdin.write("x")
        child.stdin.flush()
    ids = {child.communicate()[0].strip() for child in children}
    assert [child.returncode for child in children] == [0] * 6
    with closing(open_sqlite(tmp_path / "new" / "x.db")) as store:
        assert {run.run_id for run in store.search_runs(["0"]).items} == ids
        assert len(ids) == 6


def test_a_network_file_system(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with closing(open_sqlite(path, on_network=lambda _: True)) as store:
        (remark,) = store.notes
        assert "network" in remark
        run = store.create_run("0", start_time=1)
        store.log_batch(run.run_id, metrics=[Metric(key="m", value=1, timestamp=1)])
        with store.transaction():
            store.set_tags(run.run_id, {"a": "b"})
            with pytest.raises(InvalidValueError):
                store.set_tags(run.run_id, {"": "b"})
        assert store.get_run(run.run_id).tags["a"] == "b"
        assert sorted(file.name for file in tmp_path.iterdir() if "wal" in file.name or "shm" in file.name) == []
        with closing(open_sqlite(path, on_network=lambda _: True)) as other:
            assert other.get_run(run.run_id).metrics["m"].value == 1
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_local_file_has_a_write_ahead_log_and_no_remarks(tmp_path: Path) -> None:
    with closing(open_sqlite(tmp_path / "x.db", durable=True)) as store:
        assert store.notes == ()
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path / "x.db")
    store.close()
    store.close()
    with pytest.raises(TrackingError, match="closed"):
        store.get_experiment("0")
