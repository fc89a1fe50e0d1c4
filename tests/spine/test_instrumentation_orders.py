"""Codes of instrumentation that know no region: which are of the lower spine (rule 6)."""

import pytest

from hooks.spine.order_intent import recognise_revision
from tests.chart import CONTENT, order, orders

REMOVAL, FUSION = order("22852", name="removal"), order("22612", name="fusion")
ANTERIOR = order("22846", name="anterior")
LUMBAR = "122496007"
ANTERIOR_BY_NAME = order("22845", text="Anterior instrumentation; 2 to 3 vertebral segments")
POSTERIOR_BY_NAME = order("22842", text="Posterior instrumentation; 3 to 6 vertebral segments")


def revision(*judged, context=()):
    return recognise_revision(orders(*judged, context=context), CONTENT)


@pytest.mark.parametrize(
    "neck",
    [order("22551", name="neck"), order(text="ACDF C5-C6", name="neck"), order("71250")],
    ids=["by code", "by words", "none"],
)
def test_anterior_instrumentation_that_names_no_region_is_of_the_neck(neck):
    """Its name says "vertebral segments" wherever they are."""
    assert revision(neck, ANTERIOR_BY_NAME) is None
    assert revision(ANTERIOR_BY_NAME, context=[neck]) is None
    assert revision(neck, ANTERIOR) is None


@pytest.mark.parametrize(
    "members",
    [{"text": "Anterior plate L5-S1"}, {"sites": [LUMBAR]}, {"text": "Anterior lumbar plate"}],
    ids=str,
)
def test_anterior_instrumentation_is_ours_where_it_names_the_lower_spine(members):
    assert revision(order("22845", **members)).certain is False
    assert revision(order("22551", name="neck"), order("22845", **members)).certain is False


def test_anterior_instrumentation_beside_a_lumbar_fusion_belongs_to_it():
    assert len(revision(FUSION, ANTERIOR_BY_NAME).orders) == 2
    assert revision(REMOVAL, ANTERIOR_BY_NAME).combined


def test_vertebral_segments_are_no_region_beside_a_cervical_fusion():
    assert revision(order("22600", name="neck"), POSTERIOR_BY_NAME) is None
    assert revision(POSTERIOR_BY_NAME, context=[order("22600", name="neck")]) is None
    assert revision(POSTERIOR_BY_NAME).region_said is False
