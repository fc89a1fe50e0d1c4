"""Texts behind ``attachment.url``: read like inline ones, or said to be unreadable."""

import json
import time
from base64 import b64encode
from copy import deepcopy
from dataclasses import replace

import pytest
from msgspec import Raw

from cds_service.engine.resources import DiagnosticReport, DocumentReference
from cds_service.fhir.access import Access
from cds_service.fhir.attached_texts import MAX_TEXTS
from cds_service.fhir.binary import READABLE_TYPES
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.gather import gather
from cds_service.fhir.templates import templates_of
from cds_service.protocol.errors import NothingReadableError
from fhir_fixtures import load_request
from hooks.spine.text.plain import _KINDS, is_readable
from tests.chart import DEPLOYMENT, assessment_of, call, card_of, judged, statuses
from tests.fhir_stub import fhir_stub, send
from tests.full import FULL
from tests.hostile_content import BODIES
from tests.hostile_fhir import TRANSPORT, hostile_fhir, resources_of

SERVICE = "spinal-fusion-revision"
BASE = load_request("revision-nonunion")
TEXT = (
    "CT lumbar spine. Nonunion at L5-S1. Lucency around both S1 screws consistent with loosening."
)
HTML = f"<html><body><p>{TEXT}</p></body></html>"
RTF = rf"{{\rtf1\ansi {TEXT}\par}}"
LOGIN = "<!DOCTYPE html><html><body>Sign in.<form><input type=password></form></body></html>"
URL = "Binary/ct-text"


def with_forms(*forms, request=BASE, report="ct-1", **members):
    """The request whose CT report says what it says in attachments alone."""
    changed = deepcopy(request)
    for entry in changed["prefetch"]["diagnostic_reports"]["entry"]:
        if entry["resource"]["id"] == report:
            for member in ("conclusion", "conclusionCode", "result"):
                entry["resource"].pop(member, None)
            entry["resource"] |= {"presentedForm": list(forms), **members}
    return changed


def inline(text, kind="text/plain"):
    return {"contentType": kind, "data": b64encode(text.encode()).decode()}


def behind(url=URL, kind="text/plain"):
    return {"url": url} | ({"contentType": kind} if kind else {})


def client(seconds=4.0):
    return replace(DEPLOYMENT, client=replace(DEPLOYMENT.client, deadline_seconds=seconds))


def card(request, deployment=DEPLOYMENT):
    return card_of(request, SERVICE, deployment)


INLINE = card(with_forms(inline(TEXT)))
UNREADABLE = card(with_forms(inline("%PDF-1.4", "application/pdf")))


def unread(found):
    return {u["key"]: u["reason"] for u in assessment_of(found).get("unread", ())}


@pytest.fixture
def stub():
    with fhir_stub() as running:
        yield running


def answers(kind, text):
    body = text.encode() if isinstance(text, str) else text
    return lambda handler: send(handler, 200, body, Content_Type=kind)


def test_the_text_alone_decides_what_these_tests_look_at():
    assert judged(INLINE)["nonunion-on-ct"]["status"] == "met"
    assert judged(UNREADABLE)["nonunion-on-ct"]["reason"] == "unreadable"


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "not announced"])
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text/plain", TEXT),
        ("text/plain; charset=utf-8", TEXT),
        ("text/html", HTML),
        ("application/xhtml+xml", HTML),
        ("text/rtf", RTF),
        ("application/rtf", RTF),
    ],
)
def test_a_text_behind_a_url_is_read_although_all_else_was_prefetched(stub, kind, text, announced):
    stub.routes[URL] = answers(kind, text)
    request = with_forms(behind(kind=kind if announced else None)) | {"fhirServer": stub.base}
    found = card(request)
    assert judged(found) == judged(INLINE)
    assert unread(found) == {}
    assert stub.paths == [URL]


def test_a_text_is_found_by_an_absolute_url_of_the_same_server(stub):
    stub.routes[URL] = answers("text/plain", TEXT)
    request = with_forms(behind(f"{stub.base}/{URL}")) | {"fhirServer": stub.base}
    assert judged(card(request)) == judged(INLINE)


