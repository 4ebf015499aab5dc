"""Which files count as results: the same that `pathlib` finds for a pattern."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlproj.source.capture.leaving_out import leaving_out, relative_to_top


@pytest.mark.parametrize(
    ("pattern", "path", "is_out"),
    [
        ("model.pkl", "model.pkl", True),
        ("model.pkl", "models/model.pkl", False),
        ("model.pkl", "model_pkl", False),
        ("out", "out/deep/x", True),
        ("out/", "out/x", True),
        ("./out", "out", True),
        ("out", "output", False),
        ("*.csv", "a.csv", True),
        ("*.csv", "sub/a.csv", False),
        ("**/*.csv", "a.csv", True),
        ("**/*.csv", "sub/deep/a.csv", True),
        ("plots/**", "plots/a/b", True),
        ("plots/*/x", "plots/a/x", True),
        ("plots/*/x", "plots/a/b/x", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[ab].txt", "b.txt", True),
        ("[!ab].txt", "b.txt", False),
        ("[!ab].txt", "c.txt", True),
        ("x[!a]y", "x/y", False),
        ("[", "[", True),
        ("[^a]", "^", True),
        ("we ird 'n(1)+.txt", "we ird 'n(1)+.txt", True),
        ("a\nb*", "a\nbc", True),
        ("data[1].csv", "data[1].csv", True),
        ("none", "__pycache__/x.pyc", True),
        ("none", "a/.venv/bin/python", True),
        ("none", "mlruns/0/meta.yaml", True),
        ("none", "x.pyc", True),
        ("none", "x.py", False),
        ("none", ".git/config", True),
        ("none", "nb/.ipynb_checkpoints/a.ipynb", True),
    ],
)
def test_a_path_is_left_out_or_not(pattern: str, path: str, is_out: bool) -> None:  # noqa: FBT001 - a table
    assert leaving_out([pattern])(path) is is_out


def test_nothing_declared_leaves_out_only_what_is_never_code() -> None:
    assert not leaving_out([])("anything")
    assert leaving_out([])("__pycache__")


NAMES = ("a", "b", "ab", "a.c", "x-y")
PARTS = st.sampled_from(["a", "b", "a*", "*", "?", "[ab]", "[!a]*", "*.c", "**", "x-y", "ab"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(parts=st.lists(PARTS, min_size=1, max_size=3))
def test_a_glob_means_what_pathlib_makes_of_it(parts: list[str], tmp_path: Path) -> None:
    for outer in NAMES:
        for inner in NAMES:
            (tmp_path / outer / inner).mkdir(parents=True, exist_ok=True)
            (tmp_path / outer / inner / "file").touch()
    if parts[-1] == "**":  # of directories alone until Python 3.13, with files since
        return
    pattern = "/".join(parts)
    matched = {path for path in tmp_path.glob(pattern) if path != tmp_path}
    expected = {path for path in tmp_path.rglob("*") if {path, *path.parents} & matched}
    is_out = leaving_out([pattern])
    assert {path for path in tmp_path.rglob("*") if is_out(path.relative_to(tmp_path).as_posix())} == expected


def test_patterns_of_a_project_are_told_from_the_top(tmp_path: Path) -> None:
    root = tmp_path / "sub/project"
    found = relative_to_top(["out/*.txt", "./m", "../shared", "/elsewhere", "../../.."], root, tmp_path)
    assert found == ("sub/project/m", "sub/project/out/*.txt", "sub/shared")
