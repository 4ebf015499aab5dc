"""Finding the route of a request: most paths are plain text, and looked up at once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import BaseRoute, Route, Router

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class AnyConvertor(Convertor[str]):
    """The rest of a path, line breaks and all: files have such names."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("any", AnyConvertor())


class QuickRouter(Router):
    """A router that tries its routes one after the other only for paths with parts that vary."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        super().__init__(routes, redirect_slashes=False)
        self._plain = {
            (method, route.path): route
            for route in routes
            if isinstance(route, Route) and "{" not in route.path
            for method in route.methods or ()
        }

    async def app(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        route = self._plain.get((scope.get("method", ""), scope["path"]))
        if route is None:
            await super().app(scope, receive, send)
            return
        scope["router"], scope["endpoint"], scope["path_params"] = self, route.endpoint, {}
        await route.handle(scope, receive, send)
