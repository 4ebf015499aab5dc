"""pip's requirements files, read as pip reads them, each mistake with its file and line."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.envs.python.payloads import join, split
from mlproj.envs.python.requirements import (
    Kind,
    Requirement,
    Requirements,
    Scope,
    logical_lines,
    parse,
    read_requirements,
)
from mlproj.errors import EnvironmentSpecError

if TYPE_CHECKING:
    from tests.envs.conftest import Bench

HASH = "sha256:" + "a1" * 32


def read(root: Path, text: str, **environ: str) -> Requirements:
    file = root / "requirements.txt"
    file.write_text(text, encoding="utf-8")
    return read_requirements(file, Scope(root=root, environ=environ))


def refuse(root: Path, text: str) -> str:
    with pytest.raises(EnvironmentSpecError) as caught:
        read(root, text)
    return str(caught.value)


def make_package(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "pyproject.toml").write_text("[project]\nname = 'lib'\n")
    return path


def test_names_versions_extras_and_markers(tmp_path: Path) -> None:
    found = read(tmp_path, "numpy\nscikit-learn[a, b] >=1.2,<2\ntorch==2.1.0+cu118 ; python_version < '3.13'\nx===1\n")
    assert [entry.name for entry in found.requirements] == ["numpy", "scikit-learn", "torch", "x"]
    assert {entry.kind for entry in found.requirements} == {Kind.INDEX}
    assert found.requirements[2].line == "torch==2.1.0+cu118 ; python_version < '3.13'"


def test_comments_blank_lines_continuations_bom_and_crlf(tmp_path: Path) -> None:
    text = f"\ufeff# head\r\n\r\nnumpy==1.0 \\\r\n    --hash={HASH} \\\r\n    --hash={HASH}\r\nx # why\r\ny#z@w\\\r\n"
    with pytest.raises(EnvironmentSpecError, match=r"requirements\.txt:7"):
        read(tmp_path, text)
    found = read(tmp_path, text.replace("y#z@w\\", ""))
    assert [entry.line for entry in found.requirements] == [f"numpy==1.0 --hash={HASH} --hash={HASH}", "x"]
    assert found.requirements[0].where.endswith("requirements.txt:3")


def test_comment_with_a_backslash_is_not_continued(tmp_path: Path) -> None:
    assert [entry.name for entry in read(tmp_path, "# a comment \\\nnumpy\n").requirements] == ["numpy"]


def test_options(tmp_path: Path) -> None:
    text = "-i https://a/simple\n--extra-index-url=https://b/simple --pre\n--no-binary numpy,scipy\n-f https://c/\n"
    found = read(tmp_path, text + "--require-hashes\n--trusted-host a\n--prefer-binary\n--no-index\n")
    assert found.options == (
        "--index-url=https://a/simple",
        "--extra-index-url=https://b/simple",
        "--pre",
        "--no-binary=numpy,scipy",
        "--find-links=https://c/",
        "--require-hashes",
        "--trusted-host=a",
        "--prefer-binary",
        "--no-index",
    )


def test_find_links_is_a_directory_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "my wheels").mkdir()
    assert read(tmp_path, "-f 'my wheels'\n").options == (f"--find-links={tmp_path / 'my wheels'}",)


def test_options_of_one_requirement(tmp_path: Path) -> None:
    found = read(tmp_path, f"x==1 --config-settings=a=b --hash {HASH.upper().replace('SHA', 'sha')}\n")
    assert found.requirements[0].line == f"x==1 --config-settings=a=b --hash={HASH}"


def test_includes_and_constraints(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "more.txt").write_text("alpha\n-r deeper.txt\n-c limits.txt\n")
    (tmp_path / "sub" / "deeper.txt").write_text("beta\n")
    (tmp_path / "sub" / "limits.txt").write_text("gamma<2\n--pre\n")

    found = read(tmp_path, "-rsub/more.txt\n--constraint sub/limits.txt\n")

    assert [entry.name for entry in found.requirements] == ["alpha", "beta"]
    assert [entry.line for entry in found.constraints] == ["gamma<2", "gamma<2"]
    assert found.options == ("--pre", "--pre")


def test_included_file_may_be_named_from_the_project(tmp_path: Path) -> None:
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "a.txt").write_text("-r base.txt\n")
    (tmp_path / "base.txt").write_text("alpha\n")
    assert [entry.name for entry in read(tmp_path, "-r env/a.txt").requirements] == ["alpha"]


def test_variables(tmp_path: Path) -> None:
    make_package(tmp_path / "lib")
    found = read(tmp_path, "${PLACE}/lib\n--index-url https://${TOKEN}@host/simple\n", PLACE=str(tmp_path))
    assert found.requirements[0].text == "./lib"
    assert found.options == ("--index-url=https://${TOKEN}@host/simple",)


def test_local_packages(tmp_path: Path) -> None:
    make_package(tmp_path / "lib")
    (tmp_path / "x-1.0-py3-none-any.whl").touch()
    text = f"./lib\n-e lib\n--editable=./lib[extra]\n{tmp_path}/lib\nlib @ file://{tmp_path}/lib\n"

    found = read(tmp_path, f"{text}x-1.0-py3-none-any.whl\nfile:lib\n").requirements

    assert {entry.kind for entry in found} == {Kind.LOCAL}
    assert [entry.line for entry in found] == [
        "./lib",
        "-e ./lib",
        "-e ./lib[extra]",
        "./lib",
        "./lib",
        "./x-1.0-py3-none-any.whl",
        "./lib",
    ]


def test_the_project_itself(tmp_path: Path) -> None:
    (tmp_path / "setup.py").touch()
    assert [entry.line for entry in read(tmp_path, "-e .\n.[dev]\n").requirements] == ["-e .", ".[dev]"]


def test_repositories_and_urls(tmp_path: Path) -> None:
    text = "git+https://host/a.git@main#egg=a\nb @ git+ssh://git@host/b.git@v1\n-e git+https://host/c.git\n"
    found = read(tmp_path, text + "https://host/d-1.0-py3-none-any.whl\ne @ https://host/e.zip\n").requirements
    assert [(entry.kind, entry.name, entry.editable) for entry in found] == [
        (Kind.VCS, "a", False),
        (Kind.VCS, "b", False),
        (Kind.VCS, None, True),
        (Kind.URL, None, False),
        (Kind.URL, "e", False),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b c\n", ["requirements.txt:1", "not a requirement"]),
        ("ok\n\nnumpy=1.2\n", ["requirements.txt:3", "numpy==1.2"]),
        ("numpy==\n", ["requirements.txt:1"]),
        ("-r missing.txt\n", ["requirements.txt:1", "no such file: missing.txt"]),
        ("-r requirements.txt\n", ["requirements.txt:1", "includes itself"]),
        ("-r https://u:pass@host/x.txt\n", ["https://host/x.txt", "download it"]),
        ("-r\n", ["needs a value"]),
        ("-r .\n", ["is a directory"]),
        ("--frobnicate\n", ["unknown option '--frobnicate'"]),
        ("-q\n", ["unknown option '-q'"]),
        ("x==1 --frobnicate\n", ["unknown option '--frobnicate'"]),
        ("x==1 --hash=md5:00\n", ["not a hash"]),
        ("x==1 --hash\n", ["not a hash"]),
        ("-e ''\n", ["requirements.txt:1"]),
        ("-i 'https://unclosed\n", ["requirements.txt:1", "cannot be read"]),
        ("./nowhere\n", ["no such file or directory: ./nowhere"]),
        ("https://u:hunter22@host/x y\n", ["requirements.txt:1"]),
        ("x @ https://u:hunter22@host/ y; z\n", ["requirements.txt:1"]),
    ],
)
def test_mistakes_are_one_line_with_file_and_line(tmp_path: Path, text: str, words: list[str]) -> None:
    message = refuse(tmp_path, text)
    assert all(word in message for word in words)
    assert "\n" not in message
    assert "hunter22" not in message
    assert "pass@" not in message


def test_directory_that_is_no_package(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    assert "not a Python package" in refuse(tmp_path, "./data\n")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"numpy\n\xff\xfe\x00junk", "requirements.txt:2: is not text"),
        (b"numpy\x00\n", "zero bytes"),
        (b"#" * (4 * 1024 * 1024 + 1), "larger than"),
    ],
)
def test_what_is_no_text_file(tmp_path: Path, data: bytes, words: str) -> None:
    file = tmp_path / "requirements.txt"
    file.write_bytes(data)
    with pytest.raises(EnvironmentSpecError, match=words):
        read_requirements(file, Scope(root=tmp_path, environ={}))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentSpecError, match="no such file"):
        read_requirements(tmp_path / "none.txt", Scope(root=tmp_path, environ={}))


NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True).filter(
    lambda name: not name.endswith((".zip", ".whl", ".tgz"))
)
VERSIONS = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,2}((a|b|rc)[0-9])?(\.post[0-9])?", fullmatch=True)
HASHES = st.lists(st.from_regex(r"[0-9a-f]{64}", fullmatch=True).map("sha256:{}".format), max_size=3, unique=True)


@given(st.lists(st.tuples(NAMES, VERSIONS, HASHES), max_size=6))
def test_payloads_round_trip(entries: list[tuple[str, str, list[str]]]) -> None:
    requirements = tuple(
        Requirement(text=f"{name}=={version}", kind=Kind.INDEX, where="lock", name=name, hashes=tuple(hashes))
        for name, version, hashes in entries
    )
    parts = split(join(requirements), Scope(root=Path("/"), environ={}))
    assert [entry.line for entry in parts.hashed] == [entry.line for entry in requirements if entry.hashes]
    assert [entry.line for entry in parts.rest] == [entry.line for entry in requirements if not entry.hashes]


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    file = Path("requirements.txt")
    with contextlib.suppress(EnvironmentSpecError):
        parse(logical_lines(text, file), Scope(root=Path("/nonexistent"), environ={}))


@pytest.mark.parametrize("line", ["alpha --hash='sha256:x", 'alpha --config-settings="a=b', "alpha --hash=x\\"])
def test_quote_that_is_not_closed(bench: "Bench", line: str) -> None:
    bench.write("requirements.txt", line)
    with pytest.raises(EnvironmentSpecError, match=r"requirements\.txt:1: "):
        bench.spec("requirements.txt")
