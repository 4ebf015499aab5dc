import json
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest

if TYPE_CHECKING:
    from tests.server.conftest import Api

BYTES = bytes(range(256)) * 4096  # a MiB: several chunks
NAMES = ["a.txt", "a b", "ü 🎉.bin", "a%20b", "100%", "it's", '"quoted"', "$(rm)", "a+b&c=d", "x" * 200]


def _root(api: "Api") -> str:
    return f"{api.experiment_id}/{api.run_id}/artifacts"


@pytest.mark.parametrize("name", NAMES)
def test_up_and_down(api: "Api", name: str) -> None:
    path = f"{_root(api)}/{quote(name)}"
    assert api.file("PUT", path, BYTES).content == b"{}"
    answer = api.file("GET", path)
    assert (answer.status, answer.content) == (200, BYTES)
    headers = {key.lower(): value for key, value in answer.headers.items()}
    assert headers["content-length"] == str(len(BYTES))
    assert headers["content-disposition"].startswith("attachment")
    assert headers["x-content-type-options"] == "nosniff"
    assert "content-encoding" not in headers
    with api.store.artifacts(api.run_id).open(name) as file:
        assert file.read() == BYTES


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.json", "application/json"),
        ("a.txt", "text/plain"),
        ("a.tar.gz", "application/octet-stream"),
        ("a.unheard-of", "application/octet-stream"),
    ],
)
def test_kinds(api: "Api", name: str, kind: str) -> None:
    """What goes up is never read as JSON, whatever it says it is."""
    path = f"{_root(api)}/{name}"
    assert api.send("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{path}", b"{no", {"Content-Type": kind}).status == 200
    answer = api.file("GET", path)
    assert (answer.content, answer.headers["content-type"].split(";")[0]) == (b"{no", kind)


def test_empty_files_and_chunked_ones(api: "Api") -> None:
    path = f"{_root(api)}/empty"
    assert api.file("PUT", path).status == 200
    assert (api.file("GET", path).content, api.file("GET", path).headers["content-length"]) == (b"", "0")
    chunks = (b"x" * 100_000 for _ in range(20))
    assert api.send("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{_root(api)}/chunked", chunks).status == 200
    assert api.file("GET", f"{_root(api)}/chunked").content == b"x" * 2_000_000


def test_a_file_is_replaced_whole(api: "Api") -> None:
    path = f"{_root(api)}/f"
    api.file("PUT", path, b"old and long")
    first = api.file("GET", path).headers["etag"]
    api.file("PUT", path, b"new")
    answer = api.file("GET", path)
    assert (answer.content, answer.headers["etag"] != first) == (b"new", True)


def test_an_upload_that_breaks_off_leaves_the_old_file(api: "Api") -> None:
    api.file("PUT", f"{_root(api)}/f", b"old")
    parts = urlsplit(api.url)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        path = f"{parts.path}/api/2.0/mlflow-artifacts/artifacts/{_root(api)}/f"
        connection.sendall(f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf".encode())
        assert api.file("GET", f"{_root(api)}/f").content == b"old"
    directory = api.store.artifacts(api.run_id).local_directory()
    assert directory is not None
    for _ in range(3000):  # until the server has seen the end of the connection
        if [file.name for file in directory.iterdir()] == ["f"]:
            break
        time.sleep(0.01)
    assert [file.name for file in directory.iterdir()] == ["f"]
    assert api.file("GET", f"{_root(api)}/f").content == b"old"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-3", 0, 3), ("bytes=1000000-", 1_000_000, 2**20 - 1), ("bytes=-5", 2**20 - 5, 2**20 - 1)],
)
def test_parts_of_a_file(api: "Api", asked: str, first: int, last: int) -> None:
    path = f"{_root(api)}/f"
    api.file("PUT", path, BYTES)
    answer = api.file("GET", path, Range=asked)
    assert (answer.status, answer.content) == (206, BYTES[first : last + 1])
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(BYTES)}"


def test_a_part_after_the_end(api: "Api") -> None:
    api.file("PUT", f"{_root(api)}/f", b"abc")
    answer = api.file("GET", f"{_root(api)}/f", Range="bytes=3-")
    assert (answer.status, answer.headers["content-range"]) == (416, "bytes */3")


def test_the_headers_alone(api: "Api") -> None:
    api.file("PUT", f"{_root(api)}/f", b"abc")
    answer = api.file("HEAD", f"{_root(api)}/f")
    assert (answer.status, answer.content, answer.headers["content-length"]) == (200, b"", "3")


def test_listing_gives_names(api: "Api") -> None:
    for path in ("b.txt", "a/x", "a/deep/y"):
        api.file("PUT", f"{_root(api)}/{path}", b"abc")

    def listed(path: str) -> object:
        answer = api.send("GET", f"/api/2.0/mlflow-artifacts/artifacts?path={quote(path, safe='')}")
        assert answer.status == 200
        return answer.json.get("files")

    top = [{"path": "a", "is_dir": True}, {"path": "b.txt", "is_dir": False, "file_size": 3}]
    assert listed(_root(api)) == listed(f"{_root(api)}/") == top
    inner = [{"path": "deep", "is_dir": True}, {"path": "x", "is_dir": False, "file_size": 3}]
    assert listed(f"{_root(api)}/a") == inner
    assert listed(f"{_root(api)}/missing") is None
    assert {"path": api.experiment_id, "is_dir": True} in listed("")  # type: ignore[operator] # a list of JSON objects


