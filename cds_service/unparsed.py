"""What is no HTTP is refused by gunicorn's worker in the form of all our refusals, and unquoted.

gunicorn itself answers with a page of HTML and writes a line to the log; both quote the request.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from http import HTTPStatus

import structlog
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from cds_service.protocol.errors import JSON, operation_outcome

_STATUS = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
}
_HEADERS = (
    "Connection: close\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
    f"Content-Type: {JSON}\r\n"
)


class RefusingWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's worker with threads, which says nothing of a request that it cannot take."""

    def handle_error(
        self, req: object, client: socket.socket, addr: object, exc: BaseException
    ) -> None:
        """Refuse what could not be parsed, and close; only the type of the error is logged."""
        structlog.get_logger().warning("unparsed", error=type(exc).__name__)
        with suppress(OSError):  # who sent it may be gone
            client.sendall(refusal(exc))

    def _keepalive_after(self, conn: object, keepalive: bool) -> bool:
        """Whether another request may follow; none where the rest of an answered one is no HTTP.

        gunicorn would answer that rest as well: two answers for one request.
        """
        try:
            return bool(super()._keepalive_after(conn, keepalive))
        except Exception:  # whatever its parser made of it, the answer is out
            return False


def refusal(error: BaseException) -> bytes:
    """Return the whole HTTP answer to what is no HTTP request, or to a defect before ours."""
    status = _status(error)
    code = "exception" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid"
    body = operation_outcome(code, status.phrase)
    head = f"HTTP/1.1 {status} {status.phrase}\r\n{_HEADERS}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _status(error: BaseException) -> HTTPStatus:
    if type(error).__module__ != errors.__name__:
        return HTTPStatus.INTERNAL_SERVER_ERROR
    return _STATUS.get(type(error), HTTPStatus.BAD_REQUEST)
