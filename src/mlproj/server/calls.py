"""What an endpoint is: a plain function from a call to JSON, with the verb and the path that lead to it."""

from collections.abc import Callable
from dataclasses import dataclass

from mlproj.server.endpoints.wire import Json
from mlproj.server.requests import Arguments
from mlproj.tracking.base import LocalStore

CodeDiff = Callable[[LocalStore, str, str], str | None]
"""The difference of the code of two runs as a diff; None where it cannot be had."""
USER = "mlproj.user"  # in a request's scope: the name of the user who asks
READING = ("search", "get-")
"""How the last parts of paths begin that are asked with POST and change nothing all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: the store, the arguments, and whether the client can read `mlflow-artifacts:` URIs.

    `user` is who asks, where the server knows; then it counts, not what the client says. `code_diff` compares the code
    of two runs, where this server may.
    """

    store: LocalStore
    args: Arguments
    proxied_artifacts: bool = True
    user: str | None = None
    code_diff: CodeDiff | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`path` is relative to `/api/2.0/mlflow/`; its parts in braces become arguments."""

    method: str
    path: str
    answer: Callable[[Call], Json]

    @property
    def reads(self) -> bool:
        """Whether a call changes nothing."""
        return self.method == "GET" or self.path.rpartition("/")[2].startswith(READING)
