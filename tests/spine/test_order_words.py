"""What the words of an order or a procedure ask for, and what only stands beside an operation."""

import msgspec
import pytest

from cds_service.engine.codes import CPT, LOINC, SNOMED_CT
from cds_service.engine.datatypes import Coding
from hooks.spine.constructs import read_construct
from hooks.spine.order_intent import recognise_removal, recognise_revision
from hooks.spine.order_words import Act, act_of_text
from tests.chart import CONTENT, concept, cpt, order, orders, procedure, record

HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
BESIDE_AN_OPERATION = [
    "Therapeutic exercise after lumbar fusion",
    "Suture removal, lumbar fusion wound",
    "Removal of sutures after lumbar fusion",
    "Removal of wound drain after lumbar fusion",
    "Removal of staples, lumbar hardware incision",
    "Removal of skin staples, lumbar hardware incision",
    "Lumbar fusion radiographs",
    "Lumbar fusion protocol",
    "Post lumbar fusion rehabilitation",
    "Post lumbar fusion radiographs",
    "Bone growth stimulator for lumbar fusion",
    "Bone growth stimulator, lumbar fusion",
    "Dressing change after lumbar fusion",
    "Dressing change after lumbar hardware removal",
    "LSO after lumbar fusion",
    "Home health after lumbar fusion",
    "Wound check after lumbar fusion",
    "Discharge after L4-S1 fusion",
    "Type and screen for lumbar fusion",
    "Anesthesia for spinal hardware removal",
    "Neuromonitoring during lumbar fusion",
    "Lumbar hardware removal: pre-op labs",
    "Cancel hardware removal lumbar",
    "Lumbar decompression without fusion",
    "Medical clearance prior to lumbar fusion",
    "Removal of spinal cord stimulator implant",
    "Removal of sacral nerve stimulator implant",
    "Removal of pelvic mesh implant",
    "Removal of pelvic implant",
    "Removal of pelvic fracture screws",
    "Home health, lumbar fusion",
    "Lumbar fusion home health",
    "Brace or walker for lumbar fusion",
    "Preop antibiotics, lumbar fusion",
    "Consent: lumbar fusion",
    "PT for lumbar fusion",
    "Admission orders for lumbar fusion",
    "Procedure tray for lumbar fusion",
    "Vancomycin for surgery for lumbar fusion",
    "Surgical assistant for lumbar fusion",
    "Scar revision after lumbar fusion",
    "Redo CT after lumbar fusion",
    "Redo lumbar laminectomy after fusion",
    "Revise pain medication after lumbar fusion",
]
# They ask for no fusion; as past procedures they are operations (contract, rule 2).
WITHOUT_IMPLANTS = ["Lumbar decompression without fusion", "Redo lumbar laminectomy after fusion"]
AN_OPERATION = [
    "Removal of hardware following lumbar fusion",
    "Removal of lumbar hardware for pain after fusion",
    "Removal of lumbar hardware and bone growth stimulator",
    "(post lumbar fusion) removal of screws L4-S1",
    "Debridement of lumbar wound, removal of hardware",
    "Case request for removal of lumbar hardware",
    "Return to OR for revision of lumbar fusion",
    "Revision of prior lumbar fusion L4-S1",
    "Lumbar fusion L4-S1 for spondylolisthesis",
    "Lumbar fusion under general anesthesia",
    "Removal of spinal implant",
    "Removal of pelvic screws",
    "Spine surgery for lumbar fusion",
    "Posterior lumbar fusion with intraoperative radiographs",
    "Lumbar fusion per ERAS protocol, skin closed with sutures",
]
REMOVED = [
    "Elective surgery for removal of lumbar hardware",
    "Orthopedic surgery for removal of lumbar hardware",
    "Neurosurgery for removal of lumbar hardware",
    "Planned procedure for removal of pedicle screws",
    "Elective admission for removal of lumbar pedicle screws",
    "Admit for lumbar hardware removal",
    "Patient for removal of lumbar hardware",
    "Patient scheduled for lumbar hardware removal",
    "Lumbar spine surgery - for hardware removal",
    "Pre-op diagnosis: painful hardware. Procedure: removal of lumbar hardware",
    "Under general anesthesia removal of lumbar hardware",
    "Neuromonitoring and removal of lumbar pedicle screws",
    "Day care: removal of lumbar hardware",
    "Removal of pedicle screws, home health after discharge",
    "Implant removal L4-S1",
    "Removal of implants L4/L5",
    "Removal of lumbar hardware after revision fusion",
    "Removal of lumbar hardware following revision lumbar fusion",
    "Removal of lumbar hardware, status post revision fusion",
    "Removal of lumbar hardware for pain after revision fusion",
    "Removal of lumbar hardware for failed fusion",
    "Removal of lumbar hardware for fusion nonunion",
    "Removal of lumbar hardware without fusion",
    "Removal of lumbar hardware before MRI",
]
REVISED = [
    "Inpatient surgery for revision lumbar fusion",
    "Revision surgery for failed lumbar fusion",
    "Revision for nonunion L4-S1 fusion",
    "Revision surgery after failed lumbar fusion",
    "Redo surgery for L4-S1 fusion nonunion",
    "Revision due to nonunion of lumbar fusion",
    "Lumbar revision because of broken rods",
    "Preoperative diagnosis pseudarthrosis. Procedure: revision L4-S1 fusion",
    "Hardware removal for revision lumbar fusion L4-S1",
    "Removal of hardware during revision lumbar fusion L4-S1",
    "Removal of hardware prior to revision fusion L4-S1",
    "Removal of hardware for infection before revision fusion L4-S1",
    "Removal of lumbar hardware for revision surgery",
    "Removal of pedicle screws for TLIF L5-S1 revision",
    "Surgery for removal of hardware during revision fusion L4-S1",
]
FUSED = ["General anesthesia, lumbar fusion L4-5", "Post laminectomy syndrome lumbar fusion L4-5"]


