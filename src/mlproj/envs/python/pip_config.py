"""pip's configuration, so that uv asks the same indexes in the same way."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlproj.envs.urls import expand

_SECTIONS = ("global", "install")
_TRUE = ("1", "true", "yes", "on")
_LISTS = ("extra-index-url", "find-links", "trusted-host", "no-binary", "only-binary", "constraint", "use-feature")
_UNTRANSLATED = ("ignore-requires-python", "platform", "prefer-binary", "use-deprecated", "use-feature")
_ALIASES = {"default-timeout": "timeout", "pypi-url": "index-url"}
_OLD_NAMES = {"UV_DEFAULT_INDEX": "UV_INDEX_URL", "UV_HTTP_TIMEOUT": "UV_REQUEST_TIMEOUT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """Where packages come from, in pip's words; each setting has all its values, weakest first."""

    values: Mapping[str, tuple[str, ...]] = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)

    @property
    def untranslated(self) -> tuple[str, ...]:
        """Settings of pip that are set here and that uv has no word for."""
        return tuple(name for name in _UNTRANSLATED if self._is_set(name))

    def uv_variables(self) -> dict[str, str]:
        """What may hold credentials, as variables. What the user set for uv itself is kept, or added to.

        Links are never options: uv leaves the variable's out where there is one.
        """
        found = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
        found |= self._single("index-url", "UV_DEFAULT_INDEX") | self._single("timeout", "UV_HTTP_TIMEOUT")
        found |= self._single("retries", "UV_HTTP_RETRIES") | self._single("client-cert", "SSL_CLIENT_CERT")
        found |= self._certificates() | self._keyring()
        found = {name: value for name, value in found.items() if not self._has(name)}
        links = [_as_link(link) if _is_local(link) else link for link in self.values.get("find-links", ())]
        found |= self._added("UV_INDEX", self.values.get("extra-index-url", ()), " ")
        return found | self._added("UV_FIND_LINKS", links, ",") | self._proxy()

    def uv_flags(self) -> list[str]:
        """What holds no credentials, as options for `uv pip`."""
        flags = ["--no-index"] if self._is_set("no-index") else []
        flags += ["--prerelease", "allow"] if self._is_set("pre") else []
        for host in self.values.get("trusted-host", ()):
            flags += ["--allow-insecure-host", host]
        for name in ("no-binary", "only-binary"):
            for word in _formats(self.values.get(name, ())):
                flags += [f"--{name}", word]
        return flags

    def _is_set(self, name: str) -> bool:
        values = self.values.get(name, ())
        return bool(values) and values[-1].lower() not in {"0", "false", "no", "off", ""}

    def _single(self, name: str, variable: str) -> dict[str, str]:
        return {variable: self.values[name][-1]} if self._is_set(name) else {}

    def _has(self, variable: str) -> bool:
        return any(self.environ.get(name) for name in (variable, _OLD_NAMES.get(variable, variable)))

    def _added(self, variable: str, values: tuple[str, ...] | list[str], separator: str) -> dict[str, str]:
        mine = [value for value in (self.environ.get(variable, ""), *values) if value]
        return {variable: separator.join(mine)} if values else {}

    def _certificates(self) -> dict[str, str]:
        file = (self.values.get("cert") or (self.environ.get("REQUESTS_CA_BUNDLE", ""),))[-1]
        return {"SSL_CERT_FILE": file} if file else {}

    def _keyring(self) -> dict[str, str]:
        provider = (self.values.get("keyring-provider") or ("auto",))[-1]
        if provider == "disabled" or (
            provider == "auto" and shutil.which("keyring", path=self.environ.get("PATH", "")) is None
        ):
            return {}
        return {"UV_KEYRING_PROVIDER": "subprocess"}

    def _proxy(self) -> dict[str, str]:
        """pip's own proxy wins over the variables that every program reads, in pip as here."""
        if not self._is_set("proxy"):
            return {}
        proxy = self.values["proxy"][-1]
        proxy = proxy if "://" in proxy else f"http://{proxy}"
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        return {spelling: proxy for name in names for spelling in (name, name.lower())}


def index_settings(environ: Mapping[str, str], options: tuple[str, ...] = ()) -> IndexSettings:
    """pip's files, then its variables, then the options of the environment's own files; later ones win."""
    values: dict[str, tuple[str, ...]] = {}
    for source in (*_files(environ), _variables(environ)):
        values.update(source)
    for option in options:
        name, _, value = option.removeprefix("--").partition("=")
        given = (expand(value, environ),) if value else ("true",)
        values[name] = (*values.get(name, ()), *given) if name in _LISTS else given
    return IndexSettings(values=values, environ=environ)


def config_files(environ: Mapping[str, str]) -> Iterator[Path]:
    """The places where pip looks, weakest first."""
    given = environ.get("PIP_CONFIG_FILE", "")
    if given == os.devnull:
        return
    mac = sys.platform == "darwin"
    if mac:
        yield Path("/Library/Application Support/pip/pip.conf")
    else:
        bases = environ.get("XDG_CONFIG_DIRS", "") or "/etc/xdg"
        yield from (Path(base) / "pip" / "pip.conf" for base in bases.split(os.pathsep))
        yield Path("/etc/pip.conf")
    if environ.get("HOME"):
        home = Path(environ["HOME"])
        yield home / ".pip" / "pip.conf"
        yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
        if mac:
            yield home / "Library" / "Application Support" / "pip" / "pip.conf"
    yield Path(sys.prefix) / "pip.conf"
    if given:
        yield Path(given)


def _files(environ: Mapping[str, str]) -> Iterator[dict[str, tuple[str, ...]]]:
    files = [file for file in config_files(environ) if file.is_file()]
    if not files:
        return
    import configparser

    for file in files:
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
            name = _name(key.removeprefix("PIP_"))
            found[name] = _values(name, value)
    return found


def _name(key: str) -> str:
    name = key.lower().replace("_", "-").removeprefix("--")
    return _ALIASES.get(name, name)


def _values(name: str, text: str) -> tuple[str, ...]:
    return tuple(text.split()) if name in _LISTS else (text.strip(),)


def _is_local(link: str) -> bool:
    return "://" not in link or link.startswith("file:")


def _as_link(link: str) -> str:
    """uv cuts its values at commas, so a path with one becomes a URL."""
    return Path(link).absolute().as_uri().replace(",", "%2C") if "," in link and "://" not in link else link


def _formats(values: tuple[str, ...]) -> list[str]:
    """pip's names, `:all:` and `:none:`; `:none:` empties what stands before it."""
    names: list[str] = []
    for word in (word.strip() for value in values for word in value.split(",")):
        if word == ":none:":
            names = []
        elif word:
            names.append(word)
    return [":all:"] if ":all:" in names else names
