"""Whole texts of orders, as surgeons write them: a revision, a removal, a fusion, or neither."""

import pytest

from hooks.spine.constructs import read_construct
from hooks.spine.order_intent import recognise_removal, recognise_revision
from hooks.spine.order_lexicon import order_lexicon
from hooks.spine.order_words import Act, acts_of_text
from tests.chart import CONTENT, order, orders, procedure, record

REVISED = [
    "Removal of hardware and posterolateral fusion L4-S1",
    "Lumbar hardware removal with fusion L3-L4",
    "Posterolateral fusion L4-S1 with removal of old hardware",
    "Removal of instrumentation and revision fusion L4-S1",
    "Hardware removal, L4-S1 fusion",
    "Removal of lumbar hardware; fusion L2-L4",
    "Explant hardware L4-S1, TLIF L3-L4",
    "Revision TLIF L4-L5",
    "Redo PLIF L4-L5",
    "Revision posterior spinal fusion L4-S1",
    "Redo lumbar fusion",
    "Remove and replace L5 pedicle screws",
    "Replacement of loose S1 screws",
    "Lumbar fusion revision",
    "Reinstrumentation L4-S1",
    "Removal and replacement of pedicle screw instrumentation L4-S1",
    "Removal of broken rod and placement of new rods, L4-S1",
    "Removal and reinsertion of hardware L4-S1",
    "Hardware removal lumbar, extension of fusion L2-L4",
    "Revision PSF L4-S1",
    "Replacement of broken rod L4-S1",
    "Lumbar rod exchange",
    "Pseudarthrosis repair L5-S1",
    "Repair of nonunion L5-S1 with pedicle screw instrumentation",
    "Remove hardware L4-S1 & extend fusion to L2",
    "Hardware removal/PSF L3-S1",
    "ROH L4-S1 + TLIF L3-4",
    "Removal of pedicle screws L4-S1 - TLIF L3-L4",
    "Removal of posterior hardware and anterior lumbar interbody fusion L5-S1",
    "ALIF L5-S1 with removal of posterior hardware",
    "Removal of segmental instrumentation, PSF T10-pelvis",
    "Extension of fusion to L2 with removal of L4-S1 hardware",
    "Removal of old instrumentation, decompression, and posterior spinal instrumented fusion L2-S1",
    "Exchange of iliac screws, bilateral",
    "Screw replacement L5",
    "Re-instrumentation and refusion L4-S1",
    "Revision ALIF L5-S1",
    "Re-do fusion L5-S1 for pseudarthrosis",
    "Lumbar hardware removal and re-fusion",
    "Removal of broken S1 screws with replacement",
    "Removal of lumbar hardware followed by fusion L3-L5",
    "Revision of posterior lumbar instrumentation",
    "Hardware removal, possible revision fusion L4-S1",
    "TLIF L3-4, removal of L4-S1 hardware",
    "Hardware revision L4-S1",
    "Removal of hardware with new posterior instrumentation L3-S1",
    "Take out rods and fuse L3-L5",
    "L3-L4 XLIF and removal of L4-S1 instrumentation",
    "Remove L4-L5 pedicle screws, posterolateral fusion",
    "Case request: removal of hardware L4-5, TLIF L3-4",
    "Exploration of fusion, removal of hardware, revision fusion L4-S1",
    "L4-S1 posterior spinal instrumentation removal and revision posterolateral fusion",
    "REMOVAL OF SPINAL INSTRUMENTATION, POSTERIOR; REVISION FUSION L5-S1",
    "Removal of loose iliac screws and extension of fusion to pelvis",
    "Removal of S1 screws with L5-S1 ALIF",
    "Revise right L5 pedicle screw",
    "Revision right L5 pedicle screw",
    "Redo PSF T10-pelvis for rod fracture",
    "Hardware removal L4-5, laminectomy L3-4, fusion L3-4",
    "Hardware removal L4-S1 followed by TLIF at L3-L4",
    "Remove pedicle screws L4-S1 then fuse L3-4",
    "Removal of instrumentation, L3-4 decompression and fusion",
    "Lumbar fusion L3-4, removal of old hardware L4-S1",
    "Repair of lumbar pseudarthrosis",
    "Take down and repair of pseudoarthrosis L4-L5",
    "Replace broken rods L2-S1",
    "Rod replacement, lumbar",
    "Screw exchange L5-S1 left",
    "Removal of hardware, revision PSF",
    "Lumbar revision fusion with bone graft and new pedicle screws",
    "Removal of posterior hardware L4-S1, OLIF L3-4, PSF L3-S1",
    "Removal and reimplantation of iliac screws",
    "Lumbar wound washout, removal and replacement of hardware L2-S1",
    "Removal of hardware and fusion, L3-L4",
    "Removal of hardware, posterior lumbar interbody fusion L3-4",
    "Removal hardware lumbar and PLIF",
    "Extension of prior fusion L4-S1 to L2 with hardware removal",
    "Posterior lumbar fusion L3-L4 with removal of L4-S1 instrumentation",
    "Surgery: remove hardware L4-S1 + revision decompression + TLIF L3-4",
    "Removal of L5 screw and revision with larger screw",
    "Re-revision lumbar fusion",
    "Revision of L2-pelvis instrumentation and fusion",
    "Lumbar spine revision: rod replacement",
    "Exploration of spinal fusion L4-S1",
    "Lumbar fusion exploration",
    "Exploration of fusion L4-S1 and TLIF L3-L4",
    "Re-exploration of lumbar fusion",
    "Revision PSIF L4-S1",
    "Removal of hardware and PSIF L4-S1",
    "Hardware removal L4-S1, PSIF L3-S1",
    "Removal of L5 screws and replacement with larger screws",
    "Remove L5 screws and replace with larger ones",
    "Removal and replacement with larger screws L5",
    "Removal of pedicle screws L4-S1, replacement with larger diameter screws",
    "Removal of pedicle screws L4-S1 - replacement",
    "Removal of rods for rod exchange lumbar",
    "Removal of loose screws for screw exchange L5",
    "Removal of hardware from L4-S1 and placement of new rods",
    "Removal of hardware L4-S1, TLIF L3-4 by lateral approach",
    "Removal of hardware and fusion L3-S1 by Dr. Smith",
    "Lumbar revision surgery (removal of hardware, TLIF L3-L4)",
    "Removal of old hardware with fusion L3-L4",
    "Removal of new screws L5 and insertion of longer rods",
    "62F, removal of hardware L4-S1, L3-4 TLIF",
    "TLIF L3-4 - removal of L4-S1 hardware",
    "PSF T10-pelvis, decompression L2-4, removal of hardware",
    "Removal of hardware with fusion L3-4 is planned",
    "Extension of fusion L2-L4",
    "Extension of prior L4-S1 fusion to L2",
    "Extend posterior spinal fusion to pelvis",
]
REMOVED = [
    "Removal of fusion hardware, lumbar",
    "Removal of hardware L4-S1, solid fusion",
    "Removal of hardware with takedown of the fusion mass L4-S1",
    "Removal of hardware with inspection of the fusion mass, lumbar",
    "Hardware removal after lumbar fusion",
    "Removal of L4-S1 hardware and exploration of fusion",
    "Lumbar fusion hardware removal",
    "Hardware removal L4-S1 s/p TLIF 2019",
    "Removal of pedicle screws L4-S1 (PSF 2018)",
    "Removal of hardware, healed L4-S1 fusion",
    "Removal of TLIF hardware L4-5",
    "Removal of PLIF screws L4-S1",
    "Removal of iliac screws with solid fusion L2-pelvis",
    "Painful hardware with fusion L4-S1, removal of hardware",
    "58 y/o female with fusion L4-S1, removal of hardware",
    "Removal of hardware in patient with L4-S1 fusion",
    "Removal of hardware L4-S1 without fusion",
    "Removal of hardware L4-S1 w/o fusion",
    "Removal of hardware, no fusion, lumbar",
    "Remove lumbar screws and inspect fusion mass",
    "Lumbar hardware removal, fusion appears solid",
    "L4-S1 fusion hardware removal",
    "Removal of posterior instrumentation from prior L4-S1 fusion",
    "Removal of hardware of L4-S1 fusion",
    "Removal of symptomatic iliac bolts",
    "ROH lumbar spine",
    "Hardware removal, previous TLIF L4-5",
    "Removal of pedicle screws, TLIF L5-S1 2 years ago",
    "Removal of lumbar hardware and scar revision",
    "Scar revision and removal of lumbar hardware",
    "Removal of hardware and revision laminectomy L4-5",
    "Removal of hardware L4-S1, potassium replacement",
    "Removal of screws, fusion L4-S1 is solid",
    "Removal of lumbar hardware with bone grafting of screw tracts",
    "Hardware removal lumbar spine with washout and bone graft",
    "Removal of lumbar instrumentation and fusion cage inspection",
    "Removal of iliac screws, old lumbar fusion",
    "Lumbar fusion L4-S1 with painful hardware: removal of hardware",
    "Removal of screws L4-S1 with confirmation of fusion",
    "Removal of bone graft and hardware L4-5",
    "Explant pedicle screws and rods L3-S1 following fusion",
    "Removal of hardware, lumbar; fusion mass explored",
    "Removal of painful iliac screws, bilateral",
    "REMOVAL POSTERIOR SEGMENTAL INSTRUMENTATION LUMBAR",
    "Removal of pedicle screws L4-S1, fusion healed on CT",
    "Hardware removal L4-S1; CT shows solid fusion",
    "Removal of lumbar hardware, fused L4-S1",
    "Removal of hardware, lumbar fusion 2018",
    "Removal of pedicle screws - solid L4-S1 fusion",
    "Removal of spinal hardware, hx of TLIF L4-5",
    "Removal of L2-S1 posterior instrumentation for pain with solid fusion",
    "Elective removal of iliac bolts after L2-pelvis fusion",
    "Removal of symptomatic hardware at fused L4-S1",
    "Removal of lumbar instrumentation with irrigation and debridement",
    "Removal of lumbar hardware, wound VAC placement",
    "Explantation of lumbar pedicle screws, deep cultures",
    "Remove rods and screws, L3-S1, confirm fusion",
    "Removal of hardware L4-5 and intraoperative assessment of fusion",
    "Removal of instrumentation (prior PLIF L4-L5)",
    "Removal of screws from previous posterolateral fusion L4-S1",
    "Iliac screw removal, right",
    "Bilateral S2AI screw removal",
    "Removal of lumbar screws, fusion mass intact",
    "Removal of hardware L4-S1, no revision fusion planned",
    "Hardware removal lumbar; not for fusion",
    "Removal of lumbar hardware. History: TLIF L4-L5 in 2019.",
    "Removal of lumbar hardware, h/o PSF T10-pelvis",
    "Removal of L4-S1 hardware, assess fusion",
    "Removal of hardware L5-S1 with neurolysis",
    "Lumbar hardware removal with medial branch ablation",
    "Removal of hardware, 55-year-old with L4-S1 fusion",
    "Removal of hardware, 55 yo with L4-S1 fusion",
    "Removal of hardware, 62F with lumbar fusion",
    "Removal of hardware, 62 year old F with lumbar fusion L4-S1",
    "Removal of hardware, L4-S1 fusion by Dr. Smith",
    "Hardware removal (TLIF L4-5)",
    "(TLIF L4-5) hardware removal",
    "[TLIF L4-5] hardware removal",
    "TLIF L4-5, removal of hardware",
    "L4-S1 fusion - hardware removal",
    "L4-S1 fusion: L4-S1 hardware removal",
    "Removal of lumbar hardware, new screws not needed",
    "Removal of lumbar hardware, L4-5 fusion not planned",
    "Removal of lumbar hardware and new screws not needed",
    "Removal of new screws L5",
    "Removal of the new pedicle screws L5",
    "Remove new screw L5",
    "Removal of hardware from screw placement in 2019 L4-S1",
    "Removal of hardware lumbar, screw placement 2019",
    "Lumbar hardware removal, place rods in specimen container",
    "Removal of hardware lumbar for replacement of hip",
    "Removal of lumbar hardware; L4-5 fusion well consolidated",
    "Removal of lumbar hardware; L4-5 fusion complete",
    "Removal of lumbar hardware; L4-5 fusion is stable",
    "Removal of lumbar hardware; L4-5 fusion united",
    "Removal of lumbar hardware; L4-5 fusion documented on CT",
    "Removal of lumbar hardware; L4-5 fusion inspected",
    "Removal of lumbar hardware, L4-5 fusion was seen",
    "Removal of screws L4-5 and replacement with bone graft",
    "Removal of pelvic screws, rod fracture",
    "Removal of lumbar plate and screws",
    "Removal of hardware L4-S1, fusion imaging reviewed",
]
FUSED = [
    "TLIF L4-L5",
    "Lumbar fusion L4-S1",
    "PSF T10-pelvis with pedicle screws",
    "TLIF L4-5 with pedicle screw fixation and disc removal",
    "Revision laminectomy with TLIF L4-L5",
    "Revision decompression, fusion L4-5",
    "Redo discectomy L4-5, TLIF",
    "Lumbar fusion, total disc replacement L3-4",
    "Removal of synovial cyst and instrumented fusion L4-L5",
    "Removal of anterior lumbar hardware and posterolateral fusion L4-S1",
    "Posterior lumbar interbody fusion L4-5",
    "Laminectomy L3-5 and fusion L4-5",
    "XLIF L3-4 L4-5 with percutaneous pedicle screws",
    "L4-5 TLIF",
    "Posterior spinal fusion T4-L2 for scoliosis",
    "ALIF L5-S1",
    "Posterolateral fusion L4-5 with removal of synovial cyst",
    "Lumbar decompression and fusion with instrumentation L4-S1",
    "Laminectomy and fusion L3-L5, dural repair",
    "TLIF L5-S1, placement of pedicle screws",
    "Lumbar fusion with iliac crest graft L4-5",
    "Fusion L4-5 with bone removal",
    "Staged PSF L2-S1",
    "PSIF L4-S1",
    "PSF L4-S1 with extension to pelvis",
    "Lumbar fusion extension L2-L4",
    "TLIF L4-5 with cage tray",
]
NEITHER = [
    "Potassium replacement after lumbar fusion",
    "Volume replacement during lumbar fusion",
    "Total disc replacement L4-5",
    "Plasma exchange after lumbar fusion",
    "Knee replacement after lumbar fusion",
    "Hip replacement",
    "Dural repair L4-5 after lumbar fusion",
    "Removal of lumbar drain",
    "Removal of disc fragment L4-5",
    "Removal of anterior lumbar hardware",
    "Removal of anterior lumbar fusion hardware",
    "Spinal cord stimulator battery replacement",
    "Redo microdiscectomy L5-S1",
    "Revision laminectomy L4-5",
    "CT lumbar spine, hardware removal planned",
    "Physical therapy after hardware removal lumbar",
    "Removal of hardware, ankle",
    "Cervical hardware removal and fusion C4-C6",
    "Pseudarthrosis, lumbar spine evaluation",
    "Placement of pedicle screws note",
    "Lumbar wound vac exchange",
    "Baclofen pump replacement lumbar",
    "Pedicle screw fixation L4-S1 and removal of herniated disc",
    "Hardware removal with revision fusion",
    "Removal of cervical plate and fusion C5-C6",
    "Hip hardware removal and replacement",
    "Total knee replacement",
    "Removal of lumbar sutures",
    "Drain removal lumbar",
    "Lumbar epidural steroid injection",
    "Removal of port",
    "Revision of scar, lumbar",
    "Remove and replace dressing, lumbar wound",
    "Catheter exchange",
    "Hardware removal right femur",
    "MRI lumbar spine after hardware removal and fusion",
    "Consult for removal of hardware and fusion L4-S1",
    "XR lumbar spine status post removal of hardware and fusion",
    "LSO brace, L4-S1 fusion",
    "Sacral nerve stimulator replacement",
    "Lumbar shunt revision",
    "Revision of lumbar laminectomy",
    "Repair of lumbar hernia",
    "Spinal cord tumor removal L1",
    "Kyphoplasty L2",
    "Replacement of lumbar intrathecal catheter",
    "Lumbar wound exploration",
    "Exploration of the L5 nerve root after lumbar fusion",
    "TLIF tray",
    "Lumbar fusion series x-ray",
    "Fusion imaging lumbar spine",
    "Lumbar fusion pathway",
    "Follow up lumbar fusion 6 weeks",
    "Advance diet lumbar fusion",
    "Remove pelvic hardware after fracture",
    "Removal of pelvic plate and screws",
    "FMLA form hardware removal lumbar",
]


