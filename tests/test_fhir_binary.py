"""The content behind an attachment's url: the same server's Binary, capped, in time."""

import gzip
import zlib
from base64 import b64encode

import pytest

from cds_service.fhir.binary import MAX_BYTES, BinaryContent, read_binary
from cds_service.fhir.client import FhirReader
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.read_error import FhirReadError
from cds_service.security.access_token import AccessToken
from cds_service.security.cds_client import CDSClient
from cds_service.security.fhir_servers import ReadableServers, parse_base
from tests.fhir_stub import fhir_stub, send
from tests.hostile_fhir import hostile_fhir

OPEN = CDSClient(ReadableServers((), loopback_too=True))
TEXT = "Solid fusion at L4–L5.".encode()


@pytest.fixture
def stub():
    with fhir_stub() as running:
        yield running


def reader(base, seconds=5.0):
    return FhirReader(parse_base(base), AccessToken("t", 60), Deadline.after(seconds), OPEN)


def reason(base, url="Binary/b1", seconds=5.0):
    with pytest.raises(FhirReadError) as failure:
        read_binary(reader(base, seconds), url)
    return failure.value.reason.value


def content(kind, body, **headers):
    return lambda handler: send(handler, 200, body, Content_Type=kind, **headers)


@pytest.mark.parametrize("url", ["Binary/b1", "{base}/Binary/b1", "Binary/b1/_history/3"])
def test_the_content_comes_with_its_type(stub, url):
    stub.routes["Binary/b1"] = content("text/plain; charset=UTF-8", TEXT)
    found = read_binary(reader(stub.base), url.format(base=stub.base))
    assert found == BinaryContent("text/plain; charset=utf-8", TEXT)
    ((_, headers),) = stub.calls
    assert headers["Authorization"] == "Bearer t"
    assert headers["Accept"].startswith("text/plain, text/html, application/rtf")


def test_a_binary_resource_is_unpacked(stub):
    stub.routes["Binary/b1"] = {
        "resourceType": "Binary",
        "contentType": "Text/HTML",
        "data": b64encode(TEXT).decode()[:8] + "\n" + b64encode(TEXT).decode()[8:],
    }
    assert read_binary(reader(stub.base), "Binary/b1") == BinaryContent("text/html", TEXT)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"resourceType": "Binary", "data": "§"}, "unreadable"),
        ({"resourceType": "Binary", "data": 7}, "unreadable"),
        (b"{", "unreadable"),
        (b"[]", "unreadable"),
        ({"resourceType": "OperationOutcome", "issue": []}, "unreadable"),
        ({"data": "eA=="}, "unreadable"),
        ({"resourceType": "", "data": "eA=="}, "unreadable"),
    ],
)
def test_what_is_no_binary_has_its_reason(stub, body, expected):
    stub.routes["Binary/b1"] = body
    assert reason(stub.base) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "Binary/",
        "Binary/../Patient/p1",
        "Binary/b1?x=1",
        "Binary/b1/x",
        "Binary/%62",
        "DocumentReference/d1",
        "/Binary/b1",
        "https://elsewhere.example/fhir/Binary/b1",
        "file:///etc/passwd",
        "data:text/plain,x",
        "#b1",
    ],
)
def test_what_lies_elsewhere_is_not_asked_for(stub, url):
    assert reason(stub.base, url) == "forbidden"
    assert stub.calls == []


def test_more_than_the_cap_is_an_error(stub):
    packed = gzip.compress(b"x" * (MAX_BYTES + 1))
    stub.routes["Binary/b1"] = content("text/plain", packed, Content_Encoding="gzip")
    assert reason(stub.base) == "error"
    stub.routes["Binary/b1"] = content("text/plain", b"x" * MAX_BYTES)
    assert len(read_binary(reader(stub.base), "Binary/b1").data) == MAX_BYTES


REPORT = b"Solid bridging bone at every level from L2 to S1. " * 9 + b"Nonunion at L5-S1."
PACKED = gzip.compress(REPORT)


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (PACKED, "gzip"),
        (PACKED, "X-GZIP"),
        (gzip.compress(REPORT[:50]) + gzip.compress(REPORT[50:]), "gzip"),
        (PACKED + bytes(600), "gzip"),
        (PACKED + b"\r\n", "gzip"),
        (PACKED, "gzip, "),
        (PACKED, "gzip, identity"),
        (PACKED, ", Identity,gzip"),
        (REPORT, "identity"),
        (REPORT, ""),
        (REPORT, " , identity"),
        (REPORT, "utf-8"),
        (REPORT, "none"),
    ],
    ids=[
        "gzip",
        "X-GZIP",
        "two members",
        "padding behind it",
        "a line break behind it",
        "gzip and an empty one",
        "gzip and identity",
        "an empty one, identity and gzip",
        "identity",
        "not packed",
        "an empty one and identity",
        "utf-8",
        "none",
    ],
)
def test_a_packed_text_is_taken_as_it_was_before(stub, packed, encoding):
    stub.routes["Binary/b1"] = content("text/plain", packed, Content_Encoding=encoding)
    assert read_binary(reader(stub.base), "Binary/b1").data == REPORT


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (PACKED[:-20], "gzip"),
        (PACKED[:-1], "gzip"),
        (b"", "gzip"),
        (PACKED + PACKED[:-1], "gzip"),
        (PACKED + b"more", "gzip"),
        (PACKED + bytes(9) + b"more", "gzip"),
        (REPORT, "gzip"),
        (zlib.compress(REPORT), "deflate"),
        (REPORT, "br"),
        (PACKED, "gzip, gzip"),
        (PACKED, "gzip, utf-8"),
    ],
    ids=[
        "in the middle",
        "by a byte",
        "at once",
        "in the second member",
        "with more behind it",
        "with more behind the padding",
        "not packed",
        "deflate",
        "as nobody reads it",
        "packed twice",
        "packed and something else",
    ],
)
def test_a_text_that_was_cut_off_is_never_taken_for_the_whole(stub, packed, encoding):
    stub.routes["Binary/b1"] = content("text/plain", packed, Content_Encoding=encoding)
    assert reason(stub.base) == "error"


@pytest.mark.parametrize("nothing", [gzip.compress(b""), bytes(20)], ids=["members", "padding"])
def test_what_unpacks_to_nothing_does_not_come_for_ever(stub, nothing):
    few, many = (PACKED + nothing * (size // 20) for size in (MAX_BYTES // 2, MAX_BYTES))
    stub.routes["Binary/b1"] = content("text/plain", few, Content_Encoding="gzip")
    assert read_binary(reader(stub.base), "Binary/b1").data == REPORT
    stub.routes["Binary/b1"] = content("text/plain", many, Content_Encoding="gzip")
    assert reason(stub.base) == "error"
    assert len(stub.calls) == 2  # it is no failure that is worth a repetition


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("hang", "timeout"),
        ("drip", "timeout"),
        ("drip-headers", "timeout"),
        ("reset", "error"),
        ("truncated", "error"),
        ("bomb", "error"),
        ("cut-gzip", "error"),
        ("status=401", "unauthorized"),
        ("status=403", "forbidden"),
        ("status=404", "error"),
    ],
)
def test_a_hostile_server_costs_no_more_than_the_deadline(fault, expected):
    with hostile_fhir() as hostile:
        hostile.extra["Binary/b1"] = TEXT
        assert reason(hostile.base(fault), seconds=0.4) == expected
