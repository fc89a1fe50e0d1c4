"""Whole sentences, each of which a small change of the reader has once been found to misread."""

import pytest

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
        # A line that is wrapped goes on in the next one only, and a bullet begins a sentence.
        ("There is no\nnonunion\nLoosening of the L4 screws\n.", "loosening affirmed L4"),
        ("There is no evidence of\na loose screw at S1.", "loosening denied S1"),
        ("No change since\no Loosening of the L4 screw", "loosening affirmed L4"),
    ],
)  # fmt: skip
def test_a_sentence_states_what_it_says(text, statement):
    assert statement in stated(text)
