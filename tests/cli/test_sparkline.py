"""Rows of little bars."""

from hypothesis import given, settings
from hypothesis import strategies as st

from headend.sparkline import sparkline


def test_the_largest_value_is_the_highest_bar() -> None:
    assert sparkline([1, 4, 8]) == "▂▅█"


def test_only_zero_is_the_lowest_bar() -> None:
    assert sparkline([0, 0.001, 1000]) == "▁▂█"


def test_nothing_but_zero_is_flat() -> None:
    assert sparkline([0, 0]) == "▁▁"


def test_no_value_is_no_bar() -> None:
    assert sparkline([]) == ""


def test_too_many_values_are_averaged() -> None:
    assert sparkline([0, 0, 1, 3, 4, 4], width=3) == sparkline([0, 2, 4])


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 1e9), max_size=200), st.integers(1, 100))
def test_there_are_never_more_bars_than_fit(values: list[float], width: int) -> None:
    assert len(sparkline(values, width)) == min(len(values), width)
