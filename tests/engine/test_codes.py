"""Codes, value sets and terminology."""

import pytest

from cds_service.engine.codes import (
    ICD_10_CM,
    LOINC,
    SNOMED_CT,
    Terminology,
    ValueSet,
    canonical,
    read_value_set,
)


def value_set(name="a", include=(), exclude=(), **members):
    return {
        "resourceType": "ValueSet",
        "url": f"https://example.org/ValueSet/{name}",
        "compose": {"include": list(include), "exclude": list(exclude)},
    } | members


def codes(*written, system=LOINC):
    return {"system": system, "concept": [{"code": code} for code in written]}


def family(stem, system=ICD_10_CM):
    return {"system": system, "filter": [{"property": "concept", "op": "is-a", "value": stem}]}


@pytest.mark.parametrize("written", ["M54.59", "M5459", " m54.59 "])
def test_icd_codes_are_the_same_with_and_without_dot_and_case(written):
    assert canonical(ICD_10_CM, written) == (ICD_10_CM, "M5459")


def test_codes_of_other_systems_keep_their_dots_and_their_case():
    assert canonical("http://example.org", " a.B ") == ("http://example.org", "a.B")


@pytest.mark.parametrize(
    ("written", "system"),
    [
        ("urn:oid:2.16.840.1.113883.6.90", ICD_10_CM),
        ("http://hl7.org/fhir/sid/icd-10", ICD_10_CM),
        ("urn:oid:2.16.840.1.113883.6.96", SNOMED_CT),
        ("urn:oid:2.16.840.1.113883.6.1", LOINC),
    ],
)
def test_legacy_spellings_of_a_code_system_are_understood(written, system):
    assert canonical(written, "1")[0] == system


def test_a_value_set_is_named_by_the_end_of_its_url_and_by_its_title():
    found = read_value_set(value_set("crp", title="C-reactive protein"))
    assert (found.id, found.title) == ("crp", "C-reactive protein")
    assert read_value_set(value_set("crp")).title == "https://example.org/ValueSet/crp"


def test_a_family_holds_every_code_that_begins_with_its_stem_and_no_other_system():
    found = read_value_set(value_set(include=[family("M54.5")]))
    assert found.contains(*canonical(ICD_10_CM, "M54.59"))
    assert found.contains(*canonical(ICD_10_CM, "M54.5"))
    assert not found.contains(*canonical(ICD_10_CM, "M54.6"))
    assert not found.contains(SNOMED_CT, "M5459")


def test_what_is_excluded_is_not_in_whether_by_code_or_by_family():
    found = read_value_set(
        value_set(
            include=[family("F17")], exclude=[codes("F17.201", system=ICD_10_CM), family("F17.22")]
        )
    )
    assert found.contains(ICD_10_CM, "F17200")
    assert not found.contains(ICD_10_CM, "F17201")
    assert not found.contains(ICD_10_CM, "F17221")


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ({"resourceType": "CodeSystem"}, "not a ValueSet"),
        (value_set(url=""), "needs a url"),
        (value_set(include=[{"system": LOINC, "valueSet": ["x"]}]), "cannot honour"),
        (value_set(include=[codes(22850)]), "not quoted"),
        (value_set(include=[codes("1") | {"filter": family("M")["filter"]}]), "one filter"),
        (value_set(include=[{"system": LOINC, "filter": family("M")["filter"] * 2}]), "one filter"),
        (
            value_set(
                include=[{"system": LOINC, "filter": [{"property": "x", "op": "=", "value": "y"}]}]
            ),
            "only the filter",
        ),
    ],
)
def test_what_could_not_be_honoured_is_refused(resource, message):
    with pytest.raises(ValueError, match=message):
        read_value_set(resource)


def test_a_code_tells_all_value_sets_that_it_lies_in():
    terms = Terminology(
        read_value_set(r) for r in (value_set("a", [codes("1", "2")]), value_set("b", [codes("2")]))
    )
    assert terms.memberships(LOINC, "1") == {"a"}
    assert terms.memberships("urn:oid:2.16.840.1.113883.6.1", " 2 ") == {"a", "b"}
    assert terms.memberships(LOINC, "3") == frozenset()


@pytest.mark.parametrize(("system", "code"), [(None, "1"), (LOINC, None), ("", "1"), (LOINC, "")])
def test_half_a_code_lies_in_no_value_set(system, code):
    assert (
        Terminology([read_value_set(value_set("a", [codes("1")]))]).memberships(system, code)
        == frozenset()
    )


def test_two_value_sets_with_one_url_are_joined_with_what_either_excludes():
    ours = read_value_set(value_set("a", [codes("1", "2"), family("M54")], title="Ours"))
    site = read_value_set(value_set("a", [codes("3")], [codes("2"), family("M54.6")]))
    terms = Terminology([ours, site])
    assert "a" in terms
    assert terms.ids == {"a"}
    assert terms["a"].title == "Ours"
    assert [c for c in "123" if terms.memberships(LOINC, c)] == ["1", "3"]
    assert terms.memberships(ICD_10_CM, "M54.5") == {"a"}
    assert terms.memberships(ICD_10_CM, "M54.6") == frozenset()


def test_an_unknown_value_set_is_an_error():
    with pytest.raises(KeyError):
        Terminology([])["nothing"]
    assert "nothing" not in Terminology([ValueSet("https://x/y", "y", frozenset())])
