"""Servers that want to know who asks, and servers that fail."""

import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlproj.config import Settings
from mlproj.errors import SourceError, UserError
from mlproj.source.fetching import fetch, release

SECRET = "s3cret-t0ken"


def with_variables(settings: Settings, **variables: str) -> Settings:
    return replace(settings, environ={**settings.environ, **variables})


@pytest.fixture
def private(web: Any, repo: Any, tmp_path: Path) -> str:
    """A repository that only `me` may read; gives what follows `http://`."""
    repo.bare(tmp_path / "served" / "r.git")
    web.login = f"me:{SECRET}"
    return f"{web.url}/git/r.git".removeprefix("http://")


@pytest.fixture
def spy(tmp_path: Path) -> Path:
    """A `git` that writes down its arguments; gives the directory to put on PATH."""
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    folder = tmp_path / "spy"
    folder.mkdir()
    script = folder / "git"
    script.write_text(f'#!/bin/sh\nprintf "%s " "$@" >> "{folder}/log"\nexec "{real}" "$@"\n')
    script.chmod(0o755)
    return folder


def test_credentials_in_the_url_are_used_and_never_shown(private: str, settings: Settings, spy: Path) -> None:
    said: list[str] = []
    spied = with_variables(settings, PATH=f"{spy}:{settings.environ['PATH']}")
    checkout = fetch(f"http://me:{SECRET}@{private}", "main", settings=spied, on_progress=said.append)
    assert (checkout.root / "MLproject").read_text() == "name: three\n"
    assert checkout.source.uri == checkout.source.repository == f"http://{private}"
    assert said
    assert "ls-remote" in (spy / "log").read_text()
    written = [path for path in settings.cache_dir.rglob("*") if path.is_file()]
    shown = "".join(said) + repr(checkout) + (spy / "log").read_text()
    assert SECRET not in shown
    assert not [path for path in written if SECRET.encode() in path.read_bytes()]


def test_wrong_credentials(private: str, settings: Settings) -> None:
    for user in ("me:wrong-password", "wrong-token", "me"):
        with pytest.raises(SourceError, match="refuses access") as caught:
            fetch(f"http://{user}@{private}", "main", settings=settings)
        everything = f"{caught.value}{caught.value.detail}{caught.value.where}"
        assert "wrong-" not in everything
        assert caught.value.exit_code == 3


def test_no_credentials_and_no_terminal_is_an_error_and_no_prompt(private: str, settings: Settings) -> None:
    with pytest.raises(SourceError, match="refuses access"):
        fetch(f"http://{private}", settings=settings)


def test_the_users_credential_helper_is_asked(private: str, settings: Settings, environment: Path) -> None:
    host = private.partition("/")[0]
    (environment / ".git-credentials").write_text(f"http://me:{SECRET}@{host}\n")
    (environment / ".gitconfig").write_text("[credential]\n\thelper = store\n")
    assert fetch(f"http://{private}", "v1", settings=settings).source.commit
    assert fetch(f"http://me@{private}", "dev", settings=settings).source.commit
    (environment / ".git-credentials").write_text(f"http://me:stale-password@{host}\n")
    assert fetch(f"http://me:{SECRET}@{private}", "main~1", settings=settings).source.commit


def test_an_askpass_program_is_asked(private: str, settings: Settings, tmp_path: Path) -> None:
    program = tmp_path / "askpass"
    program.write_text(f'#!/bin/sh\ncase "$1" in Username*) echo me;; *) echo {SECRET};; esac\n')
    program.chmod(0o755)
    assert fetch(f"http://{private}", "v1", settings=with_variables(settings, GIT_ASKPASS=str(program))).source.commit


def test_ssh(ssh: Any, repo: Any, settings: Settings, tmp_path: Path) -> None:
    bare = repo.bare(tmp_path / "served" / "r.git")
    known = with_variables(settings, GIT_SSH_COMMAND=ssh.command)
    checkout = fetch(f"ssh://{ssh.user}@127.0.0.1:{ssh.port}{bare}#sub.dir", "main~1", settings=known)
    assert checkout.source.uri == f"ssh://{ssh.user}@127.0.0.1:{ssh.port}{bare}#sub.dir"
    assert checkout.source.commit == repo.git("rev-parse", "main~1")
    scp = with_variables(settings, GIT_SSH_COMMAND=f"{ssh.command} -p {ssh.port}")
    assert fetch(f"{ssh.user}@127.0.0.1:{bare}", "dev", settings=scp).source.branch == "dev"
    missing = f"ssh://{ssh.user}@127.0.0.1:{ssh.port}/nowhere.git"
    with pytest.raises(SourceError, match="no such repository"):
        fetch(missing, settings=known)


def test_ssh_from_the_users_configuration(
    ssh: Any, repo: Any, settings: Settings, tmp_path: Path, environment: Path
) -> None:
    bare = repo.bare(tmp_path / "served" / "r.git")
    command = ssh.command.replace("'", "")
    (environment / ".gitconfig").write_text(f"[core]\n\tsshCommand = {command}\n")
    assert fetch(f"ssh://{ssh.user}@127.0.0.1:{ssh.port}{bare}", "v1", settings=settings).source.commit


def test_ssh_without_a_key_or_with_an_unknown_host(ssh: Any, repo: Any, settings: Settings, tmp_path: Path) -> None:
    bare = repo.bare(tmp_path / "served" / "r.git")
    uri = f"ssh://{ssh.user}@127.0.0.1:{ssh.port}{bare}"
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)], check=True)
    stranger = ssh.command.replace(str(ssh.key), str(other))
    with pytest.raises(SourceError, match="refuses access"):
        fetch(uri, settings=with_variables(settings, GIT_SSH_COMMAND=stranger))
    nobody = ssh.command.replace(str(ssh.known_hosts), str(tmp_path / "none"))
    with pytest.raises(SourceError, match="ssh host key is not known"):
        fetch(uri, settings=with_variables(settings, GIT_SSH_COMMAND=nobody))


