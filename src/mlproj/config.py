"""Settings: option > environment variable > the user's config.toml > default. The only reader of os.environ."""

import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from mlproj.errors import SettingError

ENV_MANAGERS = ("local", "virtualenv", "conda", "uv")
INSTALLERS = ("uv", "pip")


def process_environment() -> Mapping[str, str]:
    """The environment of this process, as it is now; everything else takes it as an argument."""
    return MappingProxyType(dict(os.environ))  # noqa: TID251 - the one place


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting: its key in config.toml, the variables that set it (the first that is set wins), its reader."""

    key: str
    variables: tuple[str, ...]
    parse: Callable[[str], object]
    default: str | None
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A setting's value and where it came from: `option`, a variable's name, a file's path, or `default`."""

    value: object
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one call of the program, with the environment that they were read from.

    `ignored_tracking_uri` is an MLFLOW_TRACKING_URI that names no server.
    """

    home: Path
    cache_dir: Path
    tracking_uri: str | None
    ignored_tracking_uri: str | None
    env_manager: str | None
    installer: str
    python_download: bool
    conda_channel: str
    conda_program: str | None
    cuda: str | None
    grace: float
    storage_dir: Path | None
    experiment_name: str | None
    experiment_id: str | None
    capture: bool
    capture_limit: int
    output_limit: int
    system_metrics: bool
    environ: Mapping[str, str]
    origins: Mapping[str, Value]


def _boolean(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise ValueError("must be true or false")
    return words[text.lower()]


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ValueError("must be a number of seconds")
    return seconds


def _cuda(text: str) -> str:
    text = text.strip().lower()
    if text != "none" and not all(part.isdigit() for part in text.split(".")):
        raise ValueError("must be a CUDA version, as in 12.4, or none")
    return text


def _size(text: str) -> int:
    """Bytes, or a number with KB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (of 1024)."""
    import re

    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*(?:([KMGT]?)(i?)B)?", text.strip(), re.IGNORECASE)
    if found is None:
        raise ValueError("must be a size such as 500MB or 2GiB")
    return int(float(found[1]) * (1024 if found[3] else 1000) ** " KMGT".index((found[2] or " ").upper()))


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return text

    return parse


def _directory(text: str) -> Path:
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise ValueError("names a home directory that is not known") from error


SETTINGS = (
    Setting(key="home", variables=("MLPROJ_HOME",), parse=_directory, default=None, help="runs and artifacts"),
    Setting(
        key="cache_dir",
        variables=("MLPROJ_CACHE_DIR",),
        parse=_directory,
        default=None,
        help="git mirrors, checkouts, environments and their locks",
    ),
    Setting(
        key="tracking_uri",
        variables=("MLPROJ_TRACKING_URI", "MLFLOW_TRACKING_URI"),
        parse=str,
        default=None,
        help="the tracking store; unset: the database in the home",
    ),
    Setting(
        key="env_manager",
        variables=("MLPROJ_ENV_MANAGER",),
        parse=_one_of(*ENV_MANAGERS),
        default=None,
        help="local, virtualenv, conda; unset: what the project declares",
    ),
    Setting(
        key="installer",
        variables=("MLPROJ_INSTALLER",),
        parse=_one_of(*INSTALLERS),
        default="uv",
        help="what resolves and installs Python packages: uv or pip",
    ),
    Setting(
        key="python_download",
        variables=("MLPROJ_PYTHON_DOWNLOAD",),
        parse=_boolean,
        default="true",
        help="whether a Python version that is missing is fetched",
    ),
    Setting(
        key="conda_channel",
        variables=("MLPROJ_CONDA_CHANNEL",),
        parse=str,
        default="https://conda.anaconda.org/conda-forge",
        help="the conda channel that a Python version comes from which uv does not have",
    ),
    Setting(
        key="conda_program",
        variables=("MLPROJ_CONDA",),
        parse=str,
        default=None,
        help="an installed conda, mamba or micromamba instead of the built-in solver",
    ),
    Setting(
        key="cuda",
        variables=("MLPROJ_CUDA", "CONDA_OVERRIDE_CUDA"),
        parse=_cuda,
        default=None,
        help="the CUDA version to resolve conda packages for, or none; unset: the driver's",
    ),
    Setting(
        key="grace",
        variables=("MLPROJ_GRACE",),
        parse=_seconds,
        default="10",
        help="seconds between interrupting a job and terminating it",
    ),
    Setting(
        key="storage_dir",
        variables=("MLPROJ_STORAGE_DIR", "MLFLOW_TMP_DIR"),
        parse=_directory,
        default=None,
        help="where remote path parameters are fetched to",
    ),
    Setting(
        key="experiment_name",
        variables=("MLPROJ_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_NAME"),
        parse=str,
        default=None,
        help="the experiment of new runs, by name",
    ),
    Setting(
        key="experiment_id",
        variables=("MLPROJ_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_ID"),
        parse=str,
        default=None,
        help="the experiment of new runs, by id",
    ),
    Setting(
        key="capture",
        variables=("MLPROJ_CAPTURE",),
        parse=_boolean,
        default="true",
        help="whether code that no remote has is kept with a run",
    ),
    Setting(
        key="capture_limit",
        variables=("MLPROJ_CAPTURE_LIMIT",),
        parse=_size,
        default="100MB",
        help="how much code is kept with a run at most",
    ),
    Setting(
        key="output_limit",
        variables=("MLPROJ_OUTPUT_LIMIT",),
        parse=_size,
        default="1GB",
        help="the size above which a declared output is kept by its hash alone",
    ),
    Setting(
        key="system_metrics",
        variables=("MLPROJ_SYSTEM_METRICS",),
        parse=_boolean,
        default="true",
        help="whether the use of CPU, memory, disk, network and GPU is logged",
    ),
)


def load_settings(
    environ: Mapping[str, str] | None = None,
    options: Mapping[str, object] | None = None,
) -> Settings:
    """Read the settings; `options` holds what was given on the command line, None where nothing was.

    Raises SettingError for a value that cannot be used; it names the variable or the file.
    """
    environ = process_environment() if environ is None else MappingProxyType(dict(environ))
    file = config_file(environ)
    table = _read_table(file)
    readable, ignored = _without_foreign_store(environ)
    values = {setting.key: _resolve(setting, options or {}, readable, table, file) for setting in SETTINGS}
    return Settings(
        environ=environ,
        ignored_tracking_uri=ignored,
        origins=MappingProxyType(values),
        **{key: value.value for key, value in values.items()},  # type: ignore[arg-type] # each reader gives its field's type
    )


def _without_foreign_store(environ: Mapping[str, str]) -> tuple[Mapping[str, str], str | None]:
    """MLFLOW_TRACKING_URI chooses our store only if it names a server; MLflow's file stores are not ours."""
    uri = environ.get("MLFLOW_TRACKING_URI", "")
    if not uri or uri.startswith(("http://", "https://")):
        return environ, None
    return {key: value for key, value in environ.items() if key != "MLFLOW_TRACKING_URI"}, uri


