"""Suggestions: valid drafts for what is missing, and for nothing already asked for (contract)."""

import pytest
from fhir.resources.R4B.servicerequest import ServiceRequest

from cds_service.engine.codes import CPT, LOINC, SNOMED_CT
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.judgement import Reason, unknown
from hooks.spine import suggestions as offered
from hooks.spine.suggestions import Proposal, is_drafted, suggestions
from tests.chart import loinc, order, record

PROPOSALS = [p for p in vars(offered).values() if isinstance(p, Proposal)]
each_proposal = pytest.mark.parametrize("proposal", PROPOSALS, ids=lambda p: p.label)
CODINGS = {
    "MRI lumbar spine without and with contrast (not from the source article)": [(CPT, "72158")],
    "CT lumbar spine without contrast": [(LOINC, "30620-9"), (CPT, "72131")],
    "Flexion-extension radiographs of the lumbar spine": [(LOINC, "24971-4")],
    "SPECT/CT of the spine (optional adjunct)": [],
    "ESR": [(LOINC, "4537-7")],
    "CRP": [(LOINC, "1988-5")],
    "Intra-operative deep tissue cultures": [],
    "HbA1c": [(LOINC, "4548-4")],
    "Albumin": [(LOINC, "1751-7")],
    "Prealbumin": [(LOINC, "14338-8")],
    "25-OH vitamin D": [(LOINC, "62292-8")],
    "DXA axial bone density": [],
    "Smoking cessation counselling": [(SNOMED_CT, "225323000")],
}


def made(*proposals, drafted=(), chart=None, pregnant=False):
    return suggestions(chart or record(), drafted, proposals, pregnant=pregnant)


def service_request(code, status="active", intent="order"):
    fields = {"id": "s", "status": status, "intent": intent, "code": code}
    return {"resourceType": "ServiceRequest", **fields}


def test_every_suggestion_has_the_coding_of_the_contract_and_mri_that_of_clinical_md():
    assert {p.label: list(p.codings) for p in PROPOSALS} == CODINGS


@each_proposal
def test_every_suggestion_is_a_valid_draft_service_request_for_the_patient(proposal):
    (suggestion,) = made(proposal)
    draft = ServiceRequest.model_validate(suggestion.resource)
    assert (draft.status, draft.intent) == ("draft", "proposal")
    assert draft.subject.reference == "Patient/p1"
    assert [(c.system, c.code) for c in draft.code.coding or ()] == CODINGS[proposal.label]
    assert suggestion.resource["authoredOn"] == "2026-03-01"


def test_cultures_are_of_the_laboratory_and_dxa_is_said_in_words():
    cultures, dxa = made(offered.CULTURES, offered.DXA)
    assert cultures.resource["category"] == [{"text": "laboratory"}]
    assert dxa.resource["code"] == {"text": "DXA axial bone density"}


@each_proposal
def test_what_is_already_drafted_by_its_coding_is_not_suggested(proposal):
    for system, code in proposal.codings:
        assert made(proposal, drafted=[order(code, system=system)]) == ()
    assert len(made(proposal, drafted=[order("22852", text="Removal of iliac screws")])) == 1


@each_proposal
def test_what_is_already_drafted_in_our_own_words_is_not_suggested(proposal):
    assert made(proposal, drafted=[order(text=proposal.text + " " + proposal.label)]) == ()


@pytest.mark.parametrize("status", ["active", "on-hold"])
@pytest.mark.parametrize(
    "code", [loinc("30620-9"), {"text": "CT Lumbar Spine"}], ids=["code", "text"]
)
def test_what_is_ordered_and_open_is_not_suggested(status, code):
    assert made(offered.CT, chart=record(service_request(code, status))) == ()


@pytest.mark.parametrize("status", ["completed", "revoked", None])
def test_an_order_that_is_not_open_any_more_does_not_count(status):
    chart = record(service_request(loinc("30620-9"), status))
    assert len(made(offered.CT, chart=chart)) == 1


def test_an_open_order_without_any_code_is_for_nothing():
    assert len(made(offered.CT, chart=record(service_request(None)))) == 1


def test_another_order_with_some_of_the_words_is_not_the_same_thing():
    mri = order(text="MRI lumbar spine")
    assert not is_drafted(record(), [mri], offered.CT)
    assert is_drafted(record(), [mri, order(text="CT lumbar spine")], offered.CT)


def test_a_medicine_of_the_same_name_is_not_the_test():
    tablets = order(text="Vitamin D3 1000 IU, vitamin D", kind="MedicationRequest")
    assert len(made(offered.VITAMIN_D, drafted=[tablets])) == 1


def test_in_pregnancy_nothing_with_radiation_and_no_contrast_medium_is_suggested():
    labels = [s.label for s in made(*PROPOSALS, pregnant=True)]
    assert labels == [p.label for p in PROPOSALS if not p.not_in_pregnancy]
    assert {p.label for p in PROPOSALS if p.not_in_pregnancy} == {
        "CT lumbar spine without contrast",
        "Flexion-extension radiographs of the lumbar spine",
        "SPECT/CT of the spine (optional adjunct)",
        "DXA axial bone density",
        "MRI lumbar spine without and with contrast (not from the source article)",
    }


def test_a_proposal_on_record_is_no_order():
    chart = record(service_request({"text": "CT lumbar spine"}, intent="proposal"))
    assert len(made(offered.CT, chart=chart)) == 1


