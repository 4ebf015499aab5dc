"""Python versions as people write them: `3.11`, `3.11.7`, `>=3.10,<3.13`."""

import re

from mlproj.errors import EnvironmentSpecError

_PLAIN = re.compile(r"(\d+)(\.\d+){0,2}")


def check_request(text: str, *, where: str) -> str | None:
    """The request, cleaned; None for no text. Raises EnvironmentSpecError for what is no version."""
    text = text.strip()
    if not text:
        return None
    if _PLAIN.fullmatch(text):
        return text
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        if text[0].isdigit() and not text.endswith(".*"):
            Version(text)
        else:
            SpecifierSet(text if not text[0].isdigit() else f"=={text}")
    except (InvalidSpecifier, InvalidVersion) as error:
        raise EnvironmentSpecError(
            f"not a Python version: {text!r}", where=where, hint="write 3.11, 3.11.7 or >=3.10"
        ) from error
    return text


def matches(version: str, request: str | None) -> bool:
    """Whether an interpreter's version satisfies the request."""
    if request is None:
        return True
    if _PLAIN.fullmatch(request):
        return version == request or version.startswith(f"{request}.")
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(request if not request[0].isdigit() else f"=={request}").contains(version, prereleases=True)


def minor(version: str) -> str:
    """`3.11` of `3.11.7`."""
    return ".".join(version.split(".")[:2])


def is_exact(request: str) -> bool:
    """Whether the request names one release, as `3.11.7` does."""
    return bool(_PLAIN.fullmatch(request)) and request.count(".") == 2  # noqa: PLR2004 - major.minor.patch