def is_ours(one):
    asked = orders(one)
    return bool(recognise_removal(asked, CONTENT) or recognise_revision(asked, CONTENT))


@pytest.mark.parametrize("text", BESIDE_AN_OPERATION)
def test_what_stands_beside_an_operation_is_none(text):
    assert act_of_text(text) is None
    assert not is_ours(order(text=text))
    found = read_construct(record(procedure({"text": text})))
    assert found.operations == ()
    assert bool(found.without_implants) is (text in WITHOUT_IMPLANTS)


@pytest.mark.parametrize("text", AN_OPERATION)
def test_an_operation_stays_one_whatever_stands_beside_it(text):
    assert act_of_text(text) is not None
    assert is_ours(order(text=text))
    assert len(read_construct(record(procedure({"text": text}))).surgeries) == 1


@pytest.mark.parametrize("text", REMOVED)
def test_a_removal_is_one_whatever_stands_before_it_and_whatever_it_is_for(text):
    assert act_of_text(text) is Act.REMOVAL
    assert recognise_removal(orders(order(text=text)), CONTENT).by_text


@pytest.mark.parametrize("text", REVISED)
def test_a_revision_is_one_where_its_reason_names_the_fusion_and_where_a_removal_is_for_it(text):
    """Clinical.md 3.2: removal and new fusion together are a revision alone."""
    assert act_of_text(text) is Act.REINSERTION
    assert recognise_removal(orders(order(text=text)), CONTENT) is None
    assert recognise_revision(orders(order(text=text)), CONTENT).certain


@pytest.mark.parametrize("text", FUSED)
def test_words_of_care_in_another_part_hide_no_fusion(text):
    assert act_of_text(text) is Act.FUSION


def test_only_the_beginning_of_a_text_without_end_is_read():
    assert act_of_text("Lumbar fusion" + ";" * 65_536) is Act.FUSION
    assert act_of_text(";" * 65_536 + "Lumbar fusion") is None


@pytest.mark.parametrize(
    ("system", "code"), [(CPT, "97110"), (HCPCS, "E0748"), (CPT, "E0748"), (LOINC, "24627-2")]
)
def test_a_code_that_says_something_else_is_not_overruled_by_words(system, code):
    """Contract, rule 8: words count for what is known only by them."""
    assert not is_ours(order(code, system=system, text="Lumbar fusion L4-S1"))
    coded = procedure(concept(system, code, text="Lumbar fusion L4-S1"))
    assert read_construct(record(coded)).surgeries == ()


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (CPT, "22899"),
        (CPT, "0195T"),
        (CPT, "20999"),  # unlisted
        (CPT, "64999"),
        (CPT, "20930"),  # graft
        (CPT, "61783"),  # navigation
        (CPT, "77003"),  # fluoroscopy
        (HCPCS, "C1821"),  # an implant
        (HCPCS, "22899"),
        (SNOMED_CT, "1234567"),
        ("urn:local", "97110"),
    ],
)
def test_a_code_that_may_be_of_a_spine_operation_leaves_it_to_the_words(system, code):
    assert is_ours(order(code, system=system, text="Lumbar fusion L4-S1"))
    coded = procedure(concept(system, code, text="Lumbar fusion L4-S1"))
    assert len(read_construct(record(coded)).fusions) == 1


def test_a_code_that_is_not_known_beside_another_leaves_it_to_the_words():
    both = [Coding(CPT, "97110"), Coding("urn:local", "SPINE-1")]
    drafted = msgspec.structs.replace(order(text="Revision lumbar fusion L4-S1"), codings=both)
    assert is_ours(drafted)


def test_a_code_of_cpt_is_known_as_one_that_is_filed_as_hcpcs():
    intent = recognise_revision(orders(order("22849-59", system=HCPCS)), CONTENT)
    assert (intent.certain, intent.by_text) == (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "Status post lumbar fusion",
        "Patient s/p lumbar fusion 2021",
        "L4-S1 s/p PLIF 2019",
        "Post lumbar fusion L4-S1",
        "71 y/o male with low back pain s/p lumbar fusion",
    ],
)
def test_a_procedure_that_says_that_it_is_past_is_the_one_it_names(text):
    assert len(read_construct(record(procedure({"text": text}))).fusions) == 1


@pytest.mark.parametrize("text", ["Wound debridement s/p lumbar fusion", "Post lumbar fusion care"])
def test_care_of_a_past_fusion_is_no_fusion_of_its_day(text):
    assert read_construct(record(procedure({"text": text}))).surgeries == ()


def test_exercise_after_a_fusion_is_no_fusion_of_its_day():
    exercise = procedure(cpt("97110", text="Therapeutic exercise after lumbar fusion"))
    assert read_construct(record(exercise)).last_surgery is None
