"""The arithmetic of the benchmark."""

import pytest

from tests.benchmarks.figures import Figure, difference, exponent, figure, percentile, ratio


def test_a_figure_is_the_median_with_its_quartiles():
    assert figure([5, 1, 4, 2, 3]) == Figure(3, 2, 4)


def test_one_sample_is_its_own_spread():
    assert figure([7.0]) == Figure(7.0, 7.0, 7.0)


def test_a_ratio_is_taken_in_every_round_so_that_drift_hits_both_alike():
    assert ratio([1, 2, 30], [2, 4, 60]) == Figure(0.5, 0.5, 0.5)


def test_rounds_that_do_not_belong_together_have_no_ratio():
    with pytest.raises(ValueError, match="shorter"):
        ratio([1, 2], [1])


def test_a_difference_is_taken_in_every_round():
    assert difference([11, 21, 31], [10, 20, 30]) == Figure(1, 1, 1)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100), (0.001, 1)]
)
def test_a_percentile_is_a_sample_that_so_many_do_not_exceed(share, expected):
    assert percentile(range(100, 0, -1), share) == expected


def test_the_percentile_of_few_samples_is_one_of_them():
    assert percentile([3.0, 1.0], 0.99) == 3.0
    assert percentile([3.0, 1.0], 0.5) == 1.0


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_the_exponent_of_a_power_is_found(power):
    sizes = [50, 200, 1500, 5000]
    assert exponent(sizes, [3 * size**power for size in sizes]) == pytest.approx(power)


def test_a_fixed_cost_makes_the_exponent_smaller_than_one():
    assert exponent([1, 10, 100], [100 + n for n in (1, 10, 100)]) < 0.2


@pytest.mark.parametrize(
    ("value", "shown"), [(0.12345, "0.123"), (1.5, "1.5"), (99.96, "100"), (1234.5, "1,234")]
)
def test_a_number_is_shown_with_three_digits(value, shown):
    assert str(Figure(value, value, value)).startswith(f"{shown} (")
