"""The pictures of docs/simulation.md can be drawn, and the page shows all of them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "simulation.md"


def test_every_picture_of_the_page_is_there_and_every_picture_is_shown() -> None:
    shown = set(re.findall(r"\(gallery/([\w-]+\.png)\)", PAGE.read_text("utf-8")))
    assert shown == {path.name for path in (PAGE.parent / "gallery").glob("*.png")}


def test_a_class_and_an_outage_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from plots.gallery import draw_outage, draw_week
    from simulator.meter_class import METER_CLASSES

    draw_week(METER_CLASSES["solar_prosumer"], tmp_path)
    draw_outage(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outage.png", "week-solar_prosumer.png"]
