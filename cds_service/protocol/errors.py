"""The only place where an exception becomes a status code.

::

    ProtocolError                 what a client is told, as an OperationOutcome
     ├── MalformedRequestError    400
     ├── NotAuthenticatedError    401
     ├── UnknownServiceError      404
     ├── NothingReadableError     412   CDS Hooks, "HTTP Status Codes"
     ├── TooLargeError            413
     ├── MediaTypeError           415
     └── LaterError               with Retry-After
          ├── TooManyError        429
          └── UnavailableError    503
    HTTPException                 404, 405 and others of the framework
    what gunicorn cannot parse    400, 414, 417, 431: ``cds_service/unparsed.py``, in this form
    Exception                     500, which says nothing about its cause

CDS Hooks defines 200 and 412 and leaves the other codes open; the choices are those of
conformance.md, section 12. Every body is an OperationOutcome (CDS Hooks 3.0, "Errors").
"""

from __future__ import annotations

from math import ceil
from typing import Any

import orjson
import structlog
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

JSON = "application/json; charset=utf-8"


class ProtocolError(Exception):
    """Something that the client is told; the message never holds a value of the request."""

    status = 500
    code = "exception"

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the answer beside those of every answer."""
        return {}


class NotAuthenticatedError(ProtocolError):
    """A caller that did not show who it is. Everybody is told the same, whatever was wrong."""

    status = 401
    code = "login"

    def __init__(self) -> None:
        super().__init__("a valid token of a trusted client is required")

    @property
    def headers(self) -> dict[str, str]:
        """How to authenticate (RFC 6750)."""
        return {"WWW-Authenticate": "Bearer"}


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


class LaterError(ProtocolError):
    """Something that is refused now and may be tried again after some seconds."""

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        """When to come again (RFC 9110)."""
        return {"Retry-After": str(max(1, ceil(self.retry_after)))}


class TooManyError(LaterError):
    """More calls of one client than it may make."""

    status = 429
    code = "throttled"


class UnavailableError(LaterError):
    """Something of ours that is away or busy: nothing was judged or stored."""

    status = 503
    code = "transient"


class MediaTypeError(ProtocolError):
    """A body that is not sent as plain JSON."""

    status = 415
    code = "not-supported"


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
    return Response(body, error.status, error.headers, content_type=JSON)


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
    """Return the answer to a defect of ours, which says nothing about it."""
    _log_defect(error)
    return Response(operation_outcome("exception", "internal error"), 500, content_type=JSON)


def _log_defect(error: BaseException) -> None:
    """Log the type and the place of a defect, never its text."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
        trace = trace.tb_next
    structlog.get_logger().error("defect", error=type(error).__name__, place=place)


class Application(Flask):
    """Tells of a defect outside of every route as of any other one."""

    def log_exception(self, exc_info: Any) -> None:
        """Log the type and the place of a defect."""
        _log_defect(exc_info[1])


def register(app: Flask) -> None:
    """Make these the answers to everything that goes wrong in an application."""
    app.logger.disabled = True  # it shows URLs, and the texts of exceptions
    app.register_error_handler(ProtocolError, answer_protocol_error)
    app.register_error_handler(HTTPException, answer_framework_error)
    app.register_error_handler(Exception, answer_defect)
