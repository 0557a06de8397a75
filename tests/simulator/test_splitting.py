"""Splits: bounds that telescope, the same whether all of them or only a few are made."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.cascade.splitting import bounds_at, split, sums_at

weights_of = st.lists(st.integers(1, 8_191), min_size=1, max_size=300)


@given(weights=weights_of, energy=st.integers(0, 2**41))
@settings(deadline=None)
def test_the_parts_of_a_split_add_up_to_the_whole(weights: list[int], energy: int) -> None:
    bounds = split(np.array([energy], np.uint64), np.array([weights], np.uint64))[0].tolist()
    assert bounds == [energy * sum(weights[:part]) // sum(weights) for part in range(len(weights) + 1)]


@given(weights=weights_of, data=st.data(), energy=st.integers(0, 2**41))
@settings(deadline=None)
def test_a_few_bounds_are_those_of_all(weights: list[int], data: st.DataObject, energy: int) -> None:
    at = np.array(sorted(data.draw(st.sets(st.integers(0, len(weights))))), np.int64)
    of, whole = np.array([weights], np.uint64), np.array([energy], np.uint64)
    assert np.array_equal(bounds_at(whole, of, at), split(whole, of)[:, at])


@given(weights=weights_of, data=st.data())
@settings(deadline=None)
def test_sums_are_those_of_python(weights: list[int], data: st.DataObject) -> None:
    at = sorted(data.draw(st.sets(st.integers(0, len(weights)))))
    found = sums_at(np.array([[weights]], np.int32), np.array(at, np.int64))
    assert found.tolist() == [[[sum(weights[:bound]) for bound in at]]]


@pytest.mark.parametrize("step", [2, 3, 6, 12, 16])
@pytest.mark.parametrize("whole_day", [False, True])
def test_sums_on_a_grid_are_those_of_python(step: int, whole_day: bool) -> None:
    weights = np.arange(1, 289, dtype=np.int32)[np.newaxis]
    at = np.arange(0, 289 if whole_day else 288, step)
    assert sums_at(weights, at).tolist() == [[sum(range(1, bound + 1)) for bound in at.tolist()]]
