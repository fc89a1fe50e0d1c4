"""Notes as clinics write them, in whole requests: what must never meet a criterion, or alarm."""

import base64

import pytest

from fhir_fixtures import load_request
from tests.chart import card_of, judged, owned, removed, searchset

REMOVAL, REVISION = "spinal-hardware-removal", "spinal-fusion-revision"
H01, V01 = load_request("removal-solid-fusion"), load_request("revision-nonunion")
# Without what is coded or scored, so that the note alone decides.
BARE = removed(H01, "clinic-note", "implant-pain", "back-pain", "odi", "physical-therapy")
UNSCORED = removed(V01, "odi-1", "odi-2")


def with_note(request, text):
    attachment = {"contentType": "text/plain", "data": base64.b64encode(text.encode()).decode()}
    note = {
        "resourceType": "DocumentReference",
        "id": "note",
        "status": "current",
        "type": {"text": "Clinic note"},
        "context": {"period": {"start": "2026-02-20"}},
        "content": [{"attachment": attachment}],
    }
    row = owned(note, request["context"]["patientId"])
    bundle = searchset([{"resource": row, "search": {"mode": "match"}}])
    return request | {"prefetch": request["prefetch"] | {"document_references": bundle}}


NEVER_MET = {
    "no-radicular-symptoms": (
        "She has leg pain.",
        "No leg pain at rest but leg pain when walking.",
        "Leg pain improved but persists.",
        "Leg pain no worse.",
        "Not without leg pain.",
        "Her daughter denies leg pain.",
        "Radiculopathy not excluded.",
        "Denies back pain. Has leg pain.",
    ),
    "conservative-care-tried": (
        "PT ordered.",
        "Pt tried to call.",
        "Will try injections.",
        "Awaiting physical therapy authorization.",
        "Insurance requires physical therapy.",
        "PT/INR normal.",
    ),
    "expectations-discussed": (
        "We have not yet discussed expectations.",
        "To discuss expectations.",
        "No discussion of expectations took place.",
        "She expects complete relief.",
    ),
    "function-limited": (
        "No difficulty walking.",
        "Pain does not limit walking.",
        "Unable to work before surgery, now back at work.",
    ),
    "axial-pain-at-hardware": (
        "No tenderness over the screws.",
        "Tenderness over the right hip.",
        "Tenderness over the cervical plate.",
        "If she had tenderness over the screws, we would remove them.",
    ),
    "hardware-symptomatic": ("No hardware pain.", "Screws are not palpable."),
}


@pytest.mark.parametrize(("criterion", "text"), [(c, t) for c, ts in NEVER_MET.items() for t in ts])
def test_what_a_note_denies_plans_or_tells_of_others_meets_no_criterion(criterion, text):
    assert judged(card_of(with_note(BARE, text), REMOVAL))[criterion]["status"] != "met"


@pytest.mark.parametrize(
    "text",
    [
        "Back pain is not worse.",
        "Back pain no worse than before.",
        "Neck pain is getting worse.",
        "If pain worsens, call.",
        "Pain is worse in the morning.",
        "Back pain worse last year, better now.",
    ],
)
def test_symptoms_do_not_worsen_by_such_words(text):
    found = judged(card_of(with_note(UNSCORED, text), REVISION))["symptoms-worsening"]
    assert found["status"] != "met"


@pytest.mark.parametrize(
    ("text", "alarms"),
    [
        ("Acute urinary retention with saddle numbness.", True),
        ("New bowel incontinence and perineal numbness.", True),
        ("Denies bowel or bladder incontinence.", False),
        ("No saddle anesthesia.", False),
        ("Advised to return if saddle anesthesia occurs.", False),
        ("Reviewed symptoms of cauda equina syndrome.", False),
        ("The cauda equina nerve roots are unremarkable.", False),
        ("His brother had cauda equina syndrome.", False),
    ],
)
def test_only_a_present_sign_of_cauda_equina_syndrome_alarms(text, alarms):
    card = card_of(with_note(V01, text), REVISION)
    assert ("do not delay" in card["detail"]) is alarms
    assert (text.rstrip(".") in card["detail"]) is alarms
