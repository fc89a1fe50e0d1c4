"""Typos that are forgiven: one letter from eight on, two from twelve on."""

import pytest

from hooks.spine.text.spelling import Spelling

TOLERANT = Spelling(["pseudarthrosis", "infection", "degeneration"], ["injection"])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("pseudarthrsis", "pseudarthrosis"),
        ("pseudarthhrosis", "pseudarthrosis"),
        ("degeneratxxn", "degeneration"),
        ("degeneratoin", "degeneration"),
        ("degneratin", "degneratin"),
        ("infecton", "infection"),
        ("infecto", "infecto"),
        ("injection", "injection"),
        ("weather", "weather"),
    ],
)
def test_a_long_word_with_a_typo_is_the_one_that_was_meant(written, meant):
    assert TOLERANT.respelled(written) == meant