@pytest.mark.parametrize("uri", ["git://127.0.0.1:1/r", "http://127.0.0.1:1/r", "ssh://me@127.0.0.1:1/r"])
def test_a_server_that_does_not_answer(uri: str, settings: Settings) -> None:
    with pytest.raises(SourceError, match="does not answer") as caught:
        fetch(uri, settings=settings)
    assert "\n" not in str(caught.value)
    assert not (settings.cache_dir / "git").exists()


def test_no_such_repository(web: Any, git_daemon: str, settings: Settings) -> None:
    for uri in (f"{web.url}/git/nothing.git", f"{git_daemon}/nothing.git"):
        with pytest.raises(SourceError, match="no such repository"):
            fetch(uri, settings=settings)


def test_a_server_that_fails(web: Any, repo: Any, tmp_path: Path, settings: Settings) -> None:
    repo.bare(tmp_path / "served" / "r.git")
    web.answers.append((500, b"oops", {}))
    with pytest.raises(SourceError, match="ended the connection"):
        fetch(f"{web.url}/git/r.git", settings=settings)
    web.answers.append((200, b"<html>a login page</html>", {"Content-Type": "text/html"}))
    with pytest.raises(SourceError):
        fetch(f"{web.url}/git/r.git", settings=settings)
    assert fetch(f"{web.url}/git/r.git", settings=settings).source.branch == "main"


def test_the_name_of_a_url_insteadof_is_honoured(
    web: Any, repo: Any, tmp_path: Path, settings: Settings, environment: Path
) -> None:
    repo.bare(tmp_path / "served" / "r.git")
    (environment / ".gitconfig").write_text(f'[url "{web.url}/git/"]\n\tinsteadOf = "https://example.invalid/"\n')
    assert fetch("https://example.invalid/r.git", settings=settings).source.uri == "https://example.invalid/r.git"


def test_a_mistyped_path(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "elasticnet").mkdir()
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(UserError, match=r"no such directory, and not a git URL .did you mean .*/elasticnet") as caught:
        fetch(str(tmp_path / "elastinet"), settings=settings)
    assert caught.value.exit_code == 2
    with pytest.raises(UserError, match="no such directory, and not a git URL"):
        fetch("/nowhere/at/all", "main", settings=settings)
    with pytest.raises(UserError, match="this is a file"):
        fetch(str(tmp_path / "notes.txt"), settings=settings)
    with pytest.raises(UserError, match="the path cannot be used"):
        fetch("x" * 5000, settings=settings)
    with pytest.raises(UserError, match="control characters"):
        fetch("a\x00b", settings=settings)


def test_executable_bits_and_links_of_a_commit(repo: Any, settings: Settings) -> None:
    (repo.path / "run.sh").write_text("#!/bin/sh\n")
    (repo.path / "run.sh").chmod(0o755)
    (repo.path / "link").symlink_to("run.sh")
    (repo.path / "tab\tand 'quote' ü").write_text("odd\n")
    repo.commit({})
    checkout = fetch(str(repo.path), "main", settings=settings)
    assert (checkout.root / "run.sh").stat().st_mode & stat.S_IXUSR
    assert (checkout.root / "link").is_symlink()
    assert (checkout.root / "tab\tand 'quote' ü").read_text() == "odd\n"
    assert not release(checkout, settings=settings).kept


def test_a_token_opens_the_submodules_of_the_same_server_too(
    private: str, repo: Any, new_repo: Any, tmp_path: Path, settings: Settings
) -> None:
    top = new_repo(tmp_path / "served" / "top")
    repo.git("push", "--quiet", str(tmp_path / "served" / "r.git"), "main")
    top.git("submodule", "--quiet", "add", "../r.git", "lib")
    top.commit({"MLproject": "name: top\n"})
    uri = f"http://me:{SECRET}@{private.replace('r.git', 'top/.git')}".replace("top/.git", "top")
    assert (fetch(uri, settings=settings).root / "lib" / "MLproject").read_text() == "name: three\n"


def test_at_a_terminal_git_asks_once(private: str, settings: Settings) -> None:
    program = (
        "import sys\n"
        "from mlproj.config import load_settings\n"
        "from mlproj.source.fetching import fetch\n"
        "print('branch', fetch(sys.argv[1], settings=load_settings()).source.branch)\n"
    )
    spawn = f"import pty, sys; pty.spawn([sys.executable, '-c', {program!r}, 'http://{private}'])"
    with subprocess.Popen(
        [sys.executable, "-c", spawn], env=dict(settings.environ), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as asked:
        assert asked.stdin
        assert asked.stdout
        said = b""
        for question, answer in (
            (b"Username for", b"me\n"),
            (b"Password for", f"{SECRET}\n".encode()),
            (b"branch", b""),
        ):
            while question not in said:
                byte = asked.stdout.read(1)
                assert byte, said
                said += byte
            asked.stdin.write(answer)
            asked.stdin.flush()
        assert b"main" in asked.stdout.read()
    assert said.count(b"Username for") == 1


def test_a_detached_head_on_a_server(repo: Any, settings: Settings, tmp_path: Path, git_daemon: str) -> None:
    bare = repo.bare(tmp_path / "served" / "r.git")
    (bare / "HEAD").write_text(repo.git("rev-parse", "v1") + "\n")
    source = fetch(f"{git_daemon}/r.git", settings=settings).source
    assert (source.branch, source.commit) == (None, repo.git("rev-parse", "v1"))
