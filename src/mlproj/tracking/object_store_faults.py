"""What an object store's client raises, as our errors. Its own messages hold URLs, which may hold signatures."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mlproj.errors import InvalidValueError, MlprojError, NotFoundError, TrackingError

_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"non-2xx status code: (\d{3}[A-Za-z ]*)")
_HINTS = {
    "s3": "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and MLFLOW_S3_ENDPOINT_URL",
    "gs": "check GOOGLE_APPLICATION_CREDENTIALS and STORAGE_EMULATOR_HOST",
    "az": "check AZURE_STORAGE_CONNECTION_STRING, or the name and key of the account",
}


@contextmanager
def translated(path: str, *, kind: str, uri: str) -> Iterator[None]:
    """Turn errors of the client into ours: one line that says where and what to do, and nothing secret."""
    from obstore.exceptions import BaseError

    try:
        yield
    except MlprojError:
        raise
    except (BaseError, OSError) as error:
        raise _fault(error, path, kind, uri) from None
    except ValueError as error:
        if "parse path" not in str(error):
            raise
        raise InvalidValueError(
            f"Invalid path: {path[:200]!r}", hint="object stores take no control characters in names"
        ) from None


def _fault(error: Exception, path: str, kind: str, uri: str) -> MlprojError:
    text = str(error)
    code = match[1] if (match := _CODE.search(text)) else ""
    if code == "NoSuchBucket" or "The specified container does not exist" in text:
        return TrackingError("there is no such bucket", where=uri, hint="create it, or name another")
    if isinstance(error, FileNotFoundError):
        return NotFoundError(f"no artifact {path!r}")
    status = match[1].strip() if (match := _STATUS.search(text)) else ""
    said = ", ".join(part for part in (status, code) if part)
    what = f"the object store refused ({said})" if said else "the object store does not answer"
    return TrackingError(what, where=uri, hint=_HINTS[kind])
