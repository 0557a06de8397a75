"""The pictures of the gallery can be drawn, and the pages show all of them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def test_every_picture_of_a_page_is_there_and_every_picture_is_shown() -> None:
    pages = "".join(path.read_text("utf-8") for path in DOCS.glob("*.md"))
    shown = set(re.findall(r"\(gallery/([\w-]+\.png)\)", pages))
    assert shown == {path.name for path in (DOCS / "gallery").glob("*.png")}


def test_a_class_and_an_outage_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from plots.gallery import draw_outage, draw_week
    from simulator.meter_class import METER_CLASSES

    draw_week(METER_CLASSES["solar_prosumer"], tmp_path)
    draw_outage(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outage.png", "week-solar_prosumer.png"]


def test_every_defect_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from plots.defects import draw_defects

    draw_defects(tmp_path)
    assert (tmp_path / "defects.png").stat().st_size > 50_000
