"""A version of a repository on a server -> a commit in the mirror."""

from dataclasses import dataclass
from pathlib import Path

from mlproj.errors import NoSuchVersionError, ProgramFailedError, SourceError
from mlproj.source.git.errors import explain, is_missing_object
from mlproj.source.git.mirrors import TIP, Mirror
from mlproj.source.versions import (
    FULL,
    Expression,
    Refs,
    as_abbreviation,
    find_ref,
    find_tips,
    nearest,
    parse_refs,
    parse_version,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The commit that a version means, and the branch if it is one. `wanted` is what to fetch for it."""

    commit: str
    branch: str | None = None
    wanted: str | None = None


def find_in_mirror(mirror: Mirror, version: str | None) -> Resolved | None:
    """A commit named in full that the mirror has: no network is needed."""
    if version is None or not FULL.fullmatch(version):
        return None
    commit = mirror.commit_of(version)
    return Resolved(commit=commit) if commit else None


def resolve_remote(mirror: Mirror, version: str | None) -> Resolved:
    """The commit behind a version; fetches into the mirror (whose lock is held) only where asking is not enough.

    Raises NoSuchVersionError.
    """
    refs = _list_refs(mirror)
    mirror.create(next(iter(refs.objects.values()), ""))
    expression = parse_version(version or "HEAD")
    if (ref := find_ref(refs, expression.base)) is not None:
        if expression.steps:
            return _walk(mirror, expression, ref)
        return Resolved(commit=refs.commit_at(ref), branch=_branch(refs, ref), wanted=ref)
    if expression.base == "HEAD":
        raise without_default(mirror.where, refs.names)
    if FULL.fullmatch(expression.base):
        return _walk(mirror, expression, expression.base.lower())
    return _abbreviated(mirror, expression, refs)


def bring(mirror: Mirror, resolved: Resolved) -> Resolved:
    """Have the commit in the mirror, whose lock is held; a branch that moved on meanwhile moves the commit."""
    commit = mirror.commit_of(resolved.commit)
    if commit is None:
        wanted = resolved.wanted or resolved.commit
        commit = _fetch_and_resolve(mirror, Expression(base=wanted, steps="", depth=1), wanted)
    mirror.keep(commit)
    return Resolved(commit=commit, branch=resolved.branch)


def no_such_version(where: str, version: str, names: tuple[str, ...] = ()) -> NoSuchVersionError:
    """The error for a name that the repository does not know; the nearest that it knows is the hint."""
    close = nearest(version, names)
    hint = f"did you mean {close}?" if close else None
    return NoSuchVersionError(f"no branch, tag or commit {version!r}", where=where, hint=hint)


def without_default(where: str, names: tuple[str, ...]) -> SourceError:
    """The error for a repository whose default branch has no commit."""
    if not names:
        return SourceError("the repository is empty: it has no commit yet", where=where)
    return SourceError(
        "the repository's default branch has no commit", where=where, hint=f"choose one: {', '.join(names[:5])}"
    )


def _list_refs(mirror: Mirror) -> Refs:
    try:
        return parse_refs(str(mirror.access.at(Path("/")).ls_remote("--symref", "--", mirror.url)))
    except ProgramFailedError as error:
        raise explain(mirror.where, mirror.access.clean(error)) from error


def _branch(refs: Refs, ref: str) -> str | None:
    if ref == "HEAD":
        return refs.default
    return ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None


def _walk(mirror: Mirror, expression: Expression, wanted: str) -> Resolved:
    return Resolved(commit=_fetch_and_resolve(mirror, expression, wanted))


def _fetch_and_resolve(mirror: Mirror, expression: Expression, wanted: str) -> str:
    """Fetch a ref or an object and what the expression's steps need; the commit where they lead."""
    name = wanted if FULL.fullmatch(wanted) else TIP
    try:
        if commit := _fetch_shallow(mirror, expression, wanted):
            return commit
        mirror.fetch_all(*([f"+{wanted}:{TIP}"] if name == TIP else []))
    except ProgramFailedError as error:
        text = mirror.access.clean(error)
        if is_missing_object(text):
            raise no_such_version(mirror.where, f"{expression.base}{expression.steps}") from error
        raise explain(mirror.where, text) from error
    if commit := mirror.commit_of(f"{name}{expression.steps}"):
        return commit
    raise no_such_version(mirror.where, f"{expression.base}{expression.steps}")


def _fetch_shallow(mirror: Mirror, expression: Expression, wanted: str) -> str | None:
    """Fetch just what is needed; None if the server gives no single commits, or not that far back."""
    if expression.depth is None:
        return None
    try:
        mirror.fetch_one(wanted, expression.depth)
    except ProgramFailedError as error:
        if any(sign in (error.detail or "") for sign in ("unadvertised object", "dumb http")):
            return None
        raise
    return mirror.commit_of(f"{TIP}{expression.steps}")


def _abbreviated(mirror: Mirror, expression: Expression, refs: Refs) -> Resolved:
    digits = as_abbreviation(expression.base)
    if digits is None:
        raise no_such_version(mirror.where, expression.base, refs.names)
    tips = find_tips(refs, digits)
    if len(tips) == 1:
        return _walk(mirror, expression, tips[0])
    version = f"{digits}{expression.steps}"
    commit = mirror.commit_of(version)
    if commit is None:
        try:
            mirror.fetch_all()
        except ProgramFailedError as error:
            raise explain(mirror.where, mirror.access.clean(error)) from error
        commit = mirror.commit_of(version)
    if commit is None:
        raise no_such_version(mirror.where, expression.base, refs.names)
    return Resolved(commit=commit)
