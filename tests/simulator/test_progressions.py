"""Index arrays as slices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.cascade.progressions import as_slice


@pytest.mark.parametrize(
    ("indices", "expected"),
    [([], slice(0, 0)), ([3], slice(3, 4)), ([0, 1, 2], slice(0, 3, 1)), ([1, 4, 7], slice(1, 8, 3))],
)
def test_an_even_progression_is_a_slice(indices: list[int], expected: slice) -> None:
    assert as_slice(np.array(indices, np.int64)) == expected


@given(indices=st.lists(st.integers(0, 40), max_size=6))
def test_the_slice_selects_the_same(indices: list[int]) -> None:
    array = np.array(indices, np.int64)
    assert np.arange(41)[as_slice(array)].tolist() == indices
