"""Channels: names become URLs by the user's .condarc, credentials are kept apart."""

from pathlib import Path

import pytest

from mlproj.envs.conda.channels import Channel, channels_for, logins, public, token_mirrors
from mlproj.envs.conda.condarc import Condarc, read_condarc

FORGE = "https://conda.anaconda.org/conda-forge"
DEFAULTS = ["https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r"]


def urls(names: list[str], condarc: Condarc, environ: dict[str, str] | None = None) -> list[str]:
    found = channels_for(names, condarc, root=Path("/a project"), environ=environ or {})
    return [channel.url for channel in found]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], [FORGE]),
        (["conda-forge"], [FORGE]),
        (["conda-forge", "bioconda", "conda-forge"], [FORGE, "https://conda.anaconda.org/bioconda"]),
        (["defaults"], DEFAULTS),
        (["defaults", "nodefaults", "conda-forge"], [FORGE]),
        (["nodefaults"], [FORGE]),
        (["conda-forge/label/dev"], [f"{FORGE}/label/dev"]),
        (["pkgs/main"], DEFAULTS[:1]),
        (["https://host/c/", "https://host/c/linux-64"], ["https://host/c"]),
        (["file:///srv/a%20b"], ["file:///srv/a%20b"]),
        (["./local channel"], ["file:///a%20project/local%20channel"]),
        (["https://u:pw@host/c"], ["https://host/c"]),
        (["https://host/t/TOKEN/c"], ["https://host/c"]),
    ],
)
def test_meaning_of_names(names: list[str], expected: list[str]) -> None:
    assert urls(names, Condarc()) == expected


def test_the_condarc_has_its_say(environment: Path) -> None:
    (environment / ".condarc").write_text(
        "channels: [mine]\nchannel_alias: https://${WHO}:pw@mirror/conda/\n"
        "default_channels: [https://d/main, r-extra]\n"
        "custom_channels: {corp: https://corp/art, corp/deep: https://deep}\n"
        "custom_multichannels: {both: [corp, conda-forge]}\nssl_verify: false\nchannel_priority: strict\n"
    )
    environ = {"HOME": str(environment), "WHO": "ada"}
    condarc = read_condarc(environ)
    assert (condarc.verify, condarc.priority) == (False, "strict")
    assert urls([], condarc) == ["https://mirror/conda/mine"]
    assert urls(["defaults"], condarc) == ["https://d/main", "https://mirror/conda/r-extra"]
    assert urls(["both"], condarc) == ["https://corp/art/corp", "https://mirror/conda/conda-forge"]
    assert urls(["corp/deep/x"], condarc) == ["https://deep/corp/deep/x"]
    (channel,) = channels_for([], condarc, root=Path("/p"), environ=environ)
    assert channel.access == "https://ada:pw@mirror/conda/mine"
    assert "pw" not in repr((condarc, channel))


def test_later_files_and_variables_win(environment: Path) -> None:
    conda = environment / ".conda"
    conda.mkdir()
    (conda / ".condarc").write_text("channel_alias: https://weak\nchannel_priority: false\n")
    (environment / ".condarc").write_text("channel_alias: https://strong\n")
    environ = {"HOME": str(environment)}
    assert read_condarc(environ).alias == "https://strong"
    assert read_condarc(environ).priority == "disabled"
    given = environment / "given.yaml"
    given.write_text("channel_alias: https://given\n")
    assert read_condarc({**environ, "CONDARC": str(given)}).alias == "https://given"
    variables = {"CONDA_CHANNEL_ALIAS": "https://variable", "CONDA_CHANNELS": "a,b", "CONDA_SSL_VERIFY": "false"}
    found = read_condarc({**environ, **variables})
    assert (found.alias, found.channels, found.verify) == ("https://variable", ("a", "b"), False)


@pytest.mark.parametrize("text", ["[", "- a\n", "channels: {a: 1}\n", "\x00", "default_channels: 3\n"])
def test_a_broken_condarc_counts_for_nothing(environment: Path, text: str) -> None:
    (environment / ".condarc").write_text(text)
    assert urls(["defaults"], read_condarc({"HOME": str(environment)})) == DEFAULTS


def test_variables_in_a_project_s_channels() -> None:
    found = channels_for(
        ["https://$USER_X:${PW}@host/c", "https://$NOT_SET/c"], Condarc(), root=Path("/p"),
        environ={"USER_X": "ada", "PW": "s%2Fcret"},
    )  # fmt: skip
    assert [channel.url for channel in found] == ["https://host/c", "https://$NOT_SET/c"]
    assert logins(found) == {"host": "Basic YWRhOnMvY3JldA=="}


def test_tokens_become_mirrors() -> None:
    channels = [
        Channel(url="https://h/c", access="https://h/t/SECRET/c"),
        Channel(url="https://x/y", access="https://x/y"),
    ]
    assert token_mirrors(channels) == {"https://h/c": ["https://h/t/SECRET/c"]}
    assert logins(channels) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("file:///home/t/me/c", "file:///home/t/me/c"),
        ("see https://u:p@h:8/t/abc-1/c/x and http://h/t/x/y", "see https://h:8/c/x and http://h/y"),
    ],
)
def test_public(text: str, expected: str) -> None:
    assert public(text) == expected
