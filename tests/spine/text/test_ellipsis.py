"""What a sentence without a word of its own says of the one before."""

import pytest

from tests.spine.text import stated

SOLID = "solid-fusion affirmed L3-L5"


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        ("L5-S1 is not.", "solid-fusion denied L5-S1"),
        ("L5/S1, however, is not.", "solid-fusion denied L5-S1"),
        ("Only L5-S1 is not.", "solid-fusion possible L5-S1"),
        ("The exception is L5-S1.", "solid-fusion possible L5-S1"),
        ("Not so on the right.", "solid-fusion denied right"),
        ("The posterior fusion is not.", "solid-fusion denied"),
    ],
)
def test_a_few_words_take_solid_fusion_back(sentence, statement):
    assert stated(f"Solid fusion at L3-4 and L4-5. {sentence}") == [SOLID, statement]


@pytest.mark.parametrize(
    "sentence",
    [
        "The level above is not.",
        "The L5 nerve root is not compressed.",
        "L5 is not fractured.",
        "This is not the level of pain.",
        "At L5-S1 the disc and the facets are not as they were seen before.",
    ],
)
def test_a_sentence_about_something_else_does_not(sentence):
    assert stated(f"Solid fusion at L3-4 and L4-5. {sentence}") == [SOLID]


def test_only_the_sentence_before_is_meant():
    text = "Solid fusion at L3-4 and L4-5. The canal is wide. L5-S1 is not."
    assert stated(text) == [SOLID]


def test_what_is_denied_is_not_denied_again():
    assert stated("No solid fusion at L4-5. L5-S1 is not.") == ["solid-fusion denied L4-L5"]