def config_file(environ: Mapping[str, str]) -> Path:
    """The user's config.toml; it need not exist."""
    return _base(environ, "XDG_CONFIG_HOME", ".config", "Library/Application Support") / "config.toml"


def _resolve(
    setting: Setting,
    options: Mapping[str, object],
    environ: Mapping[str, str],
    table: Mapping[str, object],
    file: Path,
) -> Value:
    if (given := options.get(setting.key)) is not None:
        return Value(value=_read(setting, given, f"--{setting.key.replace('_', '-')}"), origin="option")
    for variable in setting.variables:
        if environ.get(variable):
            return Value(value=_read(setting, environ[variable], variable), origin=variable)
    if setting.key in table:
        return Value(value=_read(setting, table[setting.key], f"{file}: {setting.key}"), origin=str(file))
    if setting.default is not None:
        return Value(value=setting.parse(setting.default), origin="default")
    return Value(value=_default_directory(setting.key, environ), origin="default")


def _read(setting: Setting, given: object, where: str) -> object:
    """The value, by the same rules wherever it comes from; numbers and truth values may be given as such."""
    if not isinstance(given, str | int | float | Path):
        raise SettingError("must be a text, a number, true or false", where=where)
    text = str(given)
    if not text.strip():
        raise SettingError("is empty", where=where, hint="leave it out, or give a value")
    try:
        return setting.parse(text)
    except ValueError as error:
        raise SettingError(f"{text!r} {error}", where=where) from error


def _read_table(file: Path) -> Mapping[str, object]:
    if not file.exists():
        return {}
    import tomllib

    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"cannot be read: {error}", where=str(file)) from error
    known = {setting.key for setting in SETTINGS}
    for key in table:
        if key not in known:
            raise SettingError(f"unknown setting {key!r}", where=str(file), hint=f"known: {', '.join(sorted(known))}")
    return table


def _default_directory(key: str, environ: Mapping[str, str]) -> Path | None:
    if key == "home":
        return _base(environ, "XDG_DATA_HOME", ".local/share", "Library/Application Support")
    if key == "cache_dir":
        return _base(environ, "XDG_CACHE_HOME", ".cache", "Library/Caches")
    return None


def _base(environ: Mapping[str, str], variable: str, linux: str, mac: str) -> Path:
    """The platform's directory for us, as platformdirs has it (which takes 19 ms to import and reads os.environ)."""
    import sys

    if sys.platform == "darwin":
        return _user_home(environ) / mac / "mlproj"
    if (given := environ.get(variable, "")) and Path(given).is_absolute():
        return Path(given) / "mlproj"
    return _user_home(environ) / linux / "mlproj"


def user_home(environ: Mapping[str, str]) -> Path | None:
    """$HOME, else the account's directory; None where that is not there and cannot be made, as in many containers."""
    if environ.get("HOME"):
        home = Path(environ["HOME"])
    else:
        import pwd

        try:
            home = Path(pwd.getpwuid(os.getuid()).pw_dir)
        except KeyError:
            return None
    return home if _can_be_home(home) else None


def _can_be_home(path: Path) -> bool:
    """It is a directory, or can be made one. `/` is what a container gives to a user without an account."""
    there = next(place for place in (path, *path.absolute().parents) if os.access(place, os.F_OK))
    is_home = there == path and path != Path("/")
    return there.is_dir() and (is_home or os.access(there, os.W_OK | os.X_OK))


def _user_home(environ: Mapping[str, str]) -> Path:
    """The user's home, else a private directory below the temporary one."""
    if (home := user_home(environ)) is not None:
        return home
    import tempfile

    return _private(Path(environ.get("TMPDIR") or tempfile.gettempdir()) / f"mlproj-{os.getuid()}")


def _private(folder: Path) -> Path:
    """Make the directory for us alone. Others can write beside it: what is there already must be ours."""
    import stat

    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700)
    try:
        found = folder.lstat()
    except OSError:
        return folder  # it cannot be made: whoever writes there says so
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise SettingError(
            "is not a directory of yours",
            where=str(folder),
            hint="set HOME, or MLPROJ_HOME and MLPROJ_CACHE_DIR, to directories that you may write",
        )
    if stat.S_IMODE(found.st_mode) != 0o700:  # noqa: PLR2004 - the mode it is made with
        folder.chmod(0o700)
    return folder
