"""Names that count: both ways, and when two ways of counting give the same name."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.fleet.numbered_names import NumberedNames

prefixes = st.sampled_from(["", "M", "M0", "M1", "M00", "1", "E-"])
patterns = st.builds(
    NumberedNames,
    prefix=prefixes,
    digits=st.integers(2, 4),
    count=st.integers(1, 40),
    start=st.integers(0, 59),
)


@given(names=patterns, offset=st.integers(0, 39))
@settings(deadline=None, max_examples=100)
def test_a_name_leads_back_to_its_offset(names: NumberedNames, offset: int) -> None:
    if offset < names.count:
        assert names.offset(names.name(offset)) == offset


@given(names=patterns)
@settings(deadline=None, max_examples=50)
def test_names_in_bulk_equal_single_ones(names: NumberedNames) -> None:
    offsets = list(range(names.count)) * 70  # a few are not written like many
    assert names.names(offsets) == [names.name(offset).encode() for offset in offsets]


@given(one=patterns, other=patterns)
@settings(deadline=None, max_examples=300)
def test_a_shared_name_is_found_exactly_where_there_is_one(one: NumberedNames, other: NumberedNames) -> None:
    both = set(one.names(range(one.count))) & set(other.names(range(other.count)))
    shared = one.shared_with(other)
    assert (shared is not None) == bool(both)
    assert shared is None or shared.encode() in both


@pytest.mark.parametrize("text", ["M000", "M061", "M0010", "m010", "M01", "M0x1"])
def test_a_number_out_of_range_or_form_is_no_name(text: str) -> None:
    assert NumberedNames("M", 3, count=60, start=1).offset(text) is None


def test_names_go_on_where_the_next_number_is_the_others_first() -> None:
    first, second = NumberedNames("M", 8, count=10), NumberedNames("M", 8, count=5, start=10)
    assert first.goes_on_in(second)
    assert first.joined_with(second).name(14) == "M00000014"
    assert not first.goes_on_in(NumberedNames("M", 8, count=5, start=11))
    assert not first.goes_on_in(NumberedNames("N", 8, count=5, start=10))
