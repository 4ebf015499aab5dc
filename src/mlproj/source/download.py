"""A file from a web server to the disk, through the proxies and certificates that the environment names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mlproj.errors import SourceError
from mlproj.source.credentials import Credentials, redact, strip_credentials

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

_ATTEMPTS = 3
_CHUNK = 1 << 20
_BUSY = (429, 500, 502, 503, 504)
_REFUSALS = (401, 403, 407)
_OK = 200
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """By what a server tells whether what it has is still what it sent."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """For a request that needs no answer if nothing has changed."""
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value}


def download(
    url: str,
    target: Path,
    *,
    environ: Mapping[str, str],
    credentials: Credentials,
    on_progress: Callable[[str], None],
    unless: Validators | None = None,
) -> Validators | None:
    """Write what `url` holds to the file `target`; a download that breaks off is tried again.

    None, and nothing written, if it is what it was when the server gave the validators `unless`. Raises SourceError.
    """
    from urllib3.exceptions import HTTPError

    shown = strip_credentials(url)
    with _pool(url, environ) as pool:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return _download_once(
                    pool,
                    url,
                    target,
                    credentials=credentials,
                    on_progress=on_progress,
                    unless=unless or Validators(),
                )
            except HTTPError as error:
                if attempt == _ATTEMPTS:
                    raise _unreachable(shown, error, credentials) from error
    raise AssertionError  # the last attempt returns or raises


def proxy_for(url: str, environ: Mapping[str, str]) -> str | None:
    """The proxy that the environment names for a URL, or None."""
    parts = urlsplit(url)
    lower = {name.lower(): value for name, value in environ.items() if name.lower().endswith("_proxy") and value}
    lower |= {name: value for name, value in environ.items() if name.endswith("_proxy") and value}
    if _is_exempt(parts.hostname or "", parts.netloc.rpartition("@")[2], lower.get("no_proxy", "")):
        return None
    proxy = lower.get(f"{parts.scheme}_proxy") or lower.get("all_proxy")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def _is_exempt(host: str, address: str, no_proxy: str) -> bool:
    names = [name.strip().lower().lstrip(".") for name in no_proxy.split(",") if name.strip()]
    return any(name in {"*", host, address.lower()} or host.endswith(f".{name}") for name in names)


def _pool(url: str, environ: Mapping[str, str]) -> "PoolManager":
    import urllib3

    certificates = environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE") or environ.get("SSL_CERT_FILE")
    options: dict[str, object] = {
        "ca_certs": certificates,
        "retries": urllib3.Retry(total=_ATTEMPTS, status_forcelist=_BUSY, backoff_factor=0.1, raise_on_status=False),
        "timeout": urllib3.Timeout(connect=20, read=60),
    }
    proxy = proxy_for(url, environ)
    if proxy is None:
        return urllib3.PoolManager(**options)  # type: ignore[arg-type] # keyword arguments of several types
    if urlsplit(proxy).scheme not in {"http", "https"}:
        raise SourceError(
            f"the proxy {strip_credentials(proxy)} is none that mlproj can use", hint="name an http:// proxy"
        )
    user = urlsplit(proxy)
    login = f"{user.username}:{user.password or ''}" if user.username else None
    headers = urllib3.make_headers(proxy_basic_auth=login)
    return urllib3.ProxyManager(proxy, proxy_headers=headers, **options)  # type: ignore[arg-type] # as above


def _download_once(
    pool: "PoolManager",
    url: str,
    target: Path,
    *,
    credentials: Credentials,
    on_progress: Callable[[str], None],
    unless: Validators,
) -> Validators | None:
    import urllib3

    login = f"{credentials.username or ''}:{credentials.password or ''}" if credentials != Credentials() else None
    headers = {**urllib3.make_headers(basic_auth=login, user_agent="mlproj"), **unless.headers()}
    response = pool.request("GET", url, headers=headers, preload_content=False)
    try:
        if response.status == _NOT_MODIFIED and unless != Validators():
            return None
        _require_ok(response, strip_credentials(url))
        total = int(response.headers.get("Content-Length") or 0)
        with target.open("wb") as file:
            for chunk in response.stream(_CHUNK):
                file.write(chunk)
                done = f"{file.tell() >> 10} KiB" + (f" of {total >> 10} KiB" if total else "")
                on_progress(f"downloading {strip_credentials(url)}: {done}")
        return Validators(etag=response.headers.get("ETag"), last_modified=response.headers.get("Last-Modified"))
    finally:
        response.release_conn()
        response.close()


def _require_ok(response: "BaseHTTPResponse", shown: str) -> None:
    if response.status == _OK:
        return
    hint = "check the user and the password" if response.status in _REFUSALS else "check the URL"
    reason = f"{response.status} {response.reason or ''}".strip()
    raise SourceError(f"the server answers {reason}", where=shown, hint=hint)


def _unreachable(shown: str, error: Exception, credentials: Credentials) -> SourceError:
    from urllib3.exceptions import MaxRetryError

    cause = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    text = redact(str(cause), (credentials.password,))
    return SourceError("cannot be downloaded", where=shown, hint="check the URL and your network", detail=text)
