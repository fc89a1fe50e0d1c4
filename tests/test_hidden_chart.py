"""Any part of a complete chart may be hidden: a status moves to unknown, or stays (faults.md, T12).

A part can be hidden with a sign (an OperationOutcome, a total, a page that is lost, a row that
cannot be read, a key that is not there) or without any. What is hidden without a sign is not there
for anybody: a status may then change to what the rest shows, but only if evidence that it stood on
was hidden.
"""

from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_service.protocol.errors import NothingReadableError
from fhir_fixtures import load_request
from tests.chart import SERVICE_OF, card_of, judged
from tests.full import FULL
from tests.hostile_content import OUTCOME

BASES = {name: load_request(name) for name in SERVICE_OF}
WHOLE = {name: judged(card_of(BASES[name], SERVICE_OF[name])) for name in SERVICE_OF}
example = settings(
    max_examples=5000 if FULL else 150,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)


def loses_rows(bundle, kept, *more):
    """The same searchset with some of its rows, as if there were no more, and more entries."""
    entries = [*kept, *more]
    matches = [e for e in entries if e.get("search", {}).get("mode", "match") == "match"]
    return bundle | {"entry": entries, "total": len(matches)}


SIGNS = {
    "outcome": lambda bundle, kept: loses_rows(
        bundle, kept, {"resource": OUTCOME, "search": {"mode": "outcome"}}
    ),
    "total": lambda bundle, kept: bundle | {"entry": kept},
    "page": lambda bundle, kept: loses_rows(bundle, kept) | {
        "link": [{"relation": "next", "url": "https://fhir.example.org/page-2"}]
    },
    "no-url": lambda bundle, kept: loses_rows(bundle, kept) | {"link": [{"relation": "next"}]},
    "unreadable": lambda bundle, kept: loses_rows(
        bundle, kept, {"resource": {"resourceType": kind(bundle), "id": {}}}
    ),
    "no-resource": lambda bundle, kept: loses_rows(bundle, kept, {"fullUrl": "urn:x"}),
}  # fmt: skip
VALUES = {"absent": None, "outcome": OUTCOME, "string": "x", "odd": {"resourceType": "Basic"}}


def kind(bundle):
    return bundle["entry"][0]["resource"]["resourceType"]


def references(entries):
    return {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in entries}


def hide_value(prefetch, key, how):
    if how == "absent":
        del prefetch[key]
    else:
        prefetch[key] = VALUES[how]


@st.composite
def partly_hidden(draw, name):
    """A request of which any part is hidden, and the references hidden without a sign."""
    request = deepcopy(BASES[name])
    prefetch, silently = request["prefetch"], set()
    for key, value in sorted(BASES[name]["prefetch"].items()):
        how = draw(st.sampled_from(["shown", "shown", "value", "sign", "silent"]))
        if how == "value":
            hide_value(prefetch, key, draw(st.sampled_from(sorted(VALUES))))
        elif how in ("sign", "silent") and value and value["resourceType"] == "Bundle":
            entries = value["entry"]
            kept = [entry for entry in entries if draw(st.booleans())]
            if how == "silent":
                silently |= references(entries) - references(kept)
                prefetch[key] = loses_rows(value, kept)
            elif len(kept) < len(entries):
                prefetch[key] = SIGNS[draw(st.sampled_from(sorted(SIGNS)))](value, kept)
    return request, silently


def evidence_of(judgement):
    return {evidence.get("resource") for evidence in judgement.get("evidence", ())}


@pytest.mark.parametrize("name", SERVICE_OF)
@example
@given(st.data())
def test_hiding_any_part_moves_a_status_only_towards_unknown(name, data):
    request, silently = data.draw(partly_hidden(name))
    try:
        after = judged(card_of(request, SERVICE_OF[name]))
    except NothingReadableError:
        return
    for criterion_id, judgement in after.items():
        before = WHOLE[name][criterion_id]
        if judgement["status"] not in ("unknown", before["status"]):
            assert evidence_of(before) & silently, criterion_id


@pytest.mark.parametrize("name", SERVICE_OF)
@pytest.mark.parametrize("sign", SIGNS)
def test_every_sign_is_seen_under_every_key(name, sign):
    for key, value in BASES[name]["prefetch"].items():
        if not value or value["resourceType"] != "Bundle":
            continue
        request = deepcopy(BASES[name])
        request["prefetch"][key] = SIGNS[sign](value, [])
        card = card_of(request, SERVICE_OF[name])
        unread = card["extension"]["org.spine-cds.assessment"]["unread"]
        assert [item["key"] for item in unread] == [key]


def with_two_cts():
    """The removal chart with a newer CT that denies what the older one says, the newer first."""
    request = deepcopy(BASES["removal-solid-fusion"])
    reports = request["prefetch"]["diagnostic_reports"]
    newer = deepcopy(reports["entry"][0])
    newer["resource"] |= {
        "id": "ct-newer",
        "effectiveDateTime": "2026-02-20",
        "conclusion": "Nonunion at L4-L5. Lucency about both S1 screws.",
    }
    reports |= {"entry": [newer, *reports["entry"]], "total": reports["total"] + 1}
    return request


def test_an_older_ct_never_stands_for_the_newest_that_the_servers_count_shows_to_be_missing():
    request, name = with_two_cts(), "removal-solid-fusion"
    assert judged(card_of(request, SERVICE_OF[name]))["solid-fusion-on-ct"]["status"] == "not-met"
    del request["prefetch"]["diagnostic_reports"]["entry"][0]  # its total still counts it
    after = judged(card_of(request, SERVICE_OF[name]))
    for criterion_id in ("solid-fusion-on-ct", "no-pseudarthrosis"):
        assert after[criterion_id]["status"] == "unknown"
        assert after[criterion_id]["reason"] == "not-searched"
