"""HTTP to one tracking server: a pool, retries where they do no harm, and its errors as ours."""

import json
import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from mlproj.errors import (
    AlreadyExistsError,
    InvalidValueError,
    MlprojError,
    NotFoundError,
    ServerRefusedError,
    ServerUnreachableError,
    SettingError,
)
from mlproj.tracking.rest.address import Address

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager, Retry

Json = dict[str, Any]
CONNECT_SECONDS = 10.0
LONGEST_BACKOFF = 10
PASSING = frozenset({408, 429, 500, 502, 503, 504})
OUT_OF_RANGE = 416
UNREACHABLE = frozenset({502, 503, 504})
_CONNECTION = re.compile(r"^HTTPS?Connection(Pool)?\([^)]*\): ")
_LEFT_BY_PARENT: list[object] = []
"""Connections that a fork brought along: they belong to the parent."""
_BY_CODE: Mapping[str, type[MlprojError]] = {
    "RESOURCE_DOES_NOT_EXIST": NotFoundError,
    "NOT_FOUND": NotFoundError,
    "RESOURCE_ALREADY_EXISTS": AlreadyExistsError,
    "ALREADY_EXISTS": AlreadyExistsError,
    "INVALID_PARAMETER_VALUE": InvalidValueError,
    "BAD_REQUEST": InvalidValueError,
    "INVALID_STATE": InvalidValueError,
}
CHECK_THE_WAY = "check the tracking URI, the network and the proxy variables"
UNKNOWN_ISSUER = "name a file with its certificate, or its issuer's, in MLFLOW_TRACKING_SERVER_CERT_PATH"


class Connection:
    """Requests to one server, from several threads; after a fork the child connects anew."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._guard = threading.Lock()
        self._pool: PoolManager | None = None
        self._pid = os.getpid()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        query: Iterable[tuple[str, str]] = (),
        repeatable: bool = True,
    ) -> Json:
        """A JSON request. One that is not `repeatable` is sent again only if the server was never reached."""
        content = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        response = self.send(method, path, content=content, headers=headers, query=query, repeatable=repeatable)
        try:
            answer = json.loads(response.data or b"{}")
        except ValueError as error:
            raise ServerRefusedError(
                "the server did not answer in JSON", where=self.address.origin, hint="is it a tracking server?"
            ) from error
        return answer if isinstance(answer, dict) else {}

    def send(
        self,
        method: str,
        path: str,
        *,
        content: bytes | IO[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        query: Iterable[tuple[str, str]] = (),
        repeatable: bool = True,
        preload: bool = True,
    ) -> "BaseHTTPResponse":
        """A request; the answer is read whole unless `preload` is false. Raises what the server's error means."""
        from urllib.parse import urlencode

        from urllib3.exceptions import HTTPError

        query = list(query)
        url = f"{self.address.base}{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            response = self._connected().request(
                method,
                url,
                body=content,
                headers={**self._headers(), **(headers or {})},
                retries=self._retries(repeatable=repeatable),
                preload_content=preload,
                redirect=method == "GET",
            )
        except (HTTPError, OSError) as error:
            raise self._unreachable(error) from error
        except ValueError as error:
            raise SettingError(
                "the tracking URI or the credentials hold a character that HTTP does not allow",
                where=self.address.origin,
            ) from error
        if 200 <= response.status < 300:  # noqa: PLR2004 - success in HTTP
            return response
        try:
            data = response.data
        finally:
            response.release_conn()
        raise _refusal(response.status, data, self.address.origin, response.headers.get("Location", ""))

    def read(self, response: "BaseHTTPResponse", size: int) -> bytes:
        """A part of an answer that was not preloaded; empty at its end."""
        from urllib3.exceptions import HTTPError

        try:
            return response.read(size)
        except (HTTPError, OSError) as error:
            raise self._unreachable(error) from error

    def close(self) -> None:
        with self._guard:
            pool, self._pool = self._pool, None
        if pool is not None and self._pid == os.getpid():
            pool.clear()

    def _connected(self) -> "PoolManager":
        if self._pid != os.getpid():
            _LEFT_BY_PARENT.append(self._pool)
            self._guard, self._pool, self._pid = threading.Lock(), None, os.getpid()
        with self._guard:
            if self._pool is None:
                self._pool = _make_pool(self.address)
            return self._pool

    def _headers(self) -> dict[str, str]:
        headers = {"User-Agent": "mlproj", "Accept-Encoding": "identity"}
        if self.address.authorization:
            headers["Authorization"] = self.address.authorization
        return headers

    def _retries(self, *, repeatable: bool) -> "Retry":
        from urllib3 import Retry

        number = self.address.retries
        again = number if repeatable else 0
        return Retry(
            total=None,
            connect=number,
            read=again,
            other=0,
            status=again,
            redirect=3,
            allowed_methods=None,
            status_forcelist=PASSING if repeatable else (),
            backoff_factor=self.address.backoff,
            backoff_max=LONGEST_BACKOFF,
            raise_on_status=False,
            respect_retry_after_header=False,
        )

    def _unreachable(self, error: Exception) -> MlprojError:
        reason = getattr(error, "reason", None) or error
        return ServerUnreachableError(
            f"the tracking server does not answer: {_plain(reason)}",
            where=self.address.origin,
            hint=UNKNOWN_ISSUER if "CERTIFICATE_VERIFY_FAILED" in str(reason) else CHECK_THE_WAY,
        )

    @contextmanager
    def understanding(self) -> Iterator[None]:
        """Around the reading of an answer: what cannot be read is the server's fault."""
        try:
            yield
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ServerRefusedError(
                f"the answer of the server cannot be understood: {error!r}", where=self.address.origin
            ) from error


