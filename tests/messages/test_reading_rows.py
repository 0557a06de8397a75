"""The fast rows and the general rows tell the same readings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from headend.messages.reading_rows import TABLED_VALUES, SpelledRows, TabledRows

OPENINGS = np.array([b"<r t='1'>", b"<r t='2'>", b"<r t='3'>"])
CLOSING = b"</r>\n"
TABLED = st.integers(0, TABLED_VALUES - 1)
ANY = st.integers(-(2**63), 2**63 - 1)


def without_blanks(row: bytes | memoryview) -> bytes:
    return bytes(row).replace(b"</r> ", b"</r>").replace(b" ", b"").replace(b"<rt", b"<r t")


def test_a_spelled_row_is_openings_values_and_closings() -> None:
    values = np.array([[5, -12_345, 10**12]])
    assert SpelledRows(OPENINGS, CLOSING, 3).rows(values) == [
        b"<r t='1'>0.005</r>\n<r t='2'>-12.345</r>\n<r t='3'>1000000000.000</r>\n"
    ]


def test_a_tabled_row_has_blanks_where_a_value_is_short() -> None:
    values = np.array([[5, 42, 1234]])
    (row,) = TabledRows(OPENINGS, CLOSING, 0).rows(values)
    assert bytes(row) == b"<r t='1'>5</r>   \n<r t='2'>42</r>  \n<r t='3'>1234</r>\n"


@given(
    values=arrays(np.int64, st.tuples(st.integers(0, 6), st.just(3)), elements=TABLED | ANY),
    decimals=st.integers(0, 6),
)
@settings(deadline=None)
def test_tabled_and_spelled_rows_tell_the_same(values: np.ndarray, decimals: int) -> None:
    tabled = TabledRows(OPENINGS, CLOSING, decimals).rows(values)
    spelled = SpelledRows(OPENINGS, CLOSING, decimals).rows(values)
    assert [without_blanks(row) for row in tabled] == [bytes(row) for row in spelled]


@pytest.mark.parametrize("value", [-1, TABLED_VALUES - 1, TABLED_VALUES, -(2**63)])
def test_the_edges_of_the_table_are_right(value: int) -> None:
    (row,) = TabledRows(OPENINGS, CLOSING, 0).rows(np.array([[7, value, 7]]))
    assert f"<r t='2'>{value}</r>".encode() in bytes(row)


def test_a_row_reads_the_same_whatever_its_neighbours() -> None:
    values = np.array([[1, 2, 3], [TABLED_VALUES, 2, 3], [4, 5, 6]])
    together = [bytes(row) for row in TabledRows(OPENINGS, CLOSING, 0).rows(values)]
    alone = [bytes(TabledRows(OPENINGS, CLOSING, 0).rows(values[row : row + 1])[0]) for row in range(3)]
    assert together == alone


def test_a_page_is_used_again_for_fewer_and_for_more_meters() -> None:
    rows = TabledRows(OPENINGS, CLOSING, 0)
    values = np.arange(15).reshape(5, 3)
    expected = [bytes(row) for row in rows.rows(values)]
    assert [bytes(row) for row in rows.rows(values[3:])] == expected[3:]
    assert [bytes(row) for row in rows.rows(np.tile(values, (2, 1)))] == expected * 2
