"""URLs with credentials in them: what may be kept, and how to make them whole again."""

import re
from collections.abc import Iterable, Mapping

_USERINFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<userinfo>[^/@\s]+)@(?P<rest>[^\s]*)")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")


def without_credentials(text: str) -> str:
    """The text with the user part of every URL cut out; a lone user name, as in ssh://git@host, stays."""
    return _USERINFO.sub(_cut, text)


def _cut(match: re.Match[str]) -> str:
    userinfo = match["userinfo"]
    keep = f"{userinfo}@" if match["scheme"].endswith("ssh://") and ":" not in userinfo else ""
    return f"{match['scheme']}{keep}{match['rest']}"


def with_credentials(text: str, sources: Iterable[str]) -> str:
    """Put back what `without_credentials` cut from a text that was made from `sources`."""
    for source in sources:
        for match in _USERINFO.finditer(source):
            host = match["rest"].partition("/")[0]
            base = re.split(r"[@#?]", match["rest"], maxsplit=1)[0]
            if host and _cut(match) != match[0]:
                text = text.replace(f"{match['scheme']}{base}", f"{match['scheme']}{match['userinfo']}@{base}")
    return text


def expand(text: str, environ: Mapping[str, str]) -> str:
    """Replace `${NAME}` as pip does in requirements files: capitals only, and an unset name stays as it is."""
    return _VARIABLE.sub(lambda match: environ.get(match[1], match[0]), text)
