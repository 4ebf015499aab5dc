"""What a container gets and no key has: the run is not reused, and the reason says what to declare."""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mlproj.config import load_settings
from mlproj.runner.past.reuse_tags import uncovered
from mlproj.runner.preparing import prepare
from mlproj.runner.recording.examining import examine
from mlproj.runner.reporting import Silence
from mlproj.runner.values import RunRequest
from mlproj.tracking.opening import open_store


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "da ta"
    folder.mkdir()
    (folder / "a.txt").write_text("1\n")
    return folder


def reason(tmp_path: Path, docker: str = "", given: Mapping[str, object] | None = None, **entry: str) -> str | None:
    """Why a run of such a project has no key."""
    folder = tmp_path / "project"
    folder.mkdir(exist_ok=True)
    lines = ["name: demo", f"docker_env: {{image: x, {docker}}}", "entry_points:", "  main:", "    command: 'true'"]
    lines += [f"    {key}: {value}" for key, value in entry.items()]
    (folder / "MLproject").write_text("\n".join(lines) + "\n")
    settings = load_settings(options={})
    settings = replace(settings, environ={**settings.environ, "MODE": "a", "HOME": str(tmp_path)})
    request = RunRequest(uri=str(folder), caller=tmp_path, docker_args=given or {})
    prepared = prepare(request, settings=settings, reporter=Silence())
    with closing(open_store(settings.tracking_uri, settings=settings)) as store:
        return uncovered(examine(prepared, store=store, reporter=Silence()))


def test_what_the_file_says_is_in_the_key(tmp_path: Path) -> None:
    assert reason(tmp_path) is None
    assert reason(tmp_path, "environment: [[MODE, b]], shm_size: 64m, user: '5'") is None


def test_a_variable_that_is_copied(tmp_path: Path) -> None:
    found = reason(tmp_path, "environment: [MODE]")
    assert found is not None
    assert "the variable MODE, which the container gets, is not part of the key" in found
    assert reason(tmp_path, "environment: [MODE]", variables="[MODE]") is None


@pytest.mark.parametrize("volume", ["{data}:/data", "{data}:/data:ro", "~/da ta:/data", "../da ta:/data"])
def test_a_volume(tmp_path: Path, data: Path, volume: str) -> None:
    docker = f"volumes: {json.dumps([volume.format(data=data)])}"
    found = reason(tmp_path, docker)
    assert found is not None
    assert f"the content of the volume {data} is not hashed" in found
    assert reason(tmp_path, docker, inputs=json.dumps([str(data / "a.txt")])) is None
    assert reason(tmp_path, docker, inputs="['../da ta']") is None


def test_a_volume_by_name_can_be_no_input(tmp_path: Path, data: Path) -> None:
    assert "the volume cache is not hashed" in str(
        reason(tmp_path, "volumes: ['cache:/data']", inputs=json.dumps([str(data)]))
    )


def test_options_of_the_container(tmp_path: Path) -> None:
    for name in ("env", "e", "--env-file", "v", "entrypoint", "workdir", "read-only"):
        given = {name: str(tmp_path / "none") if "file" in name else "true" if name == "read-only" else "/x:/y"}
        if "file" in name:
            (tmp_path / "none").write_text("A=1\n")
        assert f"the container option -A {name} is not part of the key" in str(reason(tmp_path, given=given))
    assert reason(tmp_path, given={"m": "64m", "--cpus": "1", "gpus": "all", "name": "x"}) is None
