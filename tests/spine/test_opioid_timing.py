"""A timing that no person can follow costs the dose, not the answer."""

import pytest

from cds_service.engine.datatypes import Dosage, DoseAndRate, Quantity, Timing, TimingRepeat
from hooks.spine.opioids.dose import mme_per_day
from hooks.spine.opioids.products import Product, ingredients

OXYCODONE = Product(ingredients()["7804"])


@pytest.mark.parametrize("period", [5e-324, 1e-9, 0.0, -1.0])
def test_a_period_shorter_than_a_minute_gives_no_dose(period):
    timing = Timing(repeat=TimingRepeat(frequency=1, period=period, period_unit="h"))
    dose = DoseAndRate(dose_quantity=Quantity(value=20.0, unit="mg", code="mg"))
    assert mme_per_day(OXYCODONE, [Dosage(timing=timing, dose_and_rate=[dose])]) is None


def test_every_six_hours_is_four_doses_a_day():
    timing = Timing(repeat=TimingRepeat(frequency=1, period=6.0, period_unit="h"))
    dose = DoseAndRate(dose_quantity=Quantity(value=20.0, unit="mg", code="mg"))
    assert mme_per_day(OXYCODONE, [Dosage(timing=timing, dose_and_rate=[dose])]) == pytest.approx(
        120
    )
