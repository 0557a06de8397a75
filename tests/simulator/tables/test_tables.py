"""Tables on disk: what is written is what was given, and what is said of a file is true."""

import csv
import hashlib
import io
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.decimal_text import decimal_text
from simulator.tables import (
    Column,
    FileFormat,
    Instants,
    Kind,
    NumberLists,
    Numbers,
    ParquetMissing,
    Texts,
    create_table,
    csv_onto,
)

NAME = Column("name", Kind.TEXT, "a text")
WHEN = Column("when", Kind.INSTANT, "an instant")
AMOUNT = Column("amount", Kind.NUMBER, "a number")
AMOUNTS = Column("amounts", Kind.NUMBERS, "numbers")
ALL = (NAME, WHEN, AMOUNT, AMOUNTS)
INT64 = st.integers(-(2**63), 2**63 - 1)


def numbers(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def some_of_everything() -> tuple[Texts, Instants, Numbers, NumberLists]:
    return (
        Texts([b"plain", b"", b'Zo\xc3\xab, "the" meter']),
        Instants(numbers(0, 1_774_746_000, 5), np.array([True, True, False])),
        Numbers(numbers(-5, 12_345, 7), 3, np.array([True, True, False])),
        NumberLists(numbers(1, 2, 3, 123_456), numbers(3, 0, 1), 0, np.array([True, False, True, True])),
    )


def test_csv_spells_instants_in_utc_numbers_by_their_digits_and_leaves_out_what_is_missing() -> None:
    target = io.BytesIO()
    with csv_onto(target, ALL) as table:
        table.write(*some_of_everything())
    assert target.getvalue().decode() == (
        "name,when,amount,amounts\n"
        "plain,1970-01-01T00:00:00Z,-0.005,1;;3\n"
        ",2026-03-29T01:00:00Z,12.345,\n"
        '"Zoë, ""the"" meter",,,123456\n'
    )


@given(values=st.lists(st.integers(0, 12_000) | INT64, min_size=1), decimals=st.integers(0, 6))
def test_every_number_is_spelled_by_its_digits(values: list[int], decimals: int) -> None:
    target = io.BytesIO()
    with csv_onto(target, [AMOUNT]) as table:
        table.write(Numbers(numbers(*values), decimals))
    assert target.getvalue().splitlines()[1:] == [decimal_text(value, decimals) for value in values]


@given(texts=st.lists(st.text(st.characters(exclude_characters="\0\r", codec="utf-8"), min_size=1), min_size=1))
def test_any_text_is_read_back_by_a_csv_reader(texts: list[str]) -> None:
    target = io.BytesIO()
    with csv_onto(target, [NAME, AMOUNT]) as table:
        table.write(Texts([text.encode() for text in texts]), Numbers(np.arange(len(texts))))
    rows = list(csv.DictReader(io.StringIO(target.getvalue().decode(), newline="")))
    assert [row["name"] for row in rows] == texts


@pytest.mark.parametrize("file_format", FileFormat)
def test_a_file_is_told_with_its_rows_size_and_hash(tmp_path: Path, file_format: FileFormat) -> None:
    if file_format is FileFormat.PARQUET:
        pytest.importorskip("pyarrow")
    with create_table(tmp_path, "deep/er", ALL, file_format) as table:
        table.write(*some_of_everything())
        table.write(*some_of_everything())
        written = table.close()
    content = (tmp_path / written.path).read_bytes()
    assert (written.path, written.rows) == (f"deep/er.{file_format.value}", 6)
    assert (written.size_bytes, written.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_parquet_holds_the_same_as_csv(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    with create_table(tmp_path, "all", ALL, FileFormat.PARQUET) as table:
        table.write(*some_of_everything())
        table.close()
    rows = parquet.read_table(tmp_path / "all.parquet").to_pylist()
    assert [row["name"] for row in rows] == ["plain", None, 'Zoë, "the" meter']
    assert [row["when"] and row["when"].isoformat() for row in rows] == [
        "1970-01-01T00:00:00+00:00",
        "2026-03-29T01:00:00+00:00",
        None,
    ]
    assert [row["amount"] for row in rows] == [-0.005, 12.345, None]
    assert [row["amounts"] for row in rows] == [[1, None, 3], [], [123456]]


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    create_table(tmp_path, "none", ALL, FileFormat.PARQUET).close()
    assert parquet.read_table(tmp_path / "none.parquet").column_names == ["name", "when", "amount", "amounts"]


def test_without_pyarrow_parquet_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ParquetMissing, match=r"pip install 'headend\[parquet\]'"):
        create_table(tmp_path, "some", ALL, FileFormat.PARQUET)
    assert list(tmp_path.iterdir()) == []


def test_no_file_is_written_over(tmp_path: Path) -> None:
    create_table(tmp_path, "some", ALL, FileFormat.CSV).close()
    with pytest.raises(FileExistsError):
        create_table(tmp_path, "some", ALL, FileFormat.CSV)


@pytest.mark.parametrize(
    "batch",
    [
        (Texts([b"a"]), Numbers(numbers(1, 2))),
        (Numbers(numbers(1)), Numbers(numbers(1))),
        (Texts([b"a"]),),
    ],
    ids=["rows", "kinds", "columns"],
)
def test_a_batch_of_another_shape_is_refused(batch: tuple[Texts | Numbers, ...]) -> None:
    with pytest.raises(ValueError, match="equally many rows"), csv_onto(io.BytesIO(), [NAME, AMOUNT]) as table:
        table.write(*batch)
