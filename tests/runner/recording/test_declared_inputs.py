"""Inputs as files: found, hashed, summed up, and compared with what was declared."""

import hashlib
import os
from pathlib import Path

import pytest

from mlproj.errors import DeclarationError
from mlproj.project.model import Binding, BoundParameter, DeclaredInput, EntryPoint, Origin, ParameterType
from mlproj.record.values import FileFact, InputRecord
from mlproj.runner.recording import declared_inputs
from mlproj.runner.recording.declared_inputs import check_inputs, read_inputs
from mlproj.runner.recording.file_walk import walk
from mlproj.source.tree import hash_of


def binding(*inputs: DeclaredInput, **parameters: str) -> Binding:
    bound = [
        BoundParameter(name=name, value=value, type=ParameterType.STRING, origin=Origin.OPTION)
        for name, value in parameters.items()
    ]
    return Binding(entry_point=EntryPoint(name="main", command="x", inputs=inputs), parameters=tuple(bound))


def fetch(url: str, sha256: str | None = None) -> FileFact:
    content = b"from the web" if sha256 is None else sha256.encode()
    return FileFact(path=url, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def read(root: Path, *inputs: DeclaredInput, **parameters: str) -> dict[str, InputRecord]:
    given = binding(*inputs, **parameters)
    return read_inputs(given, root, {}, cache=root / "cache.db", fetch_url=fetch)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "pro ject"
    for name in ("data/b/c.csv", "data/b.csv", "data/a.csv", "data/b-/x.csv", "top.csv"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


def paths(root: Path, path: str) -> list[str]:
    return [found.path for found in walk(root, path)]


def test_a_directory_is_walked_in_the_order_of_its_paths(root: Path) -> None:
    found = paths(root, "data")
    assert found == ["data/a.csv", "data/b-/x.csv", "data/b.csv", "data/b/c.csv"]
    assert found == sorted(found)
    assert paths(root, "./data/../data/") == found
    assert paths(root, ".")[-1] == "top.csv"


def test_globs_and_absolute_paths(root: Path) -> None:
    assert paths(root, "data/*.csv") == ["data/a.csv", "data/b.csv"]
    assert paths(root, "**/*.csv") == sorted(paths(root, "."))
    assert paths(root, "data/b*") == ["data/b-/x.csv", "data/b.csv", "data/b/c.csv"]
    assert paths(root, str(root / "top.csv")) == [str(root / "top.csv")]
    assert paths(root / "data", "../top.csv") == ["../top.csv"]
    assert paths(root / "data", str(root / "*.csv")) == [str(root / "top.csv")]
    (root / "[x].csv").touch()
    assert paths(root, "[x].csv") == ["[x].csv"]
    assert paths(root, "none*") == paths(root, "none") == paths(root, "nu\0l") == []


def test_links_are_followed_and_circles_are_not(root: Path) -> None:
    (root / "data/around").symlink_to(root / "data")
    (root / "data/broken").symlink_to("nowhere")
    (root / "linked").symlink_to(root / "data/b")
    assert paths(root, "linked") == ["linked/c.csv"]
    assert [path for path in paths(root, "data") if "around/around" in path] == []


def test_special_files_and_closed_directories_are_passed_over(root: Path) -> None:
    os.mkfifo(root / "data/pipe")
    assert "data/pipe" not in paths(root, "data")
    assert paths(root, "data/pipe") == []


def test_one_file_has_its_own_hash_and_several_one_over_all(root: Path) -> None:
    records = read(root, DeclaredInput(path="top.csv"), DeclaredInput(path="data"), DeclaredInput(path="{x}"), x="data")
    top, data = records["top.csv"], records["data"]
    assert top.sha256 == hashlib.sha256(b"top.csv").hexdigest()
    assert (top.count, top.size) == (1, 7)
    assert (data.count, data.sha256) == (4, hash_of(data.files))
    assert records["{x}"].files == data.files


def test_of_a_great_many_files_only_the_sum_is_kept(root: Path, tmp_path: Path) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for number in range(declared_inputs.MOST_LISTED + 1):
        (many / f"{number}").touch()
    record = read(root, DeclaredInput(path=str(many)))[str(many)]
    assert (record.files, record.count, record.size) == ((), declared_inputs.MOST_LISTED + 1, 0)
    assert record.sha256
    (many / "7").write_text("x")
    assert read(root, DeclaredInput(path=str(many)))[str(many)].sha256 != record.sha256


def test_a_url_is_hashed_and_its_credentials_are_not_kept(root: Path) -> None:
    records = read(root, DeclaredInput(path="https://ada:lovelace@host/x.csv"))
    assert list(records) == ["https://host/x.csv"]
    assert records["https://host/x.csv"].size == len(b"from the web")


def test_a_hash_that_is_another_is_refused(root: Path) -> None:
    right = hashlib.sha256(b"top.csv").hexdigest()
    assert read(root, DeclaredInput(path="top.csv", sha256=right))
    for path in ("top.csv", "data", "https://host/x"):
        with pytest.raises(DeclarationError, match="is not what the MLproject file says: its sha256 is"):
            read(root, DeclaredInput(path=path, sha256="0" * 64))


def test_what_is_not_there_is_said(root: Path) -> None:
    with pytest.raises(DeclarationError, match=r"no such file or directory: the input '\{x\} = gone'"):
        check_inputs(binding(DeclaredInput(path="{x}"), x="gone"), root, {})
    with pytest.raises(DeclarationError, match="no file matches"):
        read(root, DeclaredInput(path="*.nothing"))
    check_inputs(binding(DeclaredInput(path="https://host/x")), root, {})
    (root / "empty").mkdir()
    with pytest.raises(DeclarationError, match="is an empty directory"):
        read(root, DeclaredInput(path="empty"))
