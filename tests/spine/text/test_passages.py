"""Texts to sentences with their sections and offsets (clinical.md, R1)."""

import pytest

from hooks.spine.text.passages import passages, punctuated
from hooks.spine.text.plain import LIMIT

REPORT = """CT LUMBAR SPINE WITHOUT CONTRAST
INDICATION: Pain. Evaluate for nonunion.
COMPARISON: CT of 2024.

FINDINGS:
Hardware: Screws are intact. No lucency.
Solid fusion at L4-5.

IMPRESSION:
1. Solid fusion.
2. No loosening.
ADDENDUM: L5-S1 is not fused.
"""


def sentences(text, section="findings"):
    return [text[p.start : p.end] for p in passages(text, section)]


def sections(text, section="findings"):
    return [(p.section, text[p.start : p.end]) for p in passages(text, section)]


def test_each_sentence_of_a_report_stands_in_its_section():
    assert sections(REPORT) == [
        ("findings", "CT LUMBAR SPINE WITHOUT CONTRAST"),
        ("ignored", "Pain."),
        ("ignored", "Evaluate for nonunion."),
        ("ignored", "CT of 2024."),
        ("findings", "Hardware: Screws are intact."),
        ("findings", "No lucency."),
        ("findings", "Solid fusion at L4-5."),
        ("impression", "1."),
        ("impression", "Solid fusion."),
        ("impression", "2."),
        ("impression", "No loosening."),
        ("addendum", "L5-S1 is not fused."),
    ]


@pytest.mark.parametrize("text", [REPORT, REPORT.replace("\n", "\r\n"), "  \n\n x. \n\t y  \n"])
def test_offsets_cut_the_sentence_out_of_the_text_without_blanks(text):
    found = list(passages(text))
    assert found
    for p in found:
        assert text[p.start : p.end] == text[p.start : p.end].strip() != ""
    assert [p.start for p in found] == sorted(p.start for p in found)


def test_a_wrapped_line_is_one_sentence_with_the_line_break_inside():
    text = "The posterolateral fusion mass\nis solid at L4-5. No loosening."
    assert sentences(text) == ["The posterolateral fusion mass\nis solid at L4-5.", "No loosening."]


@pytest.mark.parametrize(
    "text",
    [
        "There is no evidence of\nLoosening.",
        "Loosening, fracture,\nOr prominence.",
        "The fusion mass between the transverse processes on both sides at\nL4-5 is solid.",
        "Mature trabecular bone is seen through the cage and the facet joints\nL4-5 and below.",
        "Mature trabecular bone is seen through the cage and the facet joints\n4-5 and below.",
    ],
    ids=["open end", "comma", "open end before a level", "long line", "long line before a number"],
)
def test_a_line_that_ends_in_the_middle_goes_on_in_the_next(text):
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "Solid fusion\nNo loosening",
        "No loosening\n- screws intact",
        "No loosening\n• screws intact",
        "No loosening\n2) screws intact",
        "No loosening\n(2) screws intact",
        "No loosening\n[ ] screws broken",
        "No loosening:\nscrews intact",
        "No loosening\nscrews: intact",
        "No loosening\n\nscrews intact",
        "Mature trabecular bone is seen through the cage and both facet joints\nScrews are intact",
    ],
)
def test_items_labels_and_new_beginnings_are_lines_of_their_own(text):
    assert len(sentences(text)) > 1
    assert "\n" not in "".join(sentences(text))


@pytest.mark.parametrize(
    "text",
    [
        "Lucency of 2.5 mm at L5.",
        "Compared with Dr. Smith's report, loosening.",
        "Loosening, as was seen by\nDr. Smith at L5.",
        "Loosening (approx. 2 mm) at L5.",
        "Loosening, e.g. lucency at L5.",
        "Fusion........ solid",
        "Loosening? None.",
        "?loose S1 screws",
        "cf. the prior study",
        "L4-5.fused",
    ],
)
def test_no_sentence_ends_at_a_decimal_an_abbreviation_a_leader_or_an_answered_question(text):
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Solid.No loosening.", ["Solid.", "No loosening."]),
        ("Is it solid? It is.", ["Is it solid?", "It is."]),
        ("Solid! No loosening", ["Solid!", "No loosening"]),
        ("Solid?", ["Solid?"]),
        ("Solid? Loose screws.", ["Solid?", "Loose screws."]),
    ],
)
def test_a_sentence_ends_at_its_mark(text, parts):
    assert sentences(text) == parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IMPRESSION\nSolid.", [("impression", "Solid.")]),
        ("IMPRESSION (final):\nSolid.", [("impression", "Solid.")]),
        ("Impression:\nSolid.", [("impression", "Solid.")]),
        ("**Impression:** Solid.", [("impression", "** Solid.")]),
        ("3. Impression: Solid.", [("findings", "3."), ("impression", "Solid.")]),
        ("INDICATION: Nonunion? FINDINGS: Solid.", [("ignored", "Nonunion?"),
                                                    ("findings", "Solid.")]),
        ("INDICATION: Nonunion? Impression: Solid.", [("ignored", "Nonunion?"),
                                                      ("impression", "Solid.")]),
        ("Indication: Loose. Findings: Solid.", [("ignored", "Loose."), ("findings", "Solid.")]),
        ("INDICATION pain IMPRESSION: Solid.", [("findings", "INDICATION pain"),
                                                ("impression", "Solid.")]),
        ("PMH: nonunion.\nPLAN: revise.", [("history", "nonunion."), ("plan", "revise.")]),
        ("HPI: loose.", [("told", "loose.")]),
    ],
)  # fmt: skip
def test_a_heading_opens_its_section(text, expected):
    assert sections(text) == expected


