"""Cards on the wire. See CDS Hooks, "Card Attributes", "Suggestion" and "OverrideReason"."""

from itertools import count

import pytest

from cds_service.engine.card import Card, Concept, Source, Suggestion
from tests.engine.test_assessment import FOUND, assessment

SOURCE = Source("Label", Concept("code", "https://example.org", "Display"))
RESOURCE = {"resourceType": "ServiceRequest"}


def card(**members):
    given = {
        "summary": "Summary",
        "indicator": "info",
        "detail": "Advisory.",
        "source": SOURCE,
        "assessment": assessment(FOUND),
    }
    return Card(**(given | members))


def uuids():
    numbers = count(1)
    return lambda: f"uuid-{next(numbers)}"


def test_a_card_without_suggestions_has_no_selection_behaviour_and_no_empty_member():
    assert card().as_json(uuids()) == {
        "uuid": "uuid-1",
        "summary": "Summary",
        "indicator": "info",
        "detail": "Advisory.",
        "source": {
            "label": "Label",
            "topic": {"code": "code", "system": "https://example.org", "display": "Display"},
        },
        "extension": {"org.spine-cds.assessment": assessment(FOUND).as_json()},
    }


def test_suggestions_come_with_selection_behaviour_and_a_uuid_of_their_own():
    dumped = card(suggestions=(Suggestion("A", RESOURCE), Suggestion("B", RESOURCE)))
    dumped = dumped.as_json(uuids())
    assert dumped["selectionBehavior"] == "any"
    assert [s["uuid"] for s in dumped["suggestions"]] == ["uuid-2", "uuid-3"]
    assert dumped["suggestions"][0]["actions"] == [
        {"type": "create", "description": "A", "resource": RESOURCE}
    ]


def test_override_reasons_are_codings():
    dumped = card(override_reasons=(Concept("c", "https://s", "D"),)).as_json(uuids())
    assert dumped["overrideReasons"] == [{"code": "c", "system": "https://s", "display": "D"}]


@pytest.mark.parametrize("summary", ["x" * 140, "two\nlines"])
def test_a_summary_that_cds_hooks_forbids_cannot_be_made(summary):
    with pytest.raises(ValueError, match="fewer than 140"):
        card(summary=summary)


def test_a_summary_of_139_characters_can_be_made():
    assert len(card(summary="x" * 139).summary) == 139


@pytest.mark.parametrize("indicator", ["critical", "hard-stop", ""])
def test_a_card_is_never_critical(indicator):
    with pytest.raises(ValueError, match="no card of ours"):
        card(indicator=indicator)
