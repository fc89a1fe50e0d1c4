"""Clinical content: ids, sources, data, settings and value sets (contract; design.md, section 9).

A citation that nobody looked at for twelve months, and content that nothing reads, are told at the
end of a run rather than failing it: a clinician has to act then, not a programmer.
"""

import ast
from datetime import date
from pathlib import Path

import pytest

import hooks
from cds_service.engine.codes import CPT, load_yaml
from cds_service.engine.content import load_content
from cds_service.engine.criterion import RiskFactor
from cds_service.engine.dates import add_months
from cds_service.engine.evidence import Verification
from cds_service.engine.sheet import Terms, review_sheet
from tests.chart import CONTENT, SPINE

HOOKS = Path(hooks.__file__).parent
FILES = sorted(HOOKS.rglob("*.py"))
SERVICES = {service.id: service for service in hooks.services()}
REMOVAL, REVISION = SERVICES["spinal-hardware-removal"], SERVICES["spinal-fusion-revision"]
STATEMENTS = [
    pytest.param(service, criterion, id=f"{service.id}:{criterion.id}")
    for service in (REMOVAL, REVISION)
    for criterion in service.criteria + service.risk_factors
]
each_statement = pytest.mark.parametrize(("service", "criterion"), STATEMENTS)
VALUE_SETS = {path.stem: load_yaml(path) for path in (SPINE / "value_sets").glob("*.yaml")}
SETTINGS = load_yaml(SPINE / "configuration.yaml")

# The tables of the contract, in their order.
CONTRACT = {
    "spinal-hardware-removal": (
        [
            ("solid-fusion-on-ct", "HR-C1"),
            ("axial-pain-at-hardware", "HR-C2"),
            ("no-radicular-symptoms", "HR-C3"),
            ("no-evidence-of-infection", "HR-C4"),
            ("no-pseudarthrosis", "HR-C5"),
            ("no-adjacent-segment-disease", "HR-C6"),
            ("pain-matches-hardware-site", "HR-C7"),
            ("hardware-symptomatic", "HR-C8"),
            ("interval-since-fusion", "HR-C9"),
            ("function-limited", "HR-C10"),
            ("conservative-care-tried", "HR-C11"),
            ("expectations-discussed", "HR-C13"),
        ],
        [
            ("workers-compensation", "HR-R1"),
            ("regular-opioid-use", "HR-R2"),
            ("short-interval", "HR-R3"),
            ("high-dose-opioids", "HR-R4"),
            ("deformity-with-infection", "HR-R5"),
        ],
    ),
    "spinal-fusion-revision": (
        [
            ("prior-lumbar-fusion", "RV-C4"),
            ("hardware-failure-on-ct", "RV-C1"),
            ("nonunion-on-ct", "RV-C2"),
            ("symptoms-worsening", "RV-C3"),
            ("no-evidence-of-infection", "RV-X1"),
        ],
        [
            ("tobacco-use", "RV-R1"),
            ("nutritional-deficiency", "RV-R2"),
            ("uncontrolled-diabetes", "RV-R3"),
            ("poor-bone-quality", "RV-R4"),
        ],
    ),
}
# No code names them. A code in one of them is a known code of something else, so that an order or a
# report with it is not read by its words; the coded findings of the others wait for their reader.
NAMED_BY_NO_CODE = {
    "implant-other-complication",
    "pain-due-to-device",
    "removal-of-anterior-instrumentation",
    "si-joint-fusion",
}


def strings(paths):
    """Every string constant of some files, and where each stands."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value, path


STRINGS = {text for text, _ in strings(FILES)}


# Criteria


@pytest.mark.parametrize("service_id", CONTRACT)
def test_ids_claims_and_order_are_those_of_the_contract(service_id):
    service = SERVICES[service_id]
    criteria, risks = CONTRACT[service_id]
    assert [(c.id, c.claim) for c in service.criteria] == criteria
    assert [(r.id, r.claim) for r in service.risk_factors] == risks
    assert all(isinstance(risk, RiskFactor) for risk in service.risk_factors)


def test_services_and_hooks_are_those_of_the_contract():
    assert {s.id: s.hook for s in SERVICES.values()} == {
        "spinal-hardware-removal": "order-sign",
        "spinal-hardware-removal-select": "order-select",
        "spinal-fusion-revision": "order-sign",
        "spinal-fusion-revision-select": "order-select",
    }


@each_statement
def test_every_criterion_says_what_it_means_and_what_not_knowing_means(service, criterion):
    assert criterion.statement.strip().endswith(".")
    assert criterion.if_unknown.strip()
    assert not criterion.if_unknown.endswith(".")  # the card goes on with the reason


@each_statement
def test_every_criterion_cites_a_passage_of_a_source_with_its_verification(service, criterion):
    assert criterion.citations
    for citation in criterion.citations:
        assert citation.label
        assert citation.citation
        assert citation.passage
        assert isinstance(citation.reviewed_on, date)


@each_statement
def test_every_key_that_a_criterion_reads_is_asked_for_by_its_service(service, criterion):
    assert set(criterion.reads) <= set(service.prefetch)


@each_statement
def test_every_setting_that_a_criterion_names_exists(service, criterion):
    assert set(criterion.settings) <= set(SETTINGS)


@pytest.mark.parametrize("service", [REMOVAL, REVISION], ids=lambda s: s.id)
def test_every_key_that_is_asked_for_is_read_by_a_criterion_or_for_the_card(service):
    """Every template costs a hospital a search (faults.md, R13)."""
    read = {key for c in service.criteria + service.risk_factors for key in c.reads}
    for_the_card = {"patient", "service_requests"}  # age; what is already ordered
    assert set(service.prefetch) - read == for_the_card


def test_the_one_addition_of_ours_is_infection_before_a_revision():
    added = [
        (service.id, c.id)
        for service in (REMOVAL, REVISION)
        for c in service.criteria + service.risk_factors
        if c.is_our_addition
    ]
    assert added == [("spinal-fusion-revision", "no-evidence-of-infection")]
    assert Verification.CONTRADICTED in {
        c.verification for c in REMOVAL.criteria if c.id == "interval-since-fusion"
    }


# Value sets


def named_value_sets():
    """The value sets that Python names: as a string, or in a template's ``{codes:…}``."""
    templates = [t for s in SERVICES.values() for t in s.prefetch.values()]
    in_templates = {
        name
        for template in templates
        if "{codes:" in template
        for name in template.partition("{codes:")[2].partition("}")[0].split(",")
    }
    return (STRINGS & set(VALUE_SETS)) | in_templates


