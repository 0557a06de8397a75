"""The page on faults tells what the code does."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from headend.config import Settings
from headend.fault_form import FaultForm
from headend.operations.faults import FAULTS, FaultKind, SchemaBreak
from headend.operations.mischief import Direction
from headend.testing import HeadEnd

PAGE = (Path(__file__).parents[2] / "docs" / "faults.md").read_text("utf-8")
ROWS = {
    found[1]: [cell.strip() for cell in found[0].split("|")[2:-1]]
    for found in re.finditer(r"^\| `([a-z-]+)` \| (?:answers|messages).*$", PAGE, re.MULTILINE)
}


def test_the_table_has_every_kind() -> None:
    assert list(ROWS) == [kind.value for kind in FaultKind]


@pytest.mark.parametrize("kind", FaultKind)
def test_a_row_tells_what_a_kind_acts_on_and_takes(kind: FaultKind) -> None:
    acts_on, takes, _ = ROWS[kind.value]
    traits = FAULTS[kind]
    assert acts_on == ", ".join(f"{one.value}s" for one in Direction if one in traits.directions)
    told = [
        f"`{name}`" if value is None else f"`{name}` ({value:g})" if isinstance(value, float) else f"`{name}` ({value})"
        for name, value in traits.parameters.items()
    ]
    assert takes == ", ".join(told)


def test_each_way_to_break_the_schema_is_told() -> None:
    assert all(f"`{how.value}`" in ROWS["schema-invalid"][2] for how in SchemaBreak)


def test_the_settings_of_the_page_are_ones() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert [one.kind for one in Settings(**yaml.safe_load(text)).faults] == ["slow-drip", "reset"]


def test_the_test_of_the_page_passes() -> None:
    (text,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(text, names)
    with HeadEnd(meters=3) as headend:
        names["test_a_busy_head_end_is_asked_again"](headend)


def test_the_call_of_the_page_is_one() -> None:
    (text,) = re.findall(r"-d '(.*?)'", PAGE, re.DOTALL)
    assert FaultForm.model_validate_json(text).kind is FaultKind.REPLY_CODE
