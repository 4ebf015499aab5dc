"""Where uv would look for packages, in pip's words: uv's variables and its configuration files.

https://docs.astral.sh/uv/reference/settings/ and .../environment/
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

_LISTS = {"extra-index-url": "--extra-index-url", "find-links": "--find-links", "allow-insecure-host": "--trusted-host"}


def uv_options(root: Path, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Lines of a requirements file for pip; what comes later wins. They may hold credentials."""
    found = [option for file, table in _tables(root, environ) for option in _of_table(table, file.parent, environ)]
    return (*found, *_of_variables(environ))


def _of_variables(environ: Mapping[str, str]) -> Iterator[str]:
    if environ.get("UV_NO_INDEX", "").lower() in {"1", "true", "yes", "on"}:
        yield "--no-index"
    if url := environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL"):
        yield f"--index-url={_named(url, environ)}"
    for name in ("UV_INDEX", "UV_EXTRA_INDEX_URL"):
        for url in environ.get(name, "").split():
            yield f"--extra-index-url={_named(url, environ)}"
    for link in filter(None, environ.get("UV_FIND_LINKS", "").split(",")):
        yield f"--find-links={link}"
    for host in environ.get("UV_INSECURE_HOST", "").split():
        yield f"--trusted-host={host}"


def _tables(root: Path, environ: Mapping[str, str]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Configuration, weakest first: the system's, the user's, the project's."""
    if environ.get("UV_NO_CONFIG"):
        return
    if given := environ.get("UV_CONFIG_FILE"):
        yield from _read(Path(given))
        return
    for base in reversed(environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep)):
        yield from _read(Path(base) / "uv" / "uv.toml")
    yield from _read(Path("/etc/uv/uv.toml"))
    home = environ.get("XDG_CONFIG_HOME") or (f"{environ['HOME']}/.config" if environ.get("HOME") else "")
    if home:
        yield from _read(Path(home) / "uv" / "uv.toml")
    for folder in (root, *root.parents):
        found = [*_read(folder / "uv.toml")] or [*_read(folder / "pyproject.toml", "tool", "uv")]
        if found:
            yield from found
            return


def _read(file: Path, *keys: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The table at some keys of a file; none where there is no such file or no such table."""
    import tomllib

    try:
        table: Any = tomllib.loads(file.read_text(encoding="utf-8"))
        for key in keys:
            table = table[key]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, LookupError, TypeError):
        return
    if isinstance(table, Mapping):
        yield file, table


def _of_table(table: Mapping[str, Any], base: Path, environ: Mapping[str, str]) -> Iterator[str]:
    listed = table.get("index", [])
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, Mapping) and isinstance(one.get("url"), str):
            url = _with_login(_placed(one["url"], base), str(one.get("name", "")), environ)
            yield f"--{'index-url' if one.get('default') else 'extra-index-url'}={url}"
    if table.get("no-index") is True:
        yield "--no-index"
    if isinstance(first := table.get("index-url"), str):
        yield f"--index-url={_placed(first, base)}"
    for key, option in _LISTS.items():
        values = table.get(key, [])
        for value in values if isinstance(values, list) else []:
            yield f"{option}={value if key == 'allow-insecure-host' else _placed(str(value), base)}"
    if isinstance(own := table.get("pip"), Mapping):
        yield from _of_table({key: value for key, value in own.items() if key != "pip"}, base, environ)


def _placed(link: str, base: Path) -> str:
    return link if "://" in link else str(base / link)


def _named(text: str, environ: Mapping[str, str]) -> str:
    """`NAME=URL`, or a URL alone."""
    found = re.fullmatch(r"(?P<name>[A-Za-z0-9_.-]+)=(?P<url>.+)", text)
    return _with_login(found["url"], found["name"], environ) if found else text


def _with_login(url: str, name: str, environ: Mapping[str, str]) -> str:
    """The credentials that a named index has in variables of its own."""
    stem = f"UV_INDEX_{re.sub('[^A-Za-z0-9]', '_', name).upper()}"
    user, password = environ.get(f"{stem}_USERNAME", ""), environ.get(f"{stem}_PASSWORD", "")
    parts = urlsplit(url)
    if not (user or password) or "@" in parts.netloc:
        return url
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))
