"""A tracking URI and the variables around it, as what a connection needs. Pure."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from mlproj.errors import SettingError

DEFAULT_RETRIES = 5
DEFAULT_TIMEOUT = 120.0
DEFAULT_BACKOFF = 0.2
MOST = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server is and how to talk to it.

    `base` is the URL without credentials; `origin` is what may be shown, since the path may hold a token.
    """

    base: str
    origin: str
    authorization: str | None
    proxy: str | None
    ca: str | None
    client_certificate: str | None
    verify: bool
    retries: int
    timeout: float
    backoff: float


def read_address(uri: str, environ: Mapping[str, str]) -> Address:
    """Read a tracking URI; SettingError if it is malformed or a variable has no usable value."""
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingError(f"the tracking URI is malformed: {error}", hint="it reads http(s)://HOST[:PORT]") from error
    if not host:
        raise SettingError("the tracking URI names no host", hint="it reads http(s)://HOST[:PORT]")
    name = f"[{host}]" if ":" in host else host
    origin = f"{parts.scheme.lower()}://{name}" + (f":{port}" if port is not None else "")
    ca = _ca(environ)
    return Address(
        base=origin + parts.path.rstrip("/"),
        origin=origin,
        authorization=_authorization(parts.username, parts.password, environ),
        proxy=_proxy(parts.scheme.lower(), host, port, environ),
        ca=ca,
        client_certificate=environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH") or None,
        verify=environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() not in {"1", "true"},
        retries=int(_number(environ, "MLFLOW_HTTP_REQUEST_MAX_RETRIES", DEFAULT_RETRIES)),
        timeout=_number(environ, "MLFLOW_HTTP_REQUEST_TIMEOUT", DEFAULT_TIMEOUT),
        backoff=_number(environ, "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", DEFAULT_BACKOFF),
    )


def _authorization(user: str | None, password: str | None, environ: Mapping[str, str]) -> str | None:
    """Credentials of the URL, else a user's name and password, else a token, as MLflow's client has it."""
    if user is not None:
        return _basic(unquote(user), unquote(password or ""))
    if name := environ.get("MLFLOW_TRACKING_USERNAME"):
        return _basic(name, environ.get("MLFLOW_TRACKING_PASSWORD", ""))
    if token := environ.get("MLFLOW_TRACKING_TOKEN"):
        return f"Bearer {token}"
    return None


def _basic(user: str, password: str) -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def _proxy(scheme: str, host: str, port: int | None, environ: Mapping[str, str]) -> str | None:
    from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined] # documented nowhere, there since 2.6

    proxy = _either(environ, f"{scheme}_proxy") or _either(environ, "all_proxy")
    if not proxy:
        return None
    place = host if port is None else f"{host}:{port}"
    if proxy_bypass_environment(place, {"no": _either(environ, "no_proxy")}):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _either(environ: Mapping[str, str], name: str) -> str:
    """Proxy variables are spelled in lower case; most people also know the upper one."""
    return environ.get(name) or environ.get(name.upper(), "")


def _ca(environ: Mapping[str, str]) -> str | None:
    from pathlib import Path

    for variable in (
        "MLFLOW_TRACKING_SERVER_CERT_PATH",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ):
        if path := environ.get(variable):
            if not Path(path).exists():
                raise SettingError(f"there is no file {path}", where=variable, hint="it names a bundle of certificates")
            return path
    return None


def _number(environ: Mapping[str, str], variable: str, default: float) -> float:
    text = environ.get(variable, "")
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < MOST:
        raise SettingError(f"{text!r} must be a number, not negative", where=variable)
    return number
