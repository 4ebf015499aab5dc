"""Which paths are results of an entry point, with parameters filled in."""

from pathlib import Path

import pytest

from mlproj.errors import DeclarationError
from mlproj.project.model import (
    Binding,
    BoundParameter,
    DeclaredInput,
    DeclaredOutput,
    EntryPoint,
    EnvDeclaration,
    EnvKind,
    Origin,
    ParameterType,
    Project,
)
from mlproj.runner.recording.declared_paths import declared_outputs, fill, results


def parameter(name: str, value: str, *, secret: bool = False) -> BoundParameter:
    return BoundParameter(name=name, value=value, type=ParameterType.STRING, origin=Origin.OPTION, secret=secret)


def entry(name: str, *, inputs: tuple[str, ...] = (), outputs: tuple[str, ...] = ()) -> EntryPoint:
    return EntryPoint(
        name=name,
        command="x",
        inputs=tuple(DeclaredInput(path=path) for path in inputs),
        outputs=tuple(DeclaredOutput(path=path) for path in outputs),
        metrics_files=(f"{name}.json",),
    )


def results_of(first: EntryPoint, *others: EntryPoint, parameters: tuple[BoundParameter, ...] = ()) -> tuple[str, ...]:
    project = Project(
        root=Path("/p"),
        file=None,
        name=None,
        environment=EnvDeclaration(kind=EnvKind.LOCAL),
        entry_points={one.name: one for one in (first, *others)},
    )
    return results(project, Binding(entry_point=first, parameters=parameters), {})


def test_parameters_are_filled_in_and_secrets_are_not() -> None:
    given = (parameter("a", "x y"), parameter("key", "hunter2", secret=True))
    assert fill("{a}/{key}/{b}/{{a}}", given) == "x y/{key}/{b}/{x y}"
    assert fill("{a}", given, {"a": "/abs/path"}) == "/abs/path"


@pytest.mark.parametrize("value", ["/abs", "../up", "."])
def test_an_output_that_a_parameter_leads_outside_is_refused(value: str) -> None:
    binding = Binding(entry_point=entry("main", outputs=("{out}",)), parameters=(parameter("out", value),))
    with pytest.raises(DeclarationError, match="not in the project's directory"):
        declared_outputs(binding)


def test_its_own_outputs_and_metrics_files_are_results() -> None:
    first = entry("main", outputs=("model.pkl", "{out}/*"))
    assert results_of(first, parameters=(parameter("out", "plots"),)) == ("main.json", "model.pkl", "plots/*")


def test_what_others_write_counts_as_code_unless_it_is_a_declared_input() -> None:
    prepare = entry("prepare", outputs=("data/clean.csv", "report.html", "tables/*.csv", "{x}/y"))
    first = entry("main", inputs=("data", "tables/one.csv", "https://host/x"))
    assert results_of(first, prepare) == ("data/clean.csv", "main.json", "tables/one.csv")
