import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mlproj.config import Settings
from mlproj.errors import SourceError
from mlproj.source.fetching import fetch, release


@pytest.fixture
def family(tmp_path: Path, new_repo: Any) -> Any:
    """served/top has the submodule lib (../lib), which has the submodule inner (../inner)."""
    served = tmp_path / "served"
    inner = new_repo(served / "inner")
    inner.commit({"inner.py": "1\n"})
    lib = new_repo(served / "lib")
    lib.commit({"lib.py": "1\n"})
    top = new_repo(served / "top")
    top.commit({"MLproject": "name: top\n"})
    for repo, name in ((lib, "inner"), (top, "lib")):
        repo.git("submodule", "--quiet", "add", f"../{name}", f"deep/{name}")
        repo.commit({}, f"add {name}")
    lib.commit({"lib.py": "2\n"}, "not used by top")
    return top


def test_submodules_of_a_repository_on_a_server(
    family: Any, git_daemon: str, settings: Settings, tmp_path: Path
) -> None:
    checkout = fetch(f"{git_daemon}/top", "main", settings=settings)
    lib = checkout.root / "deep" / "lib"
    assert (lib / "lib.py").read_text() == "1\n"
    assert (lib / "deep" / "inner" / "inner.py").read_text() == "1\n"
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=checkout.top, capture_output=True, text=True, check=True
    )
    assert not status.stdout
    shutil.rmtree(tmp_path / "served")
    again = fetch(f"{git_daemon}/top", checkout.source.commit, settings=settings)
    assert (again.root / "deep" / "lib" / "deep" / "inner" / "inner.py").exists()
    (lib / "deep" / "inner" / "inner.py").write_text("2\n")
    assert release(checkout, settings=settings).changed == ("deep/lib/deep/inner/inner.py",)


@pytest.mark.parametrize("form", ["work tree", "bare"])
def test_submodules_of_a_local_repository(
    family: Any,
    form: str,
    settings: Settings,
    tmp_path: Path,
    fingerprint: Callable[[Path], str],
) -> None:
    uri = f"file://{family.bare(tmp_path / 'served' / 'bare.git')}" if form == "bare" else str(family.path)
    before = fingerprint(tmp_path / "served")
    checkout = fetch(uri, "main", settings=settings)
    assert (checkout.root / "deep" / "lib" / "deep" / "inner" / "inner.py").read_text() == "1\n"
    assert fingerprint(tmp_path / "served") == before


def test_submodules_that_only_the_local_clone_has(family: Any, settings: Settings, tmp_path: Path) -> None:
    clone = tmp_path / "elsewhere" / "clone"
    family.git("clone", "--quiet", "--recursive", str(family.path), str(clone))
    shutil.rmtree(tmp_path / "served")
    checkout = fetch(str(clone), "main", settings=settings)
    assert (checkout.root / "deep" / "lib" / "deep" / "inner" / "inner.py").read_text() == "1\n"


def test_submodules_beside_the_origin_of_a_clone(family: Any, settings: Settings, tmp_path: Path) -> None:
    clone = tmp_path / "elsewhere" / "clone"
    family.git("clone", "--quiet", str(family.path), str(clone))
    checkout = fetch(str(clone), "main", settings=settings)
    assert (checkout.root / "deep" / "lib" / "lib.py").read_text() == "1\n"


def declare(repo: Any, url: str, extra: str = "") -> None:
    (repo.path / ".gitmodules").write_text(f'[submodule "deep/lib"]\n\tpath = deep/lib\n\turl = {url}\n{extra}')
    repo.git("commit", "--quiet", "-am", "other url")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("/etc", "may not name"),
        ("file:///etc", "may not name"),
        ("ext::sh -c 'touch x'", "neither a directory nor a git URL"),
        ("-upload-pack=x", "neither a directory nor a git URL"),
        ("../nothing", "no such repository"),
    ],
)
def test_a_server_cannot_point_at_this_machine(
    url: str, message: str, family: Any, git_daemon: str, settings: Settings
) -> None:
    declare(family, url)
    with pytest.raises(SourceError, match=message) as caught:
        fetch(f"{git_daemon}/top", "main", settings=settings)
    assert "submodule deep/lib" in str(caught.value)
    assert not list((settings.cache_dir / "checkouts").iterdir())


