"""What needs no engine: arguments, places, volumes, pins, contexts, addresses."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.backends.container_creation import advice
from mlproj.backends.docker_arguments import read_docker_arguments
from mlproj.backends.lost_containers import is_lost
from mlproj.cli.run_request import read_docker_args
from mlproj.envs.images.builds import tag_of
from mlproj.envs.images.contexts import BuildContext, content_hash, files_of, large_entries, write_archive
from mlproj.envs.images.pins import Pin, read_pin
from mlproj.envs.images.registries import fits, repository_of
from mlproj.envs.values import ImageRequest
from mlproj.errors import EngineError, EnvironmentSpecError, UsageError
from mlproj.project.docker_env import DockerEnv
from mlproj.project.quantities import as_cpus, as_gpus, as_memory
from mlproj.project.resources import Resources, read_resources
from mlproj.runner.containers.places import expand_volumes, places_in_container
from mlproj.system import container_engine

TEXT = st.text(st.characters(codec="utf-8"), min_size=1)


def test_arguments_as_the_command_line_gives_them() -> None:
    assert read_docker_args(("a=1", "b", "a=2=3")) == {"a": ["1", "2=3"], "b": True}


def test_arguments_as_the_api_has_them(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("# a comment\nF=1\nHOST\n")
    given: dict[str, object] = {
        "m": "1.5g",
        "memory-swap": "-1",
        "cpus": "0.5",
        "gpus": '"device=0,1"',
        "v": "/a:/b",
        "volume": ["c:/d"],
        "e": ["A=b=c", "HOST", "MISSING"],
        "env-file": str(file),
        "privileged": True,
        "init": False,
        "ulimit": ["nofile=1:2", "core=0"],
        "tmpfs": "/t:size=1m",
        "p": ["8080:80", "127.0.0.1:53:53/udp"],
        "entrypoint": "tini --",
        "l": "k=v",
        "net": "host",
        "--user": "1:2",
        "rm": True,
        "it": True,
        "read-only": "true",
        "oom-score-adj": 5,
    }
    found = read_docker_arguments(given, {"HOST": "h"})
    assert found.host == {
        "mem_limit": 3 << 29,
        "memswap_limit": -1,
        "nano_cpus": 500_000_000,
        "privileged": True,
        "ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}, {"Name": "core", "Soft": 0, "Hard": 0}],
        "tmpfs": {"/t": "size=1m"},
        "port_bindings": {"80/tcp": 8080, "53/udp": ("127.0.0.1", 53)},
        "read_only": True,
        "oom_score_adj": 5,
    }
    assert found.config == {"entrypoint": ["tini", "--"], "labels": {"k": "v"}}
    assert found.volumes == ("/a:/b", "c:/d")
    assert found.environ == {"A": "b=c", "HOST": "h", "F": "1"}
    assert (found.network, found.user, found.gpus) == ("host", "1:2", "device=0,1")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("memory", "lots", "no size"),
        ("memory", True, "needs a value"),
        ("cpus", "many", "no number"),
        ("gpus", "some", "neither"),
        ("privileged", "perhaps", "neither true nor false"),
        ("env-file", "/no/such", "No such file"),
        ("pids-limit", "x", "invalid literal"),
        ("detach", True, "follows the container itself"),
        ("netwrok", "x", "did you mean 'network'"),
        ("frobnicate", "x", "none that mlproj can pass on"),
    ],
)
def test_arguments_that_are_none(name: str, value: object, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_docker_arguments({name: value}, {})


def test_places(tmp_path: Path) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    (root / "data").mkdir(parents=True)
    other.mkdir()
    (other / "in.csv").touch()
    (root / "out").symlink_to(other)
    place = {"a": root / "data", "b": other, "c/../d": other / "in.csv", "e": root / "out" / "in.csv", "f": root}
    seen, mounts = places_in_container({name: str(path) for name, path in place.items()}, root)
    assert seen == {
        "a": "/mlflow/projects/code/data",
        "b": "/mlflow/inputs/b",
        "c/../d": "/mlflow/inputs/c_.._d/in.csv",
        "e": "/mlflow/inputs/e/in.csv",
        "f": "/mlflow/projects/code",
    }
    assert [mount.source for mount in mounts] == [other, other / "in.csv", other / "in.csv"]


def test_parameters_with_like_names_have_places_of_their_own(tmp_path: Path) -> None:
    seen, _ = places_in_container({"a b": str(tmp_path), "a?b": str(tmp_path)}, tmp_path / "root")
    assert len(set(seen.values())) == 2


@pytest.mark.parametrize(
    ("volume", "expanded"),
    [
        ("/a:/b:ro", "/a:/b:ro"),
        ("name:/b", "name:/b"),
        ("$(pwd)/x:/b", "/root/x:/b"),
        ("`pwd`:/b", "/root:/b"),
        ("$PWD:/b", "/root:/b"),
        ("${W}/$UNKNOWN:/b", "/w/$UNKNOWN:/b"),
        ("~/d:/b", "/home/ada/d:/b"),
        ("./d:/b", "/root/d:/b"),
        (".:/b", "/root:/b"),
        ("sub/d:/b", "/root/sub/d:/b"),
        ("/anonymous", "/anonymous"),
    ],
)
def test_volumes(volume: str, expanded: str) -> None:
    environ = {"W": "/w", "HOME": "/home/ada"}
    assert expand_volumes([volume], root=Path("/root"), environ=environ) == (expanded,)


@given(TEXT, TEXT, st.sampled_from(["digest", "id", "context"]))
def test_a_pin_reads_back(image: str, value: str, key: str) -> None:
    pin = Pin(image=image, **{key: value})
    assert read_pin(pin.to_text(), where="x") == pin


@pytest.mark.parametrize("text", ["", "image = 'a'", "= =", "digest = 'x'"])
def test_what_is_no_pin(text: str) -> None:
    with pytest.raises(EnvironmentSpecError, match="holds no image lock"):
        read_pin(text, where="MLproject.lock")


@pytest.mark.parametrize(
    ("name", "repository"),
    [("a", "a"), ("a:1", "a"), ("h:5000/a", "h:5000/a"), ("h:5000/a:1", "h:5000/a"), ("a@sha256:0", "a")],
)
def test_repositories(name: str, repository: str) -> None:
    assert repository_of(name) == repository


@pytest.mark.parametrize(
    ("image", "project", "tag"),
    [
        ("h:5000/Team/Tool:v1", None, "mlproj/tool:build-0123456789abcdef"),
        (None, "My Project!", "mlproj/my-project:build-0123456789abcdef"),
        (None, "🦆", "mlproj/project:build-0123456789abcdef"),
        ("a:b", "c", "mlproj/a:build-0123456789abcdef"),
    ],
)
def test_names_of_built_images(image: str | None, project: str | None, tag: str) -> None:
    request = ImageRequest(env=DockerEnv(image=image), project=project)
    assert tag_of(request, "0123456789abcdef" * 4, kind="build") == tag


def test_platforms() -> None:
    facts = {"Os": "linux", "Architecture": "arm64", "Variant": "v8"}
    assert [fits(facts, name) for name in (None, "linux/arm64", "Linux/ARM64/v8", "linux/amd64")] == [
        True,
        True,
        True,
        False,
    ]


def context(root: Path, **changes: object) -> BuildContext:
    return BuildContext(root=root, files=files_of(root), dockerfile=b"FROM x", **changes)  # type: ignore[arg-type]


def test_a_context_changes_with_what_is_sent_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a b.txt").write_text("1")
    (tmp_path / ".dockerignore").write_text("# comment\n*.log\n!kept.log\n")
    (tmp_path / "sub").mkdir()
    first = content_hash(context(tmp_path))
    (tmp_path / "x.log").write_text("1")
    (tmp_path / "sub" / ".git").mkdir()
    (tmp_path / "sub" / ".git" / "config").write_text("1")
    assert content_hash(context(tmp_path)) == first
    hashes = {first}
    (tmp_path / "kept.log").write_text("1")
    hashes.add(content_hash(context(tmp_path)))
    (tmp_path / "a b.txt").chmod(0o755)
    hashes.add(content_hash(context(tmp_path)))
    (tmp_path / "link").symlink_to("a b.txt")
    hashes.add(content_hash(context(tmp_path)))
    hashes.add(content_hash(context(tmp_path, facts={"target": "x"})))
    assert len(hashes) == 5


def test_an_archive_holds_the_context(tmp_path: Path) -> None:
    (tmp_path / "a b.txt").write_text("1")
    (tmp_path / "hard").hardlink_to(tmp_path / "a b.txt")
    (tmp_path / "link").symlink_to("a b.txt")
    (tmp_path / "run.sh").write_text("x")
    (tmp_path / "run.sh").chmod(0o700)
    file = io.BytesIO()
    write_archive(context(tmp_path, prefix="tree/code/", open_to_all=True), file)
    file.seek(0)
    with tarfile.open(fileobj=file) as archive:
        found = {member.name: member for member in archive}
        assert archive.extractfile("tree/code/hard").read() == b"1"  # type: ignore[union-attr]
    assert found["tree/code"].isdir()
    assert found["tree/code/link"].issym()
    assert {found[f"tree/code/{name}"].mode for name in ("a b.txt", "hard")} == {0o666}
    assert found["tree/code/run.sh"].mode == 0o777
    assert {(member.uid, member.uname) for member in found.values()} == {(0, "")}


def test_the_largest_entries_of_a_context(tmp_path: Path) -> None:
    for name, size in {"data/a": 700, "data/b": 200, "big": 800, "c": 1, "d": 2}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * size)
    assert large_entries(context(tmp_path)) == (1703, (("data", 900), ("big", 800), ("d", 2)))


def test_quantities() -> None:
    assert [as_memory(value) for value in ("1k", "2G", "1.5 GiB", 64, "64mb", "x", -1, True, None, "0")] == [
        1024, 2 << 30, 3 << 29, 64, 64 << 20, None, None, None, None, None
    ]  # fmt: skip
    assert [as_cpus(value) for value in (2, "0.5", 0, "x", True, float("inf"))] == [2, 0.5, None, None, None, None]
    assert [as_gpus(value) for value in (True, 0, "all", "device=0,1", "3", -1, "x", None)] == [
        "all", "0", "all", "device=0,1", "3", None, None, None
    ]  # fmt: skip
    assert read_resources({"resources": {"cpus": 2, "memory": "1g", "gpus": 1, "x": 1}}) == Resources(
        cpus=2, memory=1 << 30, gpus="1"
    )
    assert read_resources({}) == Resources()


def test_where_the_engine_is(tmp_path: Path) -> None:
    assert container_engine.address({"DOCKER_HOST": "tcp://h:1"}) == "tcp://h:1"
    assert (
        container_engine.address({"HOME": str(tmp_path), "CONTAINER_HOST": "unix:/run/p.sock"}) == "unix:///run/p.sock"
    )
    folder = tmp_path / ".docker"
    meta = folder / "contexts" / "meta" / "9d67a17f3ad0eda4d6eab79b0e23d6b4f6b9a4ec7d6ca2f6f5d43b6b1b5c9c36"
    import hashlib

    meta = meta.with_name(hashlib.sha256(b"mine").hexdigest())
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(json.dumps({"Endpoints": {"docker": {"Host": "unix:///ctx.sock"}}}))
    (folder / "config.json").write_text(json.dumps({"currentContext": "mine"}))
    assert container_engine.address({"HOME": str(tmp_path)}) == "unix:///ctx.sock"
    assert container_engine.address({"HOME": str(tmp_path), "DOCKER_CONTEXT": "default"}) != "unix:///ctx.sock"


@pytest.mark.parametrize(
    ("where", "elsewhere"),
    [("unix:///x", False), ("tcp://127.0.0.1:1", False), ("tcp://h:1", True), ("ssh://me@h", True)],
)
def test_which_engines_are_elsewhere(where: str, *, elsewhere: bool) -> None:
    assert container_engine.is_elsewhere(where) == elsewhere


def test_an_engine_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="there is no container engine here"):
        container_engine.check({"DOCKER_HOST": f"unix://{tmp_path}/none"})


def test_advice() -> None:
    assert "NVIDIA" in str(advice('could not select device driver "" with capabilities: [[gpu]]'))
    assert advice("something else") is None


def test_containers_of_others_are_not_lost() -> None:
    assert not is_lost({})
    assert not is_lost({"mlproj.owner": "{}"})
    other = {"host": "another", "boot": "b", "pid": 1, "started": "1"}
    assert not is_lost({"mlproj.owner": json.dumps(other)})
