"""Whole sentences, each of which a small change of the reader has once been found to misread."""

import pytest

from hooks.spine.levels import NO_LEVELS
from hooks.spine.text.places import Reach
from hooks.spine.text.reader import read_text
from tests.spine.text import stated


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        # What stands behind "but" or a colon is not in the list that was denied before it.
        ("No drainable fluid, but frank osteomyelitis of L3 and L4.", "infection affirmed L3, L4"),
        (
            "The construct is not without problems: the left rod is broken at L2-3.",
            "breakage affirmed L2-L3 left",
        ),
        # A sentence of levels and a few words goes on with the one before.
        ("All levels are fused. L5-S1 is not.", "solid-fusion denied L5-S1"),
        ("Solid fusion at L3-4 and L4-5. Not so at L5-S1.", "solid-fusion denied L5-S1"),
        ("Solid fusion throughout. The exception is L5-S1.", "solid-fusion possible L5-S1"),
        ("Anterior fusion is solid. The posterior fusion is not.", "solid-fusion denied"),
        ("Every level but L5-S1 has fused.", "solid-fusion denied L5-S1"),
        ("Persistent lucency through the disc space at L5-S1.", "nonunion possible L5-S1"),
        # What an examination of another year showed is of that year; what today's shows, is not.
        ("The 2022 CT showed solid fusion at L4-5.", "solid-fusion historical L4-L5"),
        ("Compared with the CT of 2022 solid fusion at L4-5.", "solid-fusion affirmed L4-L5"),
        # A tense without a year is of today.
        ("There are screws but no fusion has been attempted.", "solid-fusion denied"),
        ("The L4 screw was loose by 12 degrees.", "loosening affirmed L4"),
        ("CT was performed and shows solid fusion at L4-5.", "solid-fusion affirmed L4-L5"),
        # Sides and levels are of the cue that they stand beside.
        (
            "Windshield-wiper lucency about the distal left iliac screw.",
            "loosening affirmed pelvis left",
        ),
        ("Loose left and broken right rod at L4-5.", "breakage affirmed L4-L5 right"),
        ("Loosening at L4 and breakage at L5 of the screws.", "loosening affirmed L4"),
        (
            "Loosening of the screws from L4-5 to the pelvis.",
            "loosening affirmed L4, L5, S1, pelvis",
        ),
        ("Nonunion (L4-5, L5-S1): yes at L5-S1", "nonunion affirmed L5-S1"),
        ("At L4-5, no solid fusion is seen.", "solid-fusion denied L4-L5"),
        # Union behind a statement of union is of its levels, but not behind one of something else.
        (
            "Some bridging bone at L4-5; posterior elements remain ununited.",
            "nonunion affirmed L4-L5",
        ),
        ("The rod is broken at L3-4 and the fusion is solid.", "solid-fusion affirmed"),
        # What denies one is not said of the other; what is awaited is open.
        (
            "Absent bridging bone at L4-5, in keeping with established non-union.",
            "nonunion affirmed L4-L5",
        ),
        ("Awaiting solid fusion at L4-5.", "solid-fusion possible L4-L5"),
        # A negation from behind a comma may be of something else; its verb may be of all items.
        ("No canal stenosis, lucency around the S1 screws.", "loosening possible S1"),
        ("No history of trauma, both rods are broken at L4-5.",
         "breakage possible L4-L5 bilateral"),
        ("No prior CT, and there is lucency around the left S1 screw.",
         "loosening affirmed S1 left"),
        ("Without contrast, there is an abscess at L4-5.", "infection affirmed L4-L5"),
        ("No fracture, subluxation or hardware loosening is seen.", "loosening denied"),
        ("No pars defect, listhesis, or screw loosening.", "loosening denied"),
        ("No loosening, union seen at L4-L5.", "solid-fusion affirmed L4-L5"),
        ("No loosening and solid fusion at L4-5.", "solid-fusion possible L4-L5"),
        ("No radiculopathy, CT confirms pseudarthrosis at L5-S1.", "nonunion possible L5-S1"),
        ("Bony bridging is seen but stops short of the endplate at L5-S1.",
         "solid-fusion possible L5-S1"),
        ("Revision in 2019 for L4-5 pseudarthrosis.", "nonunion historical L4-L5"),
        ("The rod fracture has been revised.", "breakage historical"),
        ("Proximal junctional failure at T10.", "adjacent-segment affirmed"),
        ("I could find no prominence of the metalwork.", "prominence denied"),
        ("The L5-S1 level has gone on to fuse.", "solid-fusion affirmed L5-S1"),
        ("No progression of the known halo about the L2 screws.", "loosening affirmed L2"),
        ("Nothing acute, chronic fracture of the left S1 screw.", "breakage possible S1 left"),
        ("Other than a broken S1 screw, the hardware is intact.", "breakage affirmed S1"),
        ("Other than a broken S1 screw, the hardware is intact.", "breakage denied (remaining)"),
        ("No hardware complication other than S1 screw loosening.", "loosening affirmed S1"),
        ("Apart from S1 screw loosening the hardware is intact.", "loosening affirmed S1"),
        # A fracture is of the vertebra that it stands beside, not of the screws elsewhere.
        ("Fracture of the L2 screw.", "breakage affirmed L2"),
        ("L5 screw fracture.", "breakage affirmed L5"),
        ("The screw was loose in 1998.", "loosening historical"),
        ("Lucency about the screws at L2-3, 5-7 mm.", "loosening affirmed L2, L3"),
        ("Fusion absent at L4-5.", "solid-fusion denied L4-L5"),
        ("There is no\n1) Loosening of the L4 screw.", "loosening affirmed L4"),
        ("Fractures of L4, L5 and S1 screws.", "breakage affirmed L4, L5, S1"),
        ("Fracture of L5 right pedicle screw.", "breakage affirmed L5 right"),
        # What is excepted from a fusion is its level, whatever else is found there.
        ("Solid fusion except at L5-S1 where there is a broken screw.",
         "solid-fusion denied L5-S1"),
        ("Fused at all levels excluding L5-S1 with loose screws.", "solid-fusion denied L5-S1"),
        ("L4-S1 fused except L5-S1 where the screws are loose.", "solid-fusion denied L5-S1"),
        ("No loosening except for a halo at S1.", "loosening affirmed S1"),
        ("Cannot assess loosening, solid fusion at L4-5.", "solid-fusion possible L4-L5"),
        ("L4-5 = solid, L5-S1 = nonunion.", "nonunion affirmed L5-S1"),
        ("The screws show a fracture at L5.", "breakage affirmed L5"),
        # What was "not yet", "previously" or shorthand.
        ("There is no fusion yet at L5-S1.", "solid-fusion denied L5-S1"),
        ("Previously noted halo about the S1 screw has enlarged.", "loosening affirmed S1"),
        ("Neg. for hardware loosening.", "loosening denied"),
        ("Ø loosening", "loosening denied"),
        ("Loosening w/out fracture of the rods", "breakage denied"),
        ("Findings s/o implant loosening.", "loosening possible"),
        ("VAS back pain 8/10, leg pain 0/10.", "radicular denied"),
        ("His brother's report is here.\nLoosening at S1.", "loosening affirmed S1"),
        ("Solid at L4-5 full stop no loosening full stop", "solid-fusion affirmed L4-L5"),
        ("Windscreen-wipering of the S1 screws.", "loosening affirmed S1"),
        # A line that is wrapped goes on in the next one only, and a bullet begins a sentence.
        ("There is no\nnonunion\nLoosening of the L4 screws\n.", "loosening affirmed L4"),
        ("There is no evidence of\na loose screw at S1.", "loosening denied S1"),
        ("No change since\no Loosening of the L4 screw", "loosening affirmed L4"),
    ],
)  # fmt: skip
def test_a_sentence_states_what_it_says(text, statement):
    assert statement in stated(text)


