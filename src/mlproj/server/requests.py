"""The arguments of a request, read with their types; what is wrong with them is said as MLflow's server says it."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar

from mlproj.errors import InvalidValueError

Member = TypeVar("Member")

_INT64 = range(-(2**63), 2**63)
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
_SPECIAL = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_DOCS = "See the API docs for more information about request parameters."


class Arguments:
    """Named arguments: a JSON object, or the query of a URL, where every value is a list of texts.

    A required argument that is absent, null or an empty text raises InvalidValueError, and so does a value of another
    type. Names are accepted in camelCase too; arguments that nobody reads are ignored.
    """

    __slots__ = ("_path", "_values")

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self._values = values
        self._path = path

    @classmethod
    def of_query(cls, query: Mapping[str, list[str]]) -> "Arguments":
        return _Query(query)

    def adding(self, values: Mapping[str, Any]) -> "Arguments":
        """The same with more, which win: the parts of a path."""
        return type(self)({**self._values, **values}, self._path)

    def raw(self, name: str) -> Any:
        """The value as it came, None if there is none."""
        twin = _camel(name)
        if twin != name and name in self._values and twin in self._values:
            raise InvalidValueError(f"Parameter '{self._path}{name}' was given twice, as '{name}' and as '{twin}'.")
        return self._values.get(name, self._values.get(twin))

    def text(self, name: str) -> str:
        if (value := self.raw(name)) in (None, ""):
            raise self._missing(name)
        return self._text(name, value)

    def text_or(self, name: str, default: str = "") -> str:
        return default if (value := self.raw(name)) is None else self._text(name, value)

    def run_id(self) -> str:
        return self.text_or("run_id") or self.text_or("run_uuid") or self.text("run_id")

    def integer(self, name: str) -> int:
        if (value := self.raw(name)) in (None, ""):
            raise self._missing(name)
        return self._integer(name, value)

    def integer_or(self, name: str, default: int) -> int:
        return default if (value := self.raw(name)) in (None, "") else self._integer(name, value)

    def double(self, name: str) -> float:
        value = self.raw(name)
        if value in (None, ""):
            raise self._missing(name)
        if isinstance(value, str) and value in _SPECIAL:
            return _SPECIAL[value]
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            return float(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            with suppress(OverflowError):
                return float(value)
        raise self.invalid(name, value)

    def flag_or(self, name: str, default: bool) -> bool:  # noqa: FBT001 - a default is no switch
        value = self.raw(name)
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if value is not None and not isinstance(value, bool):
            raise self.invalid(name, value)
        return default if value is None else value

    def choice(self, name: str, numbered: Mapping[int, Member], default: Member | None = None) -> Member:
        """A member of an enumeration, by its name or its number."""
        value = self.raw(name)
        if value in (None, ""):
            if default is None:
                raise self._missing(name)
            return default
        by_name = {str(member): member for member in numbered.values()}
        if isinstance(value, str) and value in by_name:
            return by_name[value]
        if isinstance(value, str | int) and not isinstance(value, bool):
            number = int(value) if _INTEGER.fullmatch(str(value)) else -1
            if number in numbered:
                return numbered[number]
        raise self.invalid(name, value)

    def texts(self, name: str) -> tuple[str, ...]:
        values = self._list(name)
        return tuple(self._text(f"{name}[{index}]", value) for index, value in enumerate(values))

    def needed(self, name: str) -> str:
        """The name of something that has to be there, though it may be an empty list."""
        if self.raw(name) is None:
            raise self._missing(name)
        return name

    def items(self, name: str) -> tuple["Arguments", ...]:
        return tuple(self.item_of(name, index, value) for index, value in enumerate(self._list(name)))

    def listed(self, name: str) -> Sequence[object]:
        """The items as they came, which `item_of` makes arguments of: for lists where that is rarely needed."""
        return self._list(name)

    def item_of(self, name: str, index: int, value: object) -> "Arguments":
        return self._object(f"{name}[{index}]", value)

    def item(self, name: str) -> "Arguments":
        if (value := self.raw(name)) is None:
            raise self._missing(name)
        return self._object(name, value)

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """A list of {key, value} objects, in order."""
        return tuple((item.text("key"), item.text_or("value")) for item in self.items(name))

    def plain(self) -> dict[str, Any]:
        return dict(self._values)

    def invalid(self, name: str, value: object, why: str | None = None) -> InvalidValueError:
        why = why or f"Hint: Value was of type '{type(value).__name__}'."
        return InvalidValueError(
            f"Invalid value {_shown(value)} for parameter '{self._path}{name}' supplied: {why} {_DOCS}"
        )

    def _missing(self, name: str) -> InvalidValueError:
        return InvalidValueError(f"Missing value for required parameter '{self._path}{name}'. {_DOCS}")

    def _text(self, name: str, value: object) -> str:
        if not isinstance(value, str):
            raise self.invalid(name, value)
        return value

    def _integer(self, name: str, value: object) -> int:
        if isinstance(value, str) and _INTEGER.fullmatch(value):
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value not in _INT64:
            raise self.invalid(name, value)
        return value

    def _list(self, name: str) -> list[object]:
        value = self.raw(name)
        if value is not None and not isinstance(value, list):
            raise self.invalid(name, value)
        return value or []

    def _object(self, name: str, value: object) -> "Arguments":
        if not isinstance(value, dict):
            raise self.invalid(name, value)
        return Arguments(value, f"{self._path}{name}.")


class _Query(Arguments):
    """The first of several values counts, except where a list is asked for."""

    __slots__ = ()

    def raw(self, name: str) -> Any:
        value = super().raw(name)
        return value[0] if isinstance(value, list) else value

    def _list(self, name: str) -> list[object]:
        value = super().raw(name)
        return [value] if isinstance(value, str) else value or []


@cache
def _camel(name: str) -> str:
    """Cached, since a batch asks for the same few names a thousand times; names are ours, never a client's."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _shown(value: object, most: int = 200) -> str:
    import orjson

    try:
        text = orjson.dumps(value).decode()
    except TypeError:
        text = repr(value)
    return text if len(text) <= most else f"{text[:most]}..."
