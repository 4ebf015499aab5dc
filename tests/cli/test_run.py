"""`mlproj run` as its users meet it: what is printed, what is recorded, what it ends with."""

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Program, Write


GREET = """
    name: greeter
    entry_points:
      main:
        parameters:
          name: {type: string, default: world}
          times: {type: int, default: 1}
        command: "echo hello {name} {times}"
      fail:
        command: "echo to stderr >&2; exit 3"
      need:
        parameters:
          first: float
          second: {type: string}
        command: "echo {first} {second}"
"""


def test_a_run_prints_what_the_command_prints_and_is_recorded(mlproj: "Program", project: "Write") -> None:
    folder = project(GREET)
    done = mlproj("run", str(folder), "-P", "name=a b", "--tag", "team=x y", "--description", "why **not**")
    assert (done.code, done.out) == (0, "hello a b 1\n")
    run = mlproj.only_run()
    assert run["status"] == "FINISHED"
    assert run["params"] == {"name": "a b", "times": "1"}
    tags = run["tags"]
    assert tags["mlflow.source.name"] == str(folder)
    assert tags["mlflow.source.type"] == "PROJECT"
    assert tags["mlflow.project.entryPoint"] == "main"
    assert tags["mlflow.project.backend"] == "local"
    assert "mlflow.project.env" not in tags
    assert tags["mlflow.note.content"] == "why **not**"
    assert tags["team"] == "x y"
    assert tags["mlproj.exit_code"] == "0"
    assert tags["mlproj.end_reason"] == "finished"
    assert run["end_time"] >= run["start_time"]


def test_the_record_and_the_output_are_kept(mlproj: "Program", project: "Write") -> None:
    mlproj("run", str(project(GREET)), "-P", "name=$(rm -rf x) 'é\n🚀\"")
    record = json.loads(mlproj.artifact("mlproj/run.json"))
    assert record["schema_version"] == 1
    assert record["parameters"]["name"] == {
        "value": "$(rm -rf x) 'é\n🚀\"",
        "type": "string",
        "origin": "option",
        "declared": True,
        "path": None,
    }
    assert record["parameters"]["times"]["origin"] == "default"
    assert record["exit_code"] == 0
    assert record["source"]["kind"] == "local"
    assert set(record["phases"]) >= {"fetch", "check", "environment", "command"}
    assert mlproj.artifact("mlproj/output.log") == "hello $(rm -rf x) 'é\n🚀\" 1\n"