@pytest.mark.parametrize(
    "text",
    [
        "No displaced fracture.",
        "No lucent bone lesion.",
        "Radiolucent PEEK interbody cage at L4-5.",
        "L4-5 disc migration with pedicle screws in situ.",
        "Graft resorption at L4-5 with screws in place.",
        "Loose bodies in the left L3-4 facet joint above the hardware.",
        "Fracture of the left L5 pedicle.",
        "Posterior instrumentation T11-L3 for L1 fracture.",
        "Fracture of L2 immediately above the construct.",
        "Disruption of the interspinous ligament above the construct.",
        "The L5 transverse process forms a pseudarthrosis with the ala (Castellvi II).",
        "Chronic ununited L5 pars defects.",
        "Status post L5-S1 pseudarthrosis repair.",
        "His brother's L5-S1 nonunion was revised.",
        "Prominent streak artifact from the hardware.",
        "The screws are felt to be well positioned.",
        "Subcutaneous edema overlying the hardware.",
        "Safety-netted re cauda equina syndrome.",
        "Advised to attend in the event of saddle anaesthesia.",
        "Bridging marginal spurs at L3-4.",
        "Cross-link bridging the rods at L3-4.",
        "Interbody fusion: None / Partial / Complete",
        "Evaluate for nonunion, solid fusion.",
        "Unable to evaluate for loosening, solid fusion.",
        "To rule out loosening, solid fusion L4-5.",
        "The L3 endplate is intact.",
        "Key: solid = bridging bone on at least 3 consecutive slices.",
        "Definition of fusion used here: continuous bony bridging without lucency.",
        "Grading: A = complete fusion, B = partial, C = nonunion.",
    ],
)
def test_words_of_something_else_state_nothing(text):
    assert [s for s in stated(text) if not s.startswith(("construct", "prior-fusion"))] == []


@pytest.mark.parametrize(
    "text",
    [
        "The upper level is solidly fused.",
        "Solid fusion of the top two levels.",
        "Solid fusion at the L4 level.",
        "L5 is solidly fused to the sacrum.",
        "Solid fusion at L5-L6.",
        "The right posterolateral fusion mass is solid.",
    ],
)
def test_solid_fusion_at_a_level_that_is_not_said_by_its_name_is_of_some(text):
    (found,) = [s for s in read_text(text) if s.target == "solid-fusion"]
    assert (found.reach, found.levels) == (Reach.SOME, NO_LEVELS)


@pytest.mark.parametrize(
    "level", ["L 4-5", "L4 / 5", "L4,5", "L4&5", "lumbar 4-5", "L4-5", "L4 and L5"]
)
def test_a_level_may_be_written_apart(level):
    assert "solid-fusion affirmed L4-L5" in stated(f"Solid fusion at {level}.")


@pytest.mark.parametrize("text", ["Lucency at the L4 screw, 5 mm.", "L4, 5 mm lucency at a screw."])
def test_a_measure_behind_a_level_is_none(text):
    assert "loosening affirmed L4" in stated(text)
