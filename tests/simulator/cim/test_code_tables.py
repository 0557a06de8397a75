"""The rules of the code tables; never their rows one by one."""

from importlib.resources import files

import pytest

from simulator.cim.code_tables import rows

TABLES = sorted(entry.name.removesuffix(".tsv") for entry in files("simulator.cim").joinpath("codes").iterdir())
KEYS = {
    "argument": ("numerator", "denominator"),
    "interharmonic": ("numerator", "denominator"),
    "controls": ("pattern",),
    "quality-code": ("pattern",),
    "reading-type-examples": ("mrid",),
    "reading-type-fields": ("position",),
}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_no_row_twice(table: str) -> None:
    keys = [tuple(row[column] for column in KEYS.get(table, ("code",))) for row in rows(table)]
    assert len(set(keys)) == len(keys) > 0


@pytest.mark.parametrize("table", TABLES)
def test_every_row_fills_every_column(table: str) -> None:
    assert all(None not in row and None not in row.values() for row in rows(table))


@pytest.mark.parametrize("table", TABLES)
def test_no_cell_has_blanks_around_it(table: str) -> None:
    assert [cell for row in rows(table) for cell in row.values() if cell != cell.strip()] == []


def test_an_event_code_is_made_of_its_columns() -> None:
    for row in rows("events"):
        assert row["code"] == ".".join(row[part] for part in ("type", "domain", "subDomain", "eventOrAction"))


def test_a_control_code_is_made_of_its_columns() -> None:
    for row in rows("controls"):
        assert row["pattern"] == f"*.{row['domain']}.{row['subDomain']}.{row['action']}"
