"""The clinical configuration: every key has a source and one reader, and does what it says."""

import ast
from copy import deepcopy
from pathlib import Path

import pytest

import hooks
from cds_service.app import deploy
from cds_service.engine.content import ContentError, load_content, read_settings
from cds_service.engine.limits import refusals
from cds_service.settings import Settings
from fhir_fixtures import AS_OF, VALUE_SETS, load_request
from tests.chart import (
    SPINE,
    added,
    call,
    card_of,
    condition,
    icd,
    judged,
    lab,
    removed,
    report,
    rxnorm,
    statuses,
)

REMOVAL, REVISION = "spinal-hardware-removal", "spinal-fusion-revision"
H01, V01 = load_request("removal-solid-fusion"), load_request("revision-nonunion")
SETTINGS = read_settings(SPINE)
FILES = sorted(Path(hooks.__file__).parent.rglob("*.py"))
# clinical.md, section 8, in its order, and hr.verdict of 1.3-O; users know these names.
SECTION_8 = {
    "scope.minAge": 18,
    "scope.levels": "lumbar,lumbosacral,sacrum,pelvis",
    "scope.outOfScopeCard": "none",
    "hr.minMonths": 18,
    "hr.fullMonths": 24,
    "ct.maxAgeMonths": 12,
    "labs.infectionMaxAgeDays": 90,
    "labs.optimisationMaxAgeDays": 180,
    "dxa.maxAgeMonths": 24,
    "flexext.maxAgeDays": 180,
    "prom.maxAgeDays": 180,
    "prom.odiMin": 40,
    "prom.painMin": 4,
    "opioid.windowDays": 90,
    "opioid.chronicDays": "90/180",
    "opioid.mmeFlag": 50,
    "opioid.mmeHigh": 90,
    "opioid.gradeII": "anyRegular",
    "rv.combine": "AND",
    "rv.earlyMonths": 12,
    "rv.hba1cHighPercent": 8,
    "rv.addons.infection": True,
    "radic.staleMonths": 24,
    "nlp.minConfidence": "abstain-on-hedge",
    "evidence.showUnverified": False,
    "payer.sourcePosition": True,
    "tobacco.maxAgeMonths": 24,
    "rv.odiDelta": 10,
    "rv.painDelta": 2,
    "hr.showCurveLoss": "scoliosisOnly",
    "imaging.recency": True,
    "card.when": "always",
    "card.maxDetailCharacters": 6000,
    "card.maxPerService": 1,
    "indicator.max": "warning",
    "suggest.intraopCulture": True,
    "suggest.mri": False,
    "hr.verdict": False,
}
# A key with one choice states a decision: there is nothing to read.
DECIDED = {key for key, entry in SETTINGS.items() if len(entry.get("choices", (1, 2))) == 1}


@pytest.fixture
def deployed(tmp_path):
    """A deployment whose clinical configuration differs."""

    def deployed_with(text):
        path = tmp_path / "clinical.yaml"
        path.write_text(text)
        settings = Settings(value_sets=VALUE_SETS, clinical=path)
        return deploy(settings, hooks.services(), lambda: AS_OF)

    return deployed_with


