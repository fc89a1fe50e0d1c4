"""No text of a record is markup in a card, whatever it is and wherever it stood (faults.md, T14).

The cards are rendered by a renderer of GitHub Flavored Markdown that lets raw HTML pass.
"""

import json
import unicodedata
from random import Random

import pytest

import hooks.fusion_revision.suggestions
import hooks.hardware_removal.suggestions
import hooks.spine.suggestions
from cds_service.protocol.errors import MalformedRequestError, NothingReadableError
from fhir_fixtures import load_request, request_names, service_of
from hooks.spine.suggestions import Proposal
from hooks.spine.wording import OVERRIDE_REASONS
from tests.chart import DEPLOYMENT, assessment_of, call
from tests.full import FULL
from tests.hostile_requests.injection import HOSTILE, MARK, Reader, injected

NAMES = [name for name in request_names() if not name.startswith(("sandbox", "colonoscopy"))]
CASES = 5000 if FULL else 300
REQUESTS = {name: load_request(name) for name in NAMES}
# The revision service is asked on order-select as well: no whole request is stored for that.
SELECT = REQUESTS["revision-nonunion"] | {"hook": "order-select"}
SELECT["context"] = SELECT["context"] | {
    "selections": [
        "{resourceType}/{id}".format(**entry["resource"])
        for entry in SELECT["context"]["draftOrders"]["entry"]
    ]
}
ASKED = [(request, service_of(name)) for name, request in REQUESTS.items()]
ASKED.append((SELECT, "spinal-fusion-revision-select"))
LABELS = {
    proposal.label
    for module in (
        hooks.spine.suggestions,
        hooks.hardware_removal.suggestions,
        hooks.fusion_revision.suggestions,
    )
    for proposal in vars(module).values()
    if isinstance(proposal, Proposal)
}
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def cards(seed):
    random = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    request, service_id = ASKED[seed % len(ASKED)]
    try:
        return call(injected(request, random), service_id)["cards"]
    except (MalformedRequestError, NothingReadableError):
        return []


def hidden(text):
    return [f"{char!r}" for char in text if unicodedata.category(char) in HIDDEN]


def faults(card):
    """What is wrong with a card; nothing, if it is as it should be."""
    page = Reader(card["detail"])
    if page.foreign or page.attributes:
        yield f"elements {page.foreign} {page.attributes}"
    if MARK in page.beside_code:
        yield "text of the record beside a code element"
    if any(sign in page.beside_code for sign in ("://", "www.", "@")):
        yield "what some renderer makes a link or a mention of"
    if found := hidden(card["detail"].replace("\n", "") + card["summary"]):
        yield f"hidden characters {found}"
    if len(card["summary"]) >= 140 or MARK in card["summary"]:
        yield "summary"
    yield from faults_beside_the_detail(card)


def faults_beside_the_detail(card):
    if "links" in card:
        yield "links"
    if MARK in json.dumps([card["source"], card.get("suggestions"), card["overrideReasons"]]):
        yield "text of the record in what is constant"
    if not {suggestion["label"] for suggestion in card.get("suggestions", ())} <= LABELS:
        yield "label"
    if card["overrideReasons"] != [reason.as_json() for reason in OVERRIDE_REASONS]:
        yield "override reasons"
    for judged in (*assessment_of(card)["criteria"], *assessment_of(card).get("riskFactors", ())):
        for evidence in judged.get("evidence", ()):
            if hidden(evidence.get("quote", "").replace("\n", "")):
                yield "hidden characters in a quote"


def test_no_hostile_text_of_a_record_is_markup_in_a_card():
    found, made, shown, services = [], 0, 0, set()
    for seed in range(CASES):
        for card in cards(seed):
            made += 1
            shown += MARK in card["detail"]
            services.add(assessment_of(card)["service"])
            found += [(seed, fault) for fault in faults(card)]
    assert found == []
    assert services == {service.id for service in DEPLOYMENT.services}
    # Or the test would be blind: most cards show hostile text.
    assert made > CASES / 2
    assert shown > made / 2


@pytest.mark.parametrize("form", [f for f in HOSTILE if f.strip("`") == f])
def test_the_oracle_sees_each_hostile_form_where_it_is_not_shown_as_code(form):
    page = Reader(f"Shown {form.format(m=MARK)}")
    assert MARK in page.beside_code or page.foreign
