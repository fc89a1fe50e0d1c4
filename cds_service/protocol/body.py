"""The bytes of a request body, within bounds and only as plain JSON."""

from __future__ import annotations

from flask import Request

from cds_service.protocol.errors import MalformedRequestError, MediaTypeError, TooLargeError

MAX_BYTES = 8 * 1024 * 1024
_CHUNK = 1024 * 1024


def json_body(request: Request) -> bytes:
    """Return the whole body.

    MediaTypeError when it is not JSON, TooLargeError beyond the limit, MalformedRequestError when
    it breaks off or its chunks are broken. The limit is held here and not by the framework, which
    cuts a chunked body at its limit and takes the rest for the whole.
    """
    if request.mimetype != "application/json" or not _is_utf8(request):
        raise MediaTypeError("the request must be application/json in UTF-8")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise MediaTypeError("an encoded (compressed) body is not supported")
    announced = request.content_length
    if announced is not None and announced > MAX_BYTES:
        raise _too_large()
    body = _read(request)
    if announced is not None and len(body) < announced:
        raise MalformedRequestError("the body is shorter than its Content-Length")
    return body


def _read(request: Request) -> bytes:
    body = bytearray()
    try:
        while len(body) <= MAX_BYTES and (chunk := request.stream.read(_CHUNK)):
            body += chunk
    except Exception as error:  # each server has exceptions of its own for a broken chunk
        raise MalformedRequestError("the body breaks off or is wrongly chunked") from error
    if len(body) > MAX_BYTES:
        raise _too_large()
    return bytes(body)


def _too_large() -> TooLargeError:
    return TooLargeError(f"the request has more than {MAX_BYTES} bytes")


def _is_utf8(request: Request) -> bool:
    return request.mimetype_params.get("charset", "utf-8").lower() in ("utf-8", "utf8")
