"""`mlproj run` of Docker projects, by the installed program in a real engine."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mlproj.runner.containers.credentials import credentials_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.containers.conftest import Containers, Project

ugly = """it's "two  words" $HOME `rm` $(rm) ; | é 🦆"""


def test_a_command_runs_in_the_image_with_the_projects_code(project: Project, containers: Containers) -> None:
    folder = project("pwd; cat note.txt; echo err >&2; exit 7", files={"note.txt": "from the project\n"})
    done = containers.run(folder)
    assert (done.code, done.out) == (7, "/mlflow/projects/code\nfrom the project\n")
    assert "err\n" in done.err
    run = containers.only_run()
    assert (run["status"], run["tags"]["mlproj.exit_code"]) == ("FAILED", "7")
    assert run["tags"]["mlflow.project.env"] == "docker"
    assert run["tags"]["mlflow.docker.image.uri"] == containers.image
    assert run["tags"]["mlflow.docker.image.id"].startswith("sha256:")
    assert run["tags"]["mlproj.image.platform"].startswith("linux/")
    record = json.loads(containers.artifact("mlproj/run.json"))
    assert record["environment"]["image"]["id"] == run["tags"]["mlflow.docker.image.id"]
    assert containers.left() == []


def test_values_arrive_intact_and_the_containers_shell_reads_the_command(
    project: Project, containers: Containers
) -> None:
    folder = project(
        'printf \'%s|\' {word} "$DEFINED" "$COPIED"; echo $((6 * 7)) | tee answer.txt && echo "$BASH"',
        parameters="{word: string}",
        docker=f"environment: [[DEFINED, {json.dumps(ugly, ensure_ascii=False)}], COPIED]",
    )
    done = containers.run(folder, "-P", f"word={ugly}", environ={"COPIED": ugly, "HOME_OF_HOST": "x"})
    assert done.out == f"{ugly}|{ugly}|{ugly}|42\n/usr/bin/bash\n", done.err
    assert (folder / "answer.txt").read_text() == "42\n"


def test_a_secret_is_in_no_argument_and_no_log(project: Project, containers: Containers) -> None:
    folder = project(
        'printf "%s" {key} | wc -c; tr "\\0" " " </proc/1/cmdline; tr "\\0" " " <"/proc/$$/cmdline"',
        parameters="{key: {type: string, secret: true}}",
    )
    done = containers.run(folder, "-P", "key=@env:KEY", environ={"KEY": "hunter2hunter2"})
    assert done.out.splitlines()[0] == "14"
    assert "/proc/1/cmdline" in done.out
    assert "hunter2hunter2" not in done.out
    assert "hunter2hunter2" not in containers.artifact("mlproj/output.log")


def test_only_what_is_asked_for_is_passed_into_the_container(project: Project, containers: Containers) -> None:
    done = containers.run(project("env"), environ={"OF_THE_HOST": "1", "AWS_SECRET_ACCESS_KEY": "abc"})
    names = {line.partition("=")[0] for line in done.out.splitlines()}
    assert not names & {"OF_THE_HOST", "AWS_SECRET_ACCESS_KEY", "MLPROJ_EXECUTABLE"}
    assert {"MLFLOW_RUN_ID", "MLFLOW_TRACKING_URI", "MLPROJ_RUN_ID"} <= names


def test_a_variable_to_copy_that_is_not_set_is_named_before_there_is_a_run(
    project: Project, containers: Containers
) -> None:
    done = containers.run(project("true", docker="environment: [NOT_SET_ANYWHERE]"))
    assert done.code == 2
    assert "expects variables that are not set: NOT_SET_ANYWHERE" in done.err
    assert containers.no_runs()


def test_path_parameters_are_where_the_container_has_them(
    project: Project, containers: Containers, tmp_path: Path
) -> None:
    folder = project(
        "echo {mine}; cat {mine}; echo {file}; cat {file}; echo {tree}; ls {tree}; touch {tree}/x || echo read-only",
        parameters="{mine: {type: path, default: data/in.txt}, file: path, tree: path}",
        files={"data/in.txt": "mine\n"},
    )
    elsewhere = tmp_path / "else where's"
    elsewhere.mkdir()
    (elsewhere / "a b.csv").write_text("far\n")
    done = containers.run(folder, "-P", f"file={elsewhere / 'a b.csv'}", "-P", f"tree={elsewhere}")
    assert done.out.splitlines() == [
        "/mlflow/projects/code/data/in.txt",
        "mine",
        "/mlflow/inputs/file/a b.csv",
        "far",
        "/mlflow/inputs/tree",
        "a b.csv",
        "read-only",
    ], done.err


