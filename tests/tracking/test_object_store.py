"""Artifacts in a directory, in S3, at Google and in Azure: one contract, and what only an object store has."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.azure_server import ACCOUNT, Azure, azurite, running_azure
from tests.s3_server import S3, running_s3

from mlproj.errors import InvalidValueError, NotFoundError, SettingError, TrackingError
from mlproj.tracking.artifact_uris import ArtifactPlaces, open_artifacts, own_path, read_root
from mlproj.tracking.base import Artifacts
from mlproj.tracking.object_store_config import read_location
from mlproj.tracking.opening import open_sqlite
from mlproj.tracking.transfers import download, find_files

MB = 1_000_000
NAMES = [
    "a b",
    "50%41",
    "ü💥",
    "~x",
    "...",
    "#h".replace("#", "h"),
    "a:b",
    "[x]",
    "a*?",
    'it\'s "q"',
    ".hidden",
    "$(rm)",
]


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with running_s3() as server:
        yield server


@pytest.fixture(scope="module")
def azure() -> Iterator[Azure | None]:
    command = azurite()
    if command is None:
        yield None
        return
    with running_azure(command) as server:
        yield server


@pytest.fixture(params=["directory", "s3", "s3 with a prefix", "gs", "az", "abfss"])
def artifacts(request: pytest.FixtureRequest, tmp_path: Path, require: Callable[[object, str], None]) -> Artifacts:
    kind = request.param.partition(" ")[0]
    if kind == "directory":
        return open_artifacts(str(tmp_path / "files"), environ={})
    if kind in {"az", "abfss"}:
        azure: Azure | None = request.getfixturevalue("azure")
        require(azure, "Azurite, by npm and its registry")
        assert azure is not None
        at = f"@{ACCOUNT}.dfs.core.windows.net/deep/prefix" if kind == "abfss" else ""
        return open_artifacts(f"{kind}://{azure.container()}{at}", environ=azure.environ)
    s3: S3 = request.getfixturevalue("s3")
    if kind == "gs":
        return open_artifacts(f"gs://{s3.bucket('gcs')}/some/prefix", environ=s3.gcs_environ)
    uri = f"s3://{s3.bucket()}" + ("/some pre%20fix/" if "prefix" in request.param else "")
    return open_artifacts(uri, environ=s3.environ)


@pytest.fixture
def bucket(s3: S3) -> tuple[str, Artifacts]:
    name = s3.bucket()
    return name, open_artifacts(f"s3://{name}", environ=s3.environ)


def pieces(data: bytes, size: int = 700_000) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@pytest.mark.parametrize("size", [0, 1, 3 * MB, 16 * 1024 * 1024, 37 * MB], ids=str)
def test_what_is_written_is_read(artifacts: Artifacts, size: int) -> None:
    data = os.urandom(size)
    artifacts.write("deep/er/file", pieces(data))
    with artifacts.open("deep/er/file") as file:
        assert file.read() == data
    (info,) = artifacts.list("deep/er")
    assert (info.path, info.is_dir, info.file_size) == ("deep/er/file", False, size)


def test_odd_names(artifacts: Artifacts) -> None:
    for name in NAMES:
        artifacts.write(f"{name}/{name}", iter([name.encode()]))
    assert [info.path for info in artifacts.list()] == sorted(NAMES)
    assert all(info.is_dir and info.file_size is None for info in artifacts.list())
    for name in NAMES:
        assert [info.path for info in artifacts.list(name)] == [f"{name}/{name}"]
        with artifacts.open(f"{name}/{name}") as file:
            assert file.read() == name.encode()


def test_listing_a_prefix_that_is_no_directory(artifacts: Artifacts) -> None:
    artifacts.write("model/x", iter([b"1"]))
    artifacts.write("model2/x", iter([b"1"]))
    artifacts.write("file", iter([b"12"]))
    assert [info.path for info in artifacts.list("model")] == ["model/x"]
    assert artifacts.list("mod") == ()
    assert artifacts.list("file") == ()
    assert [info.path for info in find_files(artifacts, "file")] == ["file"]
    assert [info.path for info in find_files(artifacts)] == ["file", "model/x", "model2/x"]


def test_what_is_not_there(artifacts: Artifacts) -> None:
    assert artifacts.list() == ()
    artifacts.write("a/b", iter([b"1"]))
    with pytest.raises(NotFoundError):
        artifacts.open("a/c")
    for directory in ("a", ""):
        with pytest.raises(InvalidValueError):
            artifacts.open(directory)
    for wrong in ("", "x/", "../x", "/x", "a\\b", "a\0b"):
        with pytest.raises(InvalidValueError):
            artifacts.write(wrong, iter([b"1"]))


def test_seeking(artifacts: Artifacts) -> None:
    data = os.urandom(MB)
    artifacts.write("x", pieces(data))
    with artifacts.open("x") as file:
        assert file.seek(0, io.SEEK_END) == MB
        assert file.read() == b""
        file.seek(500_000)
        assert file.read(10) == data[500_000:500_010]
        file.seek(-5, io.SEEK_CUR)
        assert file.read(5) == data[500_005:500_010]
        file.seek(0)
        assert file.read() == data
        with pytest.raises((ValueError, OSError)):
            file.seek(-1)


@pytest.mark.parametrize("size", [10, 40 * MB])
def test_a_write_that_fails_leaves_what_was_there(artifacts: Artifacts, size: int) -> None:
    def failing() -> Iterator[bytes]:
        yield from pieces(bytes(size))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        artifacts.write("new", failing())
    assert artifacts.list() == ()
    artifacts.write("x", iter([b"old"]))
    with pytest.raises(KeyboardInterrupt):
        artifacts.write("x", failing())
    with artifacts.open("x") as file:
        assert file.read() == b"old"


def test_deleting(artifacts: Artifacts) -> None:
    for path in ("a/b", "a/c/d", "ab", "e"):
        artifacts.write(path, iter([b"1"]))
    artifacts.delete("a/b")
    artifacts.delete("nothing")
    assert [info.path for info in artifacts.list("a")] == ["a/c"]
    artifacts.delete("a")
    assert [info.path for info in find_files(artifacts)] == ["ab", "e"]
    artifacts.delete("")
    assert list(find_files(artifacts)) == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=3000), reads=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 500)), max_size=5))
def test_reading_any_part(artifacts: Artifacts, data: bytes, reads: list[tuple[int, int]]) -> None:
    artifacts.write("x", iter([data]))
    with artifacts.open("x") as file:
        for start, length in reads:
            file.seek(start)
            assert file.read(length) == data[start : start + length]


# --- only object stores ----------------------------------------------------------------------------------------------


def test_an_interrupted_upload_leaves_no_parts(s3: S3, bucket: tuple[str, Artifacts]) -> None:
    def failing() -> Iterator[bytes]:
        yield from pieces(bytes(40 * MB))
        raise OSError("the disk went away")

    with pytest.raises(TrackingError):
        bucket[1].write("x", failing())
    assert "<Upload>" not in s3.get(f"{bucket[0]}?uploads")


def test_a_reader_sees_one_version(artifacts: Artifacts) -> None:
    artifacts.write("x", iter([b"a" * MB]))
    with artifacts.open("x") as file:
        file.read(10)
        artifacts.write("x", iter([b"b" * MB]))
        file.seek(900_000)
        if artifacts.local_directory() is not None:
            assert file.read(1000) == b"a" * 1000
            return
        with pytest.raises(TrackingError, match="412"):
            file.read(1000)


def test_control_characters_are_refused_in_a_line(bucket: tuple[str, Artifacts]) -> None:
    with pytest.raises(InvalidValueError, match="control"):
        bucket[1].write("new\nline", iter([b"x"]))
    assert bucket[1].local_directory() is None


def test_deleting_very_many(bucket: tuple[str, Artifacts]) -> None:
    for number in range(60):
        bucket[1].write(f"many/{number}", iter([b""]))
    bucket[1].delete("many")
    assert bucket[1].list() == ()


@pytest.mark.parametrize(
    "ask",
    [
        lambda files: files.list(),
        lambda files: files.list("x"),
        lambda files: files.write("x", iter([b"1"])),
        lambda files: files.delete("x"),
    ],
)
def test_no_such_bucket(s3: S3, ask: Callable[[Artifacts], object]) -> None:
    with pytest.raises(TrackingError, match="no such bucket") as caught:
        ask(open_artifacts("s3://not-there-at-all/x", environ=s3.environ))
    assert "s3://not-there-at-all" in str(caught.value)


def test_a_server_that_is_not_there(s3: S3) -> None:
    environ = {**s3.environ, "MLFLOW_S3_ENDPOINT_URL": "http://127.0.0.1:9"}
    with pytest.raises(TrackingError, match="does not answer") as caught:
        open_artifacts("s3://bucket", environ=environ).list()
    assert s3.environ["AWS_SECRET_ACCESS_KEY"] not in str(caught.value)
    assert "MLFLOW_S3_ENDPOINT_URL" in str(caught.value)


@pytest.mark.parametrize("uri", ["gs://bucket/x", "az://container/x"])
def test_other_clouds_say_what_they_need(uri: str, tmp_path: Path) -> None:
    environ = {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "none.json")}
    with pytest.raises((SettingError, TrackingError)) as caught:
        open_artifacts(uri, environ=environ).list()
    assert "\n" not in str(caught.value)


def test_azure_by_connection_string() -> None:
    text = "DefaultEndpointsProtocol=https;AccountName=me;AccountKey=c2VjcmV0;BlobEndpoint=http://127.0.0.1:9/me"
    environ = {"AZURE_STORAGE_CONNECTION_STRING": text}
    location = read_location("wasbs://box@me.blob.core.windows.net/some/where", environ)
    assert (location.kind, location.bucket, location.prefix) == ("az", "box", "some/where")
    assert location.config["account_name"] == "me"
    with pytest.raises(TrackingError, match="does not answer") as caught:
        open_artifacts("az://box", environ=environ).open("x")
    assert "c2VjcmV0" not in str(caught.value)


@pytest.mark.parametrize(
    "uri", ["s3://key:secret@bucket/x", "s3://key@bucket/x", "s3:///x", "s3://", "s3://b/x?sig=secret", "s3://b:port/x"]
)
def test_uris_that_are_refused(uri: str) -> None:
    with pytest.raises(SettingError) as caught:
        open_artifacts(uri, environ={})
    assert "secret" not in str(caught.value)


def test_variables(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text("[team]\naws_access_key_id = A\naws_secret_access_key = B%x\n")
    (tmp_path / ".aws" / "config").write_text("[profile team]\nregion = eu-west-3\n")
    environ = {"HOME": str(tmp_path), "AWS_PROFILE": "team", "AWS_ENDPOINT_URL": "http://x"}
    wanted = {"access_key_id": "A", "secret_access_key": "B%x", "region": "eu-west-3", "endpoint": "http://x"}
    assert read_location("s3://b", environ).config == wanted
    assert "B%x" not in repr(read_location("s3://b", environ))
    (tmp_path / "ca.pem").write_text("certificate")
    client = read_location("s3://b", {"AWS_CA_BUNDLE": str(tmp_path / "ca.pem"), "MLFLOW_S3_IGNORE_TLS": "true"}).client
    assert client["root_certificate"] == "certificate"
    assert client["allow_invalid_certificates"] is True
    with pytest.raises(SettingError, match="AWS_CA_BUNDLE"):
        read_location("s3://b", {"AWS_CA_BUNDLE": str(tmp_path / "none")})
    (tmp_path / ".aws" / "credentials").write_text("no section")
    with pytest.raises(SettingError, match="credentials"):
        read_location("s3://b", environ)
    with pytest.raises(SettingError, match="cannot be used"):
        open_artifacts("az://box", environ={"AZURE_STORAGE_ACCOUNT_NAME": "me", "AZURE_STORAGE_ACCESS_KEY": "%"}).list()


def test_roots(tmp_path: Path) -> None:
    assert read_root("s3://b/x/", environ={}) == "s3://b/x"
    assert read_root(f"file://{tmp_path}/a%20b", environ={}) == str(tmp_path / "a b")
    assert Path(read_root("some where", environ={})).is_absolute()
    for wrong in ("", "ftp://host/x", "s3://"):
        with pytest.raises(SettingError):
            read_root(wrong, environ={})
    assert own_path("mlflow-artifacts:/a/b") == "a/b"
    assert own_path("mlflow-artifacts://host/a%20b") == "a b"
    assert own_path("s3://x/a") is None
    with pytest.raises(TrackingError, match="cannot be reached"):
        ArtifactPlaces("/x", {}).at("dbfs:/x")


def test_a_store_whose_artifacts_are_in_a_bucket(s3: S3, tmp_path: Path) -> None:
    root = f"s3://{s3.bucket()}/team"
    with closing(open_sqlite(tmp_path / "x.db", artifact_root=root, environ=s3.environ)) as store:
        run = store.create_run("0", start_time=1)
        store.artifacts(run.run_id).write("deep/x", iter([b"12"]))
        assert store.artifact_root_uri == root
        assert [info.path for info in store.artifact_root().list(f"0/{run.run_id}")] == [f"0/{run.run_id}/artifacts"]
        (info,) = find_files(store.artifacts(run.run_id))
        assert download(store.artifacts(run.run_id), info, tmp_path / "down").read_bytes() == b"12"
    with pytest.raises(SettingError, match="set-artifact-root"):
        open_sqlite(tmp_path / "x.db", artifact_root=tmp_path, environ=s3.environ)
    with closing(open_sqlite(tmp_path / "x.db", environ=s3.environ)) as store:
        assert store.set_artifact_root(str(tmp_path)) == str(tmp_path)
        assert store.artifacts(run.run_id).list() == ()
