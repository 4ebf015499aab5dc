import pytest

from mlproj.server.access.guard import origin_allowed
from mlproj.server.access.hosts import LOOPBACK, host_allowed
from mlproj.server.clients import reads_proxied_artifacts


@pytest.mark.parametrize("host", ["localhost", "localhost:5000", "127.0.0.1:1", "[::1]:80", "LOCALHOST:5"])
def test_loopback_names(host: str) -> None:
    assert host_allowed(host, LOOPBACK)


@pytest.mark.parametrize(
    "host", ["", "evil.example", "127.0.0.1.evil.example:5", "localhost.evil:1", "[::1", "::1@evil"]
)
def test_other_names(host: str) -> None:
    assert not host_allowed(host, LOOPBACK)


@pytest.mark.parametrize(
    ("method", "origin", "allowed"),
    [
        ("POST", None, True),
        ("POST", "http://127.0.0.1:5", True),
        ("POST", "http://evil.example", False),
        ("POST", "null", False),
        ("POST", "http://127.0.0.1:6", False),
        ("GET", "http://evil.example", True),
    ],
)
def test_pages_of_other_origins_change_nothing(method: str, origin: str | None, *, allowed: bool) -> None:
    assert origin_allowed(method, origin, "127.0.0.1:5") is allowed


@pytest.mark.parametrize(
    ("headers", "reads"),
    [
        ({}, True),
        ({"user-agent": "curl/8"}, True),
        ({"user-agent": "mlflow-python-client/3.17.2"}, True),
        ({"user-agent": "mlflow-python-client/1.22.0"}, True),
        ({"user-agent": "mlflow-python-client/1.21.0"}, False),
        ({"user-agent": "mlflow-python-client/1.9.1 more"}, False),
        ({"user-agent": "mlflow-python-client/0.9"}, False),
        ({"user-agent": "mlflow-python-client/unknown"}, True),
        ({"x-mlflow-client-version": "1.19.0"}, False),
        ({"x-mlflow-client-version": "3.0.0rc1", "user-agent": "mlflow-python-client/1.2"}, True),
    ],
)
def test_old_clients_do_not_know_proxied_artifacts(headers: dict[str, str], *, reads: bool) -> None:
    assert reads_proxied_artifacts(headers) is reads
