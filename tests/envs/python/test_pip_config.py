"""pip's configuration, in uv's words."""

import os
from pathlib import Path

import pytest

from mlproj.envs.python.pip_config import config_files, index_settings


def variables(environ: dict[str, str], *options: str) -> dict[str, str]:
    found = index_settings({"PIP_CONFIG_FILE": os.devnull, **environ}, options).uv_variables()
    assert found.pop("UV_INDEX_STRATEGY") == "unsafe-best-match"
    return found


def flags(environ: dict[str, str], *options: str) -> list[str]:
    return index_settings({"PIP_CONFIG_FILE": os.devnull, **environ}, options).uv_flags()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, {}),
        ({"PIP_INDEX_URL": "https://a/simple"}, {"UV_DEFAULT_INDEX": "https://a/simple"}),
        ({"PIP_EXTRA_INDEX_URL": "https://a\n https://b"}, {"UV_INDEX": "https://a https://b"}),
        ({"PIP_FIND_LINKS": "https://a/ https://b/"}, {"UV_FIND_LINKS": "https://a/,https://b/"}),
        ({"PIP_FIND_LINKS": "/a https://b/", "UV_FIND_LINKS": "/c"}, {"UV_FIND_LINKS": "/c,/a,https://b/"}),
        ({"PIP_CERT": "/ca.pem"}, {"SSL_CERT_FILE": "/ca.pem"}),
        ({"REQUESTS_CA_BUNDLE": "/ca.pem"}, {"SSL_CERT_FILE": "/ca.pem"}),
        ({"REQUESTS_CA_BUNDLE": "/ca.pem", "PIP_CERT": "/b.pem"}, {"SSL_CERT_FILE": "/b.pem"}),
        ({"REQUESTS_CA_BUNDLE": "/ca.pem", "SSL_CERT_FILE": "/mine.pem"}, {}),
        ({"PIP_CLIENT_CERT": "/me.pem"}, {"SSL_CLIENT_CERT": "/me.pem"}),
        ({"PIP_DEFAULT_TIMEOUT": "99", "PIP_RETRIES": "7"}, {"UV_HTTP_TIMEOUT": "99", "UV_HTTP_RETRIES": "7"}),
        ({"PIP_TIMEOUT": "99", "UV_REQUEST_TIMEOUT": "5"}, {}),
        ({"PIP_KEYRING_PROVIDER": "subprocess"}, {"UV_KEYRING_PROVIDER": "subprocess"}),
        ({"PIP_KEYRING_PROVIDER": "disabled"}, {}),
        ({"PIP_INDEX_URL": "https://a", "UV_DEFAULT_INDEX": "https://mine"}, {}),
        ({"PIP_INDEX_URL": "https://a", "UV_INDEX_URL": "https://mine"}, {}),
        ({"PIP_EXTRA_INDEX_URL": "https://a", "UV_INDEX": "https://mine"}, {"UV_INDEX": "https://mine https://a"}),
    ],
)
def test_variables(environ: dict[str, str], expected: dict[str, str]) -> None:
    assert variables(environ) == expected


def test_proxy_wins_over_what_every_program_reads() -> None:
    found = variables({"PIP_PROXY": "user:pw@proxy:8080", "HTTPS_PROXY": "http://other"})
    assert set(found.values()) == {"http://user:pw@proxy:8080"}
    assert {"HTTPS_PROXY", "https_proxy", "ALL_PROXY"} <= set(found)


def test_keyring_is_used_where_its_program_is(tmp_path: Path) -> None:
    program = tmp_path / "keyring"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert variables({"PATH": str(tmp_path)}) == {"UV_KEYRING_PROVIDER": "subprocess"}
    assert variables({"PATH": str(tmp_path / "none")}) == {}


@pytest.mark.parametrize(
    ("environ", "options", "expected"),
    [
        ({"PIP_NO_INDEX": "1"}, [], ["--no-index"]),
        ({"PIP_NO_INDEX": "false"}, [], []),
        ({}, ["--no-index"], ["--no-index"]),
        ({"PIP_PRE": "yes"}, [], ["--prerelease", "allow"]),
        ({}, ["--pre"], ["--prerelease", "allow"]),
        ({"PIP_TRUSTED_HOST": "a b:80"}, ["--trusted-host=c"], ["a", "b:80", "c"]),
        ({"PIP_NO_BINARY": "a,b"}, [], ["--no-binary", "a", "--no-binary", "b"]),
        ({"PIP_NO_BINARY": "a,:none:"}, ["--no-binary=c"], ["--no-binary", "c"]),
        ({"PIP_ONLY_BINARY": "a,:all:,b"}, [], ["--only-binary", ":all:"]),
    ],
)
def test_flags(environ: dict[str, str], options: list[str], expected: list[str]) -> None:
    assert [flag for flag in flags(environ, *options) if flag != "--allow-insecure-host"] == expected


