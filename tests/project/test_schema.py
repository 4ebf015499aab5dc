"""One corpus of good and bad files holds both the loader and the published schema to the same word."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mlproj.project.loading import examine
from mlproj.project.model import Diagnostic, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

CORPUS = Path(__file__).parent / "corpus"
REPOSITORY = Path(__file__).parents[2]
SCHEMA = json.loads((REPOSITORY / "MLproject.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)
GOOD = sorted((CORPUS / "good").glob("*.yaml"), key=lambda path: path.stem)
BAD = sorted((CORPUS / "bad").glob("*.yaml"), key=lambda path: path.stem)
EXAMPLES = sorted(REPOSITORY.glob("example_projects/*/MLproject"))


def errors_in(text: str, root: Path) -> list[str]:
    (root / "MLproject").write_text(text)
    for name in ("env.yaml", "conda.yaml"):
        (root / name).touch()
    loaded = examine(root)
    found = (loaded,) if isinstance(loaded, Diagnostic) else loaded.diagnostics
    return [str(diagnostic) for diagnostic in found if diagnostic.severity is Severity.ERROR]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", [*GOOD, *EXAMPLES], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_good_files_are_good_to_both(file: Path, tmp_path: Path) -> None:
    text = file.read_text()
    for name in ("python_env.yaml", "requirements.txt"):
        (tmp_path / name).touch()
    assert errors_in(text, tmp_path) == []
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize("file", BAD, ids=lambda path: path.stem)
def test_bad_files_are_bad_to_the_loader_and_to_a_schema_that_can_tell(file: Path, tmp_path: Path) -> None:
    text = file.read_text()
    expected = text.splitlines()[0].removeprefix("# expect: ").split("|")
    errors = errors_in(text, tmp_path)
    assert errors
    assert all(any(part in error for part in expected) for error in errors), errors
    if "# beyond the schema" not in text:
        assert not VALIDATOR.is_valid(yaml.safe_load(text))
    elif "YAML" not in errors[0] and "alias" not in errors[0]:
        assert VALIDATOR.is_valid(yaml.safe_load(text)), "a schema can tell: drop the remark"


def described(part: Any, path: str = "") -> list[str]:
    """Every property of the schema that has no description."""
    if isinstance(part, list):
        return [name for each in part for name in described(each, path)]
    if not isinstance(part, dict):
        return []
    properties: Mapping[str, Any] = part.get("properties", {})
    bare = [f"{path}/{name}" for name, value in properties.items() if "description" not in value]
    inner = {key: value for key, value in part.items() if key != "examples"}
    return bare + [name for key, value in inner.items() for name in described(value, f"{path}/{key}")]


def test_every_key_has_a_description() -> None:
    defs = SCHEMA["$defs"]
    conditions = {"hasSparkJob", "hasPythonFile"}
    documented = {key: value for key, value in defs.items() if key not in conditions}
    assert described({"properties": SCHEMA["properties"], "defs": list(documented.values())}) == []


WORDS = st.sampled_from(["", "x", "float", "a: b"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False), WORDS)
ANYTHING = st.recursive(SCALARS, lambda one: st.lists(one, max_size=3) | st.dictionaries(st.sampled_from("abc"), one))
COMMANDS = st.sampled_from(["echo", "echo {{", "}", "{}", "{a.b}", "{a[0]}", "{{a}}", "{a!x}", "{0}", "{a:{a:{a}}}"])


def mapping_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional=fields) | ANYTHING


PARAMETERS = mapping_of(a=mapping_of(type=ANYTHING, default=ANYTHING, min=ANYTHING, choices=ANYTHING, secret=ANYTHING))
ENTRY_POINT = mapping_of(command=COMMANDS | ANYTHING, parameters=PARAMETERS, timeout=ANYTHING, inputs=ANYTHING)
ENV_FILE: st.SearchStrategy[Any] = st.sampled_from(["env.yaml", "", None, 5, ["x"], {}])
FILES = mapping_of(
    name=ANYTHING,
    entry_points=mapping_of(main=ENTRY_POINT, other=ENTRY_POINT),
    python_env=ENV_FILE,
    conda_env=ENV_FILE,
    docker_env=mapping_of(
        image=ANYTHING,
        volumes=ANYTHING,
        environment=ANYTHING,
        build=ANYTHING | mapping_of(context=ANYTHING, args=ANYTHING),
        gpus=ANYTHING | st.sampled_from(["all", "2", "device=0,1", "some"]),
        shm_size=ANYTHING | st.sampled_from(["2g", "1.5 GiB", "x", "0"]),
        network=ANYTHING,
        user=ANYTHING,
        platform=ANYTHING,
    ),
    databricks_spark_job=mapping_of(python_file=ANYTHING),
)


@settings(max_examples=150, deadline=None)
@given(content=FILES)
def test_the_schema_accepts_exactly_what_has_no_error(content: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    errors = errors_in(yaml.safe_dump(content, sort_keys=False), tmp_path_factory.mktemp("any"))
    told = [error for error in errors if "not a declared parameter" not in error]
    refused = [error.message for error in VALIDATOR.iter_errors(content)]
    assert bool(told) == bool(refused), (told, refused)
