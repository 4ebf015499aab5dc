from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.record.causes import RANKS, CauseKind, causes
from mlproj.record.packages import normal_name, packages, read_lock
from mlproj.record.values import (
    Capture,
    EnvironmentRecord,
    FileFact,
    Hardware,
    ImageRecord,
    InputRecord,
    ParameterValue,
    RunRecord,
    Source,
    System,
)

LOCK = (
    "numpy==1.26.4 \\\n    --hash=sha256:aa\nscikit_learn==1.4.2 ; python_version >= '3.9'\nmine @ file:///x/mine.whl\n"
)


def record(**changes: object) -> RunRecord:
    base = RunRecord(
        run_id="a" * 32,
        project="p",
        entry_point="main",
        command="true",
        source=Source(uri="/p", kind="local", commit="1" * 40, tree_hash="t" * 64, dirty=False),
        parameters={"alpha": ParameterValue(value="0.5", type="float", origin="option", declared=True)},
        environment=EnvironmentRecord(
            kind="python", manager="virtualenv", python="3.11.9", lock_format="requirements", lock=LOCK, lock_hash="l"
        ),
        inputs={
            "data/*.csv": InputRecord(declared="data/*.csv", files=(FileFact(path="a.csv", size=3, sha256="0" * 64),))
        },
        seed=1,
        variables={"MODE": "fast"},
        hardware=Hardware(cpu="x", cpus=2, memory=2**30, gpus=("H100",), gpu_driver="550"),
        system=System(os="Debian 12", libc="glibc 2.36", machine="x86_64", kernel="6.1"),
    )
    return replace(base, **changes)  # type: ignore[arg-type] # fields by name


def other_environment(**changes: object) -> EnvironmentRecord:
    base = record().environment
    assert base is not None
    return replace(base, **changes)  # type: ignore[arg-type] # fields by name


PARAMETER = ParameterValue(value="0.7", type="float", origin="option", declared=True)
CASES = [
    ({"entry_point": "eval"}, CauseKind.ENTRY_POINT, "entry point: main -> eval"),
    ({"parameters": {"alpha": PARAMETER}}, CauseKind.PARAMETER, "parameter alpha: 0.5 -> 0.7"),
    ({"parameters": {}}, CauseKind.PARAMETER, "parameter alpha: removed: was 0.5"),
    ({"arguments": ("--fast",)}, CauseKind.ARGUMENTS, "arguments: added: --fast"),
    (
        {"source": Source(uri="/p", kind="local", commit="2" * 40, tree_hash="u" * 64)},
        CauseKind.CODE,
        "code files: 111111111111 -> 222222222222",
    ),
    (
        {"environment": other_environment(lock=LOCK.replace("1.26.4", "2.0.0"), lock_hash="m")},
        CauseKind.PACKAGE,
        "package numpy: 1.26.4 -> 2.0.0",
    ),
    (
        {"environment": other_environment(lock=LOCK.replace(":aa", ":bb"), lock_hash="m")},
        CauseKind.PACKAGE,
        "package lock: l -> m",
    ),
    (
        {"environment": other_environment(manager="conda")},
        CauseKind.PACKAGE,
        "package env manager: virtualenv -> conda",
    ),
    (
        {"environment": other_environment(image=ImageRecord(name="slim:latest", id="sha256:1"))},
        CauseKind.IMAGE,
        "image slim:latest: added: sha256:1",
    ),
    (
        {
            "inputs": {
                "data/*.csv": InputRecord(
                    declared="data/*.csv", files=(FileFact(path="a.csv", size=4, sha256="1" * 64),)
                )
            }
        },
        CauseKind.INPUT,
        "input a.csv: 000000000000 (3 bytes) -> 111111111111 (4 bytes)",
    ),
    ({"seed": 2}, CauseKind.SEED, "seed: 1 -> 2"),
    ({"seed_variables": {"PYTHONHASHSEED": "0"}}, CauseKind.SEED, "seed PYTHONHASHSEED: added: 0"),
    ({"variables": {"MODE": None}}, CauseKind.VARIABLE, "variable MODE: removed: was fast"),
    (
        {"environment": other_environment(python="3.12.1")},
        CauseKind.INTERPRETER,
        "interpreter python: 3.11.9 -> 3.12.1",
    ),
    ({"hardware": replace(record().hardware, cpus=8)}, CauseKind.HARDWARE, "hardware CPU count: 2 -> 8"),
    ({"hardware": replace(record().hardware, gpu_driver="560")}, CauseKind.DRIVER, "driver GPU driver: 550 -> 560"),
    ({"system": replace(record().system, libc="musl")}, CauseKind.SYSTEM, "system C library: glibc 2.36 -> musl"),
]


@pytest.mark.parametrize(("changes", "kind", "text"), CASES)
def test_one_change_is_one_cause(changes: dict[str, object], kind: CauseKind, text: str) -> None:
    (cause,) = causes(record(), record(**changes))
    assert cause.kind is kind
    assert cause.text == text


def test_the_same_run_has_no_cause() -> None:
    assert causes(record(), record(run_id="b" * 32)) == ()


