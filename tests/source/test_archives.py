import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlproj.config import Settings
from mlproj.errors import SourceError, Terminated, UserError
from mlproj.source import archives
from mlproj.source.download import proxy_for
from mlproj.source.fetching import fetch, release


@pytest.fixture
def make_zip(tmp_path: Path) -> Callable[..., Path]:
    def make(files: dict[str, str], name: str = "my project.zip", mode: int = 0o100644) -> Path:
        path = tmp_path / "served" / name
        path.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for member, content in files.items():
                info = zipfile.ZipInfo(member)
                info.external_attr = mode << 16
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, content)
        return path

    return make


@pytest.mark.parametrize("kind", ["path", "file", "http"])
def test_an_archive_is_unpacked(kind: str, make_zip: Any, web: Any, settings: Settings) -> None:
    path = make_zip({"MLproject": "name: zip\n", "v1.0/train.py": "pass\n", "run.sh": "#!"}, mode=0o100755)
    uri = {"path": str(path), "file": f"file://{path}", "http": f"{web.url}/my%20project.zip"}[kind]
    checkout = fetch(f"{uri}#v1.0", settings=settings, run_id="r1")
    assert checkout.source.kind == "archive"
    assert (checkout.source.uri, checkout.source.subdirectory) == (f"{uri}#v1.0", "v1.0")
    assert (checkout.owned, checkout.root) == (True, checkout.top / "v1.0")
    assert checkout.top.parent == settings.cache_dir / "checkouts" / "r1"
    assert (checkout.top / "run.sh").stat().st_mode & stat.S_IXUSR
    assert sorted(path.name for path in checkout.top.parent.iterdir()) == ["manifest.json", checkout.top.name]
    assert not release(checkout, settings=settings).kept


def test_a_relative_archive_becomes_absolute(make_zip: Any, settings: Settings, monkeypatch: Any) -> None:
    path = make_zip({"MLproject": ""}, name="q.zip")
    monkeypatch.chdir(path.parent)
    assert fetch("q.zip", settings=settings).source.uri == str(path)


def test_an_archive_has_no_versions(make_zip: Any, settings: Settings) -> None:
    with pytest.raises(UserError, match="an archive has no versions"):
        fetch(str(make_zip({"a": ""})), "main", settings=settings)


def test_a_directory_may_be_named_like_an_archive(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "a.zip").mkdir()
    assert fetch(str(tmp_path / "a.zip"), settings=settings).source.kind == "local"


def test_a_mistyped_archive(make_zip: Any, settings: Settings, tmp_path: Path) -> None:
    make_zip({"a": ""})
    with pytest.raises(UserError, match=r"no such file .did you mean .*my project.zip"):
        fetch(str(tmp_path / "served" / "my projet.zip"), settings=settings)


def test_no_hint_where_none_is_needed(make_zip: Any, settings: Settings) -> None:
    said: list[str] = []
    for files in (
        {"mlProject": "", "src/a": ""},
        {"src/a": "", "train.py": ""},
        {"a/MLproject": "", "b/MLproject": ""},
    ):
        fetch(str(make_zip(files)), settings=settings, on_progress=said.append)
    assert not said
    fetch(str(make_zip({"a/MLproject": "", "README": ""})), settings=settings, on_progress=said.append)
    assert "add #a" in said[0]


def test_all_in_one_directory_is_hinted_at(make_zip: Any, settings: Settings) -> None:
    path = make_zip({"repo-main/MLproject": "", "repo-main/sub/a": "", "__MACOSX/x": ""})
    said: list[str] = []
    assert not (fetch(str(path), settings=settings, on_progress=said.append).root / "MLproject").exists()
    assert said == [
        "the archive has its project in the directory repo-main, it seems: add #repo-main to the URI to run that"
    ]
    with pytest.raises(SourceError, match=r"no directory 'sub' in the archive .did you mean #repo-main/sub"):
        fetch(f"{path}#sub", settings=settings)
    assert fetch(f"{path}#repo-main/sub", settings=settings).root.name == "sub"


@pytest.mark.parametrize(
    ("files", "mode", "message"),
    [
        ({"../evil": ""}, 0o100644, "would leave its directory"),
        ({"a/../../evil": ""}, 0o100644, "would leave its directory"),
        ({"/etc/evil": ""}, 0o100644, "would leave its directory"),
        ({"..\\evil": ""}, 0o100644, "would leave its directory"),
        ({"C:\\evil": ""}, 0o100644, "would leave its directory"),
        ({"link": "/etc/passwd"}, stat.S_IFLNK | 0o777, "symbolic link"),
        ({"pipe": ""}, stat.S_IFIFO | 0o644, "special file"),
        ({"a/b": "", "a\\b": ""}, 0o100644, "two members of the name"),
        ({"a": "", "a/b": ""}, 0o100644, "cannot be written|two members"),
    ],
)
def test_what_has_no_business_in_an_archive(
    files: dict[str, str], mode: int, message: str, make_zip: Any, settings: Settings
) -> None:
    archive = make_zip(files, mode=mode)
    with pytest.raises(SourceError, match=message):
        fetch(str(archive), settings=settings)
    assert not list((settings.cache_dir / "checkouts").iterdir())
    assert not list(archive.parent.parent.rglob("evil"))


