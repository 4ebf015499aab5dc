"""What `.gitmodules` and a commit say of submodules. Reads no work tree."""

from collections.abc import Sequence

from mlproj.source.git.reading import GitReader

GITLINK = "160000"
PATTERN = r"^submodule\..*\.(path|url|update)$"


def known_submodules(reader: GitReader, paths: Sequence[str]) -> frozenset[str]:
    """Those of the places that the commit itself knows as submodules, so that they come with it.

    Others (just added, moved, or a repository within the repository) are files like any.
    """
    listed = reader.ask("ls-tree", "-z", "HEAD", "--", *paths).stdout
    of_commit = {
        path for facts, _, path in (entry.partition("\t") for entry in listed.split("\0")) if facts[:6] == GITLINK
    }
    declared = reader.ask("config", "-z", "--blob", "HEAD:.gitmodules", "--get-regexp", PATTERN).stdout
    sections = parse_gitmodules(declared).values()
    return frozenset(
        keys["path"]
        for keys in sections
        if keys.get("path") in of_commit and keys.get("url") and keys.get("update") != "none"
    )


def parse_gitmodules(listing: str) -> dict[str, dict[str, str]]:
    """Names of submodules and their keys, from what `git config -z --get-regexp` prints."""
    found: dict[str, dict[str, str]] = {}
    for entry in listing.split("\0"):
        key, newline, value = entry.partition("\n")
        name, _, last = key.removeprefix("submodule.").rpartition(".")
        if newline and name:
            found.setdefault(name, {})[last.lower()] = value
    return found
