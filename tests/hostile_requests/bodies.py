"""Bodies that are no plain JSON request, each with the statuses that may answer it (faults.md, T2).

Every body holds the word canary, which no answer may repeat.
"""

import gzip
import json
from copy import deepcopy

from cds_service.protocol.body import MAX_BYTES
from fhir_fixtures import load_request

REQUEST = load_request("removal-solid-fusion")
REQUEST["extension"] = {"org.example.mark": "canary"}
REQUEST["fhirServer"] = "http://127.0.0.1:9/fhir"
REQUEST["fhirAuthorization"] = {
    "access_token": "canary",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.read",
    "subject": "canary",
}
VALID = json.dumps(REQUEST).encode()
MARK = b'"@here@"'
REFUSED, LENIENT, TOO_LARGE = {400}, {200, 400}, {413}


def placed(*path):
    """The valid request with a mark at a place: everything else is put where the mark is."""
    request = deepcopy(REQUEST)
    node = request
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = "@here@"
    return json.dumps(request).encode()


ORDER = ("context", "draftOrders", "entry", 0, "resource")
CONDITION = ("prefetch", "conditions", "entry", 0, "resource")
# Where something is put, and whether it is part of what is read strictly.
PLACES = {
    "member": (("x",), REFUSED),
    "extension": (("extension", "x"), REFUSED),
    "context": (("context", "x"), REFUSED),
    "authorization": (("fhirAuthorization", "x"), REFUSED),
    "draft-orders": (("context", "draftOrders", "x"), REFUSED),
    "order": ((*ORDER, "x"), REFUSED),
    "order-code": ((*ORDER, "code"), REFUSED),
    "prefetch-key": (("prefetch", "x"), LENIENT),
    "prefetch-value": (("prefetch", "conditions"), LENIENT),
    "prefetch-entry": (("prefetch", "conditions", "entry", 0), LENIENT),
    "resource": ((*CONDITION, "x"), LENIENT),
    "resource-code": ((*CONDITION, "code"), LENIENT),
}
# What is JSON to some parser, or nearly so. The last column: whether parsers that read on may.
ODD = {
    "nan": (b"NaN", REFUSED),
    "infinity": (b"-Infinity", REFUSED),
    "overflow": (b"1e400", LENIENT),
    "long-number": (b"9" * 5000, LENIENT),
    "long-fraction": (b"0." + b"1" * 5000, LENIENT),
    "minus-zero": (b"-0", LENIENT),
    "plus": (b"+1", REFUSED),
    "leading-zero": (b"01", REFUSED),
    "raw-nul": (b'"canary\0"', REFUSED),
    "escaped-nul": (b'"canary\\u0000"', REFUSED),
    "control": (b'"canary\n"', REFUSED),
    "high-surrogate": (b'"canary\\ud800"', REFUSED),
    "low-surrogate": (b'"canary\\udfff"', REFUSED),
    "surrogates-swapped": (b'"\\udc00\\ud800 canary"', REFUSED),
    "surrogate-as-utf-8": (b'"\xed\xa0\x80"', REFUSED),
    "overlong-utf-8": (b'"\xc0\x80"', REFUSED),
    "beyond-unicode": (b'"\xf4\x90\x80\x80"', REFUSED),
    "latin-1": (b'"\xe9"', REFUSED),
    "short-escape": (b'"\\u12"', REFUSED),
    "comment": (b"1 /* canary */", REFUSED),
    "single-quotes": (b"'canary'", REFUSED),
}
ODD_PLACES = ("extension", "order", "resource-code", "resource")
# These places are only skipped over: what they hold is checked for syntax, not for its numbers.
SKIPPED = ("resource", "resource-code")
DEPTHS = (65, 1_000, 100_000, 1_000_000)


