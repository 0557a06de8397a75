"""Numbers leave as the decimal digits that were computed, never by way of a float."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.decimal_text import decimal_text, decimal_texts

INT64 = st.integers(-(2**63), 2**63 - 1)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0, 0, b"0"),
        (0, 3, b"0.000"),
        (42, 0, b"42"),
        (42, 3, b"0.042"),
        (12_345_678, 3, b"12345.678"),
        (-5, 3, b"-0.005"),
        (-12_345, 1, b"-1234.5"),
        (1_000_000, 6, b"1.000000"),
        (-(2**63), 0, b"-9223372036854775808"),
        (2**63 - 1, 18, b"9.223372036854775807"),
    ],
)
def test_a_value_has_all_its_decimals_and_a_digit_before_them(value: int, decimals: int, text: bytes) -> None:
    assert decimal_text(value, decimals) == text


@given(value=INT64, decimals=st.integers(0, 18))
@settings(deadline=None)
def test_the_text_is_the_number(value: int, decimals: int) -> None:
    assert Decimal(decimal_text(value, decimals).decode()) == Decimal(value).scaleb(-decimals)


@pytest.mark.parametrize("copies", [1, 100], ids=["few values", "many values"])
@given(values=st.lists(INT64, min_size=3, max_size=12), decimals=st.integers(0, 18))
@settings(max_examples=60, deadline=None)
def test_many_values_read_as_each_alone(copies: int, values: list[int], decimals: int) -> None:
    many = np.array(values * copies, dtype=np.int64)
    assert decimal_texts(many, decimals).tolist() == [decimal_text(value, decimals) for value in values] * copies


@pytest.mark.parametrize("shape", [(0,), (2, 3), (30, 40)])
def test_texts_have_the_shape_of_their_values(shape: tuple[int, ...]) -> None:
    assert decimal_texts(np.ones(shape, dtype=np.int64), 3).shape == shape


@pytest.mark.parametrize("decimals", [-1, 19])
def test_decimals_that_an_int64_cannot_have_are_refused(decimals: int) -> None:
    with pytest.raises(ValueError, match=f"0 to 18 decimals, not {decimals}"):
        decimal_text(1, decimals)
    with pytest.raises(ValueError, match=f"0 to 18 decimals, not {decimals}"):
        decimal_texts(np.ones(1000, dtype=np.int64), decimals)
