"""Files of metrics that a command wrote, in JSON or JSON Lines -> points to log."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from mlproj.errors import DeclarationError, InvalidValueError
from mlproj.tracking.entities import Metric
from mlproj.tracking.validation import check_key

LARGEST = 64 << 20
_SECONDS = 1e11
"""A time stamp below this is in seconds, above in milliseconds."""
_MOST_STEPS = 2.0**53
"""Beyond this a number is no step, and no time."""


def read_metrics(file: Path, *, now: int) -> tuple[tuple[Metric, ...], tuple[str, ...]]:
    """The points in a file, and what in it is no metric.

    A JSON object has the last values; a list of objects, or one object a line, has a history. `step` and `timestamp`
    in an object are its own (else the step is the object's number); objects inside give names with a dot.

    Raises DeclarationError.
    """
    points: list[Metric] = []
    odd: dict[str, None] = {}
    for number, record in enumerate(_records(file)):
        found, others = points_of(record, number, now=now)
        points += found
        odd |= dict.fromkeys(others)
    return tuple(points), tuple(odd)


def points_of(record: Mapping[str, object], number: int, *, now: int) -> tuple[list[Metric], list[str]]:
    """The points in the object of that number, and what in it is no metric."""
    points, odd = [], []
    step, time = _whole(record.get("step"), number), _time(record.get("timestamp"), now)
    for name, value in _leaves(record):
        if name in {"step", "timestamp"}:
            continue
        measured = _number(value)
        if measured is not None and _is_key(name):
            points.append(Metric(key=name, value=measured, timestamp=time, step=step))
        else:
            odd.append(name)
    return points, odd


def _records(file: Path) -> Iterator[Mapping[str, object]]:
    text = _text(file)
    try:
        data = json.loads(text)
    except ValueError as error:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2:  # noqa: PLR2004 - JSON Lines has more than one
            raise _not_json(file, error) from error
        yield from (_object(_line(line, number, file), file) for number, line in enumerate(lines, 1))
        return
    for part in data if isinstance(data, list) else [data]:
        yield _object(part, file)


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST:
            raise DeclarationError(f"the metrics file is larger than {LARGEST >> 20} MiB", where=str(file))
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DeclarationError(f"the metrics file cannot be read: {error.strerror}", where=str(file)) from error
    except UnicodeDecodeError as error:
        raise DeclarationError("the metrics file is not UTF-8 text", where=str(file)) from error


def _line(line: str, number: int, file: Path) -> object:
    try:
        return json.loads(line)
    except ValueError as error:
        raise _not_json(file, error, number) from error


def _not_json(file: Path, error: Exception, number: int | None = None) -> DeclarationError:
    where = str(file) if number is None else f"{file}:{number}"
    return DeclarationError(f"the metrics file is neither JSON nor JSON Lines: {error}", where=where)


def _object(value: object, file: Path) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise DeclarationError("the metrics file has something else than objects of names and numbers", where=str(file))
    return value


def _leaves(record: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _is_key(name: str) -> bool:
    try:
        check_key(name, "metric")
    except InvalidValueError:
        return False
    return True


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:  # a whole number with more than 308 digits
        return None


def _whole(value: object, otherwise: int) -> int:
    number = _number(value)
    return otherwise if number is None or not abs(number) < _MOST_STEPS else int(number)


def _time(value: object, now: int) -> int:
    number = _number(value)
    if number is None or not 0 < number < _MOST_STEPS:
        return now
    return int(number * 1000) if number < _SECONDS else int(number)
