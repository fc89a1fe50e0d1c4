"""Words that state fusion only together: "solid" beside "fusion", grades, bare nouns (R3, R4)."""

import pytest

from tests.spine.text import said

AFFIRMED, POSSIBLE, DENIED = (
    [f"solid-fusion {stance} L4-L5"] for stance in ("affirmed", "possible", "denied")
)


@pytest.mark.parametrize(
    "text",
    [
        "The fusion at L4-5 is solid.",
        "The posterolateral mass at L4-5 appears solid.",
        "Solid L4-5.",
        "A mature posterolateral fusion mass at L4-5.",
        "Fusion: L4-5 solid.",
        "L4-5 fusion is complete.",
        "The arthrodesis at L4-5 is healed.",
        "The interbody graft at L4-5 is well healed.",
        "Fusion at L4-5: yes",
        "Robust bone at L4-5.",
        "Solid fusion at L4-5 for about half a year.",
        "The facets at L4-5 are ankylosed.",
    ],
)
def test_solid_said_of_a_fusion_states_it(text):
    assert said(text) == AFFIRMED


@pytest.mark.parametrize(
    "text",
    [
        "The screws at L4-5 are solid.",
        "The wound at L4-5 has healed.",
        "The L4-5 wound is well healed, fusion discussed with him.",
        "Solid renal mass.",
        "Complete visualization of L4-5.",
        "Mature adult with L4-5 cage.",
        "Fusion L4-5.",
        "Status of fusion at L4-5: n/a",
        "L4-5 posterolateral fusion in 2019.",
        "A solid screw in the bone.",
    ],
)
def test_solid_said_of_something_else_states_no_fusion(text):
    assert not [s for s in said(text) if s.startswith("solid-fusion affirmed")]


@pytest.mark.parametrize(
    "text",
    [
        "Early fusion at L4-5.",
        "Fusion: partial at L4-5",
        "Partial bridging at L4-5.",
        "Maturing fusion mass at L4-5 with some bridging.",
        "Near complete fusion at L4-5.",
        "Bridging bone of about 40% at L4-5.",
        "Bridging at L4-5 is progressing.",
        "Minimal bridging bone at L4-5.",
        "Interval increased bridging bone at L4-5.",
        "Fusion at L4-5 is uncertain.",
        "Fusion status at L4-5.",
        "Solid appearing fusion at L4-5.",
        "It is hoped that L4-5 is solidly fused.",
        "Solid fusion at L4-5 on one view only.",
        "Solid fusion lost at L4-5.",
        "Early fusion status uncertain at L4-5.",
    ],
)
def test_what_heals_or_is_only_hoped_for_is_possible(text):
    assert said(text) == POSSIBLE


@pytest.mark.parametrize(
    "text",
    [
        "Incomplete fusion at L4-5.",
        "Fusion: incomplete at L4-5",
        "Fusion: L4-5 incomplete",
        "Immature bridging bone at L4-5.",
        "Fusion at L4-5 is not yet solid.",
        "No fusion at L4-5.",
        "Fusion at L4-5 is not present.",
        "Fusion: not seen at L4-5.",
        "Fusion at L4-5: no",
        "Fusion at L4-5 is incomplete.",
        "Fusion remains poor at L4-5.",
        "The patient returns today and on the CT fusion at L4-5 remains poor.",
        "Bridging bone at L4-5 is insufficient.",
        "Bone fails to cross L4-5.",
        "Unbridged L4-5.",
    ],
)
def test_what_is_incomplete_is_no_fusion_and_no_nonunion(text):
    assert said(text) == DENIED


@pytest.mark.parametrize(
    "text",
    [
        "Fusion, early ambulation.",
        "Fusion: early disease above.",
        "Fusion at L4-5, the patient is present.",
        "L4-5 fusion with an incomplete examination.",
    ],
)
def test_a_bare_fusion_is_no_state_of_union_by_what_is_said_of_something_else(text):
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("Nonunion at L4-5.", "affirmed"),
        ("Ununited at L4-5.", "affirmed"),
        ("L4-5 is not fused.", "affirmed"),
        ("L4-5 failed to fuse.", "affirmed"),
        ("Vacuum cleft in the L4-5 cage.", "possible"),
        ("A gap in the fusion mass at L4-5.", "possible"),
        ("Motion on flexion-extension at L4-5.", "possible"),
        ("No nonunion at L4-5.", "denied"),
    ],
)
def test_nonunion_needs_its_own_word_and_never_makes_fusion_solid(text, stance):
    assert said(text) == [f"nonunion {stance} L4-L5"]


def test_a_noun_of_fusion_holds_for_the_sentences_of_its_line():
    assert said("The fusion was reviewed. It is solid.") == ["solid-fusion affirmed"]
    assert said("The fusion was reviewed.\n\nIt is solid.") == []
    assert said("Bridged at L4-5. It is solid.")[-1] == "solid-fusion affirmed"


def test_an_unfused_fracture_is_no_nonunion_of_the_fusion():
    assert said("Ununited fracture of the transverse process.") == []
    assert said("Ununited L4-5, no fracture.") == ["nonunion affirmed L4-L5"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lucency around the S1 screw.", ["loosening affirmed S1"]),
        ("Lucency in the S1 body.", []),
        ("No lucency.", ["loosening denied"]),
        ("Rod is intact.", ["breakage denied"]),
        ("Neurologically intact, hardware in place.", ["radicular denied"]),
        ("Compression fracture of L2 above the screws.", []),
        ("Fracture of the L5 screw.", ["breakage affirmed L5"]),
        ("Rod acute fracture at L4.", ["breakage affirmed L4"]),
        ("Acute fracture of the L5 screw.", ["breakage affirmed L5"]),
        ("Compression fracture; screw fracture at L5.", ["breakage affirmed L5"]),
        ("Stenosis at L3-4.", []),
        ("Stenosis above the fusion at L3-4.", ["adjacent-segment affirmed L3-L4"]),
        ("ASD at L3-4.", ["adjacent-segment affirmed L3-L4"]),
        ("ASD in childhood.", []),
        ("Palpable screw heads.", ["prominence affirmed"]),
        ("Palpable pulses. Screws.", []),
    ],
)
def test_a_word_that_needs_a_noun_counts_only_beside_it(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fusion: yes", ["solid-fusion affirmed"]),
        ("Fusion at L4-5: yes", ["solid-fusion affirmed L4-L5"]),
        ("Solid fusion at L4-5, 50 percent.", ["solid-fusion possible L4-L5"]),
    ],
)
def test_a_label_is_answered_with_yes_and_a_share_leaves_fusion_open(text, expected):
    assert said(text) == expected