def test_damaged_archives(make_zip: Any, settings: Settings, tmp_path: Path) -> None:
    whole = make_zip({"a": "text" * 1000}).read_bytes()
    (tmp_path / "flipped.zip").write_bytes(whole[:40] + bytes([whole[40] ^ 255]) + whole[41:])
    (tmp_path / "cut.zip").write_bytes(whole[:50])
    (tmp_path / "junk.zip").write_bytes(b"\x00\xff" * 100)
    (tmp_path / "empty.zip").write_bytes(b"")
    encrypted = bytearray(whole)
    encrypted[6] |= 1
    encrypted[whole.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "encrypted.zip").write_bytes(encrypted)
    for name in ("flipped", "cut", "junk", "empty", "encrypted"):
        with pytest.raises(SourceError, match=r"zip archive|cannot be unpacked"):
            fetch(str(tmp_path / f"{name}.zip"), settings=settings)


def test_a_bomb_is_refused(make_zip: Any, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="more than code ever is"):
        fetch(str(make_zip({"zeros": "0" * (101 << 20)})), settings=settings)
    with pytest.raises(SourceError, match="3 files"):
        archives.unpack(make_zip({"a": "", "b": "", "c": ""}), tmp_path / "out", where="x.zip", most_members=2)


def test_an_archive_behind_a_login(make_zip: Any, web: Any, settings: Settings) -> None:
    make_zip({"MLproject": ""}, name="q.zip")
    web.login = "me:s3cret"
    host = web.url.removeprefix("http://")
    checkout = fetch(f"http://me:s3cret@{host}/q.zip?token=abcdef", settings=settings)
    assert checkout.source.uri == f"http://{host}/q.zip"
    assert "token=abcdef" in web.requests[0]
    with pytest.raises(SourceError, match="401") as caught:
        fetch(f"http://me:wrong-one@{host}/q.zip?token=abcdef", settings=settings)
    assert "wrong-one" not in f"{caught.value}{caught.value.detail}"
    assert "abcdef" not in f"{caught.value}{caught.value.detail}"


def test_downloads_that_fail(make_zip: Any, web: Any, settings: Settings) -> None:
    make_zip({"MLproject": ""}, name="q.zip")
    with pytest.raises(SourceError, match="404"):
        fetch(f"{web.url}/none.zip", settings=settings)
    with pytest.raises(SourceError, match="cannot be downloaded"):
        fetch("http://127.0.0.1:1/q.zip", settings=settings)
    assert not list((settings.cache_dir / "checkouts").iterdir())
    said: list[str] = []
    web.answers.append((503, b"busy", {}))
    web.answers.append((200, b"PK", {"Content-Length": "1000", "Connection": "close"}))
    assert fetch(f"{web.url}/q.zip", settings=settings, on_progress=said.append).owned
    assert any("downloading" in line for line in said)


def test_a_download_that_is_interrupted_leaves_nothing(make_zip: Any, web: Any, settings: Settings) -> None:
    def interrupt(line: str) -> None:
        if "downloading" in line:
            raise Terminated(15)

    make_zip({"MLproject": ""}, name="q.zip")
    with pytest.raises(Terminated):
        fetch(f"{web.url}/q.zip", settings=settings, on_progress=interrupt)
    assert list((settings.cache_dir / "checkouts").iterdir()) == []


def test_a_proxy_is_used(make_zip: Any, web: Any, settings: Settings) -> None:
    make_zip({"MLproject": ""}, name="q.zip")
    proxy = web.url.replace("http://", "http://user:pw@")
    proxied = replace(settings, environ={**settings.environ, "http_proxy": proxy})
    with pytest.raises(SourceError, match="404"):
        fetch("http://example.invalid/nothing.zip", settings=proxied)
    assert web.requests[0].startswith("GET http://example.invalid/nothing.zip")
    socks = replace(settings, environ={**settings.environ, "ALL_PROXY": "socks5://me:pw@x:1"})
    with pytest.raises(SourceError, match="proxy socks5://x:1 is none"):
        fetch("http://example.invalid/q.zip", settings=socks)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"http_proxy": "http://p:1"}, "http://p:1"),
        ({"HTTP_PROXY": "p:1"}, "http://p:1"),
        ({"http_proxy": "a:1", "HTTP_PROXY": "b:1"}, "http://a:1"),
        ({"https_proxy": "http://p:1"}, None),
        ({"ALL_PROXY": "http://p:1"}, "http://p:1"),
        ({"http_proxy": "p", "no_proxy": "other, .example.org"}, None),
        ({"http_proxy": "p", "NO_PROXY": "*"}, None),
        ({"http_proxy": "p", "no_proxy": "host.example.org:80"}, None),
        ({"http_proxy": "p", "no_proxy": "ample.org"}, "http://p"),
        ({"http_proxy": ""}, None),
    ],
)
def test_the_proxy_of_the_environment(environ: dict[str, str], expected: str | None) -> None:
    assert proxy_for("http://host.example.org:80/a.zip", environ) == expected