def test_files_belong_to_the_caller_and_home_is_writable(
    project: Project, containers: Containers, nobody: Callable[..., Any]
) -> None:
    folder = project('id -u; echo x >made.txt; mkdir -p "$HOME/.cache/y" && echo yes')
    folder.chmod(0o777)
    done = nobody(folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "12345\nyes\n"
    assert (folder / "made.txt").stat().st_uid == 12345


def test_the_command_logs_to_the_default_store(project: Project, containers: Containers) -> None:
    script = """
    import json, os, urllib.request
    def call(path, body, method="POST"):
        url = os.environ["MLFLOW_TRACKING_URI"] + path
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        headers = {"Content-Type": "application/json"}
        return urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)).read()
    run = os.environ["MLFLOW_RUN_ID"]
    call("/api/2.0/mlflow/runs/log-metric", {"run_id": run, "key": "m", "value": 0.5, "timestamp": 1, "step": 0})
    uri = json.loads(call(f"/api/2.0/mlflow/runs/get?run_id={run}", None, "GET"))["run"]["info"]["artifact_uri"]
    path = uri.removeprefix("mlflow-artifacts:/")
    call(f"/api/2.0/mlflow-artifacts/artifacts/{path}/out.txt", b"kept", "PUT")
    """
    folder = project("python3 log.py", files={"log.py": script})
    done = containers.run(folder)
    assert done.code == 0, done.err
    assert containers.only_run()["metrics"] == {"m": 0.5}
    assert containers.artifact("out.txt") == "kept"


def test_no_line_is_lost_and_streams_stay_apart(project: Project, containers: Containers) -> None:
    loop = "for i in $(seq 3000); do echo out $i; echo err $i >&2; done"
    done = containers.run(project(loop))
    assert done.out.splitlines() == [f"out {number}" for number in range(1, 3001)]
    assert [line for line in done.err.splitlines() if line.startswith("err")] == [f"err {n}" for n in range(1, 3001)]
    assert containers.artifact("mlproj/output.log").count("\n") == 6000


def test_standard_input_reaches_the_command(project: Project, containers: Containers) -> None:
    assert containers.run(project("cat; echo end"), stdin="a\nb\n").out == "a\nb\nend\n"


@pytest.mark.parametrize("code", [0, 1, 2, 126, 127, 130, 255])
def test_exit_codes_pass_through(project: Project, containers: Containers, code: int) -> None:
    assert containers.run(project(f"exit {code}")).code == code


def test_docker_arguments_repeat_and_reach_the_engine(project: Project, containers: Containers, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "f").write_text("1")
    done = containers.run(
        project('cat /one/f /proc/self/oom_score_adj; echo "$X$Y $(hostname) $(pwd)"'),
        *("-A", f"volume={tmp_path / 'one'}:/one:ro", "-A", "v=/tmp:/two"),
        *("-A", "e=X=a b", "-A", "env=Y=c", "-A", "hostname=there", "-A", "w=/opt", "-A", "oom-score-adj=500"),
        *("-A", "rm", "-A", "init=false"),
    )
    assert done.out == "1500\na bc there /opt\n", done.err


def test_an_argument_that_is_none_is_named_before_there_is_a_run(project: Project, containers: Containers) -> None:
    done = containers.run(project("true"), "-A", "memroy=1g")
    assert (done.code, containers.no_runs()) == (2, True)
    assert "-A memroy: no such argument of `docker run` (did you mean 'memory'?)" in done.err


def test_too_much_memory_is_named(project: Project, containers: Containers) -> None:
    folder = project("python3 -c 'x = bytearray(300_000_000)'; exit $?", resources="{memory: 64m, cpus: 0.5}")
    done = containers.run(folder, "-A", "memory-swap=64m")
    assert done.code == 137
    assert "out of memory" in done.err
    run = containers.only_run()
    assert run["tags"]["mlproj.end_reason"] == "out_of_memory"
    assert json.loads(run["tags"]["mlproj.resources"]) == {"cpus": 0.5, "memory": 64 << 20}


def test_a_time_limit_ends_the_container(project: Project, containers: Containers) -> None:
    folder = project("sleep 60; echo never", timeout="1")
    done = containers.run(folder, "--grace", "0.5")
    assert (done.code, done.out) == (124, "")
    assert containers.left() == []


def test_an_image_that_is_not_there(project: Project, containers: Containers) -> None:
    folder = project("true", image="localhost:1/no/such:image")
    done = containers.run(folder)
    assert done.code == 4
    assert "cannot pull the image localhost:1/no/such:image" in done.err
    assert containers.only_run()["status"] == "FAILED"


def test_gpus_without_a_runtime(project: Project, containers: Containers) -> None:
    if "nvidia" in str(containers.client.info().get("Runtimes")):
        pytest.skip("this engine has GPUs")
    done = containers.run(project("true", docker="gpus: all"))
    assert done.code == 5
    assert "install the NVIDIA Container Toolkit" in done.err
    assert containers.left() == []


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("unix:///nowhere/docker.sock", "there is no container engine here"),
        ("unix://{stale}", "the container engine does not answer"),
        ("tcp://127.0.0.1:1", "the container engine does not answer"),
    ],
)
def test_an_engine_that_is_down(
    project: Project, containers: Containers, tmp_path: Path, host: str, words: str
) -> None:
    import socket

    stale = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(stale))
    done = containers.run(project("true"), environ={"DOCKER_HOST": host.replace("{stale}", str(stale))})
    assert done.code == 4
    line = next(line for line in done.err.splitlines() if line.startswith("mlproj: error:"))
    assert words in line
    assert "DOCKER_HOST" in line