@pytest.mark.parametrize("kind", ["application/octet-stream", ""])
def test_a_server_that_does_not_say_what_it_sends_is_taken_at_the_word_of_the_record(stub, kind):
    stub.routes[URL] = answers(kind, TEXT)
    request = with_forms(behind()) | {"fhirServer": stub.base}
    assert judged(card(request)) == judged(INLINE)


@pytest.mark.parametrize("prefetch", ["all", "none"])
def test_a_binary_resource_is_as_good_as_its_content(prefetch):
    request = with_forms(behind())
    with hostile_fhir(resources_of(request)) as server:
        server.extra[URL] = {"resourceType": "Binary", "id": "ct-text", **inline(TEXT)}
        sent = request["prefetch"] if prefetch == "all" else {}
        found = card(request | {"fhirServer": server.base(), "prefetch": sent})
    assert statuses(found) == statuses(INLINE)
    assert unread(found) == {}


# What is not a text

PAGES = [
    ("text/plain", "text/html", HTML, "error"),  # some page, where no page was announced
    ("text/plain", "text/plain", LOGIN, "error"),
    ("text/html", "text/html", LOGIN, "error"),
    (None, "text/html; charset=utf-8", LOGIN, "error"),
    (None, "application/octet-stream", LOGIN, "error"),
    (None, "application/pdf", "%PDF-1.4", "unreadable"),
    ("text/plain", "application/pdf", "%PDF-1.4", "unreadable"),
    ("text/plain", "text/plain", "%PDF-1.4", "unreadable"),
    ("text/plain", "image/png", "x", "unreadable"),
    (None, "", "x", "unreadable"),
]


@pytest.mark.parametrize(("announced", "kind", "text", "reason"), PAGES)
def test_what_came_instead_of_the_text_is_not_taken_for_it(stub, announced, kind, text, reason):
    stub.routes[URL] = answers(kind, text)
    found = card(with_forms(behind(kind=announced)) | {"fhirServer": stub.base})
    assert statuses(found) == statuses(UNREADABLE)
    assert judged(found)["nonunion-on-ct"]["reason"] == "unreadable"
    assert unread(found) == {"diagnostic_reports": reason}
    assert f"diagnostic_reports: {WORDS[reason]}" in found["detail"]


WORDS = {"error": "reading failed", "unreadable": "in part not readable"}


@pytest.mark.parametrize(
    "form",
    [
        behind(kind="application/pdf"),
        behind(kind="image/png"),
        behind(kind="application/pdf") | {"title": "CT lumbar spine"},
        {"contentType": "text/plain"},
    ],
)
def test_what_no_machine_reads_is_not_asked_for(stub, form):
    found = card(with_forms(form) | {"fhirServer": stub.base})
    assert stub.calls == []
    assert unread(found) == {}
    assert judged(found)["nonunion-on-ct"]["reason"] in ("unreadable", "uncertain-text")


def test_nothing_is_asked_for_a_report_that_has_its_text(stub):
    found = card(with_forms(inline(TEXT), behind()) | {"fhirServer": stub.base})
    assert stub.calls == []
    assert statuses(found) == statuses(INLINE)
    assert unread(found) == {}


@pytest.mark.parametrize("conclusion", ["See attached report.", "Postoperative changes."])
def test_a_conclusion_does_not_stand_for_the_findings_behind_a_url(stub, conclusion):
    stub.routes[URL] = answers("text/plain", TEXT)
    found = card(with_forms(behind(), conclusion=conclusion) | {"fhirServer": stub.base})
    assert stub.paths == [URL]
    assert statuses(found) == statuses(INLINE)


def test_what_a_conclusion_says_stands_when_the_text_behind_the_url_cannot_be_had(stub):
    stub.routes[URL] = lambda handler: send(handler, 403, b"", Content_Type="text/plain")
    found = card(with_forms(behind(), conclusion=TEXT) | {"fhirServer": stub.base})
    assert statuses(found) == statuses(INLINE)
    assert unread(found) == {"diagnostic_reports": "forbidden"}