def _make_pool(address: Address) -> "PoolManager":
    import urllib3

    settings: dict[str, Any] = {"maxsize": 8, "timeout": urllib3.Timeout(connect=CONNECT_SECONDS, read=address.timeout)}
    if address.ca and address.verify:
        settings["ca_cert_dir" if os.path.isdir(address.ca) else "ca_certs"] = address.ca  # noqa: PTH112 - text it is
    if address.client_certificate:
        settings["cert_file"] = address.client_certificate
    if not address.verify:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        settings["cert_reqs"] = "CERT_NONE"
    if address.proxy is None:
        return urllib3.PoolManager(**settings)
    try:
        parts = urllib3.util.parse_url(address.proxy)
        headers = urllib3.make_headers(proxy_basic_auth=parts.auth) if parts.auth else None
        return urllib3.ProxyManager(address.proxy, proxy_headers=headers, **settings)
    except urllib3.exceptions.HTTPError as error:
        raise SettingError(f"the proxy cannot be used: {_plain(error)}", hint="check the proxy variables") from error


def _refusal(status: int, data: bytes, origin: str, location: str) -> MlprojError:
    """What an error answer means to us."""
    try:
        answer = json.loads(data)
    except ValueError:
        answer = None
    code = str(answer.get("error_code", "")) if isinstance(answer, dict) else ""
    text = str(answer.get("message", "")) if isinstance(answer, dict) else ""
    message = " ".join(text.split())[:1000] or f"HTTP status {status}"
    if code in _BY_CODE and status != OUT_OF_RANGE:
        return _BY_CODE[code](message)
    if status in {401, 403}:
        hint = "check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
        return ServerRefusedError(f"the tracking server does not let us in: {message}", where=origin, hint=hint)
    if location:
        return ServerRefusedError(
            f"the tracking server redirects to {location.partition('?')[0][:200]}",
            where=origin,
            hint="set the tracking URI to the server's own address",
        )
    if status in UNREACHABLE:
        return ServerUnreachableError(f"the tracking server is not available: {message}", where=origin)
    refusal = ServerRefusedError(
        f"the tracking server refused: {message}", where=origin, hint=None if code else "is it a tracking server?"
    )
    refusal.status = status
    return refusal


def _plain(reason: object) -> str:
    """urllib3's texts begin with a connection object: with its address in memory or, since 2.6, its own."""
    if isinstance(reason, Exception) and len(reason.args) > 1 and isinstance(reason.args[1], Exception):
        reason = reason.args[1]
    text = _CONNECTION.sub("", str(reason).rpartition(">: ")[2])
    return text.removeprefix("Failed to establish a new connection: ")
