"""Prefetch keys: what was asked, what arrived, and how much of the search that is."""

from itertools import permutations

import msgspec
import orjson
import pytest

from cds_service.engine.record import Extent, UnreadReason
from cds_service.fhir.access import Access
from cds_service.fhir.arrival import arrival_of
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.decode import read_value
from cds_service.fhir.gather import gather
from cds_service.fhir.paging import MAX_PAGES, MAX_ROWS
from cds_service.fhir.read_error import FhirReadError
from cds_service.fhir.templates import PrefetchTemplate
from cds_service.security.cds_client import CDSClient
from cds_service.security.fhir_servers import ReadableServers
from tests.toy_service import bundle, condition

CONDITIONS = PrefetchTemplate("conditions", "Condition?patient={{context.patientId}}")
NEWEST = PrefetchTemplate("newest", "Condition?patient={{context.patientId}}&_sort=-recorded-date")
PATIENT = PrefetchTemplate("patient", "Patient/{{context.patientId}}")
NEXT = {"link": [{"relation": "next", "url": "https://fhir.example.org/page2"}]}


INCLUDED = {"mode": "include"}


def value(content):
    return read_value(orjson.dumps(content))


def gathered(prefetch, *templates):
    access = Access("p1", {"patientId": "p1"}, msgspec.Raw(orjson.dumps(prefetch)))
    return gather(templates, access, CDSClient(ReadableServers((), False)), Deadline.after(1))


def search(prefetch, template=CONDITIONS):
    (found,) = gathered(prefetch, template).searches
    return found.extent, found.unread


def recorded(*days):
    rows = [condition(f"c{n}", recordedDate=day) for n, day in enumerate(days)]
    return bundle(*rows) | NEXT


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Patient/{{context.patientId}}", "Patient/p1"),
        ("Patient/{{ context.patientId }}", "Patient/p1"),
        ("Condition?patient={{context.patientId}}&_count=5", "Condition?patient=p1&_count=5"),
        ("Encounter/{{context.encounterId}}", None),
        ("Practitioner/{{userPractitionerId}}", None),
        ("Basic?x={{context.odd}}", "Basic?x=a%2Fb%3Fc%26d"),
    ],
)
def test_tokens_are_filled_from_the_context_and_quoted(text, query):
    context = {"patientId": "p1", "encounterId": None, "odd": "a/b?c&d"}
    assert PrefetchTemplate("k", text).query(context) == query


@pytest.mark.parametrize(
    ("content", "extent", "unread"),
    [
        (None, "COMPLETE", None),
        (bundle(), "COMPLETE", None),
        (bundle(condition(), total=1), "COMPLETE", None),
        (bundle(condition(), total=5), "PART", "INCOMPLETE"),
        (bundle(condition()) | NEXT, "PART", "INCOMPLETE"),
        (bundle(condition()) | {"link": "x"}, "PART", "INCOMPLETE"),
        (bundle(condition(), {"resourceType": "Condition"}), "PART", "UNREADABLE"),
        (bundle({"resourceType": "Basic"}), "NOTHING", "UNREADABLE"),
        (bundle({"resourceType": "Basic"}, {"resourceType": "Condition"}), "PART", "UNREADABLE"),
        (condition(), "PART", "INCOMPLETE"),
        ({"resourceType": "OperationOutcome", "issue": []}, "NOTHING", "ERROR"),
        ("x", "NOTHING", "UNREADABLE"),
        ([], "NOTHING", "UNREADABLE"),
        (bundle(condition(patient="Patient/p2")), "PART", "WRONG_PATIENT"),
    ],
)
def test_each_kind_of_value_has_its_extent_and_reason(content, extent, unread):
    expected = (Extent[extent], UnreadReason[unread] if unread else None)
    assert search({"conditions": content}) == expected


def test_one_odd_key_costs_that_key_alone():
    found = gathered({"conditions": "x", "newest": bundle(condition())}, CONDITIONS, NEWEST)
    assert [s.extent for s in found.searches] == [Extent.NOTHING, Extent.COMPLETE]
    assert [r.id for r in found.resources] == ["c1"]


@pytest.mark.parametrize("odd", ["1e400", "9" * 6000, "[" * 900 + "]" * 900])
def test_numbers_and_nesting_out_of_range_cost_the_row_that_is_read_and_nothing_else(odd):
    template = PrefetchTemplate("observations", "Observation?patient={{context.patientId}}")
    of = {"resourceType": "Observation", "status": "final", "subject": {"reference": "Patient/p1"}}
    unread = of | {"id": "o1", "nobodyReadsThis": "@"}
    read = of | {"id": "o2", "valueQuantity": {"value": "@"}}
    text = orjson.dumps({"observations": bundle(unread, read)}).replace(b'"@"', odd.encode())
    access = Access("p1", {"patientId": "p1"}, msgspec.Raw(text))
    client = CDSClient(ReadableServers((), False))
    found = gather((template,), access, client, Deadline.after(1))
    assert [r.id for r in found.resources] == ["o1"]
    assert found.searches[0].unread is UnreadReason.UNREADABLE


