"""A backend's settings: a JSON object, in a file or in line."""

import json
from pathlib import Path

from mlproj.errors import UsageError


def read_backend_config(text: str | Path | None) -> dict[str, object]:
    """The settings as a mapping; UsageError for anything that is no JSON object."""
    if text is None:
        return {}
    where = f"backend config {text}"
    try:
        source = str(text) if str(text).lstrip().startswith("{") else Path(text).read_text(encoding="utf-8")
        config = json.loads(source)
    except OSError as error:
        raise UsageError(
            error.strerror or str(error), where=where, hint="give a .json file, or a JSON object"
        ) from error
    except ValueError as error:
        raise UsageError(f"not JSON: {error}", where=where) from error
    if not isinstance(config, dict):
        raise UsageError("not a JSON object", where=where)
    return config