@given(st.lists(st.sampled_from(CASES), unique_by=lambda case: case[1].value))
def test_causes_are_ranked(cases: list[tuple[dict[str, object], CauseKind, str]]) -> None:
    changes = {name: value for changed, _, _ in cases for name, value in changed.items()}
    found = [RANKS[cause.kind] for cause in causes(record(), record(**changes))]
    assert found == sorted(found)
    assert not changes or found


def test_the_diff_itself_comes_with_the_code() -> None:
    diff = 'diff --git a/train.py b/train.py\n-x\n+y\ndiff --git "a/\\303\\251.py" "b/\\303\\251.py"\n'
    source = replace(record().source, tree_hash="v" * 64, dirty=True, capture=Capture(diff="source/changes.diff"))
    (cause,) = causes(record(), record(source=source), code=diff)
    assert cause.name == "train.py, \\303\\251.py"
    assert cause.detail == diff
    assert cause.after == "111111111111 with changes"


def test_another_dirty_tree_of_one_commit_is_told_by_its_hash() -> None:
    a, b = (replace(record().source, dirty=True, tree_hash=letter * 64) for letter in "vw")
    (cause,) = causes(record(source=a), record(source=b))
    assert "vvvv" in str(cause.before)
    assert "wwww" in str(cause.after)


def test_a_submodule_is_named() -> None:
    a = replace(record().source, submodules={"lib": "3" * 40})
    b = replace(record().source, submodules={"lib": "4" * 40}, tree_hash="w" * 64)
    found = causes(record(source=a), record(source=b))
    assert [cause.name for cause in found] == ["files", "submodule lib"]


def test_hardware_that_is_not_known_is_no_cause() -> None:
    assert causes(record(), record(hardware=Hardware(gpus=("H100",), gpu_driver="550"), system=System())) == ()


def test_records_without_tree_hashes_compare_commits() -> None:
    a = Source(uri="u", kind="git", commit="1" * 40)
    assert causes(record(source=a), record(source=a)) == ()
    assert [cause.kind for cause in causes(record(source=a), record(source=replace(a, commit="2" * 40)))] == ["code"]


def test_packages_of_a_requirements_lock() -> None:
    assert read_lock(LOCK, "requirements") == {
        "numpy": "1.26.4",
        "scikit-learn": "1.4.2",
        "mine": "file:///x/mine.whl",
    }


def test_packages_of_a_pylock() -> None:
    text = """lock-version = "1.0"
[[packages]]
name = "NumPy"
version = "1.26"
[[packages]]
name = "mine"
vcs = { type = "git", commit-id = "abc" }
[[packages]]
name = "bare"
"""
    assert read_lock(text, "pylock") == {"numpy": "1.26", "mine": "abc", "bare": "?"}
    assert read_lock("[[", "pylock") == {}


def test_packages_of_a_pixi_lock() -> None:
    text = """version: 6
packages:
- conda: https://conda.example/noarch/tzdata-2024a-h0_0.conda
- conda: file:///x/lib%20y/python-3.11.9-h1_2_cpython.tar.bz2
- pypi: https://pypi.example/six.whl
  name: six
  version: 1.16.0
- odd
"""
    assert read_lock(text, "pixi") == {"tzdata": "2024a h0_0", "python": "3.11.9 h1_2_cpython", "six": "1.16.0"}
    assert read_lock("a: [", "pixi") == {}
    assert read_lock("- 1", "pixi") == {}


def test_the_list_of_packages_wins_over_the_lock() -> None:
    assert packages(other_environment(packages={"Num_Py": "1"})) == {"num-py": "1"}
    assert packages(None) == {}
    assert read_lock("x", "image") == {}


@given(st.text(alphabet="aZ0-_.", min_size=1))
def test_normal_names_are_fixed_points(name: str) -> None:
    assert normal_name(normal_name(name)) == normal_name(name)


def test_another_secret_is_a_cause_and_is_not_told() -> None:
    token = ParameterValue(value=None, type="string", origin="option", declared=True)
    changes = {"parameters": {"token": token}, "variables": {"URL": "db://host"}}
    before, after, elsewhere = (
        record(**changes, secret_digests={"parameters.token": f"{key}:{value}", "variables.URL": f"{key}:{value}"})
        for key, value in (("k", "1" * 32), ("k", "2" * 32), ("other", "3" * 32))
    )
    assert [cause.text for cause in causes(before, after)] == [
        "parameter token: [secret] (111111) -> [secret] (222222)",
        "variable URL: db://host (111111) -> db://host (222222)",
    ]
    assert causes(before, before) == ()
    assert causes(before, elsewhere) == ()


def test_a_great_many_files_are_one_cause() -> None:
    before, after = (
        record(inputs={"data": InputRecord(declared="data", sha256=digit * 64, count=20_000)}) for digit in "12"
    )
    (cause,) = causes(before, after)
    assert cause.text == "input data: 111111111111 (20000 files) -> 222222222222 (20000 files)"
    assert causes(before, before) == ()