def nested(depth, kind):
    if kind == "array":
        return b"[" * depth + b"]" * depth
    if kind == "object":
        return b'{"a":' * depth + b"1" + b"}" * depth
    return b'[{"a":' * (depth // 2) + b"1" + b"}]" * (depth // 2)


def odd_values():
    for what, (value, statuses) in ODD.items():
        for where in ODD_PLACES:
            path, _ = PLACES[where]
            numbers = statuses is not REFUSED and where in SKIPPED
            allowed = LENIENT if numbers or (what == "minus-zero") else statuses
            yield f"{what}-in-{where}", placed(*path).replace(MARK, value), allowed


def bombs():
    for where, (path, statuses) in PLACES.items():
        for depth in DEPTHS:
            for kind in ("array", "object", "both"):
                if depth * len(nested(2, kind)) // 2 < MAX_BYTES - len(VALID):
                    bomb = placed(*path).replace(MARK, nested(depth, kind))
                    yield f"{kind}-{depth}-in-{where}", bomb, statuses
    for depth in DEPTHS:
        for kind in ("array", "object", "both"):
            yield f"{kind}-{depth}", nested(depth, kind)[:MAX_BYTES], REFUSED
    yield "open-brackets", b"[" * MAX_BYTES, REFUSED
    yield "open-objects", (b'{"a":' * MAX_BYTES)[:MAX_BYTES], REFUSED


def duplicates():
    for name in (
        b"hook",
        b"hookInstance",
        b"context",
        b"prefetch",
        b"fhirServer",
        b"fhirAuthorization",
        b"extension",
    ):
        value = b'{"canary": 1}' if name not in (b"hook", b"hookInstance") else b'"canary"'
        yield f"{name.decode()}-twice", VALID[:-1] + b', "%b": %b}' % (name, value), REFUSED
        first = b'{"%b": %b,' % (name, value) + VALID[1:]
        yield f"{name.decode()}-twice-first", first, REFUSED
    for name in (b"patientId", b"userId", b"draftOrders", b"access_token", b"scope"):
        once = b'"%b":' % name
        assert VALID.count(once) == 1
        yield f"{name.decode()}-twice", VALID.replace(once, once + b' "canary", ' + once), REFUSED
    escaped = VALID[:-1] + b', "\\u0068ook": "order-sign"}'
    yield "hook-twice-by-an-escape", escaped, REFUSED


def not_requests():
    for value in (
        b"",
        b" ",
        b"null",
        b"true",
        b"1",
        b'"canary"',
        b"[]",
        b"{}",
        b"[{}]",
        b"{",
        b"}",
        b'{"hook"',
        b"\0",
        b"\xff\xfe",
        b"canary",
        b"<canary/>",
        b"hook=canary",
    ):
        yield f"only-{value!r}", value, REFUSED
    yield "in-a-list", b"[" + VALID + b"]", REFUSED
    yield "in-a-string", json.dumps(VALID.decode()).encode(), REFUSED
    yield "twice", VALID + VALID, REFUSED
    yield "two-lines", VALID + b"\n" + VALID, REFUSED
    yield "trailing-nul", VALID + b"\0", REFUSED
    yield "trailing-comma", VALID[:-1] + b",}", REFUSED
    yield "bom", b"\xef\xbb\xbf" + VALID, REFUSED
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037"):
        yield encoding, VALID.decode().encode(encoding), LENIENT if encoding == "utf-7" else REFUSED
    yield "gzip-without-saying-so", gzip.compress(VALID), REFUSED
    yield "gzip-bomb", gzip.compress(b" " * 50_000_000), REFUSED


def truncated():
    for part in range(1, 20):
        yield f"truncated-{part}-of-20", VALID[: len(VALID) * part // 20], REFUSED
    for cut in (1, 2, 3):
        yield f"truncated-by-{cut}", VALID[:-cut], REFUSED


def sizes():
    padding = placed("extension", "x")
    room = MAX_BYTES - len(padding) + len(MARK) - 2
    for more, statuses in ((0, {200}), (1, TOO_LARGE), (1_000_000, TOO_LARGE)):
        yield f"limit+{more}", padding.replace(MARK, b'"%b"' % (b"x" * (room + more))), statuses
    yield "spaces", b" " * (MAX_BYTES - len(VALID)) + VALID, {200}
    yield "commas", b"{" + b"," * (MAX_BYTES - 2) + b"}", REFUSED
    yield "quotes", b'"' * MAX_BYTES, REFUSED
    yield "backslashes", b'{"hook":"' + b"\\" * (MAX_BYTES - 11) + b'"}', REFUSED
    backslashes = b'"%b \\u0000 canary"' % (b"\\\\" * 3_000_000)
    yield "nul-behind-backslashes", padding.replace(MARK, backslashes), REFUSED
    not_nul = b'"%b \\\\u0000 canary"' % (b"\\\\" * 3_000_000)
    yield "backslashes-and-no-nul", padding.replace(MARK, not_nul), {200}
    names = b",".join(b'"%d":0' % number for number in range(100_000))
    yield "many-names", padding.replace(MARK, b"{%b}" % names), {200}
    digits = padding.replace(MARK, b"1" * 4_000_000)
    yield "a-number-of-4-million-digits", digits, REFUSED
    for name in (b"prefetch", b"draftOrders"):
        alike = padding.replace(MARK, b"[%b{}]" % (b'{"%b":{}},' % name * 50_000))
        yield f"many-{name.decode()}", alike, {200}


def corpus():
    yield "valid", VALID, {200}
    for part in (odd_values, bombs, duplicates, not_requests, truncated, sizes):
        yield from part()
