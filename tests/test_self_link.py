"""What a server says it searched for, against what it was asked for."""

import orjson
import pytest

from cds_service.fhir.admission import Admission, Gate
from cds_service.fhir.decode import read_value
from cds_service.fhir.self_link import _STATUSES, was_narrowed

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
        f"{BASE}?patient=p1&_summary=false&_total=none",
        f"{BASE}?patient=p1&status:not=entered-in-error",
        f"{BASE}?patient=p1&status:not=entered-in-error,cancelled",
        f"{BASE}?patient=p1&status:not=entered-in-error&status:not=cancelled",
        f"{BASE}?status=registered,preliminary,final,amended,corrected,unknown",
        f"{BASE}?status=cancelled,registered,preliminary,final,s|amended,corrected,unknown",
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
        f"{BASE}?patient=p1&_lastUpdated=ge2026-01-01",
        f"{BASE}?patient=p1&_security:not=http://terminology.example|R",
        f"{BASE}?patient=p1&_summary=true",
        f"{BASE}?patient=p1&_elements=id,code",
        f"{BASE}?patient=p1&performer=Practitioner/1",
        f"{BASE}?patient=p1&code:in=http://loinc.org/vs/x",
        f"{BASE}?patient=p1&status:not=final,entered-in-error",
        f"{BASE}?status=registered,preliminary,amended,corrected,unknown",
        f"{BASE}?status=registered,preliminary,final&status=amended,corrected,unknown",
        f"{BASE}?status:in=registered,preliminary,final,amended,corrected,unknown",
    ],
)
def test_a_search_for_less_is_not(link):
    assert was_narrowed(ASKED, link)


@pytest.mark.parametrize("kind", _STATUSES)
def test_what_an_added_status_may_hide_is_what_never_enters_the_record(kind):
    counting, void = (statuses.split() for statuses in _STATUSES[kind])
    assert {verdict(kind, status) for status in counting} == {Admission.ADMITTED}
    assert {verdict(kind, status) for status in [*void, "entered-in-error"]} == {Admission.VOID}
    query, link = f"{kind}?patient=p1", f"https://fhir.example.org/r4/{kind}?patient=p1"
    assert not was_narrowed(query, f"{link}&status={','.join(counting)}")
    assert not was_narrowed(query, f"{link}&status:not={','.join(void)}")
    assert was_narrowed(query, f"{link}&status={','.join([*counting[1:], *void])}")


def verdict(kind, status):
    """What becomes of a row of p1 that has this status."""
    ours = {name: {"reference": "Patient/p1"} for name in ("subject", "patient", "beneficiary")}
    row = {"resourceType": kind, "id": "x", "status": status, "intent": "order"} | ours
    return Gate("p1", "https://fhir.example.org/r4").admits(read_value(orjson.dumps(row)))


@pytest.mark.parametrize("kind", ["Device", "Condition", "ServiceRequest"])
def test_where_a_row_may_lack_its_status_an_added_one_hides_it(kind):
    assert was_narrowed(f"{kind}?patient=p1", f"{BASE}?status=active,inactive,unknown")