@pytest.mark.parametrize(
    ("searched", "expected"),
    [
        ("Condition?patient=p1", (Extent.COMPLETE, None)),
        ("Condition?patient=p1&_count=50", (Extent.COMPLETE, None)),
        ("Condition?patient=p1&recorded-date=ge2026", (Extent.PART, UnreadReason.INCOMPLETE)),
        ("Condition?patient=p2", (Extent.PART, UnreadReason.INCOMPLETE)),
    ],
)
def test_a_prefetched_bundle_tells_what_was_searched_as_a_fetched_one_does(searched, expected):
    link = [{"relation": "self", "url": f"https://fhir.example.org/r4/{searched}"}]
    content = bundle(condition()) | {"link": link}
    assert search({"conditions": content}) == expected


def test_a_key_that_is_absent_was_not_provided():
    assert search({}) == (Extent.NOTHING, UnreadReason.NOT_PROVIDED)


def test_a_key_that_nobody_asked_for_is_ignored():
    assert gathered({"other": bundle(condition())}, CONDITIONS).resources == ()


@pytest.mark.parametrize(
    ("patient_id", "expected"),
    [("p1", (Extent.COMPLETE, None)), ("p2", (Extent.NOTHING, UnreadReason.WRONG_PATIENT))],
)
def test_a_patient_of_another_id_is_no_data_at_all(patient_id, expected):
    patient = {"resourceType": "Patient", "id": patient_id}
    assert search({"patient": patient}, PATIENT) == expected


@pytest.mark.parametrize(
    ("days", "extent"),
    [
        (("2026-02-01", "2026-01-01", "2025"), "NEWEST"),
        (("2026-02-01", "2026-02"), "NEWEST"),
        (("2026-01-01", "2026-02-01"), "PART"),
        (("2026-02-01", None), "PART"),
        (("2024-01-05", "2024", "2024-12-01"), "PART"),
        ((), "PART"),
    ],
)
def test_the_first_page_of_a_sorted_search_is_the_newest_only_if_it_really_is_sorted(days, extent):
    content = recorded(*days)
    assert search({"newest": content}, NEWEST) == (Extent[extent], UnreadReason.INCOMPLETE)


def test_the_first_page_of_an_unsorted_search_is_a_part():
    assert search({"conditions": recorded("2026-02-01", "2026-01-01")})[0] is Extent.PART


def test_a_dropped_row_of_another_patient_makes_a_sorted_search_a_part():
    content = recorded("2026-02-01")
    content["entry"] += bundle(condition("c9", patient="Patient/p2", recordedDate="2026-01-01"))[
        "entry"
    ]
    assert search({"newest": content}, NEWEST) == (Extent.PART, UnreadReason.WRONG_PATIENT)


@pytest.mark.parametrize("odd", [{"total": 2}, {"total": 0}, {"link": "x"}, {"link": [{"url": 1}]}])
def test_of_rows_that_are_missing_from_nobody_knows_where_the_newest_may_be_one(odd):
    content = bundle(condition(recordedDate="2026-02-01")) | odd
    assert search({"newest": content}, NEWEST) == (Extent.PART, UnreadReason.INCOMPLETE)


def test_all_pages_that_do_not_add_up_may_lack_the_newest():
    newer, older = (condition(f"c{day}", recordedDate=f"2026-01-0{day}") for day in (2, 1))
    first, next_page = pages(bundle(newer, total=3), bundle(older, total=3))
    assert arrival_of(NEWEST, first, next_page).extent is Extent.PART


def test_later_pages_complete_a_search():
    second = value(bundle(condition("c2")))
    arrival = arrival_of(CONDITIONS, value(bundle(condition(), total=2) | NEXT), lambda _: second)
    assert [row.id for row in arrival.rows] == ["c1", "c2"]
    assert (arrival.extent, arrival.unread) == (Extent.COMPLETE, None)


def pages(*bundles):
    """The first page, and what brings the next ones in turn."""
    last = len(bundles) - 1
    linked = [b | (next_to(n) if n < last else {}) for n, b in enumerate(bundles)]
    left = [value(b) for b in linked]
    return left.pop(0), lambda _: left.pop(0)


def next_to(number):
    return {"link": [{"relation": "next", "url": f"https://fhir.example.org/page{number}"}]}


C1, C2, C3 = (condition(f"c{n}") for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("bundles", "extent"),
    [
        ([bundle(C1), bundle(C2)], "COMPLETE"),
        ([bundle(C1, total=2), bundle(C2, total=2)], "COMPLETE"),
        ([bundle(C1, total=2), bundle(C2)], "COMPLETE"),
        ([bundle(C1, total=2), bundle(C1, total=2)], "PART"),  # c2 slipped to the page before
        ([bundle(C1), bundle(C1)], "PART"),
        ([bundle(C1, C2, total=3), bundle(C2, C3, total=3)], "COMPLETE"),
        ([bundle(C1, total=2), bundle(C2, total=3)], "PART"),  # it grew while it was read
        ([bundle(C1, total=3), bundle(C2, total=3)], "PART"),
    ],
)
def test_pages_must_add_up_to_what_the_server_says_there_is(bundles, extent):
    first, next_page = pages(*bundles)
    assert arrival_of(CONDITIONS, first, next_page).extent is Extent[extent]


