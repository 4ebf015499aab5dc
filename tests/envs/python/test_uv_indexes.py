from pathlib import Path

from mlproj.envs.python.uv_indexes import uv_options


def test_variables_in_pips_words(tmp_path: Path) -> None:
    environ = {
        "UV_NO_INDEX": "true",
        "UV_DEFAULT_INDEX": "mine=https://host/simple",
        "UV_INDEX_MINE_USERNAME": "ü@",
        "UV_INDEX_MINE_PASSWORD": "p:/",
        "UV_INDEX": "https://a/ other=https://me:x@b/",
        "UV_INDEX_OTHER_PASSWORD": "not this",
        "UV_EXTRA_INDEX_URL": "https://c/",
        "UV_FIND_LINKS": "/a b,https://d/",
        "UV_INSECURE_HOST": "e f:8",
    }
    assert uv_options(tmp_path, environ) == (
        "--no-index",
        "--index-url=https://%C3%BC%40:p%3A%2F@host/simple",
        "--extra-index-url=https://a/",
        "--extra-index-url=https://me:x@b/",
        "--extra-index-url=https://c/",
        "--find-links=/a b",
        "--find-links=https://d/",
        "--trusted-host=e",
        "--trusted-host=f:8",
    )
    assert uv_options(tmp_path, {"UV_INDEX_URL": "https://old/"}) == ("--index-url=https://old/",)


def test_files_weakest_first(tmp_path: Path) -> None:
    project = tmp_path / "above" / "project"
    (tmp_path / "config" / "uv").mkdir(parents=True)
    project.mkdir(parents=True)
    (tmp_path / "config" / "uv" / "uv.toml").write_text(
        'index-url = "https://user/"\n[pip]\nextra-index-url = ["https://pip/"]\npip = {}\n'
    )
    (tmp_path / "above" / "pyproject.toml").write_text(
        '[tool.uv]\nno-index = true\nfind-links = ["./wheels"]\nallow-insecure-host = ["h"]\n'
        '[[tool.uv.index]]\nname = "one"\nurl = "https://one/"\ndefault = true\n'
        '[[tool.uv.index]]\nurl = "https://two/"\n'
    )
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_CONFIG_DIRS": str(tmp_path)}
    ours = (
        "--index-url=https://one/",
        "--extra-index-url=https://two/",
        "--no-index",
        f"--find-links={tmp_path / 'above' / 'wheels'}",
        "--trusted-host=h",
    )
    users = ("--index-url=https://user/", "--extra-index-url=https://pip/")
    assert uv_options(project, environ) == (*users, *ours)
    assert uv_options(project, {"HOME": str(tmp_path), "UV_NO_CONFIG": "1"}) == ()
    (project / "uv.toml").write_text('index-url = "https://nearest/"\n')
    assert uv_options(project, {}) == ("--index-url=https://nearest/",)
    assert uv_options(project, {"UV_CONFIG_FILE": str(tmp_path / "config" / "uv" / "uv.toml")}) == users


def test_files_that_are_none(tmp_path: Path) -> None:
    for text in ("index-url = 3\nindex = 3\nfind-links = 'x'\npip = 1\n", "not toml", "index = [1, {url = 2}]\n"):
        (tmp_path / "uv.toml").write_text(text)
        assert uv_options(tmp_path, {}) == ()
    (tmp_path / "uv.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "pyproject.toml").write_text("tool = 1\n")
    assert uv_options(tmp_path, {}) == ()