def test_every_value_set_that_a_search_asks_for_exists():
    asked = {
        name
        for service in SERVICES.values()
        for template in service.prefetch.values()
        if "{codes:" in template
        for name in template.partition("{codes:")[2].partition("}")[0].split(",")
    }
    assert asked
    assert asked <= set(VALUE_SETS)


def literal_arguments(*functions):
    """The strings that are handed to some functions, wherever they are called."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
            called = called.id if isinstance(called, ast.Name) else called
            if called in functions:
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield argument.value


def test_every_value_set_that_the_code_looks_up_exists():
    looked_up = set(literal_arguments("problems", "coded", "measurements", "newest", "read_score"))
    names = {name for name in looked_up if name.islower() and name != "pain"}
    assert len(names) > 20
    assert names <= set(VALUE_SETS)


def test_every_value_set_is_named_by_the_code_but_for_those_known():
    assert set(VALUE_SETS) - named_value_sets() == NAMED_BY_NO_CODE


@pytest.mark.parametrize("service", [REMOVAL, REVISION], ids=lambda s: s.id)
def test_the_value_sets_of_every_criterion_are_told_to_the_reviewer(service):
    terms = Terms(service, CONTENT)
    assert list(terms.of) == [c.id for c in service.criteria + service.risk_factors]
    assert {name for names in terms.of.values() for name in names} <= set(VALUE_SETS)


def test_every_value_set_is_told_to_a_reviewer_but_for_those_that_nothing_reads():
    told = {vs.id for service in (REMOVAL, REVISION) for vs in Terms(service, CONTENT).value_sets()}
    assert set(VALUE_SETS) - told == {"implant-other-complication", "pain-due-to-device"}


def test_no_cpt_code_carries_a_description():
    """CPT descriptors are licensed."""
    concepts = [
        concept
        for resource in VALUE_SETS.values()
        for include in resource.get("compose", {}).get("include", ())
        if include["system"] == CPT
        for concept in include["concept"]
    ]
    assert concepts
    assert all(set(concept) == {"code"} for concept in concepts)


# The sheet and the age of the sources


@pytest.mark.parametrize("service", [REMOVAL, REVISION], ids=lambda s: s.id)
def test_the_review_sheet_of_a_guideline_can_be_made(service):
    sheet = review_sheet(service, CONTENT)
    assert sheet.startswith(f"# {service.title}\n")
    sections = [line.removeprefix("## ") for line in sheet.splitlines() if line.startswith("## ")]
    assert sections == [
        "Criteria",
        "Risk factors",
        "What the source says beside its criteria",
        "Sources",
        "Value sets",
        "Data asked for",
        "Scenarios",
    ]


@pytest.mark.parametrize("service", [REMOVAL, REVISION], ids=lambda s: s.id)
def test_the_sheet_shows_claims_sources_codes_with_provenance_and_scenarios(service):
    sheet = review_sheet(service, CONTENT)
    for claim in service.claims:
        assert f"* **{claim.id}** ({claim.kind.value}, {claim.verification.value})" in sheet
        assert claim.checked in sheet
        assert claim.shown in sheet
    for citation in (c for claim in service.claims for c in claim.citations):
        assert f"{citation.verification.value}; seen: {citation.passage}" in sheet
    assert "  * ICD-10-CM M96.0: NCHS ICD-10-CM April 2026 release" in sheet
    assert "  * ships empty: no code could be verified; a site fills it" in review_sheet(
        service, load_content([SPINE])
    )
    for path in (service.folder / "scenarios").glob("*.yaml"):
        for scenario in load_yaml(path):
            assert f"  * {scenario['scenario']}\n" in sheet


@pytest.mark.parametrize("service", [REMOVAL, REVISION], ids=lambda s: s.id)
def test_sources_that_nobody_reviewed_for_a_year_are_told(service, record_property, capsys):
    citations = {
        c.label: c.reviewed_on
        for criterion in service.criteria + service.risk_factors
        for c in criterion.citations
    }
    today = date.today()  # noqa: DTZ011 - the age of a review is a matter of days
    old = sorted(label for label, day in citations.items() if add_months(day, 12) < today)
    record_property("sources to review", old)
    with capsys.disabled():
        for label in old:
            print(f"\nto review ({service.id}): {label}", end="")  # noqa: T201
    assert all(day <= today for day in citations.values())
