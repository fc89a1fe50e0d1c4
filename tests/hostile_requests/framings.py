"""Requests that are no plain HTTP, each with the answers that it may get (faults.md, T2).

An empty tuple stands for a connection that is closed without an answer.
"""

import gzip

from cds_service.protocol.body import MAX_BYTES
from tests.hostile_requests.bodies import VALID
from tests.hostile_requests.wire import chunked, request

CHUNKED = b"Transfer-Encoding: chunked"
SERVICE = b"/cds-services/spinal-hardware-removal"
SIZE = b"%d" % len(VALID)
SMUGGLED = b"GET /cds-services HTTP/1.1\r\nHost: canary\r\n\r\n"
ACCEPTED, BAD, MEDIA = {(200,)}, {(400,)}, {(415,)}
CLOSED = ()
REFUSED = {(400,), CLOSED}


def in_chunks(body=None, *more, **how):
    return request(chunked(VALID) if body is None else body, CHUNKED, *more, length="", **how)


def chunks():
    half = len(VALID) // 2
    yield "chunked", in_chunks(), ACCEPTED
    yield "two-chunks", in_chunks(chunked(VALID[:half], VALID[half:])), ACCEPTED
    bytewise = chunked(*(VALID[i : i + 1] for i in range(len(VALID))))
    yield "byte-by-byte", in_chunks(bytewise), ACCEPTED
    yield "extension", in_chunks(b"%x;a=b\r\n%b\r\n0\r\n\r\n" % (len(VALID), VALID)), ACCEPTED
    yield "upper-case-size", in_chunks(b"%X\r\n%b\r\n0\r\n\r\n" % (len(VALID), VALID)), ACCEPTED
    mega = b" " * (1 << 20)
    yield "too-large", in_chunks(chunked(*[mega] * 8, b" ")), {(413,)}
    yield "too-large-in-one", in_chunks(chunked(b" " * (MAX_BYTES + 1))), {(413,)}
    yield (
        "too-large-at-the-end",
        in_chunks(chunked(VALID, b" " * (MAX_BYTES - len(VALID) + 1))),
        {(413,)},
    )
    yield "just-not-too-large", in_chunks(chunked(VALID, b" " * (MAX_BYTES - len(VALID)))), ACCEPTED
    for name, size in {
        "no-number": b"zz",
        "negative": b"-5",
        "hexadecimal-sign": b"0x5",
        "underscore": b"1_0",
        "plus": b"+5",
        "empty": b"",
        "space": b" 5",
        "huge": b"f" * 16,
        "huger": b"f" * 100_000,
        "zeros": b"0" * 70_000 + b"5",
        "bare-cr": b"5\r;",
        "full-width": "５".encode(),
    }.items():
        yield f"size-{name}", in_chunks(size + b"\r\n" + VALID + b"\r\n0\r\n\r\n"), REFUSED
    yield "size-too-small", in_chunks(b"5\r\n" + VALID + b"\r\n0\r\n\r\n"), REFUSED
    yield "size-too-large", in_chunks(b"%x\r\n%b\r\n0\r\n\r\n" % (len(VALID) + 9, VALID)), REFUSED
    # What nobody reads is not answered a second time.
    broken = b"zz\r\n" + VALID
    yield "unread", request(broken, CHUNKED, length="", path=b"/nothing"), {(404,)}
    yield "no-end", in_chunks(chunked(VALID, end=b"")), REFUSED
    yield "half-an-end", in_chunks(chunked(VALID, end=b"0\r\n")), REFUSED
    yield "only-lf", in_chunks(chunked(VALID).replace(b"\r\n", b"\n")), REFUSED
    trailer = chunked(VALID, end=b"0\r\nX-Canary: 1\r\n\r\n")
    yield "trailer", in_chunks(trailer), ACCEPTED
    yield "odd-trailer", in_chunks(chunked(VALID, end=b"0\r\nX Canary: 1\r\n\r\n")), REFUSED
    broken = b"5\r\nabcde!!" + SMUGGLED
    yield "smuggled-behind-a-broken-chunk", in_chunks(broken), REFUSED