def test_volumes_as_mlflows_host_shell_read_them(project: Project, containers: Containers) -> None:
    folder = project(
        "cat /here/note.txt /also/note.txt; ls -d /vol",
        docker='volumes: ["$(pwd):/here", "./:/also:ro", "${WHERE}:/vol"]',
        files={"note.txt": "n\n"},
    )
    done = containers.run(folder, environ={"WHERE": "/tmp"})
    assert done.out == "n\nn\n/vol\n", done.err


def test_a_script_is_an_entry_point_in_the_container_too(project: Project, containers: Containers) -> None:
    folder = project("true", files={"go.sh": "x=(a b); echo ${x[1]}\n"})
    assert containers.run(folder, "-e", "go.sh").out == "b\n"


def test_without_a_network_a_line_says_that_nothing_is_logged(project: Project, containers: Containers) -> None:
    done = containers.run(project("echo hi", docker="network: none"))
    assert (done.code, done.out) == (0, "hi\n")
    assert "the container has no network" in done.err


def test_the_hosts_network_reaches_the_server_on_the_loopback(project: Project, containers: Containers) -> None:
    done = containers.run(project('echo "$MLFLOW_TRACKING_URI"', docker="network: host"))
    assert done.out.startswith("http://127.0.0.1:")


def test_a_dry_run_needs_no_engine(project: Project, containers: Containers) -> None:
    folder = project("echo {p}", parameters="{p: {type: path, default: MLproject}}")
    done = containers.run(folder, "--dry-run", environ={"DOCKER_HOST": "unix:///nowhere"})
    assert done.code == 0, done.err
    assert shlex.quote("/mlflow/projects/code/MLproject") in done.out