@pytest.mark.parametrize(
    ("proposal", "text", "is_same"),
    [
        (offered.ESR, "Erythrocyte sedimentation rate", True),
        (offered.CRP, "C-reactive protein", True),
        (offered.CULTURES, "Intraoperative deep tissue culture", True),
        (offered.CULTURES, "Blood cultures x2", False),
        (offered.CT, "CT L-spine", True),
        (offered.CT, "SPECT/CT lumbar spine", False),
        (offered.CT, "CT-guided lumbar epidural steroid injection", False),
        (offered.SPECT_CT, "SPECT/CT lumbar spine", True),
        (offered.SPECT_CT, "Cardiac SPECT", False),
        (offered.CULTURES, "Wound culture", True),
        (offered.CULTURES, "Stool culture", False),
        (offered.CULTURES, "Throat culture", False),
        (offered.ALBUMIN, "Serum albumin", True),
        (offered.ALBUMIN, "Urine albumin/creatinine ratio", False),
        (offered.ALBUMIN, "Pre-albumin", False),
        (offered.PREALBUMIN, "Pre-albumin", True),
        (offered.FLEXION_EXTENSION, "XR lumbar spine flexion and extension views", True),
        (offered.FLEXION_EXTENSION, "XR L-spine flex/ext", True),
        (offered.FLEXION_EXTENSION, "XR cervical spine flexion extension", False),
        (
            offered.FLEXION_EXTENSION,
            "Physical therapy: lumbar flexion and extension exercises",
            False,
        ),
        (offered.VITAMIN_D, "Vitamin D, 25-hydroxy", True),
        (offered.VITAMIN_D, "25-OH Vitamin D", True),
        (offered.VITAMIN_D, "25(OH)D", True),
        (offered.VITAMIN_D, "25(OH) D", True),
        (offered.VITAMIN_D, "Vitamin B12 and D-dimer", False),
        (offered.VITAMIN_D, "Vitamin D 1,25-dihydroxy", False),
        (offered.CT, "CT-guided biopsy lumbar spine", False),
        (offered.CT, "Computed tomography lumbar spine", True),
        (offered.CT, "CT lumbar spine before injection", True),
        (offered.CT, "CT lumbar spine with intraoperative navigation", True),
        (offered.CT, "CT-guided lumbar injection before surgery", False),
        (offered.CT, "Intraoperative CT lumbar spine", False),
        (offered.CT, "Intraoperative CT lumbar spine with navigation", False),
        (offered.FLEXION_EXTENSION, "XR flexion extension, evaluate for abnormal motion", True),
        (offered.FLEXION_EXTENSION, "XR lumbar flexion/extension motion study", True),
        (offered.FLEXION_EXTENSION, "Lumbar flexion and extension, range of motion", False),
        (offered.CULTURES, "Intra-op cultures", True),
        (offered.CULTURES, "Cultures, intra-op x5", True),
        (offered.CULTURES, "OR cultures", True),
        (offered.CULTURES, "Aerobic and anaerobic culture", True),
        (offered.CULTURES, "Urine culture", False),
        (offered.CULTURES, "Sputum culture", False),
        (offered.CULTURES, "MRSA nares culture", False),
        (offered.VITAMIN_D, "25-OH-Vitamin D", True),
        (offered.VITAMIN_D, "25-hydroxy-vitamin D", True),
        (offered.VITAMIN_D, "1,25-OH-Vitamin D", False),
        (offered.SPECT_CT, "SPECT/CT", True),
        (offered.SPECT_CT, "NM SPECT-CT L4-S1", True),
        (offered.SPECT_CT, "SPECT/CT hardware loosening", True),
        (offered.SPECT_CT, "SPECT myocardial perfusion", False),
        (offered.SPECT_CT, "Brain SPECT", False),
        (offered.SPECT_CT, "Parathyroid SPECT/CT", False),
        (offered.SPECT_CT, "SPECT/CT cervical spine", False),
        (offered.ALBUMIN, "Albumin and pre-albumin", True),
        (offered.PREALBUMIN, "Albumin and pre-albumin", True),
        (offered.ALBUMIN, "Albumin and globulin ratio", True),
        (offered.ALBUMIN, "Prealbumin", False),
        (offered.ALBUMIN, "Microalbumin", False),
    ],
)
def test_an_order_in_words_is_told_from_another_thing(proposal, text, is_same):
    drafted = [order(None, text=text)]
    assert (made(proposal, drafted=drafted) == ()) is is_same


def test_a_suggestion_refers_to_what_it_rests_on():
    order_text = Evidence(Origin.ORDER, "ServiceRequest/draft-1")
    seen = [Evidence(Origin.CODED, f"DiagnosticReport/{n}") for n in range(7)]
    searched = Evidence(Origin.COMPUTED, searched=("conditions",))
    odd = Evidence(Origin.CODED, "Condition/<b>x</b>")
    why = unknown(Reason.STALE, order_text, searched, odd, seen[0], *seen)
    (suggestion,) = made(offered.CT.because_of(why))
    assert suggestion.resource["supportingInfo"] == [
        {"reference": f"DiagnosticReport/{n}"} for n in range(5)
    ]
    ServiceRequest.model_validate(suggestion.resource)
    (bare,) = made(offered.CT.because_of(unknown(Reason.NO_DATA)))
    assert "supportingInfo" not in bare.resource