def read_keys():
    """The keys that the code reads; those that a criterion lists for the sheet are not read."""
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        listed = {
            id(node)
            for keyword in ast.walk(tree)
            if isinstance(keyword, ast.keyword) and keyword.arg == "settings"
            for node in ast.walk(keyword.value)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and node.value in SETTINGS and id(node) not in listed:
                yield node.value


READ = list(read_keys())


# The keys


def test_every_key_of_section_8_exists_with_its_default():
    assert {key: SETTINGS[key]["value"] for key in SECTION_8} == SECTION_8


@pytest.mark.parametrize("key", SETTINGS)
def test_every_key_has_a_value_a_meaning_and_a_source(key):
    entry = SETTINGS[key]
    limits = {"choices", "parts", "ratio", "least", "most", "not above"}
    assert set(entry) <= {"value", "unit", "does", "source"} | limits
    assert entry["source"].strip().endswith(".")
    assert entry["does"].strip().endswith(".")
    is_number = isinstance(entry["value"], int | float) and not isinstance(entry["value"], bool)
    assert ("unit" in entry) == is_number
    if isinstance(entry["value"], str | bool):
        assert {"choices", "parts", "ratio"} & set(entry), "says what it may be"


@pytest.mark.parametrize("key", SETTINGS)
def test_every_key_is_read_in_exactly_one_place_unless_it_has_only_one_value(key):
    assert READ.count(key) == (0 if key in DECIDED else 1)


def test_the_keys_with_one_value_are_those_known():
    assert {"nlp.minConfidence", "card.maxPerService", "hr.verdict"} == DECIDED


def test_a_key_that_a_criterion_lists_is_a_key():
    listed = {
        key for s in hooks.services() for c in s.criteria + s.risk_factors for key in c.settings
    }
    assert listed <= set(SETTINGS)
    assert not listed & DECIDED


def test_the_defaults_can_be_honoured():
    assert list(refusals({k: e["value"] for k, e in SETTINGS.items()}, SETTINGS)) == []


# What is refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scope.levels: lumbar,thoracic", "scope.levels must be a comma list of lumbar, "),
        ("scope.levels: ''", "scope.levels must be a comma list"),
        ("scope.outOfScopeCard: warning", "scope.outOfScopeCard must be none or info"),
        ("opioid.chronicDays: 90", "opioid.chronicDays must be two whole numbers of days"),
        ("opioid.chronicDays: 200/180", "opioid.chronicDays must be two whole numbers of days"),
        ("opioid.gradeII: weak", "must be anyRegular or strongOnly or whoStep2, not 'weak'"),
        ("rv.combine: XOR", "rv.combine must be AND or OR, not 'XOR'"),
        ("nlp.minConfidence: 0.8", "nlp.minConfidence must be abstain-on-hedge, not 0.8"),
        ("evidence.showUnverified: 1", "evidence.showUnverified must be true or false, not 1"),
        ("imaging.recency: newest", "imaging.recency must be true or false"),
        ("card.maxPerService: 2", "card.maxPerService must be 1, not 2"),
        ("indicator.max: critical", "indicator.max must be warning or info, not 'critical'"),
        ("hr.verdict: true", "hr.verdict must be false, not True"),
        ("hr.showCurveLoss: sometimes", "must be scoliosisOnly or always or never"),
        ("card.maxDetailCharacters: 100", "card.maxDetailCharacters must be at least 2000"),
        ("card.maxDetailCharacters: 6001", "card.maxDetailCharacters must be at most 6000"),
        ("ct.maxAgeMonths: -1", "ct.maxAgeMonths must be at least 0, not -1"),
        ("ct.maxAgeMonths: 1.5", "ct.maxAgeMonths must be a whole number of months"),
        ("ct.maxAgeMonths: true", "ct.maxAgeMonths must be like 12"),
        ("hr.minMonths: 30", r"hr.minMonths must not be above hr.fullMonths \(24\), not 30"),
        ("opioid.mmeHigh: 40", r"opioid.mmeFlag must not be above opioid.mmeHigh \(40\)"),
        ("ct.maxAgeMonths: 6\nct.maxAgeMonths: 9", "ct.maxAgeMonths stands twice"),
        ("ct.maxAgeMonths: [", "while parsing"),
    ],
)
def test_a_value_that_is_not_supported_stops_the_start_with_its_name(deployed, text, message):
    with pytest.raises(ContentError, match=rf"clinical\.yaml: .*{message}"):
        deployed(text)


def test_values_that_fit_together_only_changed_together_are_taken(tmp_path):
    path = tmp_path / "clinical.yaml"
    path.write_text("hr.minMonths: 30\nhr.fullMonths: 36\n")
    assert load_content([SPINE], overrides=path).configuration.count("hr.minMonths") == 30


