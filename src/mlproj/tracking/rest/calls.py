"""JSON calls to MLflow's endpoints, and what they answer as entities."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from mlproj.tracking.entities import Page
from mlproj.tracking.rest.connection import Connection, Json

API = "/api/2.0/mlflow"
Item = TypeVar("Item")


class Calls:
    """What the parts of a REST store share."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _post(self, endpoint: str, body: Mapping[str, object], *, repeatable: bool = True) -> Json:
        return self._connection.call("POST", f"{API}/{endpoint}", body=body, repeatable=repeatable)

    def _patch(self, endpoint: str, body: Mapping[str, object]) -> Json:
        return self._connection.call("PATCH", f"{API}/{endpoint}", body=body)

    def _delete(self, endpoint: str, body: Mapping[str, object], *, repeatable: bool = True) -> Json:
        return self._connection.call("DELETE", f"{API}/{endpoint}", body=body, repeatable=repeatable)

    def _get(self, endpoint: str, *query: tuple[str, str]) -> Json:
        return self._connection.call("GET", f"{API}/{endpoint}", query=query)

    def _one(self, answer: Json, name: str, read: Callable[[Any], Item]) -> Item:
        with self._connection.understanding():
            return read(answer[name])

    def _page(self, answer: Json, name: str, read: Callable[[Json], Item]) -> Page[Item]:
        with self._connection.understanding():
            items = tuple(read(item) for item in answer.get(name, ()))
        return Page(items=items, next_page_token=answer.get("next_page_token") or None)