def test_a_medication_that_two_pages_include_is_no_row_that_came_twice():
    template = PrefetchTemplate(
        "medication_requests", "MedicationRequest?patient={{context.patientId}}"
    )
    medication = {"resource": {"resourceType": "Medication", "id": "m"}, "search": INCLUDED}
    of_patient = {"resourceType": "MedicationRequest", "subject": {"reference": "Patient/p1"}}
    rows = [bundle(of_patient | {"id": name}) for name in ("r1", "r2")]
    for row in rows:
        row["entry"].append(medication)
    first, next_page = pages(*rows)
    assert arrival_of(template, first, next_page).extent is Extent.COMPLETE


def test_pages_that_go_round_in_a_circle_are_left():
    page = value(bundle(condition()) | NEXT)
    asked = []

    def same(link):
        asked.append(link)
        return page

    assert arrival_of(CONDITIONS, page, same).unread is UnreadReason.INCOMPLETE
    assert len(asked) == 1


def test_no_more_pages_are_asked_for_than_the_limit():
    asked = []

    def another(link):
        asked.append(link)
        return value(bundle() | {"link": [{"relation": "next", "url": f"{link}x"}]})

    arrival = arrival_of(CONDITIONS, value(bundle() | NEXT), another)
    assert len(asked) == MAX_PAGES - 1
    assert arrival.unread is UnreadReason.INCOMPLETE


def many(count, start=0):
    return [condition(f"c{n}", recordedDate="2026-02-01") for n in range(start, start + count)]


@pytest.mark.parametrize(
    ("template", "extent"), [(CONDITIONS, Extent.PART), (NEWEST, Extent.NEWEST)]
)
def test_no_more_rows_are_taken_than_the_limit_however_few_pages_they_come_on(template, extent):
    content = bundle(*many(MAX_ROWS + 1))
    found = gathered({template.key: content}, template)
    assert len(found.resources) == MAX_ROWS
    assert (found.searches[0].extent, found.searches[0].unread) == (extent, UnreadReason.INCOMPLETE)
    first, next_page = pages(bundle(*many(MAX_ROWS - 1)), bundle(*many(2, MAX_ROWS)))
    arrival = arrival_of(template, first, next_page)
    assert (len(arrival.rows), arrival.extent) == (MAX_ROWS, extent)


def test_as_many_rows_as_the_limit_are_a_whole_search():
    assert search({"conditions": bundle(*many(MAX_ROWS))}) == (Extent.COMPLETE, None)


def test_a_count_that_does_not_add_up_is_seen_of_more_rows_than_the_limit_too():
    content = bundle(*many(MAX_ROWS + 1), total=MAX_ROWS + 5)
    assert search({"newest": content}, NEWEST) == (Extent.PART, UnreadReason.INCOMPLETE)


def test_a_lost_page_leaves_what_came_before_it():
    def lost(_):
        raise FhirReadError(UnreadReason.TIMEOUT)

    arrival = arrival_of(CONDITIONS, value(bundle(condition()) | NEXT), lost)
    assert [row.id for row in arrival.rows] == ["c1"]
    assert (arrival.extent, arrival.unread) == (Extent.PART, UnreadReason.INCOMPLETE)


def test_the_same_resource_under_two_keys_is_one():
    content = {"conditions": bundle(condition()), "newest": bundle(condition())}
    assert len(gathered(content, CONDITIONS, NEWEST).resources) == 1


def test_a_finding_withdrawn_in_a_newer_version_does_not_count():
    error = {"coding": [{"code": "entered-in-error"}]}
    old = condition(meta={"versionId": "1"})
    new = condition(meta={"versionId": "2"}, verificationStatus=error)
    for copies in ((old, new), (new, old)):
        assert gathered({"conditions": bundle(*copies)}, CONDITIONS).resources == ()


def test_contained_medications_come_along():
    template = PrefetchTemplate(
        "medication_requests", "MedicationRequest?patient={{context.patientId}}"
    )
    request = {
        "resourceType": "MedicationRequest",
        "id": "r",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "medicationReference": {"reference": "#m"},
        "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "oxycodone"}}],
    }
    found = gathered({"medication_requests": bundle(request)}, template)
    assert found.contained["MedicationRequest/r#m"].code.text == "oxycodone"


def test_the_order_of_the_rows_changes_nothing():
    rows = [
        condition("c1", meta={"versionId": "2"}),
        condition("c1", meta={"versionId": "10"}, code={"text": "newest"}),
        condition("c2", patient="Patient/p2"),
        condition("c3"),
    ]
    for order in permutations(rows):
        found = gathered({"conditions": bundle(*order)}, CONDITIONS)
        assert sorted((r.id, bool(r.code)) for r in found.resources) == [
            ("c1", True),
            ("c3", False),
        ]
        assert found.searches[0].unread is UnreadReason.WRONG_PATIENT
