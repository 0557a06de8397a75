"""Windows in time, and their union."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.windows import Window, inside, union

instants = st.integers(0, 60)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start = draw(instants)
    return start, draw(st.none() | st.integers(start + 1, 61))


def covered(given_windows: list[Window]) -> set[int]:
    return {
        instant
        for instant in range(70)
        for start, end in given_windows
        if start <= instant < (70 if end is None else end)
    }


@given(some=st.lists(windows(), max_size=6))
def test_a_union_covers_what_its_windows_do(some: list[Window]) -> None:
    assert covered(list(union(some))) == covered(some)


@given(some=st.lists(windows(), max_size=6))
def test_a_union_is_disjoint_and_ascending(some: list[Window]) -> None:
    merged = union(some)
    for (_, end), (start, _) in pairwise(merged):
        assert end is not None
        assert end < start  # windows that touch are one


@given(some=st.lists(windows(), max_size=6))
def test_an_instant_is_inside_from_a_start_on_and_before_the_end(some: list[Window]) -> None:
    asked = np.arange(70)
    assert set(asked[inside(some, asked)].tolist()) == covered(some)