def lengths():
    for value in (
        b"-1",
        b"+" + SIZE,
        b"0x10",
        b"1_0",
        b"1e3",
        b"",
        b"canary",
        SIZE + b", " + SIZE,
        b"1.0",
        "١٠".encode(),
        b"\x0b10",
    ):
        yield f"length-{value!r}", request(VALID, length=value), REFUSED
    yield "length-huge", request(VALID, length=b"9" * 20), {(413,)}
    yield "length-hugest", request(VALID, length=b"9" * 5000), {(413,), *REFUSED}
    yield "length-too-large", request(VALID, length=b"%d" % (len(VALID) + 9)), BAD
    yield "length-too-small", request(VALID, length=b"10"), {(400, 400), (400, 414)}
    yield "length-zero", request(VALID, length=b"0"), {(400, 400), (400, 414)}
    yield "no-length", request(VALID, length=""), {(400, 400), (400, 414)}
    yield "length-twice", request(VALID, b"Content-Length: 5"), REFUSED
    yield "length-twice-alike", request(VALID, b"Content-Length: " + SIZE), {*REFUSED, (200,)}


def both():
    """Content-Length and Transfer-Encoding together, and codings that parsers read differently."""
    yield "both", request(chunked(VALID), CHUNKED), REFUSED
    yield "smuggled", request(b"0\r\n\r\n" + SMUGGLED, CHUNKED), REFUSED
    yield "smuggled-te-cl", request(b"0\r\n\r\n" + SMUGGLED, CHUNKED, length=b"5"), REFUSED
    for coding in (
        b"xchunked",
        b"identity",
        b"chunked, identity",
        b"chunked, chunked",
        b"gzip",
        b"\x0bchunked",
        b"chunked\x0b",
        b'"chunked"',
        b"chunked;q=1",
        b"",
        b"chunked,",
    ):
        line = b"Transfer-Encoding: " + coding
        yield (
            f"coding-{coding!r}",
            request(chunked(VALID), line, length=""),
            {
                *REFUSED,
                (200,),
                (400, 400),
                (400, 414),
            },
        )
    zipped = request(chunked(gzip.compress(VALID)), b"Transfer-Encoding: gzip, chunked", length="")
    yield "coding-gzip-chunked", zipped, REFUSED
    yield "coding-twice", in_chunks(None, CHUNKED), REFUSED
    yield (
        "coding-folded",
        request(chunked(VALID), b"Transfer-Encoding:\r\n chunked", length=""),
        REFUSED,
    )
    yield (
        "coding-with-a-space",
        request(chunked(VALID), b"Transfer-Encoding : chunked", length=""),
        REFUSED,
    )
    yield "chunked-in-1.0", in_chunks(version=b"HTTP/1.0"), REFUSED
    underscored = request(chunked(VALID), b"Transfer_Encoding: chunked", length="")
    yield "coding-underscored", underscored, {*REFUSED, (400, 400)}


def pipelines():
    good = request(VALID)
    yield "two", good + good, {(200, 200)}
    yield "three-kinds", good + request(b"{}") + good, {(200, 400, 200)}
    yield "bad-behind-good", good + b"canary\r\n\r\n", {(200, 400), (200,)}
    yield "too-large-then-good", request(b" " * (MAX_BYTES + 1)) + good, {(413, 200), (413,)}
    yield (
        "unread-body-then-good",
        request(VALID, content_type=b"text/canary") + good,
        {
            (415, 200),
            (415,),
        },
    )


def headers():
    many = [b"X-%d: canary" % number for number in range(500)]
    yield "many-headers", request(VALID, *many), {(431,), CLOSED}
    yield "long-header", request(VALID, b"X: " + b"canary" * 4000), {(431,), CLOSED}
    yield "endless-header", request(VALID, b"X: " + b"canary" * 400_000), {(431,), CLOSED}
    yield "nul-in-header", request(VALID, b"X: canary\0"), REFUSED
    yield "header-without-value", request(VALID, b"canary"), REFUSED
    yield "space-in-name", request(VALID, b"X canary: 1"), REFUSED
    yield "no-name", request(VALID, b": canary"), REFUSED
    yield "bytes-in-value", request(VALID, b"X: \xff\xfe"), {(200,), *REFUSED}
    yield "injected", request(VALID, b"Origin: canary\rX-Evil: 1"), REFUSED
    yield "two-hosts", request(VALID, b"Host: canary"), REFUSED
    yield "expectation", request(VALID, b"Expect: canary"), {(417,), CLOSED}
    yield "continue", request(VALID, b"Expect: 100-continue"), ACCEPTED
    yield "upgrade", request(VALID, b"Connection: Upgrade", b"Upgrade: websocket"), {(200,), (400,)}
    yield (
        "h2c",
        request(
            VALID,
            b"Connection: Upgrade, HTTP2-Settings",
            b"Upgrade: h2c",
            b"HTTP2-Settings: AAMAAABkAAQAAP__",
        ),
        {(200,), (400,)},
    )
    yield "only-lf", request(VALID).replace(b"\r\n", b"\n"), REFUSED


