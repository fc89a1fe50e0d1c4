"""The only place where an exception becomes a status code.

::

    ProtocolError                 what a client is told, as an OperationOutcome
     ├── MalformedRequestError    400
     ├── UnknownServiceError      404
     ├── NothingReadableError     412   CDS Hooks, "HTTP Status Codes"
     ├── TooLargeError            413
     ├── MediaTypeError           415
     └── StoreUnavailableError    503   feedback that could not be stored: nothing of it was
    HTTPException                 404, 405 and others of the framework
    Exception                     500, which says nothing about its cause

CDS Hooks defines 200 and 412 and leaves the other codes open; the choices are those of
conformance.md, section 12. Every body is an OperationOutcome (CDS Hooks 3.0, "Errors").
"""

from __future__ import annotations

import orjson
import structlog
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

JSON = "application/json; charset=utf-8"


class ProtocolError(Exception):
    """Something that the client is told; the message never holds a value of the request."""

    status = 500
    code = "exception"
    retry_after: int | None = None  # seconds after which the same may be asked again

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class MalformedRequestError(ProtocolError):
    """A body that is not JSON, or not the request of this hook."""

    status = 400
    code = "invalid"


class UnknownServiceError(ProtocolError):
    """A service id that is not in discovery."""

    status = 404
    code = "not-found"


class NothingReadableError(ProtocolError):
    """No data of the patient could be had for an order that is ours."""

    status = 412
    code = "incomplete"


class TooLargeError(ProtocolError):
    """A body beyond the limit."""

    status = 413
    code = "too-long"


class MediaTypeError(ProtocolError):
    """A body that is not sent as plain JSON."""

    status = 415
    code = "not-supported"


class StoreUnavailableError(ProtocolError):
    """Feedback that could not be stored in time; the client keeps it and sends it again."""

    status = 503
    code = "transient"
    retry_after = 5


_FRAMEWORK_CODES = {404: "not-found", 405: "not-supported", 413: "too-long", 415: "not-supported"}


def operation_outcome(code: str, message: str, path: str = "") -> bytes:
    """Return an OperationOutcome with one issue, its path where the fault has one."""
    issue: dict[str, object] = {"severity": "error", "code": code, "diagnostics": message}
    if path:
        issue["expression"] = [path]
    return orjson.dumps({"resourceType": "OperationOutcome", "issue": [issue]})


def answer_protocol_error(error: ProtocolError) -> Response:
    """Return the answer to a refusal of ours."""
    message = f"{error.path}: {error}" if error.path else str(error)
    body = operation_outcome(error.code, message, error.path)
    answer = Response(body, error.status, content_type=JSON)
    if error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def answer_framework_error(error: HTTPException) -> Response:
    """Return the answer to a refusal of the framework; a 405 keeps its Allow header."""
    status = error.code or 500
    code = _FRAMEWORK_CODES.get(status, "invalid" if status < 500 else "exception")
    answer = Response(operation_outcome(code, error.name), status, content_type=JSON)
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            answer.headers[name] = value
    return answer


def answer_defect(error: Exception) -> Response:
    """Return the answer to a defect of ours; only its type and place are logged, never its text."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
        trace = trace.tb_next
    structlog.get_logger().error("defect", error=type(error).__name__, place=place)
    return Response(operation_outcome("exception", "internal error"), 500, content_type=JSON)


def register(app: Flask) -> None:
    """Make these the answers to everything that goes wrong in an application."""
    app.register_error_handler(ProtocolError, answer_protocol_error)
    app.register_error_handler(HTTPException, answer_framework_error)
    app.register_error_handler(Exception, answer_defect)
