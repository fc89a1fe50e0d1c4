"""A sentence to words and tags: levels, ranges, spoken numbers, typos, grades."""

from itertools import pairwise

import pytest

from hooks.spine.text.clauses import levels_of
from hooks.spine.text.lexicon import lexicon
from hooks.spine.text.tags import tags_of
from tests.spine.text import said, words_of


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Non-union at L4-5.", ["non", "union", "at", "l4-5"]),
        ("L4–5, L5/S1", ["l4-5", ",", "l5/s1"]),
        ("w/o loosening", ["w/o", "loosening"]),
        ("loosening/fracture", ["loosening", "/", "fracture"]),
        ("solid -> fused", ["solid", "→", "fused"]),
        ("Fusion....solid", ["fusion....solid"]),
        ("Fusion ........ solid", ["fusion", ":", "solid"]),
        ("the patient’s 'screw'", ["the", "patient", "screw"]),
        ("(solid)", ["(", "solid", ")"]),
        ("• intact", [",", "intact"]),
        ("-- - /", ["--", "-", "/"]),
        ("peri-screw/rod", ["peri", "screw", "/", "rod"]),
        ("", []),
    ],
)
def test_words_are_in_lower_case_with_marks_apart_and_levels_whole(sentence, words):
    assert words_of(sentence) == words


def test_a_sentence_without_end_is_read_to_its_four_hundredth_word():
    assert len(words_of("no " * 5_000)) == 400


@pytest.mark.parametrize(
    ("sentence", "levels"),
    [
        ("L4-S1", "L4-S1"),
        ("L4 to S1", "L4-S1"),
        ("L4 through the sacrum", "L4-S1"),
        ("L2 to the pelvis", "L2-S1, pelvis"),
        ("between L4 and L5", "L4-L5"),
        ("L4 and L5", "L4, L5"),
        ("L3-4, 4-5", "L3-L5"),
        ("L3-4 and 4-5", "L3-L5"),
        ("L4-5, 5-1", "L4-S1"),
        ("L4-5, 5-s1", "L4-S1"),
        ("4-5", ""),
        ("3-4 mm at L4-5", "L4-L5"),
        ("L four five", "L4-L5"),
        ("L five S one", "L5, S1"),
        ("S one", "S1"),
        ("L one and L two", "L1, L2"),
        ("four five level", "L4-L5"),
        ("lumbosacral junction", "L5-S1"),
        ("T1 and T2 images of L3", "L3"),
        ("T12-L1", "T12-L1"),
        ("left iliac bolt", "pelvis"),
        ("S2 alar-iliac screw", "pelvis"),
        ("S2-alar-iliac screw", "pelvis"),
        ("L2 to S2 alar iliac screws", "L2-S1, pelvis"),
        ("S2AI screw", "pelvis"),
        ("L45 and L5S1", "L4-S1"),
        ("L9", ""),
        ("L", ""),
        ("c to the t", ""),
    ],
)
def test_levels_are_read_as_they_are_written_and_spoken(sentence, levels):
    assert str(levels_of(tags_of(words_of(sentence), lexicon()))) == levels


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("psuedarthrosis at L4-5", ["nonunion affirmed L4-L5"]),
        ("pseudarthosis at L4-5", ["nonunion affirmed L4-L5"]),
        ("pseudoartrosis at L4-5", ["nonunion affirmed L4-L5"]),
        ("osteomyelitsi of L4", ["infection affirmed L4"]),
        ("loosenning of the screw", ["loosening affirmed"]),
        ("losse screw", []),
        ("solit fusion", []),
        ("fusde at L4-5", []),
        ("pseudobulbar affect", []),
    ],
)
def test_a_long_word_may_have_a_typo_and_a_short_one_never(text, expected):
    assert said(text) == expected


def test_may_before_a_number_is_the_month():
    assert said("Solid fusion at L4-5 on the CT of May 2024.") == ["solid-fusion affirmed L4-L5"]
    assert said("CT May 2024 shows solid fusion at L4-5.") == ["solid-fusion affirmed L4-L5"]
    assert said("Solid fusion at L4-5 may be present.") == ["solid-fusion possible L4-L5"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bridwell grade I at L4-5.", ["solid-fusion affirmed L4-L5"]),
        ("Bridwell 1 at L4-5.", ["solid-fusion affirmed L4-L5"]),
        ("Bridwell grade II at L4-5.", ["solid-fusion possible L4-L5"]),
        ("Bridwell grade III at L4-5.", ["solid-fusion denied L4-L5"]),
        ("Bridwell IV at L4-5.", ["solid-fusion denied L4-L5"]),
        ("Lenke A at L4-5.", ["solid-fusion affirmed L4-L5"]),
        ("Lenke B at L4-5.", ["solid-fusion possible L4-L5"]),
        ("Lenke grade D at L4-5.", ["solid-fusion denied L4-L5"]),
        ("BSF-3 at L4-5.", ["solid-fusion affirmed L4-L5"]),
        ("BSF score = 2 at L4-5.", ["solid-fusion possible L4-L5"]),
        ("BSF-1 at L4-5.", ["nonunion affirmed L4-L5"]),
        ("Brantigan-Steffee-Fraser classification 3 at L4-5.", ["solid-fusion affirmed L4-L5"]),
        ("Bridwell classification was used.", []),
        ("Bridwell grade V at L4-5.", []),
        ("Grade I at L4-5.", []),
        ("Bridwell grade I at L4-5, grade III at L5-S1.",
         ["solid-fusion affirmed L4-L5", "solid-fusion denied L5-S1"]),
    ],
)  # fmt: skip
def test_a_grade_counts_behind_the_name_of_its_scale(text, expected):
    assert said(text) == expected


def test_tags_stand_at_the_place_of_their_first_word():
    words = words_of("There is solid posterolateral fusion at L4-5")
    tags = tags_of(words, lexicon())
    assert all(words[tag.place] == tag.word for tag in tags)
    assert all(one.end <= other.place for one, other in pairwise(tags))
