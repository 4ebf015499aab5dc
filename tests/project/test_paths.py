from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlproj.errors import ParameterError
from mlproj.project.model import BoundParameter, Origin, ParameterType
from mlproj.project.paths import RemoteUri, resolve_path


def path(value: str, origin: Origin = Origin.OPTION) -> BoundParameter:
    return BoundParameter(name="data", value=value, type=ParameterType.PATH, origin=origin)


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """The project's directory and the caller's, each with a file of the same name."""
    for name in ("project", "caller"):
        (tmp_path / name / "a b").mkdir(parents=True)
        (tmp_path / name / "a b" / "ü.csv").touch()
    return tmp_path / "project", tmp_path / "caller"


def test_a_default_is_relative_to_the_project_and_a_given_value_to_the_caller(places: tuple[Path, Path]) -> None:
    project, caller = places
    for origin, base in ((Origin.DEFAULT, project), (Origin.OPTION, caller), (Origin.FILE, caller)):
        found = resolve_path(path("a b/ü.csv", origin), project_root=project, caller=caller)
        assert found == base / "a b" / "ü.csv"
    assert resolve_path(path("a b"), project_root=project, caller=caller) == caller / "a b"
    assert resolve_path(path("."), project_root=project, caller=caller) == caller


def test_absolute_paths_and_file_uris_are_local(places: tuple[Path, Path]) -> None:
    project, caller = places
    file = project / "a b" / "ü.csv"
    for value in (str(file), f"file://{file}", file.as_uri(), f"file://localhost{file}", f"FILE:{file}"):
        assert resolve_path(path(value), project_root=project, caller=caller) == file


@pytest.mark.parametrize(
    "uri", ["s3://bucket/key", "gs://b/k", "dbfs:/x", "runs:/1/model", "models:/m/1", "https://host/x", "S3://b/k"]
)
def test_other_schemes_are_remote(uri: str, tmp_path: Path) -> None:
    assert resolve_path(path(uri), project_root=tmp_path, caller=tmp_path) == RemoteUri(uri=uri)
    assert resolve_path(path(uri, Origin.DEFAULT), project_root=tmp_path, caller=tmp_path) == RemoteUri(uri=uri)


def test_a_file_uri_may_hold_what_other_uris_may_not(places: tuple[Path, Path]) -> None:
    project, caller = places
    for name in ("a#b", "a?b", "[x", "100%"):
        (caller / name).touch()
        found = resolve_path(path(f"file://{caller}/{name}"), project_root=project, caller=caller)
        assert found == caller / name


def test_a_colon_in_a_name_makes_no_uri(tmp_path: Path) -> None:
    (tmp_path / "a:b").touch()
    assert resolve_path(path("a:b"), project_root=tmp_path, caller=tmp_path) == tmp_path / "a:b"


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("gone.csv", "looked for below"),
        ("", "looked for below"),
        ("/gone/x", None),
        ("file:///gone/x", "looked for below"),
        ("~/x", "the shell does not expand a ~"),
        ("x" * 5000, "looked for below"),
    ],
    ids=["relative", "empty", "absolute", "uri", "home", "long"],
)
def test_what_is_not_there_is_named(value: str, hint: str | None, tmp_path: Path) -> None:
    with pytest.raises(ParameterError) as caught:
        resolve_path(path(value), project_root=tmp_path, caller=tmp_path)
    assert caught.value.message.startswith("parameter 'data': no such file or directory: ")
    assert (hint is None) == (caught.value.hint is None)
    assert hint is None or hint in (caught.value.hint or "")


@given(value=st.text(st.characters()) | st.text("file:/[]@?#%.~a\0 ").map(lambda text: f"file://{text}"))
@example(value="file://[")
def test_any_value_is_found_or_refused(value: str) -> None:
    try:
        found = resolve_path(path(value), project_root=Path("/nowhere"), caller=Path("/nowhere"))
    except ParameterError as error:
        assert "'data'" in str(error)  # noqa: PT017 - it need not be raised
    else:
        assert isinstance(found, Path | RemoteUri)


def test_a_file_on_another_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"file://host/x is on another machine"):
        resolve_path(path("file://host/x"), project_root=tmp_path, caller=tmp_path)
