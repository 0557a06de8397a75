"""Rates of defects in a fleet file."""

from pathlib import Path

import pytest

from simulator.defect_rates import REALISTIC, DefectRates
from simulator.fleet.fleet_file import InvalidFleetFile, read_fleet


def _rates(folder: Path, conditions: str) -> DefectRates:
    file = folder / "fleet.yaml"
    file.write_text(f"templates: [{{name: any, count: 1}}]\nconditions:\n{conditions}", "utf-8")
    return read_fleet(file).conditions.defects


def test_rates_are_of_a_million_days_of_a_meter(tmp_path: Path) -> None:
    assert _rates(tmp_path, "  defects: {gap: 200, marked: false}") == DefectRates(gap=200, marked=False)


def test_defects_alone_may_be_realistic(tmp_path: Path) -> None:
    assert _rates(tmp_path, "  defects: realistic") == REALISTIC


@pytest.mark.parametrize(
    ("defects", "words"),
    [
        ("{gapp: 1}", "line 3: .*did you mean 'gap'"),
        ("{gap: 1.5}", "line 3: conditions.defects.gap: a whole number from 0 to 1000000"),
        ("{gap: 600000, late: 600000}", "line 3: conditions.defects: .* begin on 1200000 of 1000000 days"),
        ("{marked: 1}", "line 3: conditions.defects.marked: true or false is needed, not 1"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(tmp_path: Path, defects: str, words: str) -> None:
    with pytest.raises(InvalidFleetFile, match=words):
        _rates(tmp_path, f"  defects: {defects}")
