"""The page on defects tells what the code does."""

import re
from pathlib import Path

import pytest

from simulator.cim.reading_quality_type import ReadingQualityType
from simulator.defects import KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "defects.md").read_text("utf-8")
ROWS = {found[1]: found[0] for found in re.finditer(r"^\| `(\w+)` \|.*$", PAGE, re.MULTILINE)}


def test_the_table_has_every_kind_in_its_order() -> None:
    assert list(ROWS) == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_names_the_parameters_with_their_defaults(kind: str) -> None:
    cell = ROWS[kind].split("|")[-2]
    assert re.findall(r"`(\w+)` \((\d+)", cell) == [(one.name, str(one.default)) for one in KINDS[kind].parameters]


def test_qualities_are_called_what_the_table_of_the_standard_calls_them() -> None:
    for code, name in re.findall(r"\b([12]\.\d+\.\d+) ([a-z]\w+[A-Z]\w+|suspect)", PAGE):
        assert ReadingQualityType.parse(code).describe().endswith(f" {name}")
