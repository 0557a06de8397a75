"""The page on nasty orderings tells what the code does."""

import re
from pathlib import Path

import pytest

from headend.operations.magic_names import MAGIC_NAMES, MAGIC_NOUNS, kind_of_name
from headend.operations.orderings import OF_ANSWERS, USUAL_DELAY_S, OrderingKind

PAGE = (Path(__file__).parents[2] / "docs" / "orderings.md").read_text("utf-8")
ROWS = {
    found[1]: [cell.strip() for cell in found[0].split("|")[2:-1]]
    for found in re.finditer(r"^\| `([a-z-]+)` \|.*$", PAGE, re.MULTILINE)
}


def test_the_table_has_every_kind() -> None:
    assert list(ROWS) == [kind.value for kind in OrderingKind]


@pytest.mark.parametrize("kind", OrderingKind)
def test_a_row_names_the_magic_name_and_the_usual_delay(kind: OrderingKind) -> None:
    magic, answer, _message, delay = ROWS[kind.value]
    assert MAGIC_NAMES[magic.strip("`")] is kind
    assert delay == (f"{USUAL_DELAY_S[kind]:g} s" if kind in USUAL_DELAY_S else "")
    assert (answer == "right") is (kind not in OF_ANSWERS)


def test_the_examples_of_names_are_right() -> None:
    (magic, usual) = re.findall(r"^`-`\. (.*) are late; (.*) are not\.", PAGE, re.MULTILINE)[0]
    assert {kind_of_name(name) for name in re.findall("`([^`]+)`", magic)} == {OrderingKind.LATE}
    assert {kind_of_name(name) for name in re.findall("`([^`]+)`", usual)} == {None}


def test_the_nouns_are_those_where_names_are_magic() -> None:
    found = re.search(r"^Names are magic in (.*?)\.", PAGE, re.MULTILINE)
    assert found is not None
    assert set(re.split(", | and ", found[1])) == MAGIC_NOUNS
