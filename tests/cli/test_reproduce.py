import json
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from tests.envs.conftest import write_wheel

if TYPE_CHECKING:
    from tests.cli.conftest import Git, Program, Write

PROJECT = """
    name: demo
    python_env: python_env.yaml
    entry_points:
      main:
        parameters: {alpha: {type: float, default: 0.5}}
        command: "python train.py {alpha}"
        outputs: [out.json]
        seed: 3
      other:
        command: "echo other > out.json"
        outputs: [out.json]
"""
TRAIN = """
    import json, os, random, sys
    random.seed(int(os.environ["MLPROJ_SEED"]))
    with open("out.json", "w") as file:
        json.dump({"value": float(sys.argv[1]) * random.random()}, file)
"""


def run(mlproj: "Program", *words: str) -> str:
    done = mlproj("run", *words, "--json")
    assert done.code == 0, done.err
    return str(done.json["run_id"])


def tags_of(mlproj: "Program", run_id: str) -> dict[str, str]:
    found: dict[str, str] = mlproj("runs", "show", run_id, "--json").json["tags"]
    return found


@pytest.fixture
def demo(project: "Write") -> Path:
    return project(PROJECT, train__py=TRAIN, python_env__yaml="build_dependencies: []\ndependencies: []\n")


def test_a_deterministic_run_is_identical_and_both_runs_say_so(mlproj: "Program", demo: Path) -> None:
    first = run(mlproj, "project", "-P", "alpha=0.25")
    (demo / "train.py").write_text("raise SystemExit(1)")  # the record has the code
    done = mlproj("reproduce", first)
    assert done.code == 0, done.err
    assert "verdict: identical" in done.out
    assert "output out.json" in done.out
    tags = tags_of(mlproj, first)
    assert tags["mlproj.verdict"] == "identical"
    again = tags_of(mlproj, tags["mlproj.reproduced_by"])
    assert again["mlproj.reproduces"] == first
    assert again["mlproj.verdict"] == "identical"
    assert "verdict:     identical" in mlproj("runs", "show", first).out
    assert "VERDICT" in mlproj("runs", "list").out


def test_a_noisy_run_differs_and_says_what_to_do(mlproj: "Program", demo: Path, tmp_path: Path) -> None:
    (demo / "train.py").write_text("import os; open('out.json', 'w').write(os.urandom(8).hex())")
    first = run(mlproj, "project")
    done = mlproj("reproduce", first, "--times", "2", "--junit", "report.xml")
    assert done.code == 1, done.err
    assert "verdict: differs" in done.out
    assert "not deterministic" in done.out
    assert "2 runs: 2 differs" in done.out
    suite = ET.parse(tmp_path / "report.xml").getroot()[0]
    assert suite.get("failures") == "2"
    assert suite.get("tests") == "4"
    assert len({(case.get("classname"), case.get("name")) for case in suite}) == 4