def test_listing_a_run_gives_paths(api: "Api") -> None:
    for path in ("b.txt", "a/x"):
        api.file("PUT", f"{_root(api)}/{path}", b"abc")
    top = api.get("artifacts/list", run_id=api.run_id).json
    assert top["root_uri"] == f"mlflow-artifacts:/{_root(api)}"
    assert [file["path"] for file in top["files"]] == ["a", "b.txt"]
    assert api.get("artifacts/list", run_uuid=api.run_id, path="a").json["files"][0]["path"] == "a/x"
    assert "files" not in api.get("artifacts/list", run_id=api.run_id, path="b.txt").json
    assert api.get("artifacts/list", run_id=api.run_id, path="../x").status == 400
    assert api.get("artifacts/list", run_id="0" * 32).status == 404


def test_deleting(api: "Api") -> None:
    api.file("PUT", f"{_root(api)}/a/x", b"abc")
    assert api.file("DELETE", f"{_root(api)}/a/x").content == b"{}"
    assert api.file("GET", f"{_root(api)}/a/x").status == 404
    assert api.file("DELETE", "").status == 400


def test_what_is_not_there(api: "Api") -> None:
    answer = api.file("GET", f"{_root(api)}/none")
    assert (answer.status, answer.code) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_directories_are_no_files(api: "Api") -> None:
    api.file("PUT", f"{_root(api)}/a/x", b"abc")
    for answer in (
        api.file("GET", f"{_root(api)}/a"),
        api.file("PUT", f"{_root(api)}/a", b"abc"),
        api.file("PUT", f"{_root(api)}/b/", b"abc"),
        api.file("PUT", "", b"abc"),
        api.file("PUT", f"{_root(api)}/a/x/y", b"abc"),
    ):
        assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize(
    "path",
    [
        "%2e%2e/secret",
        "a/%2e%2e/%2e%2e/secret",
        "%252e%252e/secret",
        "a/..%2f..%2fsecret",
        "a%5c..%5csecret",
        "%2Fetc/passwd",
        "a%2F%2Fb",
        "C%3A/secret",
        "a%23b",
        "a%00b",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "LIST"])
def test_no_path_leads_out(api: "Api", method: str, path: str) -> None:
    root = api.store.artifact_root().local_directory()
    assert root is not None
    secret = root.parent / "secret"
    secret.write_text("secret", encoding="utf-8")
    if method == "LIST":
        answer = api.send("GET", f"/api/2.0/mlflow-artifacts/artifacts?path={path}")
    else:
        answer = api.file(method, path, b"x" if method == "PUT" else None)
    assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")
    assert secret.read_text(encoding="utf-8") == "secret"


def test_links_do_not_lead_out(api: "Api", tmp_path: Path) -> None:
    directory = api.store.artifacts(api.run_id).local_directory()
    assert directory is not None
    directory.mkdir(parents=True)
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (directory / "out").symlink_to(tmp_path)
    assert api.file("GET", f"{_root(api)}/out/secret").status == 400
    assert api.file("PUT", f"{_root(api)}/out/new", b"x").status == 400
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("path", ["mpu/create/a", "mpu/complete/a", "mpu/abort/a"])
def test_uploads_in_parts_are_declined(api: "Api", path: str) -> None:
    body = json.dumps({"path": "f", "num_parts": 2}).encode()
    answer = api.send("POST", f"/api/2.0/mlflow-artifacts/{path}", body, {"Content-Type": "application/json"})
    assert (answer.status, answer.code) == (501, "NOT_IMPLEMENTED")


NAMES = ["new\nline", "\n", "end\n", "tab\there", "\x01\x7f", "return\r\n", 'quote"; filename=x', "\u2028sep\u0085"]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_names_with_control_characters_come_back(api: "Api", name: str) -> None:
    path = f"{_root(api)}/deep/{quote(name, safe='')}"
    assert api.file("PUT", path, b"kept").status == 200
    answer = api.file("GET", path)
    assert (answer.status, answer.content) == (200, b"kept")
    assert answer.headers["content-disposition"].isprintable()
    listed = api.get("artifacts/list", run_id=api.run_id, path="deep").json
    assert [file["path"] for file in listed["files"]] == [f"deep/{name}"]
    assert api.file("DELETE", path).status == 200
    assert api.file("GET", path).status == 404


def test_a_file_that_the_client_has_is_not_sent_again(api: "Api") -> None:
    path = f"{_root(api)}/x.txt"
    api.file("PUT", path, b"one")
    tag = api.file("GET", path).headers["etag"]
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = api.file("GET", path, None, **{"If-None-Match": given})
        assert (again.status, again.content, again.headers["etag"]) == (304, b"", tag)
    assert api.file("GET", path, None, **{"If-None-Match": '"other"'}).content == b"one"
    api.file("PUT", path, b"two")
    assert api.file("GET", path, None, **{"If-None-Match": tag}).content == b"two"
