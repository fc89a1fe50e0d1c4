"""Sides of orders and of what is documented."""

import pytest

from cds_service.engine.datatypes import CodeableConcept, Coding
from hooks.spine.laterality import is_opposite, names_of, side_of_orders, side_of_words
from tests.chart import order


@pytest.mark.parametrize(
    ("texts", "side"),
    [
        (("Left iliac screw",), "left"),
        (("RIGHT S1 screw",), "right"),
        (("bilateral screws",), "bilateral"),
        (("both iliac screws",), "bilateral"),
        (("left", "right"), "bilateral"),
        (("screws", None), ""),
        (("leftover screws",), ""),
        ((), ""),
    ],
)
def test_texts_name_a_side_together(texts, side):
    assert side_of_words(*texts) == side


def test_an_order_names_its_side_in_its_text_or_its_body_site():
    left = CodeableConcept([Coding("urn:x", "1", display="Left ilium")])
    assert side_of_orders([order("22852", text="Removal of right screw")]) == "right"
    assert side_of_orders([order("22852", sites=[left])]) == "left"
    assert side_of_orders([order("22852", text="right screw", sites=[left])]) == "bilateral"
    assert side_of_orders([]) == ""


def test_a_concept_is_named_by_its_text_and_its_codes():
    both = CodeableConcept([Coding("urn:x", "1", display="Left")], text="Side")
    assert names_of(both) == ["Side", "Left"]


@pytest.mark.parametrize(
    ("one", "other", "opposite"),
    [("left", "right", True), ("right", "left", True), ("left", "left", False),
     ("left", "bilateral", False), ("left", "", False), ("", "", False)],
)  # fmt: skip
def test_only_left_and_right_exclude_each_other(one, other, opposite):
    assert is_opposite(one, other) is opposite