# What each key does


def ordered(request, text, **members):
    changed = deepcopy(request)
    order = changed["context"]["draftOrders"]["entry"][0]["resource"]
    order["code"]["text"] = text
    order.pop("bodySite", None)
    return changed | members


@pytest.mark.parametrize(
    ("scope", "text", "cards"),
    [
        ("lumbar", "Removal of screws L3-L4", 1),
        ("lumbar", "Removal of screws L5-S1", 0),
        ("lumbosacral", "Removal of screws L5-S1", 1),
        ("sacrum", "Removal of S1 screws", 1),
        ("lumbar,lumbosacral,sacrum", "Removal of iliac screws", 0),
        ("pelvis", "Removal of iliac screws", 1),
        ("pelvis", "Removal of hardware", 1),
    ],
)
def test_an_order_that_names_levels_outside_the_scope_is_not_ours(deployed, scope, text, cards):
    answered = call(ordered(H01, text), REMOVAL, deployed(f"scope.levels: {scope}"))
    assert len(answered["cards"]) == cards


@pytest.mark.parametrize(("request_", "service"), [(H01, REMOVAL), (V01, REVISION)])
def test_a_child_gets_a_card_that_says_so_where_a_site_asks_for_it(deployed, request_, service):
    child = deepcopy(request_)
    child["prefetch"]["patient"]["birthDate"] = "2015-01-01"
    assert call(child, service) == {"cards": []}
    card = card_of(child, service, deployed("scope.outOfScopeCard: info"))
    assert card["indicator"] == "info"
    assert "the source article speaks of adults" in card["detail"]
    assert "Advisory" in card["detail"]
    assert "Found" not in card["detail"]
    assert "suggestions" not in card


def opioid(code, name):
    return {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-01-15",
        "medicationCodeableConcept": rxnorm(code, text=name),
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 50, "unit": "mg"}}],
            }
        ],
    }


@pytest.mark.parametrize(
    ("grade", "weak", "strong"),
    [
        ("anyRegular", "present", "present"),
        ("strongOnly", "absent", "present"),
        ("whoStep2", "present", "absent"),
    ],
)
def test_which_opioids_count_as_the_undefined_grade_is_a_setting(deployed, grade, weak, strong):
    deployment = deployed(f"opioid.gradeII: {grade}")
    for code, name, status in (("10689", "tramadol", weak), ("7804", "oxycodone", strong)):
        card = card_of(added(H01, opioid(code, name)), REMOVAL, deployment)
        found = judged(card)["regular-opioid-use"]
        assert found["status"] == status
        assert found["evidence"][0]["resource"] == f"MedicationRequest/{name}"


def test_how_much_supply_makes_opioid_use_chronic_is_a_setting(deployed):
    request = load_request("removal-opioids")
    assert judged(card_of(request, REMOVAL))["high-dose-opioids"]["status"] == "present"
    card = card_of(request, REMOVAL, deployed("opioid.chronicDays: 150/180"))
    assert judged(card)["high-dose-opioids"]["status"] == "unknown"


def test_either_finding_matches_the_indication_where_a_site_says_so(deployed):
    loose = report("ct-2", when="2026-01-10", conclusionCode=[icd("T84.226A")])
    partly = added(removed(V01, "ct-1", "ct-1-loosening", "ct-1-nonunion"), loose)
    assert "partly matches" in card_of(partly, REVISION)["summary"]
    card = card_of(partly, REVISION, deployed("rv.combine: OR"))
    assert "matches the source article's indication by one of its two findings" in card["summary"]
    assert "partly" not in card["summary"]
    assert "MCG" not in card["detail"], "the sentence on payers needs both findings"


