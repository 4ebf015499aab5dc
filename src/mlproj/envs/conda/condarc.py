"""conda's own configuration, as far as it says where channels are and how they are asked."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlproj.config import user_home

ALIAS = "https://conda.anaconda.org"
DEFAULTS = ("https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r")
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condarc:
    """`channels` are those for a project that names none; URLs may hold credentials.

    `verify` is false where certificates are not to be checked, `certificates` is a file or None. `priority` is
    `strict`, `flexible` or `disabled`.
    """

    channels: tuple[str, ...] = field(default=(), repr=False)
    alias: str = field(default=ALIAS, repr=False)
    defaults: tuple[str, ...] = field(default=DEFAULTS, repr=False)
    custom: Mapping[str, str] = field(default_factory=dict, repr=False)
    multi: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    priority: str = "flexible"
    verify: bool = True


def read_condarc(environ: Mapping[str, str]) -> Condarc:
    """Read the files where conda looks, weakest first; what cannot be read does not count, as with pip's."""
    table: dict[str, object] = {}
    for file in condarc_files(environ):
        table.update(_read(file))
    table.update(_variables(environ))
    alias = _text(table.get("channel_alias"), environ)
    verify = table.get("ssl_verify", True)
    return Condarc(
        channels=_texts(table.get("channels"), environ),
        alias=(alias or ALIAS).rstrip("/"),
        defaults=_texts(table.get("default_channels"), environ) or DEFAULTS,
        custom={name: _text(base, environ) for name, base in _mapping(table.get("custom_channels")).items()},
        multi={name: _texts(urls, environ) for name, urls in _mapping(table.get("custom_multichannels")).items()},
        priority=_priority(table.get("channel_priority")),
        verify=verify is not False and str(verify).lower() not in {"false", "no", "0"},
    )


def condarc_files(environ: Mapping[str, str]) -> Iterator[Path]:
    """The places where conda looks that do not depend on an installed conda, weakest first."""
    places = [Path("/etc/conda/.condarc"), Path("/etc/conda/condarc")]
    if root := environ.get("CONDA_ROOT") or environ.get("MAMBA_ROOT_PREFIX"):
        places += [Path(root) / ".condarc", Path(root) / "condarc"]
    home = user_home(environ)
    config = environ.get("XDG_CONFIG_HOME") or (home and home / ".config")
    if config:
        places += [Path(config) / "conda" / ".condarc", Path(config) / "conda" / "condarc"]
    if home:
        places += [home / ".conda" / ".condarc", home / ".conda" / "condarc", home / ".condarc", home / ".mambarc"]
    if given := environ.get("CONDARC") or environ.get("MAMBARC"):
        places.append(Path(given))
    yield from (place for place in places if place.is_file())


def expand(text: str, environ: Mapping[str, str]) -> str:
    """Replace `$NAME` and `${NAME}`; an unset name stays as it is."""
    return _VARIABLE.sub(lambda match: environ.get(match[1] or match[2], match[0]), text)


def _read(file: Path) -> Mapping[str, object]:
    import yaml

    try:
        table = yaml.load(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError):
        return {}
    return {str(key): value for key, value in table.items()} if isinstance(table, dict) else {}


def _variables(environ: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key in ("channel_alias", "ssl_verify", "channel_priority"):
        if value := environ.get(f"CONDA_{key.upper()}"):
            found[key] = value
    for key in ("channels", "default_channels"):
        if value := environ.get(f"CONDA_{key.upper()}"):
            found[key] = [part for part in re.split(r"[,\s]+", value) if part]
    return found


def _text(value: object, environ: Mapping[str, str]) -> str:
    return expand(value.strip(), environ) if isinstance(value, str) else ""


def _texts(value: object, environ: Mapping[str, str]) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(text for item in items if (text := _text(item, environ)))


def _mapping(value: object) -> dict[str, object]:
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def _priority(value: object) -> str:
    """YAML and older files have truth values here."""
    words = {"true": "flexible", "false": "disabled", "strict": "strict", "disabled": "disabled"}
    return words.get(str(value).lower(), "flexible")
