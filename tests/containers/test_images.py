"""Images: built, pulled, pinned, listed and removed, with a real engine and a real registry."""

from __future__ import annotations

import json
import os
import re
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from tests import container_images

from mlproj.config import load_settings
from mlproj.envs.images.environments import ensure_image, resolve_image
from mlproj.envs.specs import spec_for
from mlproj.errors import EngineError
from mlproj.project.docker_env import DockerEnv, ImageBuild
from mlproj.project.loading import load
from mlproj.runner.containers.ways import look_at_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.containers.conftest import Containers, Project

DOCKERFILE = """\
ARG BASE
FROM $BASE AS first
ARG WORD
RUN echo "$WORD" >/word; echo building >&2
COPY data.txt /data.txt
FROM first AS second
RUN echo second >>/word
"""


@pytest.fixture
def publish(containers: Containers, registry: str, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Makes a small image that says what it is, and pushes it under one tag; gives its name. It has no bash."""
    name = f"{registry}/team/tool"

    def push(word: str) -> str:
        containers.client.api.import_image_from_data(
            container_images.tiny({"word": f"{word}\n"}), repository=name, tag="v1"
        )
        containers.client.images.push(name, tag="v1")
        return f"{name}:v1"

    yield push
    for image in containers.client.images.list(name):
        with suppress(Exception):
            containers.client.images.remove(image.id, force=True)


def forget(containers: Containers, name: str) -> None:
    for image in containers.client.images.list(name.rpartition(":")[0]):
        containers.client.images.remove(image.id, force=True)


@pytest.fixture
def built(containers: Containers) -> Iterator[None]:
    """Removes what was built in the test."""
    before = {image.id for image in containers.client.images.list()}
    yield
    for image in containers.client.images.list():
        if image.id not in before and any(tag.startswith("mlproj/demo") for tag in image.tags):
            with suppress(Exception):
                containers.client.images.remove(image.id, force=True)


def test_a_pull_a_lock_and_a_tag_that_moves(
    project: Project, containers: Containers, publish: Callable[[str], str]
) -> None:
    name = publish("one")
    forget(containers, name)
    folder = project("cat /word", image=name)

    done = containers.run(folder)
    assert (done.code, done.out) == (0, "one\n"), done.err
    assert f"pulling {name}" in done.err
    (run,) = containers.runs()
    digest = run["tags"]["mlproj.image.digest"]
    assert digest.startswith("sha256:")
    assert json.loads(containers.artifact("mlproj/run.json"))["environment"]["image"]["digest"] == digest
    assert containers.run(folder, "--locked").code == 4

    assert containers("lock", str(folder)).code == 0
    assert f'digest = "{digest}"' in (folder / "MLproject.lock").read_text()
    assert containers.run(folder, "--locked").out == "one\n"

    publish("two")
    refused = containers.run(folder, "--locked")
    assert refused.code == 4
    assert re.search(rf"--locked: {name} has moved: it was sha256:\w+, and is sha256:\w+ now", refused.err)
    pinned = containers.run(folder)
    assert pinned.out == "one\n"
    assert "has moved" in pinned.err
    assert containers.run(folder, "--update").out == "two\n"

    forget(containers, name)
    refused = containers.run(folder, "--locked")
    assert (refused.code, "has moved" in refused.err) == (4, True)
    assert containers.run(folder).out == "one\n"
    assert containers("lock", str(folder)).code == 0
    assert containers.run(folder, "--locked").out == "two\n"


def test_an_image_without_a_registry_is_pinned_by_its_id(project: Project, containers: Containers) -> None:
    folder = project("true")
    assert containers("lock", str(folder)).code == 0
    assert 'id = "sha256:' in (folder / "MLproject.lock").read_text()
    assert containers.run(folder, "--locked").code == 0
    text = (folder / "MLproject.lock").read_text()
    (folder / "MLproject.lock").write_text(re.sub(r'id = "sha256:\w{8}', 'id = "sha256:00000000', text))
    assert "has moved" in containers.run(folder, "--locked").err
    done = containers.run(folder)
    assert done.code == 0
    assert "MLproject.lock is stale" in done.err


@pytest.mark.usefixtures("built")
def test_the_projects_dockerfile_is_built_once(project: Project, containers: Containers) -> None:
    docker = f"build: {{args: {{BASE: '{containers.image}', WORD: 'a b'}}, target: second}}"
    files = {"Dockerfile": DOCKERFILE, "data.txt": "1\n", ".dockerignore": "*.log\n", "x.log": "1"}
    folder = project("cat /word /data.txt", docker=docker, image="", files=files)
    first = containers.run(folder)
    assert (first.code, first.out) == (0, "a b\nsecond\n1\n"), first.err
    assert "building the image mlproj/demo:build-" in first.err

    (folder / "x.log").write_text("2")
    again = containers.run(folder)
    assert (again.out, "building" in again.err) == (first.out, False)

    (folder / "data.txt").write_text("2\n")
    changed = containers.run(folder)
    assert (changed.out, "building" in changed.err) == ("a b\nsecond\n2\n", True)

    assert containers("lock", str(folder)).code == 0
    assert containers.run(folder, "--locked").out == changed.out
    (folder / "data.txt").write_text("3\n")
    refused = containers.run(folder, "--locked")
    assert (refused.code, "what the image is built from has changed" in refused.err) == (4, True)


@pytest.mark.usefixtures("built")
def test_a_locked_build_is_not_made_from_other_files(project: Project, containers: Containers) -> None:
    docker = f"build: {{args: {{BASE: '{containers.image}', WORD: x}}}}"
    folder = project("true", docker=docker, image="", files={"Dockerfile": DOCKERFILE, "data.txt": "1\n"})
    settings = load_settings()
    spec = spec_for(load(folder).project, env_manager=None, settings=settings)
    request = spec.image
    assert request is not None
    found = resolve_image(spec, request, settings=settings, on_progress=print)
    (folder / "data.txt").write_text("2\n")
    with pytest.raises(EngineError, match="what it was built from has changed"):
        ensure_image(spec, request, found, settings=settings, on_progress=print, on_note=print)


@pytest.mark.usefixtures("built")
def test_a_build_that_fails_says_why(project: Project, containers: Containers) -> None:
    dockerfile = f"FROM {containers.image}\nRUN echo the-reason >&2; exit 3\n"
    done = containers.run(project("true", docker="build: .", files={"Dockerfile": dockerfile}))
    assert done.code == 4
    assert "the image cannot be built" in done.err
    assert "the-reason" in done.err
    assert "the-reason" in containers.artifact("mlproj/environment.log")


def test_a_build_without_a_dockerfile_is_seen_before_there_is_a_run(project: Project, containers: Containers) -> None:
    done = containers.run(project("true", docker="build: {dockerfile: docker/none}"))
    assert (done.code, containers.no_runs()) == (2, True)
    assert "there is no docker/none to build from" in done.err


@pytest.mark.usefixtures("built")
def test_the_code_is_baked_into_an_image(project: Project, containers: Containers) -> None:
    files = {"a b.txt": "baked\n", "secret.pem": "x", ".dockerignore": "*.pem\n", ".git/config": "x"}
    folder = project("ls -A; cat 'a b.txt'; mkdir -p out; echo made >out/new.txt; test -w .", files=files)
    (folder / "run me.sh").write_text("echo hi\n")
    (folder / "run me.sh").chmod(0o755)
    (folder / "link").symlink_to("a b.txt")
    done = containers.run(folder, "--build-image")
    assert done.code == 0, done.err
    assert "baked" in done.out
    assert "secret.pem" not in done.out
    assert ".git\n" not in done.out
    assert (folder / "out" / "new.txt").read_text() == "made\n"
    run = containers.only_run()
    assert run["tags"]["mlflow.docker.image.uri"].startswith("mlproj/base:code-")
    again = containers.run(folder, "--build-image")
    assert again.code == 0
    tags = [run["tags"]["mlflow.docker.image.uri"] for run in containers.runs()]
    assert len(tags) == 2


def test_an_engine_that_sees_no_directory_of_ours_gets_copies(
    project: Project, containers: Containers, tmp_path: Path, far_engine: str
) -> None:
    folder = project(
        'cat note.txt {data}; echo new >made.txt; echo changed >>note.txt; id -u; test -w "$HOME" && echo home',
        parameters="{data: path}",
        files={"note.txt": "n\n", "kept.txt": "k\n"},
    )
    (tmp_path / "far away.csv").write_text("far\n")
    done = containers.run(folder, "-P", f"data={tmp_path / 'far away.csv'}", environ={"DOCKER_HOST": far_engine})
    assert done.code == 0, done.err
    assert done.out.splitlines() == ["n", "far", str(os.getuid()), "home"]
    assert "does not reach the tracking store" in done.err
    assert (folder / "made.txt").read_text() == "new\n"
    assert (folder / "note.txt").read_text() == "n\nchanged\n"
    assert containers.left() == []


@pytest.fixture
def far_engine(containers: Containers) -> Iterator[str]:
    """The engine behind an address that is no loopback, as one on another machine is."""
    import threading

    listening = socket.create_server((str(look_at_engine(containers.client.api, address="", network=None).gateway), 0))

    def carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                outer = listening.accept()[0]
                inner = socket.socket(socket.AF_UNIX)
                inner.connect("/var/run/docker.sock")
                opened.extend((outer, inner))
                for pair in ((outer, inner), (inner, outer)):
                    threads.append(threading.Thread(target=carry, args=pair, daemon=True))
                    threads[-1].start()

    opened: list[socket.socket] = []
    threads = [threading.Thread(target=accept, daemon=True)]
    threads[0].start()
    host, port = listening.getsockname()
    yield f"tcp://{host}:{port}"
    for one in (listening, *opened):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join()
    for one in (listening, *opened):
        one.close()


@pytest.mark.usefixtures("built")
def test_images_are_listed_and_removed_but_never_one_in_use(project: Project, containers: Containers) -> None:
    dockerfile = f"FROM {containers.image}\nRUN echo mine >/mine\n"
    folder = project("true", docker="build: .", files={"Dockerfile": dockerfile}, image="")
    assert containers.run(folder).code == 0
    assert containers.run(project("true", name="other")).code == 0
    listed = json.loads(containers("env", "list", "--json").out)
    names = {entry["image"]: entry for entry in listed}
    mine = next(name for name in names if name.startswith("mlproj/demo:build-"))
    assert set(names) == {mine, containers.image}
    assert names[mine]["kind"] == "image"
    assert names[mine]["size"] > 1_000_000
    assert names[mine]["project"] == str(folder)
    assert mine in containers("env", "list").out

    user = containers.client.containers.create(mine, "true")
    try:
        kept = json.loads(containers("env", "gc", "--max-size", "1kB", "--json").out)
        assert [entry["image"] for entry in kept["in_use"]] == [mine]
        assert containers("env", "remove", names[mine]["key"]).code == 4
    finally:
        user.remove()
    gone = json.loads(containers("env", "gc", "--older-than", "0s", "--json").out)
    assert [entry["image"] for entry in gone["removed"]] == [mine]
    assert [entry["image"] for entry in json.loads(containers("env", "list", "--json").out)] == [containers.image]
    assert containers.client.images.list(mine) == []


def test_prepare_builds_and_a_run_finds_it(project: Project, containers: Containers) -> None:
    done = containers("prepare", str(project("true")), "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["env_manager"] == "docker"


def test_values_of_a_file() -> None:
    from mlproj.project.docker_env import read_docker_env

    mapping: dict[str, object] = {
        "build": {"context": "sub", "args": {"A": 1, "B": None}},
        "environment": ["X", ["Y", 3]],
        "shm_size": "2g",
        "gpus": 2,
        "user": 1000,
    }
    assert read_docker_env(mapping) == DockerEnv(
        image=None,
        environment=(("X", None), ("Y", "3")),
        build=ImageBuild(context="sub", args={"A": "1", "B": ""}),
        gpus="2",
        shm_size=2 << 30,
        user="1000",
    )


@pytest.mark.skipif(os.environ.get("CI") != "true", reason="half a gigabyte goes to the engine")  # noqa: TID251
def test_a_large_context_is_remarked_with_what_is_large(project: Project, containers: Containers, image: str) -> None:
    dockerfile = f"FROM {image}\nLABEL made={time.time_ns()}\n"  # what was built before is not built again
    folder = project("true", image="", docker="build: .", files={"Dockerfile": dockerfile, "data/x": ""})
    with (folder / "data" / "x").open("r+b") as file:
        file.truncate(510_000_000)
    done = containers.run(folder)
    assert done.code == 0, done.err
    (remark,) = [line for line in done.err.splitlines() if "build context" in line]
    assert "510 MB (data 510 MB" in remark
    assert ".dockerignore" in remark