def test_without_recency_an_older_ct_that_disagrees_makes_a_conflict(deployed):
    ct = report("ct-0", when="2025-06-01", conclusionCode=[icd("M96.0")])
    request = added(H01, ct)
    newest = judged(card_of(request, REMOVAL))["solid-fusion-on-ct"]
    assert newest["status"] == "met"
    every = judged(card_of(request, REMOVAL, deployed("imaging.recency: false")))
    assert every["solid-fusion-on-ct"]["reason"] == "conflicting"
    alone = judged(card_of(H01, REMOVAL, deployed("imaging.recency: false")))
    assert alone["solid-fusion-on-ct"]["status"] == "met"


def test_no_card_is_a_warning_where_a_site_wants_none(deployed):
    request = load_request("removal-nonunion")
    assert card_of(request, REMOVAL)["indicator"] == "warning"
    card = card_of(request, REMOVAL, deployed("indicator.max: info"))
    assert card["indicator"] == "info"
    assert statuses(card)["solid-fusion-on-ct"] == "not-met"


def labels(request, service, deployment):
    return [s["label"] for s in card_of(request, service, deployment).get("suggestions", ())]


MRI = "MRI lumbar spine without and with contrast (not from the source article)"


def test_mri_is_suggested_only_where_a_site_asks_for_it_and_a_question_is_open(deployed):
    hinted = condition(icd("T84.63XA"), verification="provisional", id="hint")
    asked = deployed("suggest.mri: true")
    for request, service in ((H01, REMOVAL), (V01, REVISION)):
        open_question = added(request, hinted)
        assert MRI not in labels(open_question, service, deployed("suggest.mri: false"))
        assert MRI in labels(open_question, service, asked)
        assert MRI not in labels(request, service, asked)
        pregnant = added(open_question, condition(icd("Z33.1"), id="pregnant"))
        assert MRI not in labels(pregnant, service, asked)
        young = report("mr", code="24967-2", when="2026-02-01")
        assert MRI not in labels(added(open_question, young), service, asked)


@pytest.mark.parametrize(
    ("shown", "with_scoliosis", "without"),
    [("scoliosisOnly", True, False), ("always", True, True), ("never", False, False)],
)
def test_loss_of_correction_is_told_by_its_setting(deployed, shown, with_scoliosis, without):
    deployment = deployed(f"hr.showCurveLoss: {shown}")
    scoliosis = added(H01, condition(icd("M41.26"), id="scoliosis"))
    told = [
        "Scoliosis together with infection" in card_of(r, REMOVAL, deployment)["detail"]
        for r in (scoliosis, H01)
    ]
    assert told == [with_scoliosis, without]


def test_the_sentence_on_payer_criteria_is_a_setting_and_outlasts_a_long_card(deployed):
    assert "MCG" in card_of(V01, REVISION)["detail"]
    assert "MCG" not in card_of(V01, REVISION, deployed("payer.sourcePosition: false"))["detail"]
    short = card_of(V01, REVISION, deployed("card.maxDetailCharacters: 2000"))["detail"]
    assert len(short) <= 2000
    assert "More did not fit" in short
    assert "MCG" in short
    assert "Advisory" in short


def test_the_sentence_on_payer_criteria_stands_on_the_card_of_an_emergency_too():
    urgent = added(V01, condition(icd("G83.4"), id="cauda-equina"))
    assert "MCG" in card_of(urgent, REVISION)["detail"]


def test_infection_makes_no_warning_where_a_site_leaves_our_addition_out(deployed):
    infected = added(V01, condition(icd("T84.63XA"), id="infected"))
    assert card_of(infected, REVISION)["indicator"] == "warning"
    card = card_of(infected, REVISION, deployed("rv.addons.infection: false"))
    assert card["indicator"] == "info"


def test_a_high_hba1c_warns_from_the_limit_that_a_site_sets(deployed):
    high = added(removed(V01, "hba1c"), lab("4548-4", 7.5, "%", id="hba1c-2"))
    assert card_of(high, REVISION)["indicator"] == "info"
    card = card_of(high, REVISION, deployed("rv.hba1cHighPercent: 7"))
    assert card["indicator"] == "warning"
    assert statuses(card)["uncontrolled-diabetes"] == "present"
