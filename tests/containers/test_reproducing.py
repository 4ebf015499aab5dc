"""Past runs of Docker projects, reproduced and reused in a real engine."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from tests.container_images import for_platform, tiny

from mlproj.envs.platforms import image_platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.containers.conftest import Containers, Project

FOREIGN = "arm64" if os.uname().machine == "x86_64" else "amd64"


@pytest.fixture
def made(containers: Containers) -> Iterator[Callable[[str], str]]:
    """Makes the one image of a test anew, whose file `/answer` says something else; gives its name."""
    name = f"mlproj-test/answer-{os.urandom(4).hex()}:1"
    kept: set[str] = set()

    def make(answer: str) -> str:
        repository, _, tag = name.partition(":")
        containers.client.api.import_image_from_data(tiny({"answer": answer}), repository=repository, tag=tag)
        kept.add(containers.client.images.get(name).id)
        return name

    yield make
    for image in kept:
        with_force(containers, image)


def with_force(containers: Containers, image: str) -> None:
    """Remove an image and every name of it."""
    import docker

    try:
        containers.client.images.remove(image, force=True)
    except docker.errors.ImageNotFound:
        return


def run_json(containers: Containers, *words: str) -> Any:
    done = containers(*words, "--json")
    assert done.out, done.err
    return json.loads(done.out)


def test_the_recorded_image_is_what_runs_again(
    project: Project, containers: Containers, made: Callable[[str], str]
) -> None:
    name = made("41\n")
    folder = project("cat /answer > out.txt", image=name, outputs="[out.txt]", name="project")
    first = run_json(containers, "run", str(folder))["run_id"]
    done = containers("reproduce", first)
    assert done.code == 0, done.out + done.err
    assert "verdict: identical" in done.out

    made("42\n")  # the name is of another image now, the record has the digest
    done = containers("reproduce", first)
    assert done.code == 0, done.out + done.err
    assert "verdict: identical" in done.out
    second = run_json(containers, "run", str(folder))["run_id"]
    causes = run_json(containers, "why", first, second)["causes"]
    assert causes[0]["kind"] == "image"

    before = json.loads(containers("runs", "show", first, "--json").out)["tags"]["mlflow.docker.image.id"]
    with_force(containers, before)
    done = containers("reproduce", first)
    assert done.code == 4, done.out + done.err
    assert "cannot reproduce" in done.out
    assert name.partition(":")[0] in done.out


def test_another_image_by_the_same_name_runs_again(
    project: Project, containers: Containers, made: Callable[[str], str]
) -> None:
    folder = project("cat /answer > out.txt", image=made("41\n"), outputs="[out.txt]", name="project")
    (folder / ".gitignore").write_text("out.txt\n")
    assert not run_json(containers, "run", str(folder), "--reuse")["reused"]
    (folder / "out.txt").unlink()
    assert run_json(containers, "run", str(folder), "--reuse")["reused"]
    assert (folder / "out.txt").read_text() == "41\n"
    made("42\n")
    done = containers("run", str(folder), "--reuse", "--json")
    assert not json.loads(done.out)["reused"]
    assert "not reused: image differs" in done.err
    assert (folder / "out.txt").read_text() == "42\n"


def test_an_image_that_is_built_is_reused_until_its_context_changes(project: Project, containers: Containers) -> None:
    """Also by what git ignores, and the engine gets."""
    name = f"built-{os.urandom(4).hex()}"  # no other test removes its images
    docker = f"build: {{args: {{BASE: '{containers.image}'}}}}"
    dockerfile = "ARG BASE\nFROM $BASE\nCOPY data.txt word.txt /\n"
    files = {"Dockerfile": dockerfile, "data.txt": "1\n", "word.txt": "a\n", ".gitignore": "data.txt\nout.txt\n"}
    folder = project(
        "cat /data.txt /word.txt > out.txt", docker=docker, image="", files=files, name="built", outputs="[out.txt]"
    )
    (folder / "MLproject").write_text((folder / "MLproject").read_text().replace("name: demo", f"name: {name}"))
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)

    def reuse() -> tuple[bool, str]:
        done = containers("run", str(folder), "--reuse", "--json")
        assert done.code == 0, done.err
        return json.loads(done.out)["reused"], done.err

    try:
        assert not reuse()[0]
        (folder / "out.txt").unlink()
        assert reuse()[0]
        assert (folder / "out.txt").read_text() == "1\na\n"
        (folder / "data.txt").write_text("2\n")
        reused, said = reuse()
        assert (reused, "not reused: image differs" in said) == (False, True), said
        assert (folder / "out.txt").read_text() == "2\na\n"
        (folder / "word.txt").write_text("b\n")
        reused, said = reuse()
        assert (reused, "not reused: code differs" in said) == (False, True), said
        assert reuse()[0]
        assert (folder / "out.txt").read_text() == "2\nb\n"
    finally:
        for image in containers.client.images.list(f"mlproj/{name}"):
            with_force(containers, image.id)


def test_a_variable_that_the_container_gets_is_part_of_the_key(
    project: Project, containers: Containers, made: Callable[[str], str]
) -> None:
    docker, name = "environment: [MODE]", made("41\n")
    folder = project("echo $MODE > out.txt", image=name, docker=docker, outputs="[out.txt]", variables="[MODE]")
    (folder / ".gitignore").write_text("out.txt\n")
    said = []
    for mode in "ab":
        done = containers("run", str(folder), "--reuse", "--json", environ={"MODE": mode})
        assert not json.loads(done.out)["reused"]
        assert (folder / "out.txt").read_text() == f"{mode}\n"
        said.append(done.err)
    assert "not reused: variables differ" in said[1]
    assert run_json(containers, "runs", "list")[0]["tags"]["mlproj.reuse_key"]


def test_options_of_the_container_are_given_again(
    project: Project, containers: Containers, made: Callable[[str], str]
) -> None:
    folder = project("echo $WORD > out.txt", image=made("41\n"), outputs="[out.txt]", name="project")
    first = run_json(containers, "run", str(folder), "-A", "env=WORD=a 'b' é", "-A", "m=64m")["run_id"]
    done = containers("reproduce", first)
    assert done.code == 0, done.out + done.err
    second = run_json(containers, "run", f"runs:/{first}", "-A", "e=WORD=other")["run_id"]
    assert (folder / "out.txt").read_text() == "a 'b' é\n"
    (cause,) = run_json(containers, "why", first, second)["causes"]
    assert cause["text"] == "arguments -A env: WORD=a 'b' é -> WORD=other"


def test_an_image_of_another_platform_that_is_gone_ends_with_4(
    project: Project, containers: Containers, registry: str, tmp_path: Path
) -> None:
    """Whoever has the image can run it; who would have to fetch it is told the platforms."""
    name, layer = f"{registry}/team/foreign:1", tiny({"answer": "41\n"})
    ours = containers.client.version()["Arch"]

    def publish(architecture: str) -> None:
        containers.client.api.load_image(for_platform(layer, name, architecture))
        containers.client.images.push(name)

    publish(FOREIGN)  # only its label is foreign, so that it runs here, as it would where the engine emulates
    folder = project("cat /answer > out.txt", image=name, outputs="[out.txt]", name="project")
    first = run_json(containers, "run", str(folder))["run_id"]
    environment = record_of(first, tmp_path)["environment"]
    assert environment["platform"] == image_platform(f"linux/{FOREIGN}")
    done = containers("reproduce", first)
    assert done.code == 0, done.out + done.err
    with_force(containers, environment["image"]["id"])
    done = containers("reproduce", first)
    assert done.code == 4, done.out + done.err
    platforms = f"is for {environment['platform']}, and this engine runs {image_platform(f'linux/{ours}')}"
    assert platforms in done.out
    assert f"docker pull --platform linux/{FOREIGN}" in done.out

    publish(ours)  # another run's record, of an image that serves here although its run was elsewhere
    second = record_of(run_json(containers, "run", str(folder))["run_id"], tmp_path)
    second["environment"]["platform"] = environment["platform"]
    (tmp_path / "both.json").write_text(json.dumps(second))
    with_force(containers, second["environment"]["image"]["id"])
    done = containers("reproduce", "both.json")
    assert done.code == 0, done.out + done.err
    with_force(containers, second["environment"]["image"]["id"])


def record_of(run_id: str, tmp_path: Path) -> Any:
    (record,) = tmp_path.parent.rglob(f"{run_id}/artifacts/mlproj/run.json")
    return json.loads(record.read_text())