def test_an_absolute_path_is_for_local_repositories(family: Any, settings: Settings, tmp_path: Path) -> None:
    declare(family, str(tmp_path / "served" / "lib"))
    clone = tmp_path / "clone.git"
    family.bare(clone)
    assert (fetch(str(clone), settings=settings).root / "deep" / "lib" / "lib.py").exists()
    declare(family, "../gone")
    shutil.rmtree(clone)
    family.bare(clone)
    with pytest.raises(SourceError, match="not on this machine"):
        fetch(str(clone), settings=settings)


def test_submodules_that_are_not_wanted(family: Any, git_daemon: str, settings: Settings) -> None:
    declare(family, "../nothing", "\tupdate = none\n")
    assert not list((fetch(f"{git_daemon}/top", settings=settings).root / "deep" / "lib").iterdir())
    declare(family, "../lib", "\tupdate = !touch evil\n")
    assert (fetch(f"{git_daemon}/top", settings=settings).root / "deep" / "lib" / "lib.py").exists()
    family.git("rm", "--quiet", ".gitmodules")
    family.commit({}, "forgotten")
    assert fetch(f"{git_daemon}/top", settings=settings).root.is_dir()
    (family.path / ".gitmodules").write_text("# nothing\n")
    family.commit({}, "empty")
    assert fetch(f"{git_daemon}/top", settings=settings).root.is_dir()


@contextmanager
def http_server(asked: Path) -> Iterator[str]:
    """A server of large files that has none, and leaves a mark when it is asked."""

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.touch()
            self.send_error(404)

        do_GET = do_POST  # noqa: N815 - the library's name

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def large(tmp_path: Path, new_repo: Any, require: Callable[[object, str], None]) -> Any:
    """A repository with a file in Git LFS."""
    require(shutil.which("git-lfs"), "git-lfs")
    repo = new_repo(tmp_path / "served" / "large")
    repo.git("lfs", "install", "--local")
    repo.git("lfs", "track", "*.bin")
    repo.commit({"data/x.bin": "large content\n", "MLproject": "name: large\n"})
    return repo


def test_large_files(large: Any, settings: Settings, fingerprint: Callable[[Path], str], environment: Path) -> None:
    before = fingerprint(large.path)
    checkout = fetch(str(large.path), "main", settings=settings)
    assert (checkout.root / "data" / "x.bin").read_text() == "large content\n"
    assert not release(checkout, settings=settings).kept
    assert fingerprint(large.path) == before
    shutil.rmtree(large.path / ".git" / "lfs")
    (environment / ".gitconfig").write_text('[filter "lfs"]\n\trequired = true\n\tprocess = git-lfs filter-process\n')
    again = fetch(str(large.path), checkout.source.commit, settings=settings)
    assert (again.root / "data" / "x.bin").read_text() == "large content\n"


def test_large_files_that_nobody_has(large: Any, settings: Settings) -> None:
    shutil.rmtree(large.path / ".git" / "lfs")
    with pytest.raises(SourceError) as caught:
        fetch(str(large.path), "main", settings=settings)
    assert "\n" not in str(caught.value)
    assert not list((settings.cache_dir / "checkouts").iterdir())


def test_large_files_of_others_stay_there_where_git_may_not_go(large: Any, settings: Settings, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    with http_server(asked) as url:
        large.commit({".lfsconfig": f"[lfs]\n\turl = {url}\n"}, "elsewhere")
        shutil.rmtree(large.path / ".git" / "lfs")
        at_home = replace(settings, environ={**settings.environ, "GIT_ALLOW_PROTOCOL": "file"})
        with pytest.raises(SourceError, match="GIT_ALLOW_PROTOCOL keeps git on it"):
            fetch(str(large.path), "main", settings=at_home)
        assert not asked.exists()
        with pytest.raises(SourceError):
            fetch(str(large.path), "main", settings=settings)
        assert asked.exists()


def test_git_lfs_is_missing(large: Any, settings: Settings, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    git = shutil.which("git")
    assert git
    (programs / "git").symlink_to(git)
    without = replace(settings, environ={**settings.environ, "PATH": str(programs)})
    with pytest.raises(SourceError, match=r"1 files are kept in Git LFS \(data/x.bin\).*install git-lfs"):
        fetch(str(large.path), "main", settings=without)
    large.git("rm", "--quiet", "data/x.bin")
    large.commit({}, "small again")
    assert fetch(str(large.path), "main", settings=without).owned
