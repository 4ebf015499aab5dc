"""What a client can do, from its headers."""

import re
from collections.abc import Mapping

FIRST_WITH_PROXIED_ARTIFACTS = (1, 22)
_CLIENT = re.compile(r"mlflow-python-client/(\S+)")
_VERSION = re.compile(r"(\d+)\.(\d+)")


def reads_proxied_artifacts(headers: Mapping[str, str]) -> bool:
    """Whether the client knows `mlflow-artifacts:` URIs; one that does not say its version does."""
    agent = _CLIENT.search(headers.get("user-agent", ""))
    version = headers.get("x-mlflow-client-version") or (agent[1] if agent else "")
    match = _VERSION.match(version)
    return match is None or (int(match[1]), int(match[2])) >= FIRST_WITH_PROXIED_ARTIFACTS
