"""What `mlproj run` keeps of a run: code, inputs, outputs, metrics, seed, variables, machine; and never a secret."""

import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from mlproj.record.document import from_json
from mlproj.record.schema import json_schema
from mlproj.record.values import RunRecord

if TYPE_CHECKING:
    from tests.cli.conftest import Git, Program, Write


PROJECT = """
    name: recorded
    entry_points:
      main:
        parameters:
          n: {type: int, default: 3}
          out: {default: model.bin}
        inputs: ["data/*.csv", {path: lists, sha256: }]
        outputs: ["{out}", {path: plots, store: hash}]
        metrics: {rmse: {rtol: 0.5}, mae: , file: [scores.json, curve.jsonl]}
        seed: n
        variables: [CHOSEN, NOT_SET, MY_API_TOKEN]
        command: "bash make.sh {n} {out} && echo $MLPROJ_SEED $PYTHONHASHSEED $CUBLAS_WORKSPACE_CONFIG"
"""
MAKE = """
mkdir -p plots
echo "model $1" > "$2"
echo plot > "plots/we ird 'n.png"
echo '{"rmse": 0.5, "test": {"mae": 1}, "name": "x", "flag": true}' > scores.json
printf '{"loss": 2, "step": 10}\\n{"loss": 1, "step": 20, "timestamp": 1700000000}\\n' > curve.jsonl
"""


@pytest.fixture
def folder(project: "Write") -> Path:
    folder = project(PROJECT)
    (folder / "make.sh").write_text(MAKE)
    (folder / "data").mkdir()
    (folder / "data/a b.csv").write_text("1,2\n")
    (folder / "data/c.csv").write_text("3\n")
    (folder / "lists/deep").mkdir(parents=True)
    (folder / "lists/deep/x.txt").write_text("x")
    return folder


def record_of(mlproj: "Program") -> RunRecord:
    return from_json(mlproj.artifact("mlproj/run.json"))


def files_of(mlproj: "Program") -> Path:
    run = mlproj.only_run()
    return Path(
        mlproj.environ(None)["MLPROJ_HOME"], "artifacts", run["experiment_id"], run["run_id"], "artifacts/mlproj"
    )


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_record_has_all_of_a_run(mlproj: "Program", folder: Path) -> None:
    done = mlproj(
        "run", str(folder), "-P", "n=7", "--", "a word", environ={"CHOSEN": "x", "MY_API_TOKEN": "hunter2-hunter2"}
    )
    assert (done.code, done.out) == (0, "7 7 :4096:8 a word\n"), done.err
    record = record_of(mlproj)
    data = record.inputs["data/*.csv"]
    assert [(file.path, file.sha256) for file in data.files] == [
        ("data/a b.csv", sha256("1,2\n")),
        ("data/c.csv", sha256("3\n")),
    ]
    assert (data.count, data.size, data.declared) == (2, 6, "data/*.csv")
    assert [file.path for file in record.inputs["lists"].files] == ["lists/deep/x.txt"]
    model, plots = record.outputs["{out}"], record.outputs["plots"]
    assert [(file.path, file.sha256) for file in model.files] == [("model.bin", sha256("model 7\n"))]
    assert (model.stored, plots.stored, plots.files[0].path) == ("artifact", "hash", "plots/we ird 'n.png")
    assert (record.metrics["rmse"].value, record.metrics["rmse"].rtol) == (0.5, 0.5)
    assert (record.metrics["test.mae"].value, record.metrics["test.mae"].rtol) == (1.0, None)
    assert record.metrics["loss"].value == 1.0
    assert (record.seed, record.seed_variables["PYTHONHASHSEED"]) == (7, "7")
    assert record.variables == {"CHOSEN": "x", "NOT_SET": None, "MY_API_TOKEN": "[secret]"}
    assert record.arguments == ("a word",)
    assert record.source.tree_hash
    assert record.hardware.cpus == os.cpu_count()
    assert record.hardware.memory
    assert record.system.machine == os.uname().machine
    assert record.environment
    assert record.environment.python
    assert record.environment.packages
    assert record.started
    assert record.ended
    assert record.started <= record.ended
    phases = {"fetch", "check", "hash", "code", "environment", "inputs", "command", "outputs"}
    assert set(record.phases) == phases
    assert all(seconds >= 0 for seconds in record.phases.values())
    assert record.system.os
    assert record.system.libc or sys.platform == "darwin"
    assert record.system.kernel
    assert record.hardware.cpu
    origins = {name: (it.type, it.origin, it.declared) for name, it in record.parameters.items()}
    assert origins == {"n": ("int", "option", True), "out": ("string", "default", True)}
    Draft202012Validator(json_schema()).validate(json.loads(mlproj.artifact("mlproj/run.json")))
    assert "in the metrics file 'scores.json' this is no metric: name, flag" in done.err
    assert "declared metrics were not logged: mae" in done.err


