"""Downloads are sent once: asked for by what the server said of them, and not at all where the hash is known."""

import hashlib
import http.server
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from mlproj.config import Settings
from mlproj.errors import SourceError
from mlproj.source.kept_downloads import FOLDER, KeptDownloads

if TYPE_CHECKING:
    from pathlib import Path


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Web:
    """A server with one content, which it names as it is told to; `answers` are its statuses."""

    content: bytes = b"one"
    etag: bool = True
    modified: bool = False
    login: str | None = None
    answers: list[int] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tag = f'"{sha256(web.content)[:8]}"'
            stamp = "Tue, 14 Nov 2023 22:13:20 GMT"
            same = (web.etag and self.headers["If-None-Match"] == tag) or (
                web.modified and self.headers["If-Modified-Since"] == stamp
            )
            status = 401 if web.login and self.headers["Authorization"] is None else 304 if same else 200
            web.answers.append(status)
            self.send_response(status)
            if web.etag:
                self.send_header("ETag", tag)
            if web.modified:
                self.send_header("Last-Modified", stamp)
            body = web.content if status == 200 else b""
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        web.url = f"http://127.0.0.1:{server.server_address[1]}/da%20ta.csv?signed=secret-token"
        yield web
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("by", ["etag", "modified"])
def test_what_did_not_change_is_not_sent_again(web: Web, settings: Settings, by: str) -> None:
    web.etag, web.modified = by == "etag", by == "modified"
    first = KeptDownloads(settings).fetch(web.url)
    again = KeptDownloads(settings).fetch(web.url)
    assert first == again
    assert again.path.read_bytes() == b"one"
    assert web.answers == [200, 304]


def test_what_changed_is_sent_again_and_both_are_kept(web: Web, settings: Settings) -> None:
    downloads = KeptDownloads(settings)
    downloads.fetch(web.url)
    web.content = b"two"
    assert downloads.fetch(web.url).hashed.sha256 == sha256(b"two")
    assert web.answers == [200, 200]
    assert downloads.fetch(web.url, sha256=sha256(b"one")).path.read_bytes() == b"one"
    assert len(web.answers) == 2


def test_a_server_that_tells_nothing_is_asked_each_time(web: Web, settings: Settings) -> None:
    web.etag = False
    for _ in range(2):
        assert KeptDownloads(settings).fetch(web.url).path.read_bytes() == b"one"
    assert web.answers == [200, 200]


def test_a_damaged_copy_is_fetched_again(web: Web, settings: Settings) -> None:
    found = KeptDownloads(settings).fetch(web.url)
    found.path.chmod(0o644)
    found.path.write_bytes(b"damaged")
    assert KeptDownloads(settings).fetch(web.url).path.read_bytes() == b"one"
    assert KeptDownloads(settings).find(sha256(b"none")) is None
    assert web.answers == [200, 200]


@pytest.mark.parametrize("note", ["", "[]", '{"sha256": 1}'])
def test_a_damaged_note_is_as_if_there_were_none(web: Web, settings: Settings, note: str) -> None:
    KeptDownloads(settings).fetch(web.url)
    [file] = (settings.cache_dir / FOLDER / "urls").iterdir()
    file.write_text(note)
    assert KeptDownloads(settings).fetch(web.url).path.read_bytes() == b"one"
    assert web.answers == [200, 200]


def test_nothing_secret_of_a_url_is_kept_and_a_login_is_its_own(web: Web, settings: Settings) -> None:
    with_login = web.url.replace("http://", "http://ada:lovelace@")
    web.login = "ada"
    KeptDownloads(settings).fetch(with_login)
    with pytest.raises(SourceError, match="401"):
        KeptDownloads(settings).fetch(web.url)
    assert web.answers == [200, 401]
    kept = [path for path in (settings.cache_dir / FOLDER).rglob("*") if path.is_file()]
    everything = b"".join(path.read_bytes() + os.fsencode(path.name) for path in kept)
    assert b"secret-token" not in everything
    assert b"lovelace" not in everything
    assert not [path for path in kept if path.name.startswith(".")]


def test_what_nobody_asks_for_is_unused(web: Web, settings: Settings) -> None:
    downloads = KeptDownloads(settings)
    path = downloads.fetch(web.url).path
    assert not list(downloads.unused(60, time.time()))
    assert [found for found, _ in downloads.unused(60, time.time() + 120)] == [path]
    os.utime(path, (1, 1))
    assert [found for found, _ in downloads.unused(60, time.time())] == [path]
    downloads.fetch(web.url)
    assert not list(downloads.unused(60, time.time()))


def test_two_at_once_fetch_it_once(web: Web, settings: Settings) -> None:
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(KeptDownloads(settings).fetch(web.url).path)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert sorted(web.answers) == [200, 304, 304, 304]