def targets():
    long = {(414,), CLOSED}
    yield "long-url", request(VALID, path=SERVICE + b"?" + b"canary" * 1000), long
    yield "endless-url", request(VALID, path=SERVICE + b"?" + b"canary" * 400_000), long
    yield "query", request(VALID, path=SERVICE + b"?canary=<script>"), ACCEPTED
    yield "absolute", request(VALID, path=b"http://canary.example" + SERVICE), {(200,), *REFUSED}
    for path in (
        b"http://[::1/cds-services",
        b"",
        b"cds-services",
        b"*",
        b"/a b",
        b"/\0",
        b"/\xff",
    ):
        yield f"target-{path!r}", request(VALID, path=path), REFUSED
    for path in (
        b"/cds-services/%00canary",
        b"/cds-services/%ff%fe",
        b"/cds-services/%zz",
        b"/../../etc/passwd",
        b"/cds-services/../cds-services",
        b"//canary.example/x",
        b"/cds-services/<canary>",
        b"/cds-services/%0d%0aX-Evil:%201",
        b"/cds-services/" + b"a" * 4000,
    ):
        yield f"target-{path[:40]!r}", request(VALID, path=path), {(404,), *long}


def methods():
    refused = {(405,), *REFUSED}
    for method in (
        b"BREW",
        b"post",
        b"TRACE",
        b"PUT",
        b"DELETE",
        b"PATCH",
        b"A" * 300,
        b"P\xff",
        b"CANARY",
        b"M-SEARCH",
    ):
        yield f"method-{method[:9]!r}", request(VALID, method=method), refused
    yield "connect", request(b"", method=b"CONNECT", path=b"canary:443"), {(404,), (405,), *REFUSED}
    yield "options", request(b"", method=b"OPTIONS"), {(204,), *REFUSED}
    yield "options-star", request(b"", method=b"OPTIONS", path=b"*"), {(204,), (404,), *REFUSED}
    yield "head", request(b"", method=b"HEAD", path=b"/cds-services"), ACCEPTED
    for version in (b"HTTP/3.0", b"HTTP/1.1x", b"HTTP/0.9", b"HTTP/1", b"canary", b"http/1.1"):
        yield f"version-{version!r}", request(VALID, version=version), {(505,), *REFUSED}


def media_types():
    for value in (
        b"text/plain",
        b"text/json",
        b"application/fhir+json",
        b"*/*",
        b"json",
        b"",
        b"application/json, text/html",
        b"application/x-www-form-urlencoded",
        b"canary",
        b"multipart/form-data; boundary=canary",
        b"application/json; charset=utf-16",
        b"application/json; charset=iso-8859-1",
        b"application/json;charset*=utf-8''x",
        b"application/json; charset=canary",
        b"application/jsonp",
    ):
        yield f"type-{value!r}", request(VALID, content_type=value), MEDIA
    yield "no-type", request(VALID, content_type=None), MEDIA
    for value in (
        b"application/json",
        b"APPLICATION/JSON",
        b"application/json;charset=UTF-8",
        b'application/json; charset="utf-8"',
        b"application/json; x=" + b"y" * 3000,
    ):
        yield f"type-{value[:40]!r}", request(VALID, content_type=value), ACCEPTED
    zipped = gzip.compress(VALID)
    for value in (b"gzip", b"GZIP", b"deflate", b"br", b"identity, gzip", b"canary", b"gzip, gzip"):
        yield f"encoding-{value!r}", request(zipped, b"Content-Encoding: " + value), MEDIA
    yield "identity", request(VALID, b"Content-Encoding: identity"), ACCEPTED


def no_http():
    for sent in (
        b"",
        b"\r\n\r\n",
        b"\0\1\2\3" * 100,
        b"GET /cds-services\r\n\r\n",
        SMUGGLED[:20],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n" + SMUGGLED,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 500,
        VALID,
        b"POST",
        b"POST " + SERVICE + b" HTTP/1.1\r\nHost: x\r\n",
    ):
        yield f"sent-{sent[:20]!r}", sent, {*REFUSED, (414,)}


def framings():
    for part in (chunks, lengths, both, pipelines, headers, targets, methods, media_types, no_http):
        yield from part()
