"""Errors on the wire: the status and the JSON envelope that MLflow's clients understand."""

from typing import ClassVar

from mlproj.errors import FilterError, MlprojError

STATUS = {
    "INVALID_PARAMETER_VALUE": 400,
    "BAD_REQUEST": 400,
    "RESOURCE_ALREADY_EXISTS": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "ENDPOINT_NOT_FOUND": 404,
    "RESOURCE_CONFLICT": 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL_ERROR": 500,
    "NOT_IMPLEMENTED": 501,
    "TEMPORARILY_UNAVAILABLE": 503,
}


class ForbiddenError(MlprojError):
    """The caller may not come in: a wrong token, an unknown host, a page of another origin."""

    wire_code = "PERMISSION_DENIED"


class EndpointNotFoundError(MlprojError):
    """The API has no such endpoint, or not with this verb."""

    wire_code = "ENDPOINT_NOT_FOUND"


class NotImplementedHereError(MlprojError):
    """An optional part of the API; clients fall back to another."""

    wire_code = "NOT_IMPLEMENTED"


class HttpError(MlprojError):
    """A mistake that HTTP has a status of its own for."""

    wire_code = "INVALID_PARAMETER_VALUE"
    status: ClassVar[int] = 400


class TooLargeError(HttpError):
    """The body is larger than any request needs to be."""

    status = 413


class RangeError(HttpError):
    """The bytes asked for are not in the file, which has `size`."""

    status = 416

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


def status_of(error: MlprojError) -> int:
    """Clients repeat a request for minutes after 429 and 5xx, so only what may pass by itself has these."""
    return error.status if isinstance(error, HttpError) else STATUS.get(error.wire_code, 500)


def envelope(code: str, message: str) -> dict[str, str | int]:
    return {"error_code": code, "message": message}


def described(error: MlprojError) -> dict[str, str | int]:
    """The envelope of an error; a filter's says where it goes wrong."""
    place = {"position": error.position} if isinstance(error, FilterError) else {}
    return envelope(error.wire_code, str(error)) | place
