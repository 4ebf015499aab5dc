"""Where the container engine listens, and what keeps us from it."""

import os
import socket
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mlproj.errors import EngineError
from mlproj.system.container_engine import address, check, is_elsewhere

NOBODY = 65534


def listening(path: Path) -> socket.socket:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()
    return server


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(EngineError) as raised:
        check(environ)
    return str(raised.value)


def as_nobody(function: Callable[[], str]) -> str:
    """What a function gives in a forked child that owns nothing."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        os.write(writing, function().encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, encoding="utf-8") as file:
        return file.read()


def test_a_socket_that_answers(tmp_path: Path) -> None:
    with listening(tmp_path / "s"):
        check({"DOCKER_HOST": f"unix://{tmp_path}/s"})


def test_no_engine_at_all(tmp_path: Path) -> None:
    assert "there is no container engine here" in refusal({"DOCKER_HOST": f"unix://{tmp_path}/none"})


def test_an_engine_that_has_died(tmp_path: Path) -> None:
    listening(tmp_path / "s").close()
    said = refusal({"DOCKER_HOST": f"unix://{tmp_path}/s"})
    assert "does not answer" in said
    assert "systemctl start docker" in said


def test_a_socket_for_others_alone() -> None:
    if os.getuid() != 0:
        pytest.skip("only root can be somebody else")
    with tempfile.TemporaryDirectory() as folder:  # pytest's own directories are closed to others
        path = Path(folder, "s")
        Path(folder).chmod(0o755)
        with listening(path):
            path.chmod(stat.S_IRUSR | stat.S_IWUSR)
            said = as_nobody(lambda: refusal({"DOCKER_HOST": f"unix://{path}"}))
    assert "you may not use the container engine's socket" in said
    assert "added to the group docker" in said
    assert len(said.splitlines()) == 1


def test_an_address_is_taken_where_it_is_said_first(tmp_path: Path) -> None:
    config = tmp_path / ".docker" / "config.json"
    config.parent.mkdir()
    config.write_text('{"currentContext": "default"}')
    environ = {"HOME": str(tmp_path), "CONTAINER_HOST": "unix:///run/user/1/podman.sock"}
    assert address(environ) == "unix:///run/user/1/podman.sock"
    assert address({**environ, "DOCKER_HOST": "tcp://far:2375"}) == "tcp://far:2375"


@pytest.mark.parametrize(
    ("where", "elsewhere"),
    [
        ("unix:///var/run/docker.sock", False),
        ("tcp://127.0.0.1:2375", False),
        ("tcp://far:2375", True),
        ("ssh://me@far", True),
    ],
)
def test_engines_of_other_machines(where: str, *, elsewhere: bool) -> None:
    assert is_elsewhere(where) is elsewhere
