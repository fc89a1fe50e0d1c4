"""The bodies that the benchmark keeps: what they weigh, and that they are what they are named."""

import json

import pytest

from cds_service.fhir.decode import Undecodable, read_value
from fhir_fixtures import AS_OF
from tests.benchmarks.bodies import (
    aspirin,
    bodies,
    coded,
    dated,
    facts,
    report_text,
    reported,
    searchset,
    with_orders,
)
from tests.benchmarks.product import decision, deployed


@pytest.fixture(scope="module")
def kept():
    return bodies()


@pytest.fixture(scope="module")
def deployment():
    return deployed()


@pytest.mark.parametrize(
    ("name", "kilobytes", "resources", "text"),
    [("coded", 100, 86, 0), ("reported", 100, 84, 2), ("ten reports", 100, 68, 20),
     ("heavy", 600, 500, 20)],
)  # fmt: skip
def test_each_body_weighs_what_its_goal_says(kept, name, kilobytes, resources, text):
    weight = facts(kept[name])
    assert weight["bytes"] == pytest.approx(kilobytes * 1000, rel=0.07)
    assert weight["resources"] == resources
    assert weight["KB of report text"] == pytest.approx(text, rel=0.1)


def assessed(body, deployment):
    (card,) = json.loads(decision(body, deployment)())["cards"]
    return {c["id"]: c for c in card["extension"]["org.spine-cds.assessment"]["criteria"]}


@pytest.mark.parametrize(
    ("name", "governing"),
    [("coded", "ct-1"), ("reported", "ct-report-0"), ("ten reports", "ct-report-9"),
     ("heavy", "ct-report-9")],
)  # fmt: skip
def test_the_newest_report_governs_and_its_text_is_read(kept, deployment, name, governing):
    fusion = assessed(kept[name], deployment)["solid-fusion-on-ct"]
    assert fusion["status"] == "met"
    assert fusion["evidence"][0]["resource"] == f"DiagnosticReport/{governing}"
    assert fusion["evidence"][0]["origin"] == "report-text"


def test_the_texts_of_the_reports_differ():
    assert len({report_text(number) for number in range(100)}) == 100


def test_an_order_for_aspirin_gets_no_card(kept, deployment):
    assert json.loads(decision(aspirin(kept["coded"]), deployment)()) == {"cards": []}


def test_other_orders_beside_the_removal_change_no_status(kept, deployment):
    many = with_orders(kept["coded"], 200)
    assert len(json.loads(many)["context"]["draftOrders"]["entry"]) == 200
    alone = assessed(kept["coded"], deployment)
    assert assessed(many, deployment) == alone


def test_moving_the_dates_keeps_the_size(kept):
    later = dated(kept["coded"], AS_OF.replace(month=11))
    assert later != kept["coded"]
    assert len(later) == len(kept["coded"])


def test_reports_come_on_top_when_the_size_may_grow():
    chart = coded(50)
    assert facts(reported(chart, 3, as_large=False))["resources"] == 53


def test_the_malformed_row_is_one_that_cannot_be_decoded(kept):
    whole = read_value(searchset(kept["coded"], "observations"))
    spoilt = read_value(searchset(kept["coded"], "observations", malformed=True))
    assert len(spoilt.entry) == len(whole.entry) + 1
    assert [type(entry.resource) for entry in spoilt.entry].count(Undecodable) == 1