def test_a_url_that_leads_elsewhere_is_not_followed(stub):
    form = behind("https://elsewhere.example/fhir/Binary/ct-text")
    found = card(with_forms(form) | {"fhirServer": stub.base})
    assert stub.calls == []
    assert unread(found) == {"diagnostic_reports": "forbidden"}
    assert statuses(found) == statuses(UNREADABLE)


def test_without_a_server_the_report_is_unreadable_and_nothing_else_is_touched():
    found = card(with_forms(behind()))
    assert statuses(found) == statuses(UNREADABLE)
    assert unread(found) == {}


def test_an_order_that_is_not_ours_has_no_text_read(stub):
    request = load_request("colonoscopy")
    request["prefetch"] = with_forms(behind())["prefetch"]
    assert call(request | {"fhirServer": stub.base}, SERVICE) == {"cards": []}
    assert stub.calls == []


# What a server may do

STATUSES = {401: "unauthorized", 403: "forbidden"}
STATUSES |= dict.fromkeys((302, 404, 410, 429, 500, 502, 503, 504), "error")
EXPECTED = dict.fromkeys((*BODIES, "short"), "unreadable")  # JSON that is no Binary
EXPECTED |= dict.fromkeys(TRANSPORT, "error") | {"short": "unreadable"}
EXPECTED |= dict.fromkeys(("hang", "drip", "drip-headers", "continue"), "timeout")
EXPECTED |= {f"status={status}": reason for status, reason in STATUSES.items()}


@pytest.mark.parametrize("fault", EXPECTED)
def test_a_text_that_does_not_come_costs_this_report_and_nothing_else(fault):
    request = with_forms(behind())
    with hostile_fhir(resources_of(request)) as server:
        server.extra[URL] = {"resourceType": "Binary", "id": "ct-text", **inline(TEXT)}
        found = card(request | {"fhirServer": server.base(fault)}, client(0.8))
    assert statuses(found) == statuses(UNREADABLE)
    assert unread(found) == {"diagnostic_reports": EXPECTED[fault]}


@pytest.mark.parametrize("seed", range(100 if FULL else 4))
def test_a_server_that_fails_at_random_makes_nobody_say_what_the_text_does_not(seed):
    request = with_forms(behind())
    with hostile_fhir(resources_of(request)) as server:
        server.extra[URL] = {"resourceType": "Binary", "id": "ct-text", **inline(TEXT)}
        prefetch = request["prefetch"] if seed % 2 else {}
        asked = request | {"fhirServer": server.base(f"chaos={seed}"), "prefetch": prefetch}
        started = time.monotonic()
        try:
            found = card(asked, client(1.6))
        except NothingReadableError:
            found = None
        assert time.monotonic() - started < 1.6
    said = statuses(found) if found else {}
    truth = statuses(INLINE)
    assert {k: v for k, v in said.items() if v not in ("unknown", truth[k])} == {}


# How many

TEMPLATES = templates_of({"reports": "DiagnosticReport?x", "notes": "DocumentReference?x"})


def gathered(base, reports=(), notes=()):
    """What is gathered when reports and notes were prefetched: their data, and the searches."""
    rows = {"reports": [], "notes": []}
    for day, members in reports:
        form = {"presentedForm": [behind(f"Binary/r{len(rows['reports'])}")]}
        rows["reports"].append(row("DiagnosticReport", len(rows["reports"]), day) | form | members)
    for day, members in notes:
        form = {"content": [{"attachment": behind(f"Binary/n{len(rows['notes'])}")}]}
        rows["notes"].append(row("DocumentReference", len(rows["notes"]), day) | form | members)
    prefetch = {
        key: {"resourceType": "Bundle", "entry": [{"resource": r} for r in found]}
        for key, found in rows.items()
    }
    access = Access("p1", {}, Raw(json.dumps(prefetch).encode()), base)
    found = gather(TEMPLATES, access, DEPLOYMENT.client, Deadline.after(2.5))
    return found.resources, {s.key: (s.extent.value, s.unread) for s in found.searches}