def test_several_runs_at_once_from_threads(project: Project, containers: Containers) -> None:
    folder = project('echo {word} > "$MLPROJ_RUN_ID"; exit {code}', parameters="{word: string, code: int}")
    code = f"""
import mlproj
runs = [mlproj.run({str(folder)!r}, parameters={{"word": f"w{{n}}", "code": n}}, synchronous=False,
                   docker_args={{"memory": "64m", "e": ["A=1", "B=2"], "init": False}}) for n in range(3)]
print([run.wait() for run in runs])
late = mlproj.run({str(folder)!r}, parameters={{"word": "w", "code": 0}}, synchronous=False)
late.cancel()
print(late.get_status() in ("KILLED", "FINISHED"))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=containers.environ(), capture_output=True, text=True, check=False
    )
    assert done.stdout == "[True, False, False]\nTrue\n", done.stderr
    assert {run["status"] for run in containers.runs()} >= {"FINISHED", "FAILED"}
    assert containers.left() == []


def test_a_loopback_server_is_reached_through_a_relay(project: Project, containers: Containers, tmp_path: Path) -> None:
    process = subprocess.Popen(
        ["mlproj", "server", "-p", "0"], env=containers.environ(), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    url = process.stdout.readline().rpartition(" ")[2].strip()
    script = """
    import os, urllib.request
    print(urllib.request.urlopen(os.environ["MLFLOW_TRACKING_URI"] + "/health").read().decode())
    """
    folder = project("python3 ask.py", files={"ask.py": script})
    try:
        done = containers.run(folder, environ={"MLPROJ_TRACKING_URI": url})
        assert done.out == "OK\n", done.err
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def test_credentials_pass_only_where_the_artifacts_are() -> None:
    environ = {"AWS_ACCESS_KEY_ID": "a", "GOOGLE_CLOUD_PROJECT": "g", "MLFLOW_TRACKING_TOKEN": "t", "HOME": "/nowhere"}
    assert credentials_for("mlflow-artifacts:/1/r", environ=environ, remote_server=False).variables == {}
    assert credentials_for("s3://b/p", environ=environ, remote_server=False).variables == {"AWS_ACCESS_KEY_ID": "a"}
    assert credentials_for("gs://b/p", environ=environ, remote_server=True).variables == {
        "GOOGLE_CLOUD_PROJECT": "g",
        "MLFLOW_TRACKING_TOKEN": "t",
    }


def test_files_of_credentials_are_mounted_where_variables_name_them(tmp_path: Path) -> None:
    file = tmp_path / ".aws" / "credentials"
    file.parent.mkdir()
    file.write_text("[default]")
    found = credentials_for("s3a://b", environ={"HOME": str(tmp_path)}, remote_server=False)
    assert found.variables == {"AWS_SHARED_CREDENTIALS_FILE": "/mlflow/credentials/s3/credentials"}
    assert [(one.source, one.read_only) for one in found.mounts] == [(file, True)]


def test_a_firewall_is_named_before_the_command(
    project: Project, containers: Containers, require: Callable[[object, str], None]
) -> None:
    require(os.getuid() == 0 and shutil.which("iptables"), "iptables, and root to use it,")
    name = f"mlprojt{os.getpid()}"
    options = {"com.docker.network.bridge.name": name}
    network = containers.client.networks.create(name, driver="bridge", options=options)
    rule = ["INPUT", "-i", name, "-p", "tcp", "-j", "REJECT"]
    try:
        subprocess.run(["iptables", "-I", *rule], check=True)
        done = containers.run(project("echo hi", docker=f"network: {name}"))
    finally:
        subprocess.run(["iptables", "-D", *rule], check=False)
        network.remove()
    assert (done.code, done.out) == (0, "hi\n")
    assert f"containers on the network '{name}' do not reach this machine" in done.err
    assert "-A network=host" in done.err


def test_resources_that_are_none_are_remarked(project: Project, containers: Containers) -> None:
    folder = project("true", resources="{cpu: 1, memory: lots}")
    done = containers("validate", str(folder))
    assert "unknown key 'cpu' in resources is ignored (did you mean 'cpus'?)" in done.out + done.err
    assert "'memory' in resources is no amount; it is ignored (write a size such as 8G)" in done.out + done.err


def test_what_is_wrong_in_docker_env_has_its_place(project: Project, containers: Containers) -> None:
    docker = "gpu: 1\nshm_size: big\nbuild: {dockerfil: x, args: [1], target: 3}\nnetwork: 5\nuser: []"
    done = containers("validate", str(project("true", docker=docker)))
    said = done.out + done.err
    assert done.code == 2
    assert "MLproject:4:3: warning: unknown key 'gpu' in docker_env is ignored (did you mean 'gpus'?)" in said
    for words in ("'shm_size' in docker_env has", "'args' must be", "did you mean 'dockerfile'?", "'target' must be"):
        assert words in said, said
    for key in ("network", "user"):
        assert f"{key!r} in docker_env has a value that it cannot have" in said


def test_in_a_notebook(project: Project, containers: Containers) -> None:
    """A kernel has a running loop of its own, and its main thread is not ours."""
    import nbformat
    from nbclient import NotebookClient

    folder = project("echo said from the cell")
    source = f"import mlproj\nprint(mlproj.run({str(folder)!r}).get_status())"
    from_dict: Any = nbformat.from_dict  # without types
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": "one",
        "source": source,
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }
    notebook = from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    text = "".join(output.get("text", "") for output in notebook.cells[0].outputs if output.output_type == "stream")
    assert "said from the cell" in text
    assert "FINISHED" in text
    assert containers.left() == []
