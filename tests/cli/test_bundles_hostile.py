"""Bundles of which one cannot know who wrote them, odd names in honest ones, and exports that go wrong."""

import json
import os
import signal
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Program, Write

ODD = """
    entry_points:
      main:
        command: "python odd.py"
        outputs: [out]
"""
WRITE_ODD = r"""
import os
os.makedirs(b"out/a#d", exist_ok=True)
ugly = "\u00e9\U0001f680 'q' \"x\"".encode()
for name in [ugly, b"a\\b.txt", b"c:d", b"new\nline", b"$(rm) *", b"-x", b"a#?%.txt", b"a#d/x"]:
    with open(os.path.join(b"out", name), "wb") as file:
        file.write(name)
os.utime("out/-x", (0, 0))
"""


@pytest.fixture
def record(mlproj: "Program", project: "Write", tmp_path: Path) -> str:
    """The text of the record of a run of which run.zip is a bundle."""
    project("entry_points: {main: {command: 'echo 1 > out.txt', outputs: [out.txt]}}\n")
    run_id = mlproj("run", "project", "--json").json["run_id"]
    assert mlproj("export", run_id, "-o", "run.zip").code == 0
    with zipfile.ZipFile(tmp_path / "run.zip") as opened:
        return opened.read("mlproj/run.json").decode()


def info(name: str, mode: int = 0o100644) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
    found.external_attr = mode << 16
    found.compress_type = zipfile.ZIP_DEFLATED
    return found


HOSTILE = {
    "../../evil.txt": (info("../../evil.txt"), b"x"),
    "/tmp/evil.txt": (info("/tmp/evil.txt"), b"x"),
    "symbolic link": (info("mlproj/outputs/link", 0o120777), b"/etc/passwd"),
    "special file": (info("mlproj/fifo", 0o010644), b""),
    "more than code ever is": (info("mlproj/outputs/zeros"), b"\0" * (300 << 20)),
    "two members of the name": (info("mlproj/output.log"), b"again"),
}


@pytest.mark.parametrize("said", HOSTILE)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_what_has_no_business_in_a_bundle(mlproj: "Program", record: str, tmp_path: Path, said: str) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as opened:
        opened.writestr("mlproj/run.json", record)
        opened.writestr("mlproj/output.log", "")
        opened.writestr(*HOSTILE[said])
    for command in ("reproduce", "run", "import"):
        done = mlproj(command, "bad.zip")
        assert (done.code, done.out) == (3, ""), done.err
        assert said in done.err
        assert done.err.startswith("mlproj: error: ")
        assert len(done.err.splitlines()) == 1, done.err
    assert not Path("/tmp/evil.txt").exists()
    assert not list(tmp_path.rglob("evil.txt"))


