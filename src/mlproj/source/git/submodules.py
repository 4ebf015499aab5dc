"""Submodules: each fetched into a mirror of its own, like any repository, and put where the commit wants it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from mlproj.errors import ProgramFailedError, SourceError, UserError
from mlproj.source.capture.bundles import take_bundle
from mlproj.source.capture.submodule_files import GITLINK, PATTERN, parse_gitmodules
from mlproj.source.credentials import strip_credentials
from mlproj.source.git.access import GitAccess
from mlproj.source.git.mirrors import Mirror
from mlproj.source.git.remote import Resolved, bring
from mlproj.source.uri import join_url, parse_uri


@dataclass(frozen=True, slots=True, kw_only=True)
class Submodule:
    """A submodule of a commit: where it goes, where it comes from, and which commit of it is wanted."""

    name: str
    path: str
    url: str
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmoduleState:
    """Which commits the submodules of a work tree were at, and bundles of those that no remote has; by their paths."""

    commits: Mapping[str, str]
    bundles: Mapping[str, Path] = field(default_factory=dict)

    def below(self, path: str) -> "SubmoduleState":
        """The same for what is in one submodule, by the paths there."""
        prefix = f"{path}/"
        return SubmoduleState(
            commits={other.removeprefix(prefix): it for other, it in self.commits.items() if other.startswith(prefix)},
            bundles={other.removeprefix(prefix): it for other, it in self.bundles.items() if other.startswith(prefix)},
        )


def read_submodules(access: GitAccess, directory: Path) -> tuple[Submodule, ...]:
    """The submodules of the commit that is checked out in a directory."""
    if not (directory / ".gitmodules").is_file():
        return ()
    program = access.at(directory)
    try:
        declared = parse_gitmodules(program.config("-z", "--blob", "HEAD:.gitmodules", "--get-regexp", PATTERN))
    except ProgramFailedError:
        return ()
    wanted = _parse_gitlinks(program.ls_files("--stage", "-z"))
    return tuple(
        Submodule(name=name, path=keys["path"], url=keys["url"], commit=wanted[keys["path"]])
        for name, keys in declared.items()
        if keys.get("url") and keys.get("path") in wanted and keys.get("update") != "none"
    )


def bring_submodule(parent: Mirror, submodule: Submodule, bundle: Path | None = None) -> Mirror:
    """The mirror of a submodule, with the commit in it, which may be in a bundle.

    Raises SourceError; a repository on a server may not name a path of this machine.
    """
    where = f"{parent.where}: submodule {submodule.path}"
    mirrors = [replace(parent, url=url, where=where) for url in _candidates(parent, submodule, where)]
    for mirror in mirrors:
        if mirror.commit_of(submodule.commit):
            return mirror
    failure = SourceError("its repository is not on this machine any more", where=where)
    for mirror in mirrors:
        try:
            with mirror.locked() as held:
                held.create(submodule.commit)
                if bundle is not None:
                    take_bundle(held, bundle)
                bring(held, Resolved(commit=submodule.commit))
        except SourceError as error:
            failure = error
        else:
            return mirror
    raise failure


def place_of(directory: Path, submodule: Submodule) -> Path:
    """Where a submodule goes; a link on the way (names may differ by case only) leads nowhere."""
    path = directory / submodule.path
    if path.is_symlink() or path.resolve() != directory.resolve() / PurePosixPath(submodule.path):
        raise SourceError(f"the submodule {submodule.path!r} would leave the checkout")
    return path


def _candidates(parent: Mirror, submodule: Submodule, where: str) -> Iterator[str]:
    relative = submodule.url.startswith(("./", "../"))
    if not parent.is_local:
        yield _clean_url(join_url(parent.url, submodule.url) if relative else submodule.url, where, local=False)
        return
    own = Path(parent.url) / "modules" / submodule.name
    if ".." not in PurePosixPath(submodule.name).parts and own.is_dir():
        yield str(own)
    if not relative:
        yield _clean_url(submodule.url, where, local=True)
        return
    beside = Path(join_url(parent.url.removesuffix("/.git"), submodule.url))
    if beside.is_dir():
        yield str(beside / ".git" if (beside / ".git").is_dir() else beside)
    try:
        origin = parent.access.at(Path(parent.url)).config("--get", "remote.origin.url")
    except ProgramFailedError:
        return
    yield _clean_url(join_url(strip_credentials(origin), submodule.url), where, local=True)


def _clean_url(url: str, where: str, *, local: bool) -> str:
    try:
        parsed = parse_uri(url)
    except UserError as error:
        raise SourceError(error.message, where=where, hint=error.hint) from error
    if parsed.remote:
        return parsed.location
    if not local or not parsed.location.startswith("/"):
        raise SourceError(f"{parsed.text!r} is a path, which a repository on a server may not name", where=where)
    path = Path(parsed.location)
    return str(path / ".git" if (path / ".git").is_dir() else path)


def _parse_gitlinks(listing: str) -> dict[str, str]:
    links = {}
    for entry in listing.split("\0"):
        facts, tab, path = entry.partition("\t")
        if tab and facts.startswith(GITLINK):
            links[path] = facts.split(" ")[1]
    return links
