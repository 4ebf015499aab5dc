"""pip's configuration, so that uv asks the same indexes in the same way."""

import configparser
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlproj.envs.urls import expand

_SECTIONS = ("global", "install")
_TRUE = ("1", "true", "yes", "on")
_LISTS = ("extra-index-url", "find-links", "trusted-host", "no-binary", "only-binary", "constraint", "use-feature")
_UNTRANSLATED = (
    "prefer-binary",
    "use-deprecated",
    "ignore-requires-python",
    "platform",
    "no-build-isolation",
    "target",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """Where packages come from, in pip's words. `untranslated` are settings of pip that uv has no word for."""

    values: Mapping[str, tuple[str, ...]] = field(repr=False)
    untranslated: tuple[str, ...] = ()

    def uv_variables(self, environ: Mapping[str, str]) -> dict[str, str]:
        """As variables for uv; what the user set for uv itself stays as it is."""
        found: dict[str, str] = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
        for name, make in _TRANSLATIONS.items():
            if self.values.get(name):
                found.update(make(self.values[name]))
        return {key: value for key, value in found.items() if not any(environ.get(name) for name in _same(key))}


def _same(variable: str) -> tuple[str, ...]:
    old = {"UV_DEFAULT_INDEX": "UV_INDEX_URL", "UV_INDEX": "UV_EXTRA_INDEX_URL"}
    return (variable, old[variable]) if variable in old else (variable,)


def index_settings(environ: Mapping[str, str], options: tuple[str, ...] = ()) -> IndexSettings:
    """pip's files, then its variables, then the options of the environment's own files; later ones win."""
    values: dict[str, tuple[str, ...]] = {}
    for source in (*_files(environ), _variables(environ)):
        values.update(source)
    for option in options:
        name, _, value = option.removeprefix("--").partition("=")
        given = (expand(value, environ),) if value else ("true",)
        values[name] = (*values.get(name, ()), *given) if name in _LISTS else given
    untranslated = tuple(name for name in _UNTRANSLATED if values.get(name))
    return IndexSettings(values=values, untranslated=untranslated)


def config_files(environ: Mapping[str, str]) -> Iterator[Path]:
    """The places where pip looks, weakest first."""
    given = environ.get("PIP_CONFIG_FILE", "")
    if given == os.devnull:
        return
    home = Path(environ["HOME"]) if environ.get("HOME") else None
    if sys.platform == "darwin":
        yield Path("/Library/Application Support/pip/pip.conf")
    else:
        yield from (Path(base) / "pip" / "pip.conf" for base in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":"))
        yield Path("/etc/pip.conf")
    if home is not None:
        yield home / ".pip" / "pip.conf"
        if sys.platform == "darwin":
            yield home / "Library" / "Application Support" / "pip" / "pip.conf"
        yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    yield Path(sys.prefix) / "pip.conf"
    if given:
        yield Path(given)


def _files(environ: Mapping[str, str]) -> Iterator[dict[str, tuple[str, ...]]]:
    for file in config_files(environ):
        parser = configparser.RawConfigParser()
        try:
            with file.open(encoding="utf-8") as stream:
                parser.read_file(stream)
        except (OSError, UnicodeDecodeError, configparser.Error):
            continue
        for section in _SECTIONS:
            if parser.has_section(section):
                yield {_name(key): _values(_name(key), value) for key, value in parser.items(section) if value}


def _variables(environ: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found = {}
    for key, value in environ.items():
        if key.startswith("PIP_") and value and key not in {"PIP_CONFIG_FILE", "PIP_VERSION", "PIP_HELP"}:
            name = _name(key.removeprefix("PIP_").lower())
            found[name] = _values(name, value)
    return found


def _name(key: str) -> str:
    name = key.lower().replace("_", "-")
    return {"default-timeout": "timeout", "pypi-url": "index-url"}.get(name, name)


def _values(name: str, text: str) -> tuple[str, ...]:
    return tuple(text.split()) if name in _LISTS else (text.strip(),)


def _flag(values: tuple[str, ...]) -> bool:
    return values[-1].lower() in _TRUE


def _formats(variable_all: str, variable_some: str, values: tuple[str, ...]) -> dict[str, str]:
    """pip's :all:, :none: and names, in any order; `:none:` empties what stands before it."""
    names: list[str] = []
    for word in (word.strip() for value in values for word in value.split(",")):
        if word == ":none:":
            names = []
        elif word:
            names.append(word)
    if ":all:" in names:
        return {variable_all: "1"}
    return {variable_some: " ".join(names)} if names else {}


_TRANSLATIONS: Mapping[str, Callable[[tuple[str, ...]], dict[str, str]]] = {
    "index-url": lambda values: {"UV_DEFAULT_INDEX": values[-1]},
    "extra-index-url": lambda values: {"UV_INDEX": " ".join(values)},
    "find-links": lambda values: {"UV_FIND_LINKS": ",".join(values)},
    "no-index": lambda values: {"UV_NO_INDEX": "1"} if _flag(values) else {},
    "trusted-host": lambda values: {"UV_INSECURE_HOST": " ".join(values)},
    "cert": lambda values: {"SSL_CERT_FILE": values[-1]},
    "client-cert": lambda values: {"SSL_CLIENT_CERT": values[-1]},
    "proxy": lambda values: {"ALL_PROXY": values[-1]},
    "timeout": lambda values: {"UV_HTTP_TIMEOUT": values[-1]},
    "retries": lambda values: {"UV_HTTP_RETRIES": values[-1]},
    "keyring-provider": lambda values: {"UV_KEYRING_PROVIDER": "subprocess"} if values[-1] != "disabled" else {},
    "pre": lambda values: {"UV_PRERELEASE": "allow"} if _flag(values) else {},
    "no-binary": lambda values: _formats("UV_NO_BINARY", "UV_NO_BINARY_PACKAGE", values),
    "only-binary": lambda values: _formats("UV_NO_BUILD", "UV_NO_BUILD_PACKAGE", values),
}