def test_the_commands_exit_code_is_ours(mlproj: "Program", project: "Write") -> None:
    done = mlproj("run", str(project(GREET)), "-e", "fail")
    assert done.code == 3
    assert "to stderr" in done.err
    run = mlproj.only_run()
    assert run["status"] == "FAILED"
    assert run["tags"]["mlproj.exit_code"] == "3"
    assert json.loads(mlproj.artifact("mlproj/run.json"))["exit_code"] == 3


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-e", "mian"], "'main'"),
        (["-e", "need"], "'first', 'second'"),
        (["-e", "need", "-P", "first=abc", "-P", "second=x"], "'abc'"),
        (["-P", "name=1", "-P", "name=2"], "given twice"),
        (["-P", "name"], "has no value"),
        (["-P", "=x"], "has no value"),
        (["--tag", "x"], "has no value"),
        (["-b", "slrum"], "slrum"),
        (["-c", "{"], "not JSON"),
        (["--env-manager", "pipenv"], "one of local, virtualenv"),
        (["--locked", "--update"], "--locked"),
        (["--detach", "--junit", "x.xml"], "--junit"),
        (["--experiment-name", "a", "--experiment-id", "0"], "by id and by name"),
        (["--experiment-id", "77"], "77"),
        (["--params-file", "none.yaml"], "no such file"),
        (["--no-such-option"], "--no-such-option"),
        (["surplus"], "surplus"),
        (["--tracking-uri", "ftp://x"], "no tracking store"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_run(
    mlproj: "Program", project: "Write", words: list[str], says: str
) -> None:
    done = mlproj("run", str(project(GREET)), *words)
    assert done.code == 2
    lines = done.err.strip().splitlines()
    assert lines[-1].startswith("mlproj: error: ")
    assert says in lines[-1]
    assert done.out == ""
    assert mlproj.no_runs()


def test_no_project_named_shows_how(mlproj: "Program") -> None:
    done = mlproj("run")
    assert done.code == 2
    assert "mlproj run ." in done.err


def test_a_mistyped_directory_is_no_git_trouble(mlproj: "Program", project: "Write") -> None:
    project(GREET, name="training")
    done = mlproj("run", "./trainig")
    assert done.code == 2
    assert "no such directory" in done.err


def test_options_name_and_place_the_run(mlproj: "Program", project: "Write") -> None:
    folder = project(GREET)
    mlproj("run", str(folder), "--run-name", "first try", "--experiment-name", "team/é x")
    run = mlproj.only_run()
    assert run["run_name"] == "first try"
    experiments = mlproj("experiments", "list", "--json").json
    assert "team/é x" in {experiment["name"] for experiment in experiments}


def test_without_options_the_experiment_is_named_after_the_project(mlproj: "Program", project: "Write") -> None:
    mlproj("run", str(project(GREET)))
    names = {item["experiment_id"]: item["name"] for item in mlproj("experiments", "list", "--json").json}
    assert names[mlproj.only_run()["experiment_id"]] == "greeter"


def test_an_option_for_the_experiment_beats_the_other_variable(mlproj: "Program", project: "Write") -> None:
    done = mlproj("run", str(project(GREET)), "--experiment-name", "mine", environ={"MLFLOW_EXPERIMENT_ID": "0"})
    assert done.code == 0
    assert mlproj.only_run()["experiment_id"] != "0"


def test_a_deleted_experiment_takes_no_runs(mlproj: "Program", project: "Write") -> None:
    folder = project(GREET)
    mlproj("run", str(folder))
    mlproj("experiments", "delete", "greeter")
    done = mlproj("run", str(folder))
    assert done.code == 2
    assert "restore" in done.err


def test_a_run_that_exists_is_used(mlproj: "Program", project: "Write") -> None:
    folder = project(GREET)
    mlproj("run", str(folder), "-e", "fail")
    run_id = mlproj.only_run()["run_id"]
    assert mlproj("run", str(folder), "--run-id", run_id).code == 0
    run = mlproj.only_run()
    assert (run["run_id"], run["status"]) == (run_id, "FINISHED")


def test_parameters_from_a_file_lose_to_options(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    folder = project(GREET)
    (tmp_path / "p.yaml").write_text("name: from file\ntimes: 3\n")
    done = mlproj("run", str(folder), "--params-file", "p.yaml", "-P", "times=4")
    assert done.out == "hello from file 4\n"
    record = json.loads(mlproj.artifact("mlproj/run.json"))
    assert {name: value["origin"] for name, value in record["parameters"].items()} == {
        "name": "file",
        "times": "option",
    }


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", "\x00"])
def test_a_parameter_file_that_is_none_is_one_line(
    mlproj: "Program", project: "Write", tmp_path: Path, text: str
) -> None:
    (tmp_path / "p.yaml").write_text(text)
    done = mlproj("run", str(project(GREET)), "--params-file", "p.yaml")
    assert done.code == 2
    assert len(done.err.strip().splitlines()) == 1


def test_words_after_the_dashes_arrive_as_they_are(mlproj: "Program", project: "Write") -> None:
    folder = project(GREET)
    done = mlproj("run", str(folder), "-P", "extra=1", "--", "--flag", "a 'b'", "$HOME")
    assert done.out == "hello world 1 --extra 1 --flag a 'b' $HOME\n"


def test_json_is_all_there_is_on_standard_output(mlproj: "Program", project: "Write") -> None:
    done = mlproj("run", str(project(GREET)), "-e", "fail", "--json")
    assert done.code == 3
    assert done.json["failed_in"] == "command"
    assert done.json["exit_code"] == 3
    done = mlproj("run", "nowhere", "--json")
    assert done.code == 2
    assert done.json["failed_in"] == "request"
    done = mlproj("run", str(project(GREET)), "--json")
    assert done.json["failed_in"] is None
    assert "hello world" in done.err


def test_a_dry_run_runs_and_records_nothing(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    folder = project(GREET.replace("echo hello", "touch ran; echo hello"))
    done = mlproj("run", str(folder), "--dry-run", "--json", "-P", "times=2")
    assert done.json["command"] == "touch ran; echo hello world 2"
    assert done.json["entry_point"] == "main"
    assert "hello world 2" in mlproj("run", str(folder), "--dry-run", "-P", "times=2").out
    assert not (folder / "ran").exists()
    assert mlproj.no_runs()


def test_a_store_of_mlflows_is_not_written_and_that_is_said(
    mlproj: "Program", project: "Write", tmp_path: Path
) -> None:
    done = mlproj("run", str(project(GREET)), environ={"MLFLOW_TRACKING_URI": "./mlruns"})
    assert done.code == 0
    assert "./mlruns" in done.err
    assert not (tmp_path / "mlruns").exists()
    assert mlproj.only_run()["status"] == "FINISHED"


def test_secrets_are_nowhere(mlproj: "Program", project: "Write", environment: Path) -> None:
    folder = project(
        """
        entry_points:
          main:
            parameters:
              key: {type: string, secret: true}
              quiet: {type: string, default: unseen, log: false}
            command: "echo got {key}; echo {quiet} | wc -c"
        """
    )
    done = mlproj("run", str(folder), "-P", "key=@env:KEY", environ={"KEY": "hunter2 $x"})
    assert done.code == 0
    assert "got hunter2 $x" in done.out
    run = mlproj.only_run()
    assert run["params"] == {}
    for file in environment.rglob("*"):
        if file.is_file():
            assert b"hunter2" not in file.read_bytes(), file


def test_a_secret_in_the_command_line_is_taken_with_a_warning(mlproj: "Program", project: "Write") -> None:
    folder = project(
        """
        entry_points:
          main:
            parameters:
              key: {type: string, secret: true}
            command: "echo got {key} | wc -c"
        """
    )
    done = mlproj("run", str(folder), "-P", "key=abcdef")
    assert done.code == 0
    assert "@env:" in done.err
    assert mlproj("run", str(folder)).code == 2


def test_options_that_have_no_effect_are_named(mlproj: "Program", project: "Write") -> None:
    done = mlproj("run", str(project(GREET)), "-A", "gpus=all", "--build-image", "-c", '{"x": 1}')
    assert done.code == 0
    assert "docker options have no effect" in done.err
    assert "backend config has no effect" in done.err


def test_the_help_of_a_project_explains_its_parameters(mlproj: "Program", project: "Write") -> None:
    folder = project(GREET)
    done = mlproj("run", str(folder), "-e", "need", "--help")
    assert done.code == 0
    assert "-P first=FLOAT" in done.out
    assert "required" in done.out
    assert "Examples:" in mlproj("run", "-h").out


def test_a_junit_report_and_what_github_reads(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    folder = project(GREET)
    for name in ("output", "summary"):
        (tmp_path / name).touch()
    environ = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_SHA": "c" * 40,
        "GITHUB_REF_NAME": "topic",
    }
    done = mlproj("run", str(folder), "-e", "fail", "--junit", "junit.xml", environ=environ)
    assert done.code == 3
    run = mlproj.only_run()
    assert (tmp_path / "output").read_text() == f"run_id={run['run_id']}\nstatus=FAILED\n"
    assert f"`{run['run_id']}`" in (tmp_path / "summary").read_text()
    assert "::error title=mlproj::" in done.out
    assert 'failures="1"' in (tmp_path / "junit.xml").read_text()
    assert run["tags"]["mlproj.ci.branch"] == "topic"


def test_a_mistake_is_a_failure_in_the_junit_report(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    done = mlproj("run", str(project(GREET)), "-e", "nix", "--junit", "junit.xml")
    assert done.code == 2
    assert "nix" in (tmp_path / "junit.xml").read_text()


def test_a_time_limit_ends_the_run(mlproj: "Program", project: "Write") -> None:
    folder = project(
        """
        entry_points:
          main:
            timeout: 0.5
            command: "sleep 60"
        """
    )
    assert mlproj("run", str(folder), "--grace", "0.5").code == 124
    run = mlproj.only_run()
    assert run["status"] == "FAILED"
    assert run["tags"]["mlproj.end_reason"] == "timeout"


def test_it_works_without_home_and_without_git(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    folder = project(GREET)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "echo"):
        (programs / name).symlink_to(f"/bin/{name}")
    import shutil

    found = shutil.which("mlproj")
    assert found is not None
    (programs / "mlproj").symlink_to(found)
    environ = {"PATH": str(programs), "HOME": "", "LOGNAME": "ada"}
    done = mlproj("run", str(folder), environ=environ)
    assert (done.code, done.out) == (0, "hello world 1\n")


def shell(mlproj: "Program", text: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-c", text],
        cwd=mlproj.directory,
        env=mlproj.environ(environ),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("redirection", "code"), [("2>&1 | head -n 1", 0), ("2>&-", 0), ("2>/dev/full", 0), (">&- 2>&-", 0)]
)
def test_a_run_does_not_depend_on_who_reads_what_we_say(
    mlproj: "Program", project: "Write", redirection: str, code: int
) -> None:
    folder = project("entry_points:\n  main:\n    command: sleep 0.3; echo one; sleep 0.3; echo two\n")
    done = shell(mlproj, f"mlproj run {folder} {redirection}")
    assert done.returncode == code
    assert mlproj.only_run()["status"] == "FINISHED"
    assert mlproj.artifact("mlproj/output.log") == "one\ntwo\n"


def test_output_that_cannot_be_written_is_no_bug_of_ours(mlproj: "Program", project: "Write") -> None:
    mlproj("run", str(project(GREET)))
    done = shell(mlproj, "mlproj runs list --json >/dev/full")
    assert done.returncode == 2
    assert "cannot write the output" in done.stderr


def test_a_run_that_is_over_keeps_its_params(mlproj: "Program", project: "Write") -> None:
    folder = project(GREET)
    mlproj("run", str(folder), "-P", "times=2")
    run_id = mlproj.only_run()["run_id"]
    done = mlproj("run", str(folder), "-P", "times=3", "--run-id", run_id[:8])
    assert done.code == 2
    assert "times" in done.err
    assert mlproj.only_run()["status"] == "FINISHED"
    assert mlproj("run", str(folder), "--run-id", "abcdef12").code == 2


def test_a_running_run_is_not_taken_over(mlproj: "Program", project: "Write") -> None:
    folder = project("entry_points:\n  main:\n    command: sleep 60\n  other:\n    command: echo hi\n")
    run_id = mlproj("run", str(folder), "-d").out.strip()
    done = mlproj("run", str(folder), "-e", "other", "--run-id", run_id)
    assert done.code == 2
    assert "is running" in done.err
    mlproj("runs", "cancel", run_id)
    assert mlproj("run", str(folder), "-e", "other", "--run-id", run_id).code == 0
    run = mlproj.only_run()
    assert (run["status"], run["tags"]["mlproj.exit_code"]) == ("FINISHED", "0")


def test_tags_of_ours_are_not_for_users(mlproj: "Program", project: "Write") -> None:
    done = mlproj("run", str(project(GREET)), "--tag", "mlproj.exit_code=0")
    assert done.code == 2
    assert mlproj.no_runs()


def test_a_report_that_cannot_be_written_is_said_before_anything_runs(mlproj: "Program", project: "Write") -> None:
    done = mlproj("run", str(project(GREET)), "--junit", "no/such/directory/x.xml")
    assert done.code == 2
    assert "--junit" in done.err
    assert mlproj.no_runs()


def test_on_github_files_that_are_gone_are_a_remark_and_json_stays_alone(mlproj: "Program", project: "Write") -> None:
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": "/no/such/file"}
    done = mlproj("run", str(project(GREET)), "-e", "fail", "--json", environ=environ)
    assert done.code == 3
    assert done.json["exit_code"] == 3
    assert "::error" in done.err
    assert "/no/such/file cannot be written" in done.err


def test_a_detached_run_is_told_to_github(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    (tmp_path / "output").touch()
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(tmp_path / "output")}
    run_id = mlproj("run", str(project(GREET)), "-d", environ=environ).out.strip()
    assert f"run_id={run_id}\n" in (tmp_path / "output").read_text()
    mlproj("runs", "wait", run_id)


def test_a_directory_that_is_gone(mlproj: "Program", project: "Write") -> None:
    folder = project(GREET)
    done = shell(mlproj, f"mkdir gone; cd gone; rmdir ../gone; mlproj run {folder}")
    assert done.returncode == 2
    assert "current directory is gone" in done.stderr


def test_credentials_in_urls_are_not_kept(mlproj: "Program", project: "Write", environment: Path) -> None:
    folder = project(
        """
        entry_points:
          main:
            parameters: {where: uri}
            command: "echo {where}"
        """
    )
    given = "https://ada:hunter22@host/x"
    environ = {"GITLAB_CI": "true", "CI_JOB_URL": "https://ada:hunter22@gitlab/x"}
    done = mlproj("run", str(folder), "-P", f"where={given}", environ=environ)
    assert done.out == f"{given}\n"
    assert mlproj.only_run()["params"] == {"where": "https://host/x"}
    for file in environment.rglob("*"):
        assert not file.is_file() or b"hunter22" not in file.read_bytes(), file


def test_values_of_secrets_are_in_no_message(mlproj: "Program", project: "Write") -> None:
    done = mlproj("run", str(project(GREET)), "-P", "name=first-secret", "-P", "name=second-secret")
    assert done.code == 2
    assert "secret" not in done.err