def test_options_of_the_project_win_and_lists_grow() -> None:
    environ = {"PIP_INDEX_URL": "https://a", "PIP_EXTRA_INDEX_URL": "https://b", "TOKEN": "word"}
    found = variables(environ, "--index-url=https://${TOKEN}@c", "--extra-index-url=https://d")
    assert found == {"UV_DEFAULT_INDEX": "https://word@c", "UV_INDEX": "https://b https://d"}
    assert variables({}, "--find-links=/a b, c") == {"UV_FIND_LINKS": "file:///a%20b%2C%20c"}


def test_what_uv_has_no_word_for_is_named() -> None:
    assert index_settings({"PIP_PREFER_BINARY": "1", "PIP_USE_DEPRECATED": "legacy-resolver"}).untranslated == (
        "prefer-binary",
        "use-deprecated",
    )


class TestFiles:
    """pip.conf, from weak to strong."""

    def write(self, file: Path, text: str) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def test_places_and_their_order(self, tmp_path: Path) -> None:
        xdg = self.write(tmp_path / "xdg/pip/pip.conf", "[global]\nindex-url = https://xdg\ntimeout = 1\nretries = 1\n")
        self.write(
            tmp_path / "home/.pip/pip.conf",
            "[global]\ntimeout = 2\nretries = 2\nextra-index-url =\n  https://a\n  https://b\n",
        )
        self.write(
            tmp_path / "home/.config/pip/pip.conf", "[global]\nretries = 3\n[install]\npre = yes\n[list]\nformat = x\n"
        )
        given = self.write(tmp_path / "given.conf", "[global]\nretries = 4\n")
        environ = {"XDG_CONFIG_DIRS": str(xdg.parent.parent), "HOME": str(tmp_path / "home")}
        if os.sys.platform != "linux":  # type: ignore[attr-defined] # pip looks elsewhere there
            pytest.skip("the places of Linux")

        found = index_settings({**environ, "PIP_CONFIG_FILE": str(given)}).values

        assert found["index-url"] == ("https://xdg",)
        assert found["timeout"] == ("2",)
        assert found["retries"] == ("4",)
        assert found["extra-index-url"] == ("https://a", "https://b")
        assert found["pre"] == ("yes",)
        assert index_settings({**environ, "PIP_CONFIG_FILE": str(given), "PIP_RETRIES": "5"}).values["retries"] == (
            "5",
        )

    def test_install_wins_over_global(self, tmp_path: Path) -> None:
        file = self.write(tmp_path / "pip.conf", "[install]\ntimeout = 2\n[global]\ntimeout = 1\nTRUSTED_HOST = a\n")
        found = index_settings({"PIP_CONFIG_FILE": str(file)}).values
        assert (found["timeout"], found["trusted-host"]) == (("2",), ("a",))

    def test_percent_signs_are_just_that(self, tmp_path: Path) -> None:
        file = self.write(tmp_path / "pip.conf", "[global]\nindex-url = https://a:p%40ss@host/%(x)s\n")
        assert index_settings({"PIP_CONFIG_FILE": str(file)}).values["index-url"] == ("https://a:p%40ss@host/%(x)s",)

    @pytest.mark.parametrize("data", [b"\xff\xfe", b"no section\n", b"[global\n"])
    def test_file_that_cannot_be_read_is_left_out(self, tmp_path: Path, data: bytes) -> None:
        file = tmp_path / "pip.conf"
        file.write_bytes(data)
        assert index_settings({"PIP_CONFIG_FILE": str(file), "PIP_RETRIES": "1"}).values["retries"] == ("1",)

    def test_none_at_all(self) -> None:
        assert list(config_files({"PIP_CONFIG_FILE": os.devnull, "HOME": "/home/ada"})) == []

    def test_without_home(self) -> None:
        assert all(file.name == "pip.conf" for file in config_files({}))


def test_repr_shows_no_credentials() -> None:
    assert "s3cret" not in repr(index_settings({"PIP_INDEX_URL": "https://a:s3cret@host"}))
