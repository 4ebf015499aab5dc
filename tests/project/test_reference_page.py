"""The reference page tells of every key, and its examples are good files."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlproj.project import keys
from mlproj.project.loading import load
from mlproj.project.model import ParameterType
from mlproj.project.parameter_types import ALIASES

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "reference" / "mlproject-file.md").read_text()
SCHEMA = json.loads((REPOSITORY / "MLproject.schema.json").read_text())
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def properties(part: Any) -> set[str]:
    if isinstance(part, list):
        return {name for each in part for name in properties(each)}
    if not isinstance(part, dict):
        return set()
    own = part.get("properties", {})
    inner = {key: value for key, value in part.items() if key != "examples"}
    return set(own) | {name for value in inner.values() for name in properties(value)}


def test_every_key_of_the_schema_is_on_the_page() -> None:
    told = set(re.findall(r"^\| `(\w+)`(?: †)? \|", PAGE, re.MULTILINE))
    assert properties(SCHEMA) - {"python_file"} <= told


def test_the_schema_has_every_key_that_is_read() -> None:
    nested = {*keys.DOCKER_BUILD, *keys.INPUT, *keys.OUTPUT, *keys.TOLERANCE, "file"}
    known = {*keys.PROJECT, *keys.ENTRY_POINT, *keys.PARAMETER, *keys.DOCKER, *nested}
    assert properties(SCHEMA) - {"python_file"} == known


def test_every_type_is_on_the_page_and_in_the_schema() -> None:
    words = SCHEMA["$defs"]["typeWord"]["enum"]
    assert {word for word in words if "[" not in word} == set(ALIASES)
    assert {word for word in ALIASES if f"`{word}`" not in PAGE} == set()
    assert set(ParameterType) <= set(ALIASES)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_every_example_is_yaml(block: str) -> None:
    yaml.safe_load(block)


@pytest.mark.parametrize(
    "block",
    [block for block in BLOCKS if "entry_points:" in block or "docker_env:" in block],
    ids=lambda text: text[:12],
)
def test_whole_files_among_the_examples_are_without_fault(block: str, tmp_path: Path) -> None:
    (tmp_path / "MLproject").write_text(block)
    (tmp_path / "python_env.yaml").touch()
    assert load(tmp_path).diagnostics == ()
