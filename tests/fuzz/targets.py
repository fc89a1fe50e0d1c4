"""What is fuzzed: each target takes any bytes, and raises only where something is wrong with us."""

import unicodedata
from base64 import b64encode
from contextlib import suppress
from html.parser import HTMLParser
from urllib.parse import urlsplit

import msgspec
from cmarkgfm import cmark
from urllib3.util import parse_url

from cds_service.engine.markdown import code_span, plain, visible
from cds_service.engine.resources import RESOURCE_TYPES
from cds_service.fhir.admission import Gate
from cds_service.fhir.decode import (
    Bundle,
    Page,
    UnreadableError,
    next_link,
    read_page,
    read_value,
    self_link,
    total_of,
)
from cds_service.fhir.draft_orders import DraftOrdersError, read_draft_orders
from cds_service.fhir.prefetch import prefetched_values
from cds_service.protocol.envelope import open_envelope
from cds_service.protocol.errors import MalformedRequestError
from cds_service.security.fhir_servers import parse_base
from fhir_fixtures import load_patient, load_request, patient_names, request_names
from hooks.spine.text.governing import governing
from hooks.spine.text.plain import decoded
from hooks.spine.text.reader import read_text
from tests.benchmarks.bodies import REPORT

HOOKS = ("order-sign", "order-select")
BASE = parse_base("https://fhir.example.org:8443/r4")
EXTENSIONS = ["table", "autolink", "strikethrough", "tasklist"]
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
WANTED = frozenset(RESOURCE_TYPES.values())


def read_request(data):
    """A body is an envelope with orders, or is refused."""
    for hook in HOOKS:
        with suppress(MalformedRequestError, DraftOrdersError):
            envelope = open_envelope(data, hook)
            gate = Gate(envelope.access.patient_id, envelope.access.fhir_server)
            prefetched_values(envelope.access.prefetch)
            read_draft_orders(envelope.draft_orders, gate, envelope.selections)


def read_fhir(data):
    """Bytes are a resource that a gate can look at, or are unreadable."""
    with suppress(UnreadableError):
        value = read_value(data)
        if isinstance(value, Bundle):
            page = Page()
            read_page(value, WANTED, page)
            Gate("p1", None).sift(page.rows)
            next_link(value), self_link(value), total_of(value)
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        prefetched_values(msgspec.json.Decoder(msgspec.Raw).decode(data))


def read_report(data):
    """Any text is read, and what it states lies in it; also as the markup that it may be."""
    for content_type in ("text/plain", "text/html", "application/rtf"):
        text = decoded(content_type, b64encode(data).decode()) or ""
        for statement in governing(read_text(text)):
            assert text[statement.start : statement.end].strip()


class Elements(HTMLParser):
    """The elements that a page has."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)


def show_text(data):
    """Any text is one code element, wherever it stands; or nothing of it is visible."""
    text = data.decode("utf-8", "surrogateescape")
    shown = code_span(text)
    assert bool(shown) == bool(plain(text))
    assert not HIDDEN & {unicodedata.category(char) for char in visible(text).replace("\n", "")}
    if not shown:
        return
    for around in ("{}", "- before {} after", "**{}**", "a ({}) b", "{0}; {0}"):
        page = around.format(shown)
        html = cmark.markdown_to_html_with_extensions(
            page, cmark.Options.CMARK_OPT_UNSAFE, EXTENSIONS
        )
        found = Elements(html).found
        assert found.count("code") == (page.count(shown)), page
        assert set(found) <= {"p", "code", "ul", "li", "strong"}, page


def check_link(data):
    """A URL that is taken is read alike by every parser, and a page stays on its server."""
    text = data.decode("utf-8", "replace")
    base = parse_base(text)
    if base is not None:
        assert parse_base(base.url) == base
        _assert_at(base, base.url)
    page = BASE.resolve(text)
    if page is not None:
        _assert_at(BASE, page)
        assert urlsplit(page).path.startswith(BASE.path)


def _assert_at(base, url):
    ours, theirs = urlsplit(url), parse_url(url)
    assert (ours.scheme, ours.hostname) == (theirs.scheme, (theirs.host or "").strip("[]"))
    assert (base.scheme, base.host) == (ours.scheme, ours.hostname)
    assert not ours.username


def _requests():
    return [msgspec.json.encode(load_request(name)) for name in request_names()]


def _resources():
    return [msgspec.json.encode(load_patient(name)) for name in patient_names()]


_TEXTS = [b"`x` https://a.b", b"<b>", "a\u0301\u202e|".encode(), b"``" * 50, b"[x](y)", b"a\nb"]
_LINKS = [
    b"https://fhir.example.org:8443/r4/Condition?page=2",
    b"?page=2",
    b"http://[::1]:80/x",
    b"https://a@b/../c%2f",
    b"/r4?_getpages=1",
    b"http://127.0.0.1:8080/fhir",
    b"//x/r4",
]
TARGETS = {
    "request": (read_request, _requests),
    "fhir": (read_fhir, _resources),
    "report": (
        read_report,
        lambda: [REPORT.read_bytes(), b"L4-5 : : ", b"<p>No fusion", b"{\\rtf1 x}"],
    ),
    "markdown": (show_text, lambda: _TEXTS),
    "link": (check_link, lambda: _LINKS),
}
