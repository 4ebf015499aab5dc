"""A server whose artifacts are in a bucket: its clients need no credentials."""

import os
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import urllib3
from tests.s3_server import S3, running_s3

from mlproj.errors import InvalidValueError, NotFoundError
from mlproj.server.embedded import EmbeddedServer
from mlproj.tracking.opening import open_sqlite
from mlproj.tracking.rest import RestStore, open_rest
from mlproj.tracking.transfers import find_files

if TYPE_CHECKING:
    from pathlib import Path

MB = 1_000_000


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with running_s3() as server:
        yield server


@pytest.fixture(scope="module")
def served(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RestStore, str, str]]:
    """A client of the server, the URL that it uses, and a run."""
    folder: Path = tmp_path_factory.mktemp("store")
    failures: list[BaseException] = []
    root = f"s3://{s3.bucket()}/root"
    with closing(open_sqlite(folder / "x.db", artifact_root=root, environ=s3.environ)) as store:
        run_id = store.create_run("0", start_time=1).run_id
        with EmbeddedServer(store, on_error=failures.append) as server:
            url = server.url_for(run_id)
            with closing(open_rest(url, environ={})) as client:
                yield client, url, run_id
    assert failures == []


def test_files_pass_through(served: tuple[RestStore, str, str]) -> None:
    client, _, run_id = served
    artifacts = client.artifacts(run_id)
    data = os.urandom(20 * MB)
    artifacts.write("model/big ü.bin", iter([data[: 7 * MB], data[7 * MB :]]))
    artifacts.write("model/empty", iter([]))
    assert [(info.path, info.file_size) for info in find_files(artifacts)] == [
        ("model/big ü.bin", 20 * MB),
        ("model/empty", 0),
    ]
    with artifacts.open("model/big ü.bin") as file:
        assert file.read() == data
        file.seek(19 * MB)
        assert file.read() == data[19 * MB :]
    with artifacts.open("model/empty") as file:
        assert file.read() == b""
    artifacts.delete("model/big ü.bin")
    assert [info.path for info in artifacts.list("model")] == ["model/empty"]


@pytest.mark.parametrize(
    ("header", "status", "wanted"),
    [
        ("bytes=2-4", 206, b"234"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-3", 206, b"789"),
        ("bytes=20-", 416, None),
        ("", 200, b"0123456789"),
    ],
)
def test_ranges(served: tuple[RestStore, str, str], header: str, status: int, wanted: bytes | None) -> None:
    client, url, run_id = served
    client.artifacts(run_id).write("ten", iter([b"0123456789"]))
    address = f"{url}/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/ten"
    with urllib3.PoolManager(retries=False) as pool:
        answer = pool.request("GET", address, headers={"Range": header} if header else {})
        assert answer.status == status
        assert wanted is None or answer.data == wanted
        head = pool.request("HEAD", address)
        assert (head.status, head.headers["Content-Length"]) == (200, "10")


def test_a_client_that_breaks_off_leaves_nothing(served: tuple[RestStore, str, str]) -> None:
    client, _, run_id = served

    def failing() -> Iterator[bytes]:
        yield b"x" * MB
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.artifacts(run_id).write("half", failing())
    with pytest.raises(NotFoundError):
        client.artifacts(run_id).open("half")


@pytest.mark.parametrize("path", ["../x", "/x", "a\\b"])
def test_paths_that_are_refused(served: tuple[RestStore, str, str], path: str) -> None:
    client, _, run_id = served
    with pytest.raises(InvalidValueError):
        client.artifacts(run_id).write(path, iter([b"x"]))


def test_a_file_that_the_client_has_is_not_sent_again(served: tuple[RestStore, str, str]) -> None:
    client, url, run_id = served
    address = f"{url}/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/tagged"
    with urllib3.PoolManager(retries=False) as pool:
        client.artifacts(run_id).write("tagged", iter([b"one"]))
        tag = pool.request("GET", address).headers["ETag"]
        assert pool.request("GET", address, headers={"If-None-Match": tag}).status == 304
        parts = {"Range": "bytes=1-1", "If-Range": tag}
        assert pool.request("GET", address, headers=parts).data == b"n"
        client.artifacts(run_id).write("tagged", iter([b"two"]))
        assert pool.request("GET", address, headers={"If-None-Match": tag}).data == b"two"
        assert pool.request("GET", address, headers=parts).data == b"two"


def test_names_with_control_characters_are_refused_in_a_line(served: tuple[RestStore, str, str]) -> None:
    _, url, run_id = served
    address = f"{url}/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/a%0Ab"
    with urllib3.PoolManager(retries=False) as pool:
        answer = pool.request("PUT", address, body=b"x")
        assert (answer.status, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert "control characters" in answer.json()["message"]
        assert pool.request("GET", address).status == 400