def test_the_tag_has_the_hash_of_the_record(mlproj: "Program", folder: Path) -> None:
    mlproj("run", str(folder))
    assert mlproj.only_run()["tags"]["mlproj.record.sha256"] == sha256(mlproj.artifact("mlproj/run.json"))


def test_a_metrics_file_with_a_history_keeps_it(mlproj: "Program", folder: Path) -> None:
    mlproj("run", str(folder))
    listed = mlproj("runs", "list", "--json").json[0]
    assert listed["metrics"] == {"rmse": 0.5, "test.mae": 1.0, "loss": 1.0}


def test_a_metrics_file_of_an_earlier_run_is_not_logged(mlproj: "Program", folder: Path) -> None:
    (folder / "scores.json").write_text('{"rmse": 0.1}')
    os.utime(folder / "scores.json", (1_700_000_000, 1_700_000_000))
    (folder / "make.sh").write_text("mkdir -p plots; echo 1 > plots/x; echo 2 > $2; echo 'oops' > curve.jsonl")
    done = mlproj("run", str(folder))
    assert done.code == 0
    assert "the metrics file 'scores.json' was not written by this run" in done.err
    assert "curve.jsonl: the metrics file is neither JSON nor JSON Lines" in done.err
    assert mlproj.only_run()["metrics"] == {}


