"""What a version of a registered model may be made from."""

import os
from pathlib import Path

import pytest

from mlproj.errors import InvalidValueError
from mlproj.tracking.registry_sources import (
    ModelReference,
    Origin,
    check_prompt_source,
    locate,
    parse_reference,
)


@pytest.fixture
def origins(tmp_path: Path) -> tuple[Origin, ...]:
    inside = tmp_path / "a b"
    inside.mkdir()
    (inside / "out").symlink_to("/etc")
    run = Origin(kind="run_id", id="r1", root="mlflow-artifacts:/0/r1/artifacts", directory=inside)
    return (run, Origin(kind="model_id", id="m-1", root="mlflow-artifacts:/0/models/m-1/artifacts"))


@pytest.mark.parametrize(
    "source",
    [
        "runs:/r1/model",
        "runs:/r1",
        "mlflow-artifacts:/0/r1/artifacts",
        "mlflow-artifacts:/0/r1/artifacts/model",
        "mlflow-artifacts:/0/models/m-1/artifacts/",
        "s3://bucket/key",
        "dbfs:/somewhere",
    ],
)
def test_sources_that_are_fine(origins: tuple[Origin, ...], source: str) -> None:
    assert locate(source, origins) == source


def test_directories_below_a_run_are_fine(origins: tuple[Origin, ...]) -> None:
    directory = origins[0].directory
    assert directory is not None
    root = "mlflow-artifacts:/0/r1/artifacts"
    assert locate(str(directory), origins) == root
    for given in (str(directory / "my model" / "1"), (directory / "my model" / "1").as_uri()):
        assert locate(given, origins) == f"{root}/my model/1"
    odd = str(directory / "100%")
    assert locate(odd, origins) == odd
    for refused in (f"file://host{directory}", f"{directory}x", str(directory / "out" / "passwd"), "a b", "~"):
        with pytest.raises(InvalidValueError):
            locate(refused, origins)
        with pytest.raises(InvalidValueError):
            locate(refused, ())


@pytest.mark.parametrize(
    "source",
    [
        "/etc/passwd",
        "file:///etc/passwd",
        "relative",
        "",
        "runs:/r2/model",
        "runs://r1/model",
        "runs:/",
        "mlflow-artifacts:/0/r2/artifacts",
        "mlflow-artifacts:/0/r1/artifactsx",
        "mlflow-artifacts:/0/r1",
        "mlflow-artifacts:/0/r1/artifacts/../../r2",
        "mlflow-artifacts:/0/r1/artifacts/%2e%2e/x",
        "mlflow-artifacts:/0/r1/artifacts/%25252e%25252e/x",
        "mlflow-artifacts:/0/r1/artifacts/.\t./x",
        "mlflow-artifacts://host/0/r1/artifacts",
        "s3://bucket/../other",
        "s3://bucket/a\\..\\b",
        "http://[broken",
        "https://example.org/model?x=1",
        "HTTP://example.org/model",
        "s3://bucket/" + "x" * 10_000,
        "s3://bucket/%" + "25" * 20 + "2e",
        "s3://bucket/a\0b",
    ],
)
def test_sources_that_are_refused(origins: tuple[Origin, ...], source: str) -> None:
    with pytest.raises(InvalidValueError, match="source"):
        locate(source, origins)


def test_references() -> None:
    assert parse_reference("s3://bucket") is None
    assert parse_reference("models:/m-1") == ModelReference(model_id="m-1")
    assert parse_reference("models:/a%20b/3") == ModelReference(name="a b", version="3")
    assert parse_reference("models:/a@best") == ModelReference(name="a", alias="best")
    for refused in ("models://host/a/1", "models:/", "models:/a/1/more"):
        with pytest.raises(InvalidValueError):
            parse_reference(refused)


def test_prompts_have_no_files() -> None:
    check_prompt_source("prompt-template")
    check_prompt_source("dummy-source")
    for refused in ("/etc/passwd", "file:///etc", "../x", os.sep):
        with pytest.raises(InvalidValueError):
            check_prompt_source(refused)