def row(kind, number, day):
    date = {"DiagnosticReport": "effectiveDateTime", "DocumentReference": "date"}[kind]
    owner = {"subject": {"reference": "Patient/p1"}, "status": "final"}
    return {"resourceType": kind, "id": f"{kind[1]}{number}", **owner} | (
        {date: day} if day else {}
    )


def days(count):
    return [(f"{2000 + n}-01-01", {}) for n in range(count)]


def serve(stub, *names, count=60):
    for n in range(count):
        for name in names:
            stub.routes[f"Binary/{name}{n}"] = answers("text/plain", f"{name}{n}")


@pytest.mark.parametrize(
    ("key", "name", "kind"),
    [
        ("reports", "r", DiagnosticReport),
        ("notes", "n", DocumentReference),
    ],
)
def test_only_the_newest_are_read_and_what_is_left_is_said(stub, key, name, kind):
    serve(stub, name)
    most = MAX_TEXTS[kind]
    resources, searches = gathered(stub.base, **{key: days(most + 2)})
    assert set(stub.paths) == {f"Binary/{name}{n}" for n in range(2, most + 2)}
    extent = {"reports": "complete", "notes": "newest"}[key]
    assert searches[key] == (extent, "incomplete")
    assert len(resources) == most + 2


def test_of_many_reports_with_one_text_no_more_are_given_it_than_have_texts_of_their_own(stub):
    serve(stub, "r", count=1)
    most = MAX_TEXTS[DiagnosticReport]
    same = {"presentedForm": [behind("Binary/r0")]}
    reports = [(day, same) for day, _ in days(most + 5)]
    resources, searches = gathered(stub.base, reports=reports)
    given = [r for r in resources if r.presented_form[0].data]
    assert stub.paths == ["Binary/r0"]
    assert min(r.effective_date_time for r in given) == "2005-01-01"
    assert len(given) == most
    assert searches["reports"] == ("complete", "incomplete")


def test_a_note_whose_text_failed_may_be_the_newest_that_speaks_of_something(stub):
    serve(stub, "n", count=1)
    assert gathered(stub.base, notes=days(2))[1]["notes"] == ("part", "error")
    assert gathered(stub.base, notes=days(1))[1]["notes"] == ("complete", None)


def test_a_note_without_a_date_that_was_not_read_may_be_the_newest(stub):
    serve(stub, "n")
    most = MAX_TEXTS[DocumentReference]
    _, searches = gathered(stub.base, notes=[(None, {}), *days(most)])
    assert "Binary/n0" not in stub.paths
    assert searches["notes"] == ("part", "incomplete")


def test_a_failure_is_told_rather_than_what_was_not_asked_for(stub):
    serve(stub, "r", count=31)
    _, searches = gathered(stub.base, reports=days(MAX_TEXTS[DiagnosticReport] + 2))
    assert searches["reports"] == ("complete", "error")


def test_void_and_foreign_reports_have_no_text_read(stub):
    void = {"status": "entered-in-error"}
    foreign = {"subject": {"reference": "Patient/p2"}}
    gathered(stub.base, reports=[("2026", void), ("2026", foreign)], notes=[("2026", void)])
    assert stub.calls == []


def test_one_url_is_read_once(stub):
    serve(stub, "r")
    same = {"presentedForm": [behind("Binary/r1"), behind("Binary/r1", kind=None)]}
    (one, two), searches = gathered(stub.base, reports=[("2026", same), ("2025", same)])
    assert stub.paths == ["Binary/r1"]
    assert searches["reports"] == ("complete", None)
    assert all(form.data for report in (one, two) for form in report.presented_form)


def test_texts_and_medications_are_read_side_by_side_within_the_fan_out():
    with hostile_fhir() as server:
        for n in range(30):
            server.extra[f"Binary/r{n}"] = {"resourceType": "Binary", **inline(TEXT)}
        gathered(server.base("delay=0.05"), reports=days(30))
        assert len(server.calls) == 30
        assert 1 < server.most_connections <= DEPLOYMENT.client.fan_out


def test_the_types_that_are_asked_for_are_those_that_the_reader_of_texts_reads():
    assert all(is_readable(kind) for kind in READABLE_TYPES)
    assert frozenset(_KINDS) == READABLE_TYPES
