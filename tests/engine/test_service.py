"""A CDS service: one object, two hooks, and templates in terms of a terminology."""

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from cds_service.engine.codes import ICD_10_CM, LOINC, Terminology, ValueSet, canonical
from cds_service.engine.resources import DraftOrder
from cds_service.engine.service import DraftOrders, OrderIntent
from cds_service.engine.sheet import review_sheet
from tests.chart import CONTENT, condition, icd, record, service
from tests.toy_service import SERVICES, TOY, TOY_SELECT

ORDER = DraftOrder("ServiceRequest/1", "ServiceRequest", "draft")
INTENT = OrderIntent((ORDER,), (ORDER,), certain=True)


def value_set(name, *codes):
    return ValueSet(f"https://x/{name}", name, frozenset((LOINC, code) for code in codes))


def test_the_same_service_answers_another_hook_under_an_id_of_its_own():
    assert (TOY_SELECT.id, TOY_SELECT.hook) == ("toy-select", "order-select")
    assert TOY_SELECT.criteria is TOY.criteria
    assert [s.id for s in SERVICES] == ["toy", "toy-select"]


def test_a_template_asks_for_exactly_the_codes_of_its_value_sets():
    asking = {"o": "Observation?code={codes:b,a}&_sort=-date", "p": "Patient/1"}
    terms = Terminology([value_set("a", "2", "1"), value_set("b", "1", "3")])
    told = replace(TOY, prefetch=asking).in_terms_of(terms).prefetch
    assert told == {
        "o": "Observation?code=1,2,3&_sort=-date",
        "p": "Patient/1",
    }


def test_a_template_asks_for_every_spelling_of_an_icd_code():
    terms = Terminology([ValueSet("https://x/a", "a", frozenset([canonical(ICD_10_CM, "M46.2")]))])
    asking = replace(TOY, prefetch={"o": "Observation?code={codes:a}"})
    assert asking.in_terms_of(terms).prefetch == {"o": "Observation?code=M46.2,M462"}


def test_what_a_code_of_a_site_is_made_of_does_not_change_the_query():
    terms = Terminology([value_set("a", "solid fusion", "a&b=c", "x,y|z$", "50%")])
    asking = replace(TOY, prefetch={"o": "Observation?code={codes:a}"})
    (template,) = asking.in_terms_of(terms).prefetch.values()
    assert set("& |$").isdisjoint(template)
    ((name, value),) = parse_qsl(template.partition("?")[2])
    assert (name, value) == ("code", r"50%,a&b=c,solid fusion,x\,y\|z\$")


def test_a_template_that_names_an_unknown_value_set_stops_the_start():
    asking = replace(TOY, prefetch={"o": "Observation?code={codes:nothing}"})
    with pytest.raises(KeyError):
        asking.in_terms_of(Terminology([]))


def test_an_answer_goes_from_record_to_inputs_to_assessment_to_card():
    card = TOY.answer(record(condition(icd("I10"))), INTENT, CONTENT)
    assert card.assessment.orders == ("ServiceRequest/1",)
    assert card.assessment["has-condition"].is_met


def test_there_is_no_card_when_the_record_shows_that_there_is_nothing_to_say():
    unsure = OrderIntent((ORDER,), (ORDER,), certain=False)
    assert TOY.answer(record(), unsure, CONTENT) is None


def test_the_orders_of_a_session_are_those_judged_and_their_context():
    other = DraftOrder("ServiceRequest/2", "ServiceRequest", "draft")
    assert DraftOrders((ORDER,), (other,)).everything == (ORDER, other)


@pytest.mark.parametrize("service_id", ["spinal-hardware-removal", "spinal-fusion-revision"])
def test_the_review_sheet_shows_every_criterion_with_its_source_and_its_numbers(service_id):
    known = service(service_id)
    sheet = review_sheet(known, CONTENT)
    for criterion in known.criteria + known.risk_factors:
        assert f"### `{criterion.id}` ({criterion.claim})" in sheet
        assert criterion.statement in sheet
        assert f"* if unknown: {criterion.if_unknown}" in sheet
        for citation in criterion.citations:
            assert citation.passage in sheet
        for name in criterion.settings:
            assert f"* setting `{name}`: {CONTENT.configuration[name]}" in sheet
    for key in known.prefetch:
        assert f"* `{key}`: `" in sheet


def test_the_review_sheet_marks_what_is_not_from_the_source_article():
    sheet = review_sheet(service("spinal-fusion-revision"), CONTENT)
    assert "### `no-evidence-of-infection` (RV-X1) (not from the source article)" in sheet
    assert sheet.count("(not from the source article)") == 1


def test_a_sheet_without_risk_factors_has_no_such_section():
    sheet = review_sheet(TOY, CONTENT)
    assert "## Risk factors" not in sheet
    assert "* `patient`: `Patient/{{context.patientId}}` (also in the minimal mode)" in sheet