@pytest.mark.skipif(os.environ.get("CI") != "true", reason="it takes a while")  # noqa: TID251 - see the reason
def test_more_members_than_anyone_has(mlproj: "Program", record: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as opened:
        opened.writestr("mlproj/run.json", record)
        for number in range(200_001):
            opened.writestr(zipfile.ZipInfo(f"a/{number}"), b"")
    done = mlproj("reproduce", "many.zip")
    assert done.code == 3
    assert "would unpack to 200002 files" in done.err


def test_records_that_are_none_or_lie(mlproj: "Program", record: str, tmp_path: Path) -> None:
    changed = json.loads(record)
    changed["outputs"]["out.txt"]["files"][0]["path"] = "../../../../etc/passwd"
    for text, code in (("{", 2), ("[]", 2), ("\x00", 2), (json.dumps(changed), 0)):
        with zipfile.ZipFile(tmp_path / "run.zip") as good, zipfile.ZipFile(tmp_path / "bad.zip", "w") as opened:
            for name in good.namelist():
                opened.writestr(name, text if name == "mlproj/run.json" else good.read(name))
        done = mlproj("reproduce", "bad.zip", "--env-manager", "local")
        assert done.code in {code, 1}, done.out + done.err
        assert "root:" not in done.out


def test_odd_names_survive(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    project(ODD, odd__py=WRITE_ODD)
    run_id = mlproj("run", "project", "--json").json["run_id"]
    assert mlproj("artifacts", "log", run_id, "project/odd.py").code == 0
    done = mlproj("export", run_id, "-o", "run.zip")
    assert done.code == 0, done.err
    other = {"MLPROJ_HOME": str(tmp_path / "home two")}
    done = mlproj("reproduce", "run.zip", "--env-manager", "local", environ=other)
    assert done.code == 0, done.out + done.err
    assert "verdict: identical" in done.out
    done = mlproj("import", "run.zip", environ=other)
    assert done.code == 0, done.err
    (tmp_path / "project").rename(tmp_path / "gone")
    kept = {path.name for path in (tmp_path / "home two").rglob(f"{run_id}/artifacts/mlproj/outputs/out/*")}
    assert kept == {"a\\b.txt", "c:d", "é🚀 'q' \"x\"", "new\nline", "$(rm) *", "-x", "a#?%.txt", "a#d"}
    done = mlproj("reproduce", run_id, "--env-manager", "local", environ=other)
    assert done.code == 0, done.out + done.err
    assert mlproj("import", "run.zip", "--json", environ=other).json["present"] == 1


@pytest.mark.skipif(os.uname().sysname == "Darwin", reason="its file systems take names in UTF-8 only")
def test_a_name_that_is_no_text_is_left_out_and_named(mlproj: "Program", project: "Write") -> None:
    project(ODD, odd__py="import os; os.mkdir('out'); open(b'out/\\xff.bin', 'w'); open('out/a', 'w').write('x')\n")
    run_id = mlproj("run", "project", "--json").json["run_id"]
    done = mlproj("export", run_id, "-o", "run.zip")
    assert done.code == 0, done.err
    assert "\\xff.bin' is not in the bundle: its name is not UTF-8" in done.err
    done = mlproj("reproduce", "run.zip", "--env-manager", "local", "--json")
    assert done.code == 0, done.out + done.err
    assert "out/\udcff.bin" in json.dumps(done.json, ensure_ascii=False)


def test_what_compresses_well_is_no_bomb(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    project("entry_points: {main: {command: 'truncate -s 120M zeros', outputs: [zeros]}}\n")
    run_id = mlproj("run", "project", "--json").json["run_id"]
    assert mlproj("export", run_id, "-o", "run.zip").code == 0
    assert (tmp_path / "run.zip").stat().st_size > 120 << 20
    done = mlproj("reproduce", "run.zip", "--env-manager", "local")
    assert done.code == 0, done.out + done.err


@pytest.mark.usefixtures("record")
def test_where_a_bundle_cannot_be_written(mlproj: "Program", tmp_path: Path) -> None:
    run_id = mlproj.only_run()["run_id"]
    (tmp_path / "folder.zip").mkdir()
    (tmp_path / "read only").mkdir(mode=0o555)
    places = ["folder.zip", "nowhere/x.zip", "/proc/x.zip", f"{'x' * 300}.zip"]
    places += ["read only/x.zip"] if os.geteuid() else []
    for place in places:
        done = mlproj("export", run_id, "-o", place)
        assert done.code == 2, done.err
        assert "cannot write" in done.err or "is a directory" in done.err
        assert len(done.err.splitlines()) == 1
    before = (tmp_path / "run.zip").read_bytes()
    (tmp_path / "run.zip").write_bytes(b"an older one")
    assert mlproj("export", run_id, "-o", "run.zip").code == 0
    assert len((tmp_path / "run.zip").read_bytes()) == pytest.approx(len(before), abs=200)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_export_leaves_nothing(
    mlproj: "Program", project: "Write", tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "storage").mkdir()
    project("entry_points: {main: {command: 'head -c 200M /dev/urandom > noise', outputs: [noise]}}\n")
    run_id = mlproj("run", "project", "--json").json["run_id"]
    process = mlproj.start("export", run_id, "-o", "x.zip", environ={"TMPDIR": str(tmp_path / "storage")})
    while not list(tmp_path.glob(".mlproj-*")):
        assert process.poll() is None
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            continue
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 128 + number, err
    assert not list(tmp_path.glob("*.zip"))
    assert not list(tmp_path.glob(".mlproj-*"))
    assert not list((tmp_path / "storage").iterdir())