def test_an_examination_is_a_title_with_a_modality_and_a_body_without():
    assert sections("EXAM: CT lumbar spine. Loose.")[0][0] == "ignored"
    assert sections("Exam: tender over the screws.")[0][0] == "findings"


def test_findings_begin_behind_a_blank_line_where_no_heading_says_so():
    text = "INDICATION: nonunion\n\nSolid fusion."
    assert sections(text) == [("ignored", "nonunion"), ("findings", "Solid fusion.")]
    with_heading = "INDICATION: nonunion\n\nSolid fusion wanted.\nFINDINGS: Loose."
    assert sections(with_heading)[1] == ("ignored", "Solid fusion wanted.")


def test_a_label_of_hardware_opens_findings_and_leaves_an_impression_what_it_is():
    assert sections("TECHNIQUE: CT.\nHardware: loose.")[1] == ("findings", "Hardware: loose.")
    assert sections("HPI: pain.\nHardware: loose.")[1] == ("findings", "Hardware: loose.")
    assert sections("IMPRESSION: x.\nHardware: loose.")[1] == ("impression", "Hardware: loose.")
    assert sections("TECHNIQUE: CT.\nL4-5: solid.")[1] == ("findings", "L4-5: solid.")
    assert sections("TECHNIQUE: CT.\nState of the bone: solid.")[1][0] == "findings"
    assert sections("TECHNIQUE: CT.\nReason asked: solid?")[1][0] == "ignored"


def test_a_heading_behind_a_label_in_one_line_is_found():
    text = "Hardware: intact. Impression: Solid."
    assert sections(text) == [("findings", "Hardware: intact."), ("impression", "Solid.")]


def test_sentences_of_one_line_share_its_number_and_a_blank_line_is_counted():
    text = "Hardware: intact. No lucency.\nSolid.\n\nLoose."
    lines = [p.line for p in passages(text)]
    assert lines[0] == lines[1] < lines[2] < lines[3]


def test_the_section_before_any_heading_is_the_one_given():
    assert sections("Solid.", "impression") == [("impression", "Solid.")]


def test_a_dictated_text_gets_its_marks_and_keeps_its_length():
    dictated = "solid fusion at L4-5 period no loosening comma no fracture period"
    written = punctuated(dictated)
    assert len(written) == len(dictated)
    assert sentences(written) == ["solid fusion at L4-5.", "no loosening,      no fracture."]
    assert punctuated("over a long period of time") == "over a long period of time"


@pytest.mark.parametrize("text", ["", "\n", " \n\t\r\n ", "\u00a0"])
def test_a_text_without_words_has_no_sentence(text):
    assert sentences(text) == []


def test_only_the_first_64_kib_are_read():
    assert list(passages(" " * LIMIT + "Solid.")) == []
    assert sentences("Solid. " + " " * LIMIT) == ["Solid."]


def test_a_label_ends_with_its_sentence_and_a_heading_behind_it_counts():
    line = "Hardware: intact. IMPRESSION: Solid fusion. No loosening."
    assert [section for section, _ in sections(line)] == ["findings", "impression", "impression"]


def test_a_heading_in_small_letters_inside_a_sentence_is_none():
    line = "He told us of the whole impression: solid."
    assert sections(line) == [("findings", line)]


def test_a_wrapped_line_does_not_go_on_in_a_heading_or_behind_a_full_stop():
    assert sections("The screws are\nimpression: solid fusion") == [
        ("findings", "The screws are"),
        ("impression", "solid fusion"),
    ]
    assert [p.line for p in passages("Solid fusion.  \nno loosening")] == [0, 1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Comparison: None.\nRod fracture.", [("ignored", "None."), ("findings", "Rod fracture.")]),
        ("COMPARISON:\nCT of 2024.\nRod fracture.",
         [("ignored", "CT of 2024."), ("findings", "Rod fracture.")]),
        ("Comparison: CT.\nSolid then.\nFindings: Loose.",
         [("ignored", "CT."), ("ignored", "Solid then."), ("findings", "Loose.")]),
        ("Technique: CT.\nAxial images.", [("ignored", "CT."), ("ignored", "Axial images.")]),
    ],
)  # fmt: skip
def test_what_is_compared_with_stands_on_one_line_unless_findings_are_headed(text, expected):
    assert sections(text) == expected
