"""Versions of repositories: the same suite for a work tree, a bare repository, and one on a server."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlproj.config import Settings, process_environment
from mlproj.errors import MlprojError, NoSuchVersionError, ProgramMissingError, SourceError, UserError
from mlproj.source.credentials import Credentials
from mlproj.source.fetching import fetch, release
from mlproj.source.git.access import git_access
from mlproj.source.git.mirrors import Mirror
from mlproj.system.identity import start_of
from mlproj.system.process_tree import descendants

BRANCHES = {"main": "three", "dev": "dev"}
VERSIONS = {
    "main": "three",
    "dev": "dev",
    "v1": "one",
    "v2": "one",
    "refs/tags/v2": "one",
    "refs/heads/dev": "dev",
    "tags/v1": "one",
    "heads/dev": "dev",
    "HEAD": "three",
    "@": "three",
    "main~1": "two",
    "main^": "two",
    "main~1^": "one",
    "v2^{}": "one",
    "v2^{commit}": "one",
    "main^{/change}": "three",
    "HEAD~2": "one",
}


@pytest.fixture(params=["work tree", "bare file", "git://", "http v1", "dumb http"])
def uri(request: pytest.FixtureRequest, repo: Any, tmp_path: Path) -> str:
    """The repository at a place of each kind."""
    return place(request, repo, tmp_path)


@pytest.fixture(params=["work tree", "git://"])
def near_or_far(request: pytest.FixtureRequest, repo: Any, tmp_path: Path) -> str:
    """The repository on this machine, and on a server."""
    return place(request, repo, tmp_path)


def place(request: pytest.FixtureRequest, repo: Any, tmp_path: Path) -> str:
    if request.param == "work tree":
        return str(repo.path)
    bare = repo.bare(tmp_path / "served" / "my project.git")
    if request.param == "bare file":
        return f"file://{bare}".replace(" ", "%20")
    if request.param == "git://":
        return f"{request.getfixturevalue('git_daemon')}/my%20project.git"
    web = request.getfixturevalue("web")
    if request.param == "dumb http":
        subprocess.run(["git", "update-server-info"], cwd=bare, check=True)
        return f"{web.url}/my%20project.git"
    web.protocol_v2 = False
    return f"{web.url}/git/my%20project.git"


def name_in(root: Path) -> str:
    return (root / "MLproject").read_text().removeprefix("name: ").strip()


def test_every_way_to_name_a_version(uri: str, repo: Any, settings: Settings) -> None:
    full = repo.git("rev-parse", "main~1")
    versions = {**VERSIONS, full: "two", full.upper(): "two", repo.git("rev-parse", "v2"): "one"}
    for version, expected in versions.items():
        checkout = fetch(uri, version, settings=settings)
        assert (version, name_in(checkout.root)) == (version, expected)
        assert checkout.owned
        assert checkout.root == checkout.top
        source = checkout.source
        wanted = repo.git("rev-parse", f"{version}^{{commit}}")
        assert (source.kind, source.version, source.commit) == ("git", version, wanted)
        assert not release(checkout, settings=settings).kept
        assert not checkout.top.exists()


def test_an_abbreviated_commit(uri: str, repo: Any, settings: Settings) -> None:
    for version in ("main~1", "dev"):
        full = repo.git("rev-parse", version)
        checkout = fetch(uri, full[:7], settings=settings)
        assert checkout.source.commit == full
        assert fetch(uri, f"v1-1-g{full[:8]}", settings=settings).source.commit == full


def test_an_unknown_version_is_named_with_its_nearest(uri: str, settings: Settings) -> None:
    with pytest.raises(NoSuchVersionError, match=r"no branch, tag or commit 'mian' \(did you mean main\?\)"):
        fetch(uri, "mian", settings=settings)
    for version in ("0123abc", "0123456789" * 4, "main~99", "origin/nothing", "main:MLproject", "main..dev"):
        with pytest.raises(NoSuchVersionError) as caught:
            fetch(uri, version, settings=settings)
        assert caught.value.exit_code == 3
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("version", ["--upload-pack=touch /tmp/x", "-x", "a\nb", "\x00"])
def test_a_version_is_never_an_option(near_or_far: str, settings: Settings, version: str) -> None:
    with pytest.raises(NoSuchVersionError):
        fetch(near_or_far, version, settings=settings)


def test_the_branch_is_recorded_if_the_version_is_one(near_or_far: str, settings: Settings) -> None:
    for version, branch in [("dev", "dev"), ("refs/heads/dev", "dev"), ("v1", None), ("main~1", None), ("v2", None)]:
        checkout = fetch(near_or_far, version, settings=settings)
        assert checkout.source.branch == branch
        head = subprocess.run(
            ["git", "rev-parse", "--abbrev-ref", "HEAD"], cwd=checkout.top, capture_output=True, text=True, check=True
        )
        assert head.stdout.strip() == (branch or "HEAD")


def test_a_subdirectory(near_or_far: str, settings: Settings) -> None:
    checkout = fetch(f"'{near_or_far}#sub.dir'", "v1", settings=settings)
    assert (checkout.root.name, checkout.source.subdirectory) == ("sub.dir", "sub.dir")
    assert checkout.source.uri.endswith("#sub.dir")
    assert (checkout.root / "code.py").read_text() == "one\n"
    with pytest.raises(SourceError, match="no directory 'fake' in the repository"):
        fetch(f"{near_or_far}#fake", "v1", settings=settings)
    with pytest.raises(UserError, match="leads out"):
        fetch(f"{near_or_far}#../etc", "v1", settings=settings)
    assert len(list((settings.cache_dir / "checkouts").iterdir())) == 1


def test_a_full_commit_in_the_mirror_needs_no_repository(
    near_or_far: str, repo: Any, settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    full = repo.git("rev-parse", "main~1")
    fetch(near_or_far, full, settings=settings)
    if near_or_far.startswith(("/", "file")):
        for path in ((repo.path / ".git" / "objects"), *tmp_path.glob("served/*/objects")):
            shutil.rmtree(path)
            path.mkdir()
    else:
        shutil.rmtree(tmp_path / "served")
    assert name_in(fetch(near_or_far, full, settings=settings).root) == "two"


def test_the_default_branch(uri: str, repo: Any, settings: Settings) -> None:
    if uri == str(repo.path):
        return
    checkout = fetch(uri, settings=settings)
    assert (name_in(checkout.root), checkout.source.branch, checkout.source.version) == ("three", "main", None)


def test_two_fetches_at_once(near_or_far: str, settings: Settings) -> None:
    found: list[object] = []

    def go(version: str) -> None:
        try:
            found.append(name_in(fetch(near_or_far, version, settings=settings).root))
        except BaseException as error:  # noqa: BLE001 - shown by the assertion
            found.append(error)

    threads = [threading.Thread(target=go, args=(version,)) for version in ("main", "dev", "v1", "main~1")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, found)) == ["dev", "one", "three", "two"]


def test_a_checkout_has_the_run_id_and_the_projects_name(repo: Any, settings: Settings) -> None:
    first = fetch(str(repo.path), "main", settings=settings, run_id="abc")
    assert first.top == settings.cache_dir / "checkouts" / "abc" / "my-project"
    second = fetch(str(repo.path), "main", settings=settings, run_id="abc")
    assert second.top.parent.name.startswith("abc-")


def test_the_users_repository_is_never_touched(
    repo: Any, settings: Settings, fingerprint: Callable[[Path], str]
) -> None:
    (repo.path / "MLproject").write_text("name: dirty\n")
    (repo.path / "new.txt").write_text("mine\n")
    repo.git("add", "new.txt")
    before = fingerprint(repo.path)
    for version in ("dev", "v2", "main~1"):
        fetch(str(repo.path), version, settings=settings)
        fetch(f"{repo.path}/sub.dir", version, settings=settings)
    fetch(str(repo.path), settings=settings)
    for version in ("nothing", "0123abc"):
        with pytest.raises(NoSuchVersionError):
            fetch(str(repo.path), version, settings=settings)
    assert fingerprint(repo.path) == before


def test_a_bare_repository_is_never_touched(
    repo: Any, settings: Settings, tmp_path: Path, fingerprint: Callable[[Path], str]
) -> None:
    bare = repo.bare(tmp_path / "bare.git")
    before = fingerprint(bare)
    fetch(str(bare), settings=settings)
    fetch(f"file://{bare}", "dev", settings=settings)
    fetch(str(bare).removesuffix(".git"), "v1", settings=settings)
    assert fingerprint(bare) == before


def test_a_subdirectory_of_a_local_repository_is_found(repo: Any, settings: Settings) -> None:
    checkout = fetch(f"{repo.path}/sub.dir", "v1", settings=settings)
    assert (checkout.source.subdirectory, checkout.root.name) == ("sub.dir", "sub.dir")
    assert checkout.source.uri == f"{repo.path}/sub.dir"
    assert checkout.source.repository == str(repo.path)


def test_a_relative_path_becomes_absolute(repo: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.path.parent)
    assert fetch("my project#sub.dir", "v1", settings=settings).source.uri == f"{repo.path}#sub.dir"


def test_a_local_version_may_be_anything_that_git_knows(repo: Any, settings: Settings) -> None:
    repo.git("update-ref", "refs/remotes/origin/theirs", "v1")
    repo.git("remote", "add", "origin", "https://me:hunter22@example.org/x.git")
    checkout = fetch(str(repo.path), "origin/theirs", settings=settings)
    assert (name_in(checkout.root), checkout.source.repository) == ("one", "https://example.org/x.git")
    assert "hunter22" not in (checkout.top / ".git" / "config").read_text()
    assert name_in(fetch(str(repo.path), "main@{0}", settings=settings).root) == "three"


def test_a_worktree_and_a_shallow_clone_are_repositories(repo: Any, settings: Settings, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", str(tmp_path / "tree"), "dev")
    assert name_in(fetch(str(tmp_path / "tree"), "HEAD", settings=settings).root) == "dev"
    assert fetch(str(tmp_path / "tree"), settings=settings).source.branch == "dev"
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))
    assert name_in(fetch(str(tmp_path / "shallow"), "main", settings=settings).root) == "three"


def test_a_tag_and_a_branch_of_one_name(uri: str, repo: Any, settings: Settings) -> None:
    bare = Path(uri.removeprefix("file://").replace("%20", " "))
    if not bare.exists():
        return
    subprocess.run(["git", "tag", "dev", "v1"], cwd=bare, check=True)
    assert name_in(fetch(uri, "dev", settings=settings).root) == "one"
    assert name_in(fetch(uri, "refs/heads/dev", settings=settings).root) == "dev"


def test_a_tag_wins_over_a_branch_on_a_server(repo: Any, settings: Settings, git_daemon: str, tmp_path: Path) -> None:
    repo.git("tag", "dev", "v1")
    repo.bare(tmp_path / "served" / "r.git")
    assert name_in(fetch(f"{git_daemon}/r.git", "dev", settings=settings).root) == "one"


def test_an_empty_repository(new_repo: Any, settings: Settings, tmp_path: Path, git_daemon: str) -> None:
    empty = new_repo(tmp_path / "served" / "empty")
    bare = tmp_path / "served" / "bare.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
    for uri, version in [(str(empty.path), "main"), (str(bare), None), (f"{git_daemon}/bare.git", None)]:
        with pytest.raises(SourceError, match="empty"):
            fetch(uri, version, settings=settings)
    checkout = fetch(str(empty.path), settings=settings)
    assert (checkout.source.commit, checkout.source.branch) == (None, "main")


def test_a_default_branch_without_commits(repo: Any, settings: Settings, tmp_path: Path, git_daemon: str) -> None:
    bare = repo.bare(tmp_path / "served" / "r.git")
    (bare / "HEAD").write_text("ref: refs/heads/nowhere\n")
    for uri in (str(bare), f"{git_daemon}/r.git"):
        with pytest.raises(SourceError, match=r"default branch has no commit .choose one: dev, main"):
            fetch(uri, settings=settings)


def test_a_sha256_repository(settings: Settings, tmp_path: Path, new_repo: Any) -> None:
    (tmp_path / "r").mkdir()
    repo = type(new_repo(tmp_path / "other"))(tmp_path / "r")
    repo.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main")
    full = repo.commit({"MLproject": "name: long\n"})
    assert fetch(str(repo.path), "main", settings=settings).source.commit == full
    assert fetch(str(repo.path), full, settings=settings).source.commit == full


def test_only_the_commit_is_fetched(repo: Any, settings: Settings, tmp_path: Path) -> None:
    bare = repo.bare(tmp_path / "bare.git")
    fetch(str(bare), "main", settings=settings)
    (mirror,) = (settings.cache_dir / "git").iterdir()
    listed = subprocess.run(
        ["git", "cat-file", "--batch-check", "--batch-all-objects"], cwd=mirror, capture_output=True, check=True
    )
    assert listed.stdout.count(b" commit ") == 1


def test_a_directory_in_no_repository_has_no_versions(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="in no git repository"):
        fetch(str(tmp_path), "main", settings=settings)
    with pytest.raises(UserError, match="the version is empty"):
        fetch(str(tmp_path), "", settings=settings)


def test_the_callers_git_variables_lead_nowhere(repo: Any, settings: Settings, tmp_path: Path, new_repo: Any) -> None:
    other = new_repo(tmp_path / "other")
    other.commit({"MLproject": "name: wrong\n"})
    environ = {
        **settings.environ,
        "GIT_DIR": str(other.path / ".git"),
        "GIT_WORK_TREE": str(other.path),
        "GIT_INDEX_FILE": str(tmp_path / "index"),
        "GIT_OBJECT_DIRECTORY": str(tmp_path / "objects"),
        "GIT_TRACE": "1",
    }
    confused = replace(settings, environ=environ)
    assert name_in(fetch(str(repo.path), "v1", settings=confused).root) == "one"
    assert fetch(str(repo.path), settings=confused).source.commit == repo.git("rev-parse", "HEAD")


def test_hooks_never_run(repo: Any, settings: Settings, tmp_path: Path, environment: Path) -> None:
    marker = tmp_path / "ran"
    template = tmp_path / "template"
    hooks = [template / "hooks", repo.path / ".git" / "hooks"]
    script = f"#!/bin/sh\ntouch '{marker}'\n"
    for folder in hooks:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("post-checkout", "reference-transaction", "post-index-change", "fsmonitor", "pre-auto-gc"):
            (folder / name).write_text(script)
            (folder / name).chmod(0o755)
    (environment / ".gitconfig").write_text(f"[init]\n\ttemplateDir = {template}\n[core]\n\thooksPath = {hooks[0]}\n")
    repo.git("-c", "core.hooksPath=/dev/null", "config", "core.fsmonitor", str(hooks[1] / "fsmonitor"))
    repo.git(
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.fsmonitor=",
        "config",
        "uploadpack.packObjectsHook",
        str(hooks[1] / "fsmonitor"),
    )
    marker.unlink(missing_ok=True)
    checkout = fetch(str(repo.path), "main", settings=settings)
    fetch(str(repo.path), settings=settings)
    release(checkout, settings=settings)
    assert not marker.exists()


def test_git_is_missing(repo: Any, settings: Settings, tmp_path: Path) -> None:
    without = replace(settings, environ={**settings.environ, "PATH": str(tmp_path)})
    with pytest.raises(ProgramMissingError, match="install git"):
        fetch(str(repo.path), "main", settings=without)
    assert fetch(str(repo.path), settings=without).source.commit is None


def test_a_cache_directory_that_cannot_be_written(repo: Any, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    broken = replace(settings, cache_dir=tmp_path / "file" / "cache")
    with pytest.raises(MlprojError, match="cannot create the directory") as caught:
        fetch(str(repo.path), "main", settings=broken)
    assert "MLPROJ_CACHE_DIR" in str(caught.value)


def test_the_disk_is_full(repo: Any, settings: Settings, tmp_path: Path) -> None:
    repo.commit({"big": os.urandom(200_000).hex()})
    program = (
        "import resource, sys\n"
        "from mlproj.config import load_settings\n"
        "from mlproj.errors import MlprojError\n"
        "from mlproj.source.fetching import fetch\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: fetch(sys.argv[1], 'main', settings=load_settings())\n"
        "except MlprojError as error: print(error); sys.exit(error.exit_code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(repo.path)],
        env=dict(process_environment()),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert done.stdout.count("\n") == 1
    assert name_in(fetch(str(repo.path), "main", settings=settings).root) == "three"


def test_what_a_killed_fetch_left_does_no_harm(repo: Any, settings: Settings) -> None:
    fetch(str(repo.path), "v1", settings=settings)
    (mirror,) = (settings.cache_dir / "git").iterdir()
    for name in ("shallow.lock", "packed-refs.lock", "config.lock", "refs/mlproj/tip.lock", "objects/pack/tmp_pack_x"):
        (mirror / name).write_text("")
    assert name_in(fetch(str(repo.path), "main", settings=settings).root) == "three"
    shutil.rmtree(mirror)
    mirror.mkdir()
    assert name_in(fetch(str(repo.path), "main", settings=settings).root) == "three"


def test_a_fetch_that_is_killed_while_its_git_lives_on(repo: Any, settings: Settings, tmp_path: Path) -> None:
    git = shutil.which("git")
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "git").write_text(
        f'#!/bin/sh\ncase " $* " in *" fetch "*) touch "{slow}/started"; sleep 0.5;; esac\nexec "{git}" "$@"\n'
    )
    (slow / "git").chmod(0o755)
    environ = {**settings.environ, "PATH": f"{slow}:{settings.environ['PATH']}"}
    program = "import sys; from mlproj.source.fetching import fetch; from mlproj.config import load_settings;"
    command = [sys.executable, "-c", f"{program} fetch(sys.argv[1], 'main', settings=load_settings())", str(repo.path)]
    with subprocess.Popen(command, env=environ) as killed:
        while not (slow / "started").exists():
            assert killed.poll() is None
        killed.kill()
    assert name_in(fetch(str(repo.path), "main", settings=settings).root) == "three"
    assert not list((settings.cache_dir / "git").glob("*/*.lock"))


def test_a_subdirectory_that_is_a_link_out_of_the_repository(repo: Any, settings: Settings) -> None:
    (repo.path / "out").symlink_to("/etc")
    repo.commit({})
    with pytest.raises(SourceError, match="leads out of the repository"):
        fetch(f"{repo.path}#out", "main", settings=settings)


def test_a_damaged_mirror_is_made_anew(repo: Any, settings: Settings) -> None:
    fetch(str(repo.path), "main", settings=settings)
    (mirror,) = (settings.cache_dir / "git").iterdir()
    for pack in (mirror / "objects" / "pack").iterdir():
        pack.chmod(0o600)
        pack.write_bytes(b"")
    assert name_in(fetch(str(repo.path), "main", settings=settings).root) == "three"


@pytest.mark.parametrize(
    ("head", "version"),
    [(b"", "main"), (b"", "dev"), (b"", "full"), (b"\0" * 24, "main"), (b"ref: ", "full"), (None, "main")],
)
def test_a_mirror_whose_head_is_damaged_is_made_anew(
    head: bytes | None, version: str, repo: Any, settings: Settings, new_repo: Any
) -> None:
    around = new_repo(settings.cache_dir / "around")  # git would look for a repository in the directories above
    nested = replace(settings, cache_dir=around.path / "cache")
    full = repo.git("rev-parse", "main")
    fetch(str(repo.path), full, settings=nested)
    (mirror,) = (nested.cache_dir / "git").iterdir()
    if head is None:
        shutil.rmtree(mirror / "refs")
    else:
        (mirror / "HEAD").write_bytes(head)
    checkout = fetch(str(repo.path), full if version == "full" else version, settings=nested)
    assert name_in(checkout.root) == ("dev" if version == "dev" else "three")
    assert around.git("for-each-ref") == ""


def test_waiting_for_another_run_is_told(repo: Any, settings: Settings) -> None:
    from mlproj.system.locks import hold

    fetch(str(repo.path), "v1", settings=settings)
    (lock,) = (settings.cache_dir / "locks").glob("git-*.lock")
    said: list[str] = []
    heard = threading.Event()

    def listen(line: str) -> None:
        said.append(line)
        heard.set()

    with hold(lock):
        other = threading.Thread(
            target=fetch, args=(str(repo.path), "main"), kwargs={"settings": settings, "on_progress": listen}
        )
        other.start()
        heard.wait(10)
    other.join()
    assert said[0] == f"waiting: another run is fetching {repo.path}"
    assert any(re.match(r"remote: |Receiving|From", line) for line in said)


@contextmanager
def a_git_that_lives_on(settings: Settings, seconds: float) -> Iterator[int]:
    """A program that holds the inherited lock of the only mirror, as a git does whose mlproj was killed."""
    (lock,) = (settings.cache_dir / "locks").glob("git-*.fetch")
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        orphan = subprocess.Popen(["sleep", str(seconds)], pass_fds=(file.fileno(),))
    with orphan:
        yield orphan.pid
        orphan.kill()


def test_waiting_for_a_git_that_lives_on_is_told_and_has_an_end(repo: Any, settings: Settings) -> None:
    fetch(str(repo.path), "v1", settings=settings)
    said: list[str] = []
    with a_git_that_lives_on(settings, 0.5):
        assert name_in(fetch(str(repo.path), "main", settings=settings, on_progress=said.append).root) == "three"
    assert said[0] == f"waiting: a git of an earlier run is still fetching {repo.path}"
    with (
        a_git_that_lives_on(settings, 60),
        git_access(settings, location=str(repo.path), credentials=Credentials()) as access,
    ):
        mirror = Mirror(access=access, cache_dir=settings.cache_dir, url=f"{repo.path}/.git", where="r", patience=0.1)
        with pytest.raises(SourceError, match=r"^r: a git of an earlier run is still fetching it .*\.fetch"):
            mirror.discard()


def test_a_fetch_that_is_interrupted_ends_the_whole_tree_of_git(repo: Any, settings: Settings, web: Any) -> None:
    """The server never ends its answer: both git and its helper wait for it."""
    repo.bare(web.root / "r.git")
    web.stalls = True
    uri = f"{web.url}/git/r.git"
    program = "import sys; from mlproj.source.fetching import fetch; from mlproj.config import load_settings;"
    command = [sys.executable, "-c", f"{program} fetch(sys.argv[1], 'main', settings=load_settings())", uri]
    with subprocess.Popen(command, env=dict(process_environment()), stderr=subprocess.DEVNULL) as interrupted:
        assert web.stalled.wait(30)
        tree = {pid: start_of(pid) for pid in descendants(interrupted.pid)}
        assert len(tree) > 1
        interrupted.send_signal(signal.SIGINT)
        interrupted.wait(30)
    assert [start_of(pid) for pid in tree] == [None] * len(tree)
    web.stalls = False
    web.stalled.set()
    said: list[str] = []
    assert name_in(fetch(uri, "main", settings=settings, on_progress=said.append).root) == "three"
    assert not any("waiting" in line for line in said)


def test_a_fetch_that_is_interrupted_leaves_nothing(repo: Any, settings: Settings) -> None:
    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(str(repo.path), "main", settings=settings, on_progress=interrupt)
    assert not (settings.cache_dir / "checkouts").exists()
    assert name_in(fetch(str(repo.path), "main", settings=settings).root) == "three"


def test_a_branch_that_becomes_a_directory_of_branches(repo: Any, settings: Settings, tmp_path: Path) -> None:
    bare = repo.bare(tmp_path / "bare.git")
    server = type(repo)(bare)
    with git_access(settings, location=str(bare), credentials=Credentials()) as access:
        mirror = Mirror(access=access, cache_dir=settings.cache_dir, url=str(bare), where="bare.git")
        mirror.create()
        mirror.fetch_all()
        server.git("branch", "-D", "dev")
        server.git("branch", "dev/next", "v1")
        mirror.fetch_all()
        assert mirror.commit_of("refs/mlproj/heads/dev/next") == server.git("rev-parse", "dev/next")


@pytest.mark.parametrize("name", ["a b", "$(rm)", 'it\'s "quoted"', "ünï 😀", "new\nline", "back\\slash"])
def test_odd_names_of_directories(name: str, repo: Any, settings: Settings, tmp_path: Path) -> None:
    odd = tmp_path / name
    shutil.copytree(repo.path, odd / name)
    checkout = fetch(str(odd / name), "v1", settings=replace(settings, cache_dir=odd / "cache"))
    assert name_in(checkout.root) == "one"
    assert not release(checkout, settings=replace(settings, cache_dir=odd / "cache")).kept
    assert fetch(str(odd / name), settings=settings).source.branch == "main"


def test_file_names_that_are_no_text(repo: Any, settings: Settings) -> None:
    odd = os.fsdecode(b"caf\xe9.txt")
    try:
        (repo.path / odd).write_text("latin-1")
    except OSError:
        pytest.skip("this file system wants UTF-8")
    repo.commit({})
    checkout = fetch(str(repo.path), "main", settings=settings)
    (checkout.root / odd).write_text("changed")
    assert release(checkout, settings=settings).changed == (odd,)