def test_lines_of_metrics_are_logged_while_the_command_runs(
    mlproj: "Program", project: "Write", tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    folder = project("""
        entry_points:
          main:
            parameters: {seen: string}
            metrics: {loss: , file: curve.jsonl}
            command: "bash make.sh {seen}"
    """)
    (folder / "make.sh").write_text("""
        echo '{"loss": 3, "step": 10}' > curve.jsonl
        echo '{"loss": 2, "step": 20}' >> curve.jsonl
        while [ ! -e "$1" ]; do sleep 0.1; done
        printf '{"loss": 1, "step": 30}' >> curve.jsonl
    """)
    with mlproj.start("run", str(folder), "-P", f"seen={seen}") as running:
        deadline = time.monotonic() + 60
        while not (runs := mlproj("runs", "list", "--json").json) or runs[0]["metrics"] != {"loss": 2.0}:
            if time.monotonic() > deadline:
                running.terminate()
            assert running.poll() is None
            time.sleep(0.2)
        seen.touch()
        assert running.wait() == 0
    assert mlproj.only_run()["metrics"] == {"loss": 1.0}


# --- inputs -----------------------------------------------------------------------------------------------------------


def test_an_input_that_is_not_there_ends_it_before_there_is_a_run(mlproj: "Program", folder: Path) -> None:
    shutil.rmtree(folder / "lists")
    done = mlproj("run", str(folder))
    assert done.code == 2
    assert done.err.splitlines()[-1].startswith("mlproj: error: no such file or directory: the input 'lists'")
    (folder / "lists").mkdir()
    assert "the input 'lists' is an empty directory" in mlproj("run", str(folder)).err
    for file in (folder / "data").iterdir():
        file.unlink()
    assert "no file matches the input 'data/*.csv'" in mlproj("run", str(folder)).err
    assert mlproj.no_runs()


def test_an_input_that_is_not_what_was_declared_ends_it(mlproj: "Program", project: "Write") -> None:
    text = "entry_points: {main: {inputs: [{path: data.csv, sha256: HASH}], command: echo ran}}"
    folder = project(text.replace("HASH", sha256("right")))
    (folder / "data.csv").write_text("wrong")
    done = mlproj("run", str(folder))
    assert done.code == 2
    assert f"the input 'data.csv' is not what the MLproject file says: its sha256 is {sha256('wrong')}" in done.err
    assert mlproj.no_runs()
    (folder / "data.csv").write_text("right")
    assert mlproj("run", str(folder)).out == "ran\n"


def test_what_is_wrong_in_the_declarations_is_said_and_the_rest_is_done(mlproj: "Program", project: "Write") -> None:
    folder = project("""
        entry_points:
          main:
            outputs: [../elsewhere, ok.txt]
            seed: -1
            variables: ["A=B"]
            command: echo ran > ok.txt
    """)
    done = mlproj("run", str(folder))
    assert done.code == 0
    assert "MLproject:4:15: warning: the output '../elsewhere' is not in the project's directory" in done.err
    assert "MLproject:5:11: warning: 'seed' must be from 0 to 4294967295" in done.err
    assert "'A=B' is no name of an environment variable" in done.err
    assert set(record_of(mlproj).outputs) == {"ok.txt"}


def test_a_seed_that_a_parameter_gives_is_checked(mlproj: "Program", folder: Path) -> None:
    done = mlproj("run", str(folder), "-P", "n=-1")
    assert done.code == 2
    assert "parameter 'n' is the seed: '-1' is not from 0 to 4294967295" in done.err


def test_what_the_user_has_set_wins_over_the_seed(mlproj: "Program", folder: Path) -> None:
    done = mlproj("run", str(folder), environ={"PYTHONHASHSEED": "99"})
    assert done.out == "3 99 :4096:8\n"
    assert record_of(mlproj).seed_variables["PYTHONHASHSEED"] == "99"


def test_an_input_may_be_in_another_run(mlproj: "Program", folder: Path, project: "Write") -> None:
    first = mlproj("run", str(folder), "--json").json["run_id"]
    second = project(
        f"""
        entry_points:
          main:
            inputs: ["runs:/{first}/mlproj/outputs/model.bin", "runs:/{first}/mlproj/outputs"]
            command: "true"
        """,
        name="second",
    )
    run = mlproj("run", str(second), "--json").json["run_id"]
    inputs = list(from_json((files_of_run(mlproj, run) / "run.json").read_text()).inputs.values())
    assert inputs[0].sha256 == sha256("model 3\n")
    assert inputs[1].sha256 not in {None, inputs[0].sha256}
    (second / "MLproject").write_text(f'entry_points: {{main: {{inputs: ["runs:/{first}/nothing"], command: "true"}}}}')
    done = mlproj("run", str(second))
    assert (done.code, "there is no such artifact" in done.err) == (2, True)


# --- outputs ----------------------------------------------------------------------------------------------------------


def test_an_output_that_is_not_written_fails_the_run(mlproj: "Program", project: "Write") -> None:
    folder = project("""
        entry_points:
          main:
            outputs: [made.txt, missing.txt, empty.txt, "no*match"]
            command: "echo 1 > made.txt; : > empty.txt"
    """)
    done = mlproj("run", str(folder), "--json")
    assert done.code == 2
    assert (done.json["status"], done.json["failed_in"]) == ("FAILED", "outputs")
    for text in ("'missing.txt' was not written", "'empty.txt' is empty", "no file matches the output 'no*match'"):
        assert text in done.json["error"]
    record = record_of(mlproj)
    assert (record.exit_code, set(record.outputs)) == (0, {"made.txt"})
    assert mlproj.artifact("mlproj/outputs/made.txt") == "1\n"


def test_the_outputs_of_a_command_that_failed_are_not_asked_for(mlproj: "Program", project: "Write") -> None:
    folder = project("{entry_points: {main: {outputs: [x], command: exit 5}}}")
    assert mlproj("run", str(folder)).code == 5
    assert record_of(mlproj).outputs == {}


def test_equal_outputs_are_kept_once_and_nothing_writes_into_them(mlproj: "Program", project: "Write") -> None:
    folder = project("{entry_points: {main: {outputs: [model.bin], command: 'echo same > model.bin'}}}")
    assert mlproj("run", str(folder)).code == 0
    kept = files_of(mlproj) / "outputs/model.bin"
    assert mlproj("run", str(folder)).code == 0
    objects = Path(mlproj.environ(None)["MLPROJ_HOME"], "objects")
    found = [path for path in objects.rglob("*") if path.is_file()]
    assert [path.name for path in found] == [sha256("same\n")]
    assert found[0].stat().st_nlink == 3
    assert kept.samefile(found[0])
    assert (folder / "model.bin").stat().st_nlink == 1
    (folder / "model.bin").write_text("other")
    assert kept.read_text() == "same\n"


def test_a_linked_output_is_a_name_of_what_is_kept(mlproj: "Program", project: "Write") -> None:
    folder = project("{entry_points: {main: {outputs: [{path: m, store: link}], command: 'rm -f m; echo same > m'}}}")
    assert mlproj("run", str(folder)).code == 0
    assert mlproj.artifact("mlproj/outputs/m") == "same\n"
    assert (folder / "m").samefile(files_of(mlproj) / "outputs/m")
    assert mlproj("run", str(folder)).code == 0
    assert (folder / "m").stat().st_nlink == 4


def test_above_the_limit_only_the_hash_is_kept_and_that_is_said(mlproj: "Program", project: "Write") -> None:
    folder = project("{entry_points: {main: {outputs: ['*.txt'], command: 'echo a > s.txt; echo 123456789 > l.txt'}}}")
    done = mlproj("run", str(folder), environ={"MLPROJ_OUTPUT_LIMIT": "5"})
    assert "of the output '*.txt' only the hash is kept: l.txt" in done.err
    record = record_of(mlproj).outputs["*.txt"]
    assert (record.stored, record.hash_only) == ("artifact", ("l.txt",))
    assert {file.path: file.sha256 for file in record.files} == {
        "l.txt": sha256("123456789\n"),
        "s.txt": sha256("a\n"),
    }
    assert not (files_of(mlproj) / "outputs/l.txt").exists()


# --- code -------------------------------------------------------------------------------------------------------------


def test_the_outputs_of_a_run_do_not_change_its_tree(mlproj: "Program", folder: Path) -> None:
    mlproj("run", str(folder))
    before = record_of(mlproj).source.tree_hash
    run = mlproj("run", str(folder), "-P", "n=4", "--json").json["run_id"]
    text = (files_of_run(mlproj, run) / "run.json").read_text()
    assert from_json(text).source.tree_hash == before


def files_of_run(mlproj: "Program", run_id: str) -> Path:
    return next(Path(mlproj.environ(None)["MLPROJ_HOME"], "artifacts").glob(f"*/{run_id}/artifacts/mlproj"))


def test_without_capture_nothing_of_the_code_is_kept(git: "Git", mlproj: "Program", folder: Path) -> None:
    git(folder, "init", "--quiet")
    mlproj("run", str(folder), "--no-capture")
    assert not (files_of(mlproj) / "source").exists()
    capture = record_of(mlproj).source.capture
    assert capture
    assert [file.reason for file in capture.dropped] == ["asked"]


SECRETS = {
    "database": "postgres-hunter-2",
    "token": "tok-en-hunter-two",
    "parameter": "parameter-hunter-2",
    "remote": "remote-hunter-2",
    "environment": "plain-hunter-2",
}


def test_no_secret_is_in_anything_that_is_kept(git: "Git", mlproj: "Program", project: "Write") -> None:
    folder = project("""
        entry_points:
          main:
            parameters: {key: {secret: true}}
            variables: [DATABASE_URL, SERVICE_TOKEN]
            outputs: [out.txt]
            command: "echo ran > out.txt; echo {key} > /dev/null"
    """)
    git(folder, "init", "--quiet")
    (folder / "tracked.py").write_text("x = 1\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "one")
    git(folder, "remote", "add", "origin", f"https://user:{SECRETS['remote']}@host.invalid/x.git")
    (folder / "tracked.py").write_text(f"x = '{SECRETS['parameter']}'\n")
    (folder / ".env.local").write_text("ANYTHING=1")
    (folder / "server.pem").write_text("pem")
    for name, value in SECRETS.items():
        (folder / f"{name}.txt").write_text(f"url = 'x:{value}'\n")
    (folder / "login.txt").write_text("https://ada:lovelace-1815@host.invalid/\n")
    (folder / "id_rsa").write_text("-----BEGIN RSA " + "PRIVATE KEY-----\n")
    (folder / "fine.txt").write_text("nothing\n")
    environ = {
        "DATABASE_URL": f"postgresql://ada:{SECRETS['database']}@host.invalid/db",
        "SERVICE_TOKEN": SECRETS["token"],
        "HARMLESS": SECRETS["environment"],
        "KEY_HERE": SECRETS["parameter"],
    }
    done = mlproj("run", str(folder), "-P", "key=@env:KEY_HERE", environ=environ)
    assert done.code == 0, done.err
    capture = record_of(mlproj).source.capture
    assert capture
    assert {file.path for file in capture.dropped if file.reason == "secret"} == {
        ".env.local", "server.pem", "login.txt", "id_rsa", "tracked.py",
        "database.txt", "token.txt", "parameter.txt", "remote.txt",
    }  # fmt: skip
    assert {file.path for file in capture.untracked} == {"fine.txt", "environment.txt"}
    assert "not kept with the run" in done.err
    (folder / "environment.txt").unlink()
    home = Path(mlproj.environ(None)["MLPROJ_HOME"])
    everything = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for name, value in SECRETS.items():
        assert value.encode() not in everything, name
    assert b"lovelace" not in everything
    assert b"HARMLESS" not in everything
    variables = record_of(mlproj).variables
    assert variables == {"DATABASE_URL": "postgresql://host.invalid/db", "SERVICE_TOKEN": "[secret]"}


def test_a_record_in_a_remote_store_is_whole(
    mlproj: "Program", start: Callable[..., Any], folder: Path, tmp_path: Path
) -> None:
    """The files go to the server, in their folders; a cap on what is sent is said."""
    (folder / "large.bin").write_bytes(os.urandom(1 << 20))
    url = start().url
    done = mlproj("run", str(folder), "--tracking-uri", url, "--json", environ={"MLPROJ_CAPTURE_LIMIT": "100KB"})
    assert done.code == 0, done.err
    assert "large.bin (size: at most 0.1 MB are kept" in done.err
    run, to = done.json["run_id"], str(tmp_path / "got")
    assert mlproj("artifacts", "download", run, "mlproj", "--tracking-uri", url, "-o", to).code == 0
    top = tmp_path / "got/mlproj"
    record = from_json((top / "run.json").read_text())
    assert record.source.capture
    assert record.source.capture.snapshot
    assert (top / record.source.capture.snapshot).is_file()
    assert (top / "outputs/model.bin").read_text() == "model 3\n"


def test_a_failed_record_keeps_to_the_schema_too(mlproj: "Program", project: "Write") -> None:
    project("""
        entry_points:
          main: {outputs: [none.txt], command: "true"}
    """)
    assert mlproj("run", "project").code == 2
    data = json.loads(mlproj.artifact("mlproj/run.json"))
    Draft202012Validator(json_schema()).validate(data)
    assert (data["exit_code"], data["end_reason"]) == (0, "failed")


def test_the_machine_is_sampled_unless_it_is_told_not_to(
    mlproj: "Program", project: "Write", require: "Callable[[object, str], None]"
) -> None:
    """Both runs wait for the first sample, at the same time."""
    require(mlproj.environ(None).get("CI") == "true", "CI=true (it takes 12 s)")
    project("""
        entry_points:
          main:
            command: "python3 -c 'import time; held = bytes([1]) * (80 << 20); time.sleep(11)'"
    """)
    with (
        mlproj.start("run", "project", "--run-name", "sampled") as one,
        mlproj.start("run", "project", "--run-name", "not", "--no-system-metrics") as other,
    ):
        assert (one.wait(), other.wait()) == (0, 0)
    runs = {run["tags"]["mlflow.runName"]: run for run in mlproj("runs", "list", "--json").json}
    names = {name.removeprefix("system/") for name in runs["sampled"]["metrics"]}
    assert {
        "cpu_utilization_percentage",
        "system_memory_usage_megabytes",
        "system_memory_usage_percentage",
        "disk_usage_percentage",
        "disk_usage_megabytes",
        "disk_available_megabytes",
        "network_receive_megabytes",
        "network_transmit_megabytes",
    } <= names
    assert runs["not"]["metrics"] == {}
    home = Path(mlproj.environ(None)["MLPROJ_HOME"])
    for run in runs.values():
        [file] = home.glob(f"artifacts/*/{run['run_id']}/artifacts/mlproj/run.json")
        record = from_json(file.read_text())
        assert record.peaks["memory_bytes"] > 80 << 20
        assert record.peaks["cpu_percent"] >= 0
        assert record.metrics == {}
