"""Where path parameters are, as a record says it, and what they hold where nothing else says that."""

from pathlib import Path

import pytest

from mlproj.config import Settings, load_settings, process_environment
from mlproj.project.model import Binding, BoundParameter, DeclaredInput, EntryPoint, Origin, ParameterType
from mlproj.record.values import InputRecord, Source
from mlproj.runner.past.covering import modes_of
from mlproj.runner.recording.path_inputs import MOST_BYTES, MOST_FILES, read_paths, recorded_path
from mlproj.source.checkout import Checkout
from mlproj.source.tree import read_tree


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A project in a subdirectory of its repository, with data beside it."""
    top = tmp_path / "repo si tory"
    root = top / "project"
    for name in ("project/data/a [1].csv", "project/train.py", "shared/b.csv", "mlruns/c.csv"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(name)
    return Checkout(root=root, top=top, source=Source(uri=str(root), kind="local"), owned=False)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(environ={**process_environment(), "MLPROJ_HOME": str(tmp_path / "home")})


def path_of(place: Path, checkout: Checkout, settings: Settings) -> str:
    modes = modes_of(read_tree(checkout.top, settings=settings))
    return recorded_path(str(place), checkout, modes)


def read(
    checkout: Checkout, settings: Settings, *inputs: DeclaredInput, secret: bool = False, **places: Path
) -> dict[str, InputRecord]:
    parameters = tuple(
        BoundParameter(
            name=name,
            value=str(place),
            type=ParameterType.PATH,
            origin=Origin.OPTION,
            declared=True,
            secret=secret,
        )
        for name, place in places.items()
    )
    binding = Binding(
        entry_point=EntryPoint(name="main", command="x", inputs=inputs), parameters=parameters, arguments=()
    )
    modes = modes_of(read_tree(checkout.top, settings=settings))
    at = {name: str(place) for name, place in places.items()}
    return read_paths(binding, at, checkout, modes, cache=settings.cache_dir / "hashes.db")


def test_what_is_in_the_project_or_its_code_is_relative(checkout: Checkout, settings: Settings, tmp_path: Path) -> None:
    root, top = checkout.root, checkout.top
    assert path_of(root / "data/a [1].csv", checkout, settings) == "data/a [1].csv"
    assert path_of(root / "data/../data", checkout, settings) == "data"
    assert path_of(root, checkout, settings) == "."
    assert path_of(top / "shared/b.csv", checkout, settings) == "../shared/b.csv"
    assert path_of(top / "shared", checkout, settings) == "../shared"
    assert path_of(top / "mlruns/c.csv", checkout, settings) == str(top / "mlruns/c.csv")
    (tmp_path / "way in").symlink_to(root)
    assert path_of(tmp_path / "way in/train.py", checkout, settings) == "train.py"
    assert path_of(tmp_path / "x/../elsewhere", checkout, settings) == str(tmp_path / "elsewhere")


def test_only_what_nothing_else_has_is_read(checkout: Checkout, settings: Settings, tmp_path: Path) -> None:
    outside = tmp_path / "out*side"
    outside.mkdir()
    (outside / "x.csv").write_text("1")
    (tmp_path / "outXside").mkdir()
    (tmp_path / "outXside/y.csv").write_text("2")
    found = read(checkout, settings, code=checkout.root / "train.py", data=outside)
    assert found.keys() == {"{data}"}
    assert [(file.path, file.size) for file in found["{data}"].files] == [(f"{outside}/x.csv", 1)]
    assert read(checkout, settings, DeclaredInput(path="{data}"), data=outside) == {}
    assert read(checkout, settings, data=outside, secret=True) == {}
    one = read(checkout, settings, data=outside / "x.csv")["{data}"]
    assert one.sha256 == one.files[0].sha256
    assert found["{data}"].sha256 != one.sha256


def test_what_is_too_much_has_no_hash(checkout: Checkout, settings: Settings, tmp_path: Path) -> None:
    many, large, empty = (tmp_path / name for name in ("many", "large", "empty"))
    many.mkdir()
    empty.mkdir()
    for number in range(MOST_FILES + 1):
        (many / str(number)).touch()
    with large.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    found = read(checkout, settings, many=many, large=large, empty=empty)
    assert [found[f"{{{name}}}"].sha256 is None for name in ("many", "large", "empty")] == [True, True, False]
    assert (found["{empty}"].count, found["{many}"].files, found["{many}"].parameter) == (0, (), "many")
