"""What a server says it searched for, against what it was asked for."""

import pytest

from cds_service.fhir.self_link import was_narrowed

ASKED = "Observation?patient=p1&code=http://loinc.org|1-2,http://loinc.org|3-4&_sort=-date&_count=9"
BASE = "https://fhir.example.org/r4/Observation"


@pytest.mark.parametrize(
    "link",
    [
        "",
        BASE,
        f"{BASE}?patient=p1&code=http://loinc.org|1-2,http://loinc.org|3-4",
        f"{BASE}?patient=Patient/p1&code=3-4,1-2",
        f"{BASE}?code=http%3A%2F%2Floinc.org%7C1-2%2Chttp%3A%2F%2Floinc.org%7C3-4",
        f"{BASE}?code=1-2&code=3-4&code=5-6",
        f"{BASE}?patient=p1",  # the code was ignored: more rows than asked for
        f"{BASE}?patient=p1&_count=1&_sort=date",
        f"{BASE}?subject=Patient/p1&_format=json&-pageContext=x&ct=y",
        f"{BASE}?patient=p1&status:not=entered-in-error",
        "https://[fhir/Observation?code=1-2",
    ],
)
def test_a_search_for_all_that_was_asked_or_more_is_whole(link):
    assert not was_narrowed(ASKED, link)


@pytest.mark.parametrize(
    "link",
    [
        f"{BASE}?code=1-2",
        f"{BASE}?patient=p2",
        f"{BASE}?patient=p1&code=http://loinc.org|9",
        f"{BASE}?patient=p1&code=1-2,3-4&status=final",
        f"{BASE}?patient=p1&date=ge2025-01-01",
        f"{BASE}?patient=p1&code:in=http://loinc.org/vs/x",
        f"{BASE}?patient=p1&status:not=final,entered-in-error",
    ],
)
def test_a_search_for_less_is_not(link):
    assert was_narrowed(ASKED, link)
