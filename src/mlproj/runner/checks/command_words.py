"""What a command's text reaches for outside the project: absolute paths, and the network. Pure."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

_URL = re.compile(r"\b(?:https?|ftp|s3|gs|abfss?|wasbs?|hdfs)://[^\s'\";|&)<>]+")
_LOOPBACK = re.compile(r"\w+://(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1\]|host\.docker\.internal)(?=[:/]|$)")
_PATH = re.compile(
    r"(?:^|(?<=[=,'\"(\[]))(?P<path>(?:~[\w.-]*|\$HOME|\$\{\{?HOME\}?\})?/[\w.@%+-][^\s'\",;:|&()<>\[\]]*)"
)
_OF_EVERY_SYSTEM = ("/dev/", "/bin/", "/usr/bin/", "/proc/self")
_PATTERNS = {"awk", "gawk", "mawk", "sed", "perl", "grep", "egrep", "rg", "tr", "jq"}
_WRAPPERS = {"sudo", "env", "time", "nohup", "exec", "command", "!", "then", "do", "else", "if", "while", "{", "("}
_ROUTES = re.compile(r"(?:url|route|prefix|endpoint|root-?path|base-?path)", re.IGNORECASE)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_SHELLS = {"bash", "sh", "dash", "zsh"}
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^'\"\n]*$", re.MULTILINE)
_ENDS = set(";&|()\n")


class Gets(StrEnum):
    """What a program fetches."""

    FILES = "files"
    PACKAGES = "packages"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkUse:
    """What of a command uses the network, in its own words, and what for."""

    text: str
    gets: Gets


_PROGRAMS: tuple[tuple[re.Pattern[str], Gets], ...] = tuple(
    (re.compile(pattern), gets)
    for pattern, gets in (
        (r"(?:curl|wget|aria2c|scp|sftp|gsutil|azcopy|gdown|rclone)\b(?!\S)", Gets.FILES),
        (r"git(?: -[cC] \S+| -\S+)* (?:clone|pull|fetch|lfs pull|submodule update)\b", Gets.FILES),
        (
            r"(?:aws s3|gcloud storage|az storage|dvc pull|dvc get|dvc fetch|kaggle (?:datasets|competitions))\b",
            Gets.FILES,
        ),
        (r"(?:huggingface-cli|hf) download\b|python[\d.]* -m (?:nltk\.downloader|spacy download)\b", Gets.FILES),
        (r"rsync (?=.*\S:)", Gets.FILES),
        (r"(?:docker|podman) pull\b", Gets.FILES),
        (r"(?:python[\d.]* -m )?(?:uv )?pip[\d.]* (?:install|download)\b", Gets.PACKAGES),
        (r"(?:conda|mamba|micromamba) (?:env create|env update|install|create)\b", Gets.PACKAGES),
        (r"(?:npm|yarn|pnpm) (?:install|ci|add)\b", Gets.PACKAGES),
        (r"(?:apt|apt-get|yum|dnf|apk|brew) (?:-\S+ )*(?:install|add|update)\b", Gets.PACKAGES),
        (r"(?:poetry|pdm|pipenv) install\b|uv sync\b|uvx\b", Gets.PACKAGES),
    )
)


def absolute_paths(command: str) -> tuple[str, ...]:
    """Paths of this machine that a command names, in its order; what every system has is left out."""
    return tuple(dict.fromkeys(path for words in _simple_commands(command) for path in _paths_of(words)))


def network_uses(command: str) -> tuple[NetworkUse, ...]:
    """Programs that fetch, and URLs that are given to others; this machine's own are left out."""
    found: dict[str, NetworkUse] = {}
    for words in _simple_commands(command):
        for use in _uses_of([PurePosixPath(words[0]).name or words[0], *words[1:]]):
            found.setdefault(use.text, use)
    return tuple(found.values())


def _uses_of(words: list[str]) -> Iterator[NetworkUse]:
    urls = [found[0] for word in words for found in _URL.finditer(word)]
    remote = [url for url in urls if not _LOOPBACK.match(url)]
    text = " ".join(words)
    for pattern, gets in _PROGRAMS:
        if (found := pattern.match(text)) is not None and (remote or not urls):
            yield NetworkUse(text=" ".join([found[0].strip(), *remote[:1]]), gets=gets)
            return
    yield from (NetworkUse(text=url, gets=Gets.FILES) for url in remote)


def _paths_of(words: list[str]) -> Iterator[str]:
    skipped = next((word for word in words[1:] if not word.startswith("-")), "") if words[0] in _PATTERNS else None
    for before, word in zip(["", *words], words, strict=False):
        if word is skipped or (before.startswith("-") and _ROUTES.search(before)):
            continue
        option, equals, _ = word.partition("=")
        if equals and option.startswith("-") and _ROUTES.search(option):
            continue
        parts = word.split(":") if _ASSIGNMENT.match(word) else [word]
        for part in parts:
            for found in _PATH.finditer(_URL.sub("", part)):
                if not f"{found['path']}/".startswith(_OF_EVERY_SYSTEM):
                    yield found["path"]


def _simple_commands(command: str) -> Iterator[list[str]]:
    """The words of each program that a shell command calls, from its name on; redirections are words too."""
    words: list[str] = []
    for word in [*_tokens(_COMMENT.sub("", command.replace("\\\n", " ")).replace("`", ";")), ";"]:
        if word and set(word) <= _ENDS:
            yield from _without_wrappers(words)
            words = []
        else:
            words.append(word)


def _without_wrappers(words: list[str]) -> Iterator[list[str]]:
    assigned = []
    while words and (words[0] in _WRAPPERS or _ASSIGNMENT.match(words[0])):
        assigned += [words[0]]
        words = words[1:]
    if assigned:
        yield assigned
    if not words:
        return
    if PurePosixPath(words[0]).name in _SHELLS and "-c" in words[1:-1]:
        yield from _simple_commands(words[words.index("-c") + 1])
        return
    yield words


def _tokens(command: str) -> list[str]:
    reader = shlex.shlex(command, posix=True, punctuation_chars=";&|()<>\n")
    reader.whitespace = " \t\r"
    reader.whitespace_split = True
    reader.commenters = ""
    try:
        return list(reader)
    except ValueError:
        return command.split()
