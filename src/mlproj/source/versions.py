"""A version as asked -> what to fetch. Pure; names mean what git's gitrevisions page says: a tag before a branch."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FULL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
_ABBREVIATED = re.compile(r"(?:.*-g)?([0-9a-f]{4,63})", re.IGNORECASE)
_EXPRESSION = re.compile(r"(?P<base>[^~^]*?)(?P<steps>(?:[~^].*|@\{.*)?)", re.DOTALL)
_STEP = re.compile(r"~(?P<back>\d*)|\^\{(?P<peel>[a-z]*)\}|\^(?P<parent>\d*)")
_DEEPEST = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A version taken apart: `main~2` is two steps back from `main`.

    `depth` is how many commits deep the history must be to take the steps; None: all of it.
    """

    base: str
    steps: str
    depth: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refs:
    """What a repository offers: its refs with their objects, and the branch that HEAD names."""

    objects: Mapping[str, str]
    default: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """Branches and tags, as a user names them."""
        short = (re.sub(r"^refs/(heads|tags)/", "", ref) for ref in self.objects if ref.startswith("refs/"))
        return tuple(dict.fromkeys(name for name in short if not name.startswith("refs/") and not name.endswith("^{}")))

    def commit_at(self, ref: str) -> str:
        """The object behind a ref; behind an annotated tag, what is tagged."""
        return self.objects.get(f"{ref}^{{}}", self.objects[ref])


def parse_refs(text: str) -> Refs:
    """Read what `git ls-remote --symref` prints."""
    objects: dict[str, str] = {}
    default = None
    for line in text.splitlines():
        left, tab, ref = line.partition("\t")
        if not tab:
            continue
        if left.startswith("ref: "):
            default = left.removeprefix("ref: ").removeprefix("refs/heads/") if ref == "HEAD" else default
        else:
            objects[ref] = left
    return Refs(objects=objects, default=default)


def parse_version(version: str) -> Expression:
    """Take a version apart into a name and the steps from there."""
    found = _EXPRESSION.fullmatch(version)
    base, steps = (found["base"], found["steps"]) if found else (version, "")
    return Expression(base="HEAD" if base == "@" else base, steps=steps, depth=_depth(steps))


def find_ref(refs: Refs, name: str) -> str | None:
    """The ref that a name means."""
    candidates = (name, f"refs/{name}", f"refs/tags/{name}", f"refs/heads/{name}")
    return next((ref for ref in candidates if ref in refs.objects and not ref.endswith("^{}")), None)


def find_tips(refs: Refs, abbreviation: str) -> tuple[str, ...]:
    """The objects that refs point at and that an abbreviated commit may mean."""
    return tuple(sorted({oid for oid in refs.objects.values() if oid.startswith(abbreviation.lower())}))


def as_abbreviation(name: str) -> str | None:
    """The hexadecimal digits of an abbreviated commit, also as `git describe` writes it: `v1.0-3-g2414721`."""
    found = _ABBREVIATED.fullmatch(name)
    return found[1].lower() if found else None


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant."""
    import difflib

    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return close[0] if close else None


def _depth(steps: str) -> int | None:
    depth = 1
    position = 0
    while position < len(steps):
        step = _STEP.match(steps, position)
        if step is None:
            return None
        position = step.end()
        if step["back"] is not None:
            depth += int(step["back"] or 1)
        elif step["parent"] is not None:
            depth += step["parent"] != "0"
    return depth if depth < _DEEPEST else None