def test_new_runs_that_agree_with_each_other_only(mlproj: "Program", demo: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.write_text("1")
    (demo / "train.py").write_text(f"open('out.json', 'w').write(open({str(hidden)!r}).read())")
    first = run(mlproj, "project")
    hidden.write_text("2")
    done = mlproj("reproduce", first, "--times", "2")
    assert done.code == 1, done.err
    assert "2 runs: 2 differs; deterministic as far as seen: they agree with each other" in done.out


def test_the_worst_of_several_verdicts_is_the_originals(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    count = tmp_path / "count"
    project(f"name: c\nentry_points: {{main: {{command: \"echo x >> '{count}'; bash go.sh\", outputs: [out.txt]}}}}\n")
    (tmp_path / "project" / "go.sh").write_text(
        f"test $(wc -l < '{count}') = 3 && echo 2 > out.txt || echo 1 > out.txt\n"
    )
    words = ("--env-manager", "local")
    first = run(mlproj, "project", *words)
    done = mlproj("reproduce", first, *words, "--times", "3")
    assert done.code == 1, done.out + done.err
    assert "3 runs: 2 identical, 1 differs; not deterministic" in done.out
    tags = tags_of(mlproj, first)
    assert tags["mlproj.verdict"] == "differs"
    assert tags_of(mlproj, tags["mlproj.reproduced_by"])["mlproj.verdict"] == "differs"


def test_a_run_with_nothing_to_compare_says_so(mlproj: "Program", project: "Write") -> None:
    project("name: bare\npython_env: python_env.yaml\n", python_env__yaml="dependencies: []\n", go__sh="true\n")
    first = run(mlproj, "project", "-e", "go.sh")
    done = mlproj("reproduce", first)
    assert done.code == 0, done.err
    assert "only exit codes were compared" in done.out


def test_within_tolerance_as_json(mlproj: "Program", demo: Path) -> None:
    (demo / "train.py").write_text(
        "import json, os, time; json.dump({'v': 1 + os.getpid() * 1e-15}, open('out.json', 'w'))"
    )
    first = run(mlproj, "project")
    done = mlproj("reproduce", first, "--json")
    assert done.code == 0, done.err
    assert done.json["verdict"] == "within tolerance"
    (only,) = done.json["runs"]
    assert 0 < only["needed_rtol"] < 1e-6
    assert mlproj("reproduce", first, "--rtol", "0").code == 1
    assert mlproj("reproduce", first, "--rtol", "nan").code == 2


def test_a_dirty_tree_with_an_untracked_module(git: "Git", mlproj: "Program", demo: Path) -> None:
    git(demo, "init", "-q")
    git(demo, "add", ".")
    git(demo, "commit", "-qm", "one")
    (demo / "helper.py").write_text("FACTOR = 2\n")
    (demo / "train.py").write_text(
        "import helper, sys\nopen('out.json', 'w').write(str(helper.FACTOR * float(sys.argv[1])))\n"
    )
    first = run(mlproj, "project")
    (demo / "helper.py").unlink()
    git(demo, "checkout", "-q", ".")
    done = mlproj("reproduce", first)
    assert done.code == 0, done.err
    assert "identical" in done.out


def test_why_shows_the_parameter_and_the_diff(mlproj: "Program", demo: Path) -> None:
    first = run(mlproj, "project", "-P", "alpha=1")
    with (demo / "train.py").open("a") as file:
        file.write("print('more')\n")
    second = run(mlproj, "project", "-P", "alpha=2")
    done = mlproj("why", first, second)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[1] == "  1. parameter alpha: 1 -> 2"
    assert lines[2].startswith("  2. code train.py:")
    assert "       +print('more')" in lines
    assert mlproj("why", second, "--json").json["run_a"] == first
    assert mlproj("why", first, "--json").code == 2


def test_the_same_run_again_has_no_cause(mlproj: "Program", demo: Path) -> None:
    first, second = run(mlproj, "project"), run(mlproj, "project")
    assert "no difference is recorded" in mlproj("why", first, second).out


def test_a_secret_that_is_given_again(mlproj: "Program", project: "Write") -> None:
    folder = project(
        """
        name: secretive
        entry_points:
          main:
            parameters: {token: {type: string, secret: true}}
            command: "echo {token} | wc -c > size.txt"
            outputs: [size.txt]
        """
    )
    token = folder.parent / "token"
    token.write_text("hunter2hunter2")
    first = run(mlproj, "project", "-P", "token=@file:token", "--env-manager", "local")
    done = mlproj("reproduce", first, "--env-manager", "local")
    assert done.code == 2
    assert "cannot reproduce: the secret token is not recorded" in done.out
    done = mlproj("reproduce", first, "--env-manager", "local", "-P", f"token=@file:{token}")
    assert done.code == 0, done.out + done.err
    assert mlproj("reproduce", first, "-P", "alpha=1").code == 2


def test_a_run_in_the_users_own_environment_asks_for_an_env_manager(mlproj: "Program", demo: Path) -> None:
    first = run(mlproj, "project", "--env-manager", "local")
    done = mlproj("reproduce", first)
    assert done.code == 2
    assert "--env-manager virtualenv" in done.out
    assert mlproj("reproduce", first, "--env-manager", "local").code == 0


def test_a_commit_that_is_nowhere_ends_with_3(git: "Git", mlproj: "Program", demo: Path, tmp_path: Path) -> None:
    git(demo, "init", "-q")
    git(demo, "add", ".")
    git(demo, "commit", "-qm", "one")
    first = run(mlproj, "project")
    gone = tmp_path / "gone.json"
    text = mlproj("artifacts", "download", first, "mlproj/run.json", "-o", "copy")
    assert text.code == 0, text.err
    data = json.loads(next(Path(tmp_path / "copy").rglob("run.json")).read_text())
    data["source"] |= {"commit": "0" * 40, "capture": None}
    gone.write_text(json.dumps(data))
    done = mlproj("reproduce", "gone.json")
    assert done.code == 3, done.out
    assert "cannot reproduce" in done.out


def test_a_record_beside_a_paper(git: "Git", mlproj: "Program", demo: Path, tmp_path: Path) -> None:
    git(demo, "init", "-q")
    git(demo, "add", ".")
    git(demo, "commit", "-qm", "one")
    first = run(mlproj, "project")
    assert mlproj("artifacts", "download", first, "mlproj", "-o", "paper").code == 0
    (record,) = (tmp_path / "paper").rglob("run.json")
    assert mlproj("runs", "delete", first, "--yes").code in {0, 2}
    done = mlproj("reproduce", str(record))
    assert done.code == 0, done.out + done.err
    assert "identical" in done.out
    (tmp_path / "bad.json").write_text("{}")
    assert mlproj("reproduce", "bad.json").code == 2
    assert mlproj("reproduce", "none.json").code == 2


def test_a_record_alone(git: "Git", mlproj: "Program", demo: Path, tmp_path: Path) -> None:
    git(demo, "init", "-q")
    git(demo, "add", ".")
    git(demo, "commit", "-qm", "one")
    clean = run(mlproj, "project")
    (demo / "train.py").write_text("open('out.json', 'w').write('7')\n")
    dirty = run(mlproj, "project")
    for name, run_id in {"clean.json": clean, "dirty.json": dirty}.items():
        (found,) = tmp_path.parent.rglob(f"{run_id}/artifacts/mlproj/run.json")
        (tmp_path / name).write_bytes(found.read_bytes())
    done = mlproj("reproduce", "dirty.json")  # what is not beside it is in the store
    assert done.code == 0, done.out + done.err

    elsewhere = {"MLPROJ_HOME": str(tmp_path / "elsewhere")}
    done = mlproj("reproduce", "clean.json", environ=elsewhere)  # its commit is in the repository
    assert done.code == 0, done.out + done.err
    done = mlproj("reproduce", "dirty.json", environ=elsewhere)
    assert done.code == 3
    assert "cannot reproduce" in done.out
    assert "the record has lost its changes.diff" in done.out
    assert "mlproj export" in done.out
    demo.rename(tmp_path / "moved")
    done = mlproj("reproduce", "clean.json", environ=elsewhere)
    assert done.code == 3
    assert "mlproj export" in done.out


def test_an_input_that_was_not_kept_is_restored_or_named(git: "Git", mlproj: "Program", project: "Write") -> None:
    folder = project(
        """
        name: reading
        entry_points:
          main:
            command: "wc -c < data/in.csv > out.csv"
            inputs: [data/in.csv]
            outputs: [out.csv]
        """
    )
    git(folder, "init", "-q")
    (folder / ".gitignore").write_text("data/\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    (folder / "data").mkdir()
    (folder / "data" / "in.csv").write_text("a,b\n1,2\n")
    first = run(mlproj, "project", "--env-manager", "local")
    assert mlproj("reproduce", first, "--env-manager", "local").code == 0
    (folder / "data" / "in.csv").write_text("a,b\n1,3\n")
    done = mlproj("reproduce", first, "--env-manager", "local")
    assert done.code == 2, done.out
    assert "cannot reproduce: run" in done.out
    assert "the input data/in.csv is not there" in done.out
    assert "it is taken from ./data/in.csv too" in done.out
    here = folder.parent / "here"
    (here / "data").mkdir(parents=True)
    (here / "data" / "in.csv").write_text("a,b\n1,2\n")  # as it was, where who reproduces stands
    assert mlproj("reproduce", first, "--env-manager", "local", cwd=here).code == 0


def test_the_environment_alone(mlproj: "Program", demo: Path) -> None:
    first = run(mlproj, "project")
    done = mlproj("reproduce", first, "--env-only")
    assert done.code == 0, done.err
    assert Path(done.out.strip(), "bin", "python").exists()


def test_a_new_run_from_a_past_one(mlproj: "Program", demo: Path) -> None:
    first = run(mlproj, "project", "-P", "alpha=0.25")
    (demo / "MLproject").unlink()
    (demo / "train.py").unlink()
    second = mlproj("runs", "show", run(mlproj, f"runs:/{first}", "-P", "alpha=7"), "--json").json
    assert second["params"] == {"alpha": "7"}
    assert second["tags"]["mlproj.from_run"] == first
    same = mlproj("runs", "show", run(mlproj, f"runs:/{first[:8]}"), "--json").json
    assert same["params"] == {"alpha": "0.25"}
    other = mlproj("runs", "show", run(mlproj, f"runs:/{first}", "-e", "other"), "--json").json
    assert other["params"] == {}
    assert other["tags"]["mlflow.project.entryPoint"] == "other"
    assert mlproj("run", f"runs:/{first}", "-v", "main").code == 2
    assert mlproj("run", "runs:/nothere").code == 2


def test_a_run_that_goes_on_is_not_past(mlproj: "Program", project: "Write") -> None:
    project("name: long\nentry_points: {main: {command: 'sleep 600'}}\n")
    first = mlproj("run", "project", "--env-manager", "local", "--detach").out.strip()
    for words in (["reproduce", first], ["why", first, first], ["run", f"runs:/{first}"]):
        done = mlproj(*words)
        assert done.code == 2, done.out + done.err
        assert f"run {first} is running (wait for it: mlproj runs wait {first[:8]})" in done.err
    assert mlproj("runs", "cancel", first).code == 0
    assert "mlproj.verdict" not in tags_of(mlproj, first)


def test_bad_options(mlproj: "Program", demo: Path) -> None:
    assert mlproj("reproduce", "nothere").code == 2
    assert mlproj("reproduce", "nothere", "--env-manager", "venv").code == 2
    assert mlproj("why", "a", "b", "c").code == 2


def test_two_planted_causes_among_twelve_are_shown_by_running(mlproj: "Program", project: "Write") -> None:
    names = [f"p{number}" for number in range(8)]
    folder = project(
        f"""
        name: planted
        entry_points:
          main:
            parameters: {{{", ".join(f"{name}: {{type: int, default: 0}}" for name in names)}}}
            command: "python train.py {{p3}} > out.txt"
            outputs: [out.txt]
        """,
        train__py="import sys, b\nprint(int(sys.argv[1]) + b.VALUE)\n",
        **{f"{name}__py": "VALUE = 0\n" for name in "abcd"},
    )
    first = run(mlproj, "project", "--env-manager", "local")
    for name in "abcd":
        (folder / f"{name}.py").write_text("VALUE = 10\n")
    given = [word for name in names for word in ("-P", f"{name}=1")]
    second = run(mlproj, "project", "--env-manager", "local", *given)
    done = mlproj("why", first, second, "--prove", "--env-manager", "local")
    assert done.code == 0, done.err
    assert "shown by running: parameter p3, file b.py make the difference" in done.out
    assert 0 < done.err.count("mlproj: trial ") <= 8
    assert mlproj("why", first, first, "--prove").code == 2


def test_an_input_is_shown_and_chance_is_not(git: "Git", mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    folder = project(
        """
        name: shown
        entry_points:
          main: {command: "cat in.txt > out.txt", inputs: [in.txt], outputs: [out.txt]}
          noisy: {command: "head -c 8 /dev/urandom > out.txt", outputs: [out.txt]}
        """,
        __gitignore="in.txt\nout.txt\n",
        in__txt="1",
    )
    git(folder, "init", "-q")
    words = ("--env-manager", "local")
    before = [run(mlproj, "project", *words), run(mlproj, "project", "-e", "noisy", *words)]
    (tmp_path / "in.txt").write_text("1")  # both are at hand: this one, and that of the project
    (folder / "in.txt").write_text("2")
    (folder / "read.me").write_text("more")
    after = [run(mlproj, "project", *words), run(mlproj, "project", "-e", "noisy", *words)]
    done = mlproj("why", before[0], after[0], "--prove", *words, "--json")
    assert done.code == 0, done.err
    assert done.json["shown"] == [{"kind": "input", "name": "in.txt"}]
    done = mlproj("why", before[1], after[1], "--prove", *words)
    assert done.code == 0, done.err
    assert "not shown: what can be swapped does not make the difference" in done.out
    assert "shown by running" not in done.out


def test_a_run_without_a_record_is_reproduced_from_its_tags(
    git: "Git", mlproj: "Program", demo: Path, tmp_path: Path
) -> None:
    git(demo, "init", "-q")
    git(demo, "add", ".")
    git(demo, "commit", "-qm", "one")
    first = run(mlproj, "project", "-P", "alpha=0.25")
    for record in tmp_path.parent.rglob(f"{first}/artifacts/mlproj/run.json"):
        record.unlink()
    done = mlproj("reproduce", first)
    assert done.code == 1, done.err  # its outputs are known to nobody
    assert done.out.startswith("partial record\n")
    assert "output out.json" in done.out
    again = mlproj("runs", "show", tags_of(mlproj, first)["mlproj.reproduced_by"], "--json").json
    assert again["params"] == {"alpha": "0.25"}


def test_a_wheel_that_is_gone_ends_with_4(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    folder = project(
        """
        name: wheels
        python_env: python_env.yaml
        entry_points:
          main:
            command: "python -c 'import planted; print(planted.VERSION)' > out.txt"
            outputs: [out.txt]
        """,
        python_env__yaml="build_dependencies: []\ndependencies: [-r requirements.txt]\n",
        requirements__txt=f"--no-index\n--find-links {tmp_path / 'wheels'}\nplanted\n",
    )
    wheel = write_wheel(tmp_path / "wheels", "planted", "1.0")
    first = run(mlproj, "project")
    write_wheel(tmp_path / "wheels", "planted", "2.0")
    environ = {"MLPROJ_CACHE_DIR": str(tmp_path / "empty"), "UV_CACHE_DIR": str(tmp_path / "empty uv")}
    done = mlproj("reproduce", first, environ=environ)
    assert done.code == 0, done.out + done.err  # the lock's version, not the newest

    wheel.unlink()
    shutil.rmtree(tmp_path / "empty")
    shutil.rmtree(tmp_path / "empty uv")
    done = mlproj("reproduce", first, environ=environ)
    assert done.code == 4, done.out + done.err
    assert done.out.startswith(f"verdict: cannot reproduce: {folder}: ")
    assert "planted" in done.err
    assert mlproj("reproduce", first, "--env-only", environ=environ).code == 4


def test_a_python_that_is_nowhere_ends_with_4(mlproj: "Program", demo: Path, tmp_path: Path) -> None:
    first = run(mlproj, "project")
    (record,) = tmp_path.parent.rglob(f"{first}/artifacts/mlproj/run.json")
    data = json.loads(record.read_text())
    data["environment"]["python"] = "3.5.0"
    (tmp_path / "old.json").write_text(json.dumps(data))
    done = mlproj("reproduce", "old.json", environ={"MLPROJ_PYTHON_DOWNLOAD": "false"})
    assert done.code == 4, done.out + done.err
    assert "cannot reproduce" in done.out
    assert tags_of(mlproj, first)["mlproj.verdict"] == "cannot reproduce"


def test_a_record_that_was_changed(mlproj: "Program", demo: Path, tmp_path: Path) -> None:
    """In the store it is refused; who gives it as a file is told."""
    first = run(mlproj, "project", "-P", "alpha=0.25")
    (record,) = tmp_path.parent.rglob(f"{first}/artifacts/mlproj/run.json")
    text = record.read_text()
    record.write_text(text.replace("0.25", "0.75"))
    for words in (["reproduce", first], ["run", f"runs:/{first}"], ["why", first, first]):
        done = mlproj(*words)
        assert done.code == 2, (words, done.out + done.err)
        assert f"the record of run {first[:8]} was changed" in done.err
    (tmp_path / "changed.json").write_text(record.read_text())
    record.write_text(text)
    done = mlproj("reproduce", "changed.json")
    assert done.code == 1, done.out + done.err
    assert done.out.startswith("changed record: ")
    assert mlproj("reproduce", first).code == 0


def test_a_store_that_does_not_answer_ends_with_6(mlproj: "Program", demo: Path, tmp_path: Path) -> None:
    first = run(mlproj, "project")
    (record,) = tmp_path.parent.rglob(f"{first}/artifacts/mlproj/run.json")
    environ = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
    done = mlproj("reproduce", first, "--tracking-uri", "http://127.0.0.1:9", environ=environ)
    assert done.code == 6, done.out + done.err
    shutil.copytree(record.parent, tmp_path / "paper")
    done = mlproj("reproduce", "paper/run.json", "--tracking-uri", "http://127.0.0.1:9", environ=environ)
    assert done.code == 6, done.out + done.err


def test_whole_curves_are_compared_with_history(mlproj: "Program", demo: Path) -> None:
    (demo / "MLproject").write_text(
        "name: curves\npython_env: python_env.yaml\nentry_points:\n  main:\n    command: python train.py\n"
        "    metrics: {file: metrics.jsonl}\n"
    )
    (demo / "train.py").write_text(
        "import json, os\nwith open('metrics.jsonl', 'w') as file:\n    for step in range(5):\n"
        "        loss = 1.0 if step == 4 else int.from_bytes(os.urandom(4), 'big')\n"
        "        file.write(json.dumps({'step': step, 'loss': loss}) + '\\n')\n"
    )
    first = run(mlproj, "project")
    done = mlproj("reproduce", first)  # the last values are one
    assert done.code == 0, done.out + done.err
    done = mlproj("reproduce", first, "--history", "--json")
    assert done.code == 1, done.out + done.err
    (only,) = done.json["runs"]
    assert {row["kind"]: row["verdict"] for row in only["compared"]}["curve"] == "differs", only["compared"]


def test_a_record_on_the_web(git: "Git", mlproj: "Program", demo: Path, tmp_path: Path) -> None:
    git(demo, "init", "-q")
    git(demo, "add", ".")
    git(demo, "commit", "-qm", "one")
    first = run(mlproj, "project")
    (record,) = tmp_path.parent.rglob(f"{first}/artifacts/mlproj/run.json")
    (tmp_path / "site").mkdir()
    shutil.copy(record, tmp_path / "site" / "run.json")
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "site"))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        elsewhere = {"MLPROJ_HOME": str(tmp_path / "elsewhere")}
        done = mlproj("reproduce", f"{url}/run.json", environ=elsewhere)
        gone = mlproj("reproduce", f"{url}/none.json", environ=elsewhere)
        server.shutdown()
    assert done.code == 0, done.out + done.err
    assert "verdict: identical" in done.out
    assert gone.code == 3, gone.err


def test_a_record_on_the_web_with_what_lies_beside_it(mlproj: "Program", demo: Path, tmp_path: Path) -> None:
    (demo / "a b é.txt").write_text("more")
    (demo / "MLproject").write_text((demo / "MLproject").read_text().replace("[out.json]", "['out é 1.json']"))
    (demo / "train.py").write_text(
        "import json, os\njson.dump({'v': 1 + os.getpid() * 1e-15}, open('out é 1.json', 'w'))\n"
    )
    first = run(mlproj, "project")
    (record,) = tmp_path.parent.rglob(f"{first}/artifacts/mlproj/run.json")
    shutil.copytree(record.parent, tmp_path / "site" / "paper 1")
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "site"))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/paper%201/run.json?raw=true"
        elsewhere = {"MLPROJ_HOME": str(tmp_path / "elsewhere")}
        done = mlproj("reproduce", url, environ=elsewhere)
        (tmp_path / "site" / "paper 1" / "source" / "snapshot.tar.gz").unlink()
        gone = mlproj("reproduce", url, environ=elsewhere)
        server.shutdown()
    assert done.code == 0, done.out + done.err
    assert "verdict: within tolerance" in done.out  # by value, so that the output came too
    assert gone.code == 3, gone.out + gone.err
    assert "the record has lost its snapshot.tar.gz" in gone.out


def test_what_is_stored_does_not_keep_a_checkout(mlproj: "Program", demo: Path, tmp_path: Path) -> None:
    (demo / "MLproject").write_text(
        "name: leaving\npython_env: python_env.yaml\nentry_points:\n  main:\n    command: bash run.sh\n"
        "    outputs: [out, a b.txt]\n    metrics: {file: metrics.json}\n"
    )
    (demo / "run.sh").write_text("mkdir out; echo 1 > out/1; echo 2 > 'a b.txt'; echo '{\"loss\": 1}' > metrics.json\n")
    first = run(mlproj, "project")
    done = mlproj("reproduce", first, environ={"MLPROJ_CACHE_DIR": str(tmp_path / "cache")})
    assert done.code == 0, done.out + done.err
    assert "checkout is kept" not in done.err
    assert list((tmp_path / "cache" / "checkouts").iterdir()) == []
    with (demo / "run.sh").open("a") as file:
        file.write("echo 3 > more.txt\n")
    second = run(mlproj, "project")
    done = mlproj("reproduce", second, environ={"MLPROJ_CACHE_DIR": str(tmp_path / "cache")})
    assert done.code == 0, done.out + done.err
    assert "checkout is kept" in done.err
    assert [line.strip() for line in done.err.splitlines() if "new:" in line] == ["mlproj:   new: more.txt"]


def test_code_that_was_never_kept_ends_with_3(mlproj: "Program", demo: Path, tmp_path: Path) -> None:
    first = run(mlproj, "project", "--no-capture")
    done = mlproj("reproduce", first)
    assert done.code == 3, done.out + done.err
    assert "neither a commit nor a snapshot" in done.out


def test_changes_that_were_not_kept_end_with_3_and_a_secret_file_with_2(
    git: "Git", mlproj: "Program", demo: Path
) -> None:
    git(demo, "init", "-q")
    (demo / ".gitignore").write_text("out.json\n")
    git(demo, "add", ".")
    git(demo, "commit", "-qm", "one")
    clean = run(mlproj, "project", "--no-capture")
    (demo / "new.py").write_text("x = 1\n")
    dirty = run(mlproj, "project", "--no-capture")
    (demo / "new.py").rename(demo / ".env.local")
    secretive = run(mlproj, "project")
    assert mlproj("reproduce", clean).code == 0
    done = mlproj("reproduce", dirty)
    assert done.code == 3, done.out + done.err
    assert "what differed from the commit is not recorded (asked)" in done.out
    done = mlproj("reproduce", secretive)
    assert done.code == 2, done.out + done.err
    assert "cannot reproduce: " in done.out
    assert ".env.local is not recorded (secret)" in done.out


@pytest.mark.parametrize("data", ["data/a b.txt", "data"])
def test_an_input_named_by_a_path_parameter_is_restored(
    git: "Git", mlproj: "Program", project: "Write", data: str
) -> None:
    folder = project(
        """
        name: p
        python_env: python_env.yaml
        entry_points:
          main:
            parameters: {data: path}
            command: "cat {data} > out.txt || ls {data} > out.txt"
            inputs: ["{data}"]
            outputs: [out.txt]
        """,
        python_env__yaml="dependencies: []\n",
        __gitignore="data/\nout.txt\n",
    )
    (folder / "data").mkdir()
    (folder / "data" / "a b.txt").write_text("1")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    done = mlproj("reproduce", run(mlproj, "project", "-P", f"data={folder / data}"))
    assert done.code == 0, done.out + done.err
    again = mlproj("run", ".", "-P", f"data={data}", "--json", cwd=folder)
    done = mlproj("reproduce", str(again.json["run_id"]))
    assert done.code == 0, done.out + done.err
