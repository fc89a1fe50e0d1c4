"""FHIR JSON is read one entry at a time: a bad entry costs one note, never the Bundle."""

import orjson
import pytest

from cds_service.engine.resources import Condition, Medication, MedicationRequest, Patient
from cds_service.fhir.decode import (
    MAX_ROWS,
    Bundle,
    OperationOutcome,
    Page,
    UnreadableError,
    contained_medications,
    next_link,
    read_page,
    read_value,
    total_of,
    wanted_types,
)
from tests.toy_service import bundle, condition

CONDITIONS = wanted_types("Condition")


def value(content):
    return read_value(content if isinstance(content, bytes) else orjson.dumps(content))


def page_of(content, wanted=CONDITIONS):
    page = Page()
    read_page(value(content), wanted, page)
    return page


def outcome(severity, code="x"):
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}


def test_entries_become_typed_resources():
    page = page_of(bundle(condition("c1"), condition("c2")))
    assert [type(row) for row in page.rows] == [Condition, Condition]
    assert (page.matches, page.malformed, page.alien) == (2, 0, 0)


@pytest.mark.parametrize(
    "damaged",
    [
        {"resourceType": "Condition", "id": "x", "code": 5},
        {"resourceType": "Condition", "id": "x", "onsetDateTime": {"a": 1}},
        {"resourceType": "Condition"},
        {"resourceType": "", "id": "x"},
        {"id": "x"},
        {},
        "x",
        None,
        [],
    ],
)
def test_a_damaged_resource_costs_one_note_and_no_other_row(damaged):
    page = page_of(bundle(condition("c1"), damaged, condition("c2")))
    assert [row.id for row in page.rows] == ["c1", "c2"]
    assert (page.malformed, page.alien) == (1, 0)


@pytest.mark.parametrize("entry", [None, "x", 5, [], {}])
def test_an_entry_that_is_none_costs_one_note(entry):
    content = bundle(condition())
    content["entry"].append(entry)
    page = page_of(content)
    assert (len(page.rows), page.malformed) == (1, 1)


@pytest.mark.parametrize("entries", ["x", 5, {"a": 1}])
def test_entries_that_are_no_array_are_one_note(entries):
    assert page_of(bundle() | {"entry": entries}).malformed == 1


@pytest.mark.parametrize("kind", ["Binary", "Patient", "NoSuchType"])
def test_a_type_that_nobody_asked_for_is_not_damage(kind):
    page = page_of(bundle(condition(), {"resourceType": kind, "id": "x"}))
    assert (len(page.rows), page.malformed, page.alien) == (1, 0, 1)


@pytest.mark.parametrize(
    ("severity", "warned"),
    [
        ("fatal", True),
        ("error", True),
        ("Error", True),
        ("ERROR", True),
        ("critical", True),
        ("warning", False),
        ("information", False),
        ("success", False),
    ],
)
def test_an_outcome_among_the_entries_tells_about_the_search(severity, warned):
    page = page_of(bundle(condition(), outcome(severity)))
    assert (page.warned, page.matches, page.malformed) == (warned, 1, 0)


@pytest.mark.parametrize("severity", ["warning", "information"])
@pytest.mark.parametrize(
    ("code", "warned"),
    [
        ("suppressed", True),
        ("incomplete", True),
        ("throttled", True),
        ("security", True),
        ("informational", False),
        ("not-supported", False),
    ],
)
def test_a_mild_issue_tells_by_its_type_whether_rows_may_be_missing(severity, code, warned):
    assert page_of(bundle(condition(), outcome(severity, code))).warned is warned


def test_of_very_many_entries_that_cannot_be_decoded_one_stands_for_the_rest():
    broken = bundle() | {"entry": [0] * (MAX_ROWS + 500)}
    assert page_of(broken).malformed == MAX_ROWS + 1


def test_an_outcome_that_gives_no_severity_is_a_failure():
    assert OperationOutcome().reports_failure
    assert value({"resourceType": "OperationOutcome", "issue": [{}]}).reports_failure


def test_an_included_resource_is_no_match():
    content = bundle(condition())
    content["entry"][0]["search"] = {"mode": "include"}
    assert page_of(content).matches == 0


def test_medications_belong_to_medication_searches_only():
    content = bundle({"resourceType": "Medication", "id": "m"})
    assert [type(r) for r in page_of(content, wanted_types("MedicationRequest")).rows] == [
        Medication
    ]
    assert page_of(content).alien == 1


def test_null_is_a_value_and_rubbish_is_not():
    assert value(b"null") is None
    for rubbish in (
        b"<html>",
        b"",
        b"{",
        b'"x"',
        b"[1]",
        b"7",
        b'{"id":"x"}',
        b'{"resourceType":5}',
    ):
        with pytest.raises(UnreadableError):
            value(rubbish)


@pytest.mark.parametrize("kind", ["Binary", "Basic"])
def test_a_type_that_we_never_read_is_unreadable_as_a_value(kind):
    with pytest.raises(UnreadableError):
        value({"resourceType": kind})


def test_a_bundle_nested_beyond_reason_is_unreadable():
    with pytest.raises(UnreadableError):
        value(b'{"resourceType":"Patient","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


def test_a_resource_that_stands_alone_is_typed():
    assert isinstance(value({"resourceType": "Patient", "id": "p1"}), Patient)


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([{"relation": "self", "url": "a"}, {"relation": "next", "url": "b"}], "b"),
        ([{"relation": "self", "url": "a"}], None),
        ([], None),
        ("x", ""),
        ([{"relation": "next", "url": 5}], ""),
    ],
)
def test_the_next_page_is_known_unknown_or_none(links, expected):
    assert next_link(value(bundle() | {"link": links})) == expected
    assert next_link(Bundle()) is None


@pytest.mark.parametrize(
    ("total", "expected"), [(3, 3), (0, 0), (None, None), ("3", None), (1.5, None)]
)
def test_the_total_counts_only_when_it_is_a_number(total, expected):
    assert total_of(value(bundle() | {"total": total})) == expected
    assert total_of(Bundle()) is None


def test_contained_medications_are_found_by_their_owner():
    content = {
        "resourceType": "MedicationRequest",
        "id": "r",
        "contained": [
            {"resourceType": "Medication", "id": "m", "code": {"text": "oxycodone"}},
            {"resourceType": "Practitioner", "id": "p"},
            {"resourceType": "Medication"},
            "x",
        ],
    }
    owner = value(content)
    assert isinstance(owner, MedicationRequest)
    found = contained_medications(owner)
    assert {name: m.code.text for name, m in found.items()} == {
        "MedicationRequest/r#m": "oxycodone"
    }


def test_entries_read_one_by_one_are_those_read_at_once():
    """The second path is only taken beside damage; it must read what the first one reads."""
    sound = bundle(condition("c1", code={"text": "x"}), outcome("warning"), condition("c2"))
    damaged = bundle(*(entry["resource"] for entry in sound["entry"]), "damage")
    assert page_of(damaged).rows == page_of(sound).rows
    assert page_of(damaged).malformed == 1
