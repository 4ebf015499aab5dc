"""Inputs, outputs, metrics, seed and variables as values; what is wrong in them is named by its place."""

from collections.abc import Callable

import pytest

from mlproj.project.model import (
    DeclaredInput,
    DeclaredMetric,
    DeclaredOutput,
    EntryPoint,
    Loaded,
    Severity,
    StoreAs,
)

LoadText = Callable[[str], Loaded]
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def main_of(loaded: Loaded) -> EntryPoint:
    return loaded.project.entry_points["main"]


def test_everything_that_can_be_declared(load_text: LoadText) -> None:
    loaded = load_text(f"""
        entry_points:
          main:
            command: x
            parameters: {{n: {{type: int, default: 1}}}}
            inputs:
              - a.csv
              - data/**/*.png
              - {{path: "s3://b/x", sha256: {HASH.upper()}}}
              - {{path: c, sha256: "sha256:{HASH}"}}
              - a.csv
            outputs: [m.pkl, {{path: "plots/*", store: hash}}, {{path: l, store: link}}, {{path: n, store: }}]
            metrics: {{rmse: {{rtol: 1.0e-6, atol: 0}}, mae: , file: [a.json, b.jsonl]}}
            seed: n
            variables: [OMP_NUM_THREADS, _x1]
    """)
    assert loaded.diagnostics == ()
    entry_point = main_of(loaded)
    assert entry_point.inputs == (
        DeclaredInput(path="a.csv"),
        DeclaredInput(path="data/**/*.png"),
        DeclaredInput(path="s3://b/x", sha256=HASH),
        DeclaredInput(path="c", sha256=HASH),
    )
    assert entry_point.outputs == (
        DeclaredOutput(path="m.pkl"),
        DeclaredOutput(path="plots/*", store=StoreAs.HASH),
        DeclaredOutput(path="l", store=StoreAs.LINK),
        DeclaredOutput(path="n"),
    )
    assert entry_point.metrics == (DeclaredMetric(name="rmse", rtol=1e-6, atol=0.0), DeclaredMetric(name="mae"))
    assert entry_point.metrics_files == ("a.json", "b.jsonl")
    assert (entry_point.seed, entry_point.variables) == ("n", ("OMP_NUM_THREADS", "_x1"))


@pytest.mark.parametrize(
    ("text", "metrics", "files"),
    [
        ("[rmse, mae]", ("rmse", "mae"), ()),
        ("[rmse, {file: a.json}]", ("rmse",), ("a.json",)),
        ("{file: {rtol: 1}}", ("file",), ()),
        ("{file: }", ("file",), ()),
        ("{file: a.json}", (), ("a.json",)),
    ],
)
def test_metrics_may_be_a_list_or_a_mapping(
    text: str, metrics: tuple[str, ...], files: tuple[str, ...], load_text: LoadText
) -> None:
    loaded = load_text(f"entry_points: {{main: {{command: x, metrics: {text}}}}}")
    assert loaded.diagnostics == ()
    assert tuple(metric.name for metric in main_of(loaded).metrics) == metrics
    assert main_of(loaded).metrics_files == files


@pytest.mark.parametrize("seed", ["0", "42", "4294967295"])
def test_a_seed_is_a_number(seed: str, load_text: LoadText) -> None:
    assert main_of(load_text(f"entry_points: {{main: {{command: x, seed: {seed}}}}}")).seed == int(seed)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("inputs: [{path: a, sha256: abc}]", "the sha256 of 'a' is none; it is not checked"),
        (f"inputs: [{{path: '*', sha256: {HASH}}}]", "'*' may be many files, so its sha256 is not checked"),
        ("inputs: [{path: a, sha: x}]", "unknown key 'sha' in input is ignored"),
        ("inputs: ['']", "an input has an empty path"),
        ("outputs: [/abs]", "the output '/abs' is not in the project's directory"),
        ("outputs: [a/../../b]", "is not in the project's directory"),
        ("outputs: ['https://host/x']", "is not in the project's directory"),
        ("outputs: [.]", "is not in the project's directory"),
        ("outputs: [{path: a, store: zip}]", "'store' cannot be 'zip'"),
        ("metrics: {a: {rtol: -1}}", "'rtol' must be a number, 0 or more"),
        ("metrics: {a: {atol: x}}", "'atol' must be a number, 0 or more"),
        ("metrics: {a: {rtol: .inf}}", "'rtol' must be a number, 0 or more"),
        ("metrics: {a: {tol: 1}}", "unknown key 'tol' in metric 'a' is ignored"),
        ("metrics: {file: ../x}", "the metrics file '../x' is not in the project's directory"),
        ("seed: -1", "'seed' must be from 0 to 4294967295"),
        ("seed: 4294967296", "'seed' must be from 0 to 4294967295"),
        ("seed: alfa", "'seed' names no parameter: 'alfa'; it is ignored (did you mean 'alpha'?)"),
        ("seed: '42'", "'seed' names no parameter: '42'"),
        ("variables: ['A B']", "'A B' is no name of an environment variable"),
        ("variables: ['']", "'' is no name of an environment variable"),
    ],
)
def test_what_is_wrong_is_named_and_left_out(text: str, says: str, load_text: LoadText) -> None:
    loaded = load_text(f"entry_points: {{main: {{command: x, parameters: {{alpha: int}}, {text}}}}}")
    own = [one for one in loaded.diagnostics if "alpha" not in one.message]
    found = [str(one) for one in own if says in str(one)]
    assert len(found) == 1, [str(one) for one in loaded.diagnostics]
    assert all(one.severity is Severity.WARNING and one.line for one in loaded.diagnostics)
    entry_point = main_of(loaded)
    assert entry_point.seed is None
    assert entry_point.variables == ()
    assert all(metric.rtol is None and metric.atol is None for metric in entry_point.metrics)
    assert all(one.sha256 is None for one in entry_point.inputs)
    assert all(one.store is None and one.path == "a" for one in entry_point.outputs)