def read(text):
    asked = orders(order(text=text))
    return recognise_removal(asked, CONTENT), recognise_revision(asked, CONTENT)


@pytest.mark.parametrize("text", REVISED)
def test_removal_with_a_new_fusion_or_fixation_in_words_is_surely_a_revision_and_no_removal(text):
    """Clinical.md 3.2: both removal and fusion are a revision alone."""
    removal, revision = read(text)
    assert removal is None
    assert revision.certain


@pytest.mark.parametrize("text", REMOVED)
def test_a_fusion_that_is_old_or_looked_at_leaves_a_removal_what_it_is(text):
    removal, revision = read(text)
    assert removal.by_text
    assert revision is None


@pytest.mark.parametrize("text", FUSED)
def test_a_fusion_beside_what_is_no_removal_of_hardware_may_be_a_first_one(text):
    removal, revision = read(text)
    assert removal is None
    assert revision.certain is False


@pytest.mark.parametrize("text", NEITHER)
def test_what_removes_replaces_or_repairs_something_else_is_neither(text):
    assert read(text) == (None, None)


def test_the_words_give_every_act_that_is_asked():
    text = "Removal of hardware L4-S1 with placement of new rods, TLIF L3-L4"
    assert acts_of_text(text) == {Act.REMOVAL, Act.INSTRUMENTATION, Act.FUSION}
    assert read(text)[1].combined


@pytest.mark.parametrize("group", ["fusion verbs", "revision objects", "procedures"])
def test_every_acronym_of_a_fusion_that_names_the_spine_is_a_fusion(group):
    """They end in "f" for fusion, which no word for a part of the spine does."""
    lexicon = order_lexicon()
    acronyms = {word for word in lexicon["spine"] | lexicon["lumbar"] if word.endswith("f")}
    assert {"tlif", "psf", "psif"} <= acronyms <= lexicon[group]


def test_an_operation_of_the_past_that_removed_and_fused_is_a_fusion():
    both = procedure({"text": "Removal of hardware and posterolateral fusion L4-S1"})
    assert len(read_construct(record(both)).fusions) == 1
    assert len(read_construct(record(procedure({"text": "PSIF L4-S1"}))).fusions) == 1
    for text in (
        "Removal of hardware L4-S1, solid fusion",
        "Hardware removal lumbar spine; fusion L4-S1 inspected and solid",
    ):
        removed = read_construct(record(procedure({"text": text})))
        assert (removed.fusions, len(removed.surgeries)) == ((), 1)
