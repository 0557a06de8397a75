"""Fleets that change while they run, for tests."""

from datetime import date
from pathlib import Path
from typing import Any

from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate
from simulator.fleet.growing_fleet import GrowingFleet
from simulator.fleet.imported_meters import read_meters
from simulator.fleet.registered_meters import RegisteredMeter
from simulator.meter_class import METER_CLASSES

TEN = MeterTemplate(name="ten", count=10, shares=(("residential", 5_000), ("commercial", 5_000)))
LIST = """\
mrid,name,class,usage_point,usage_point_mrid,transformer,feeder,substation,installed,firmware
a-1,Imported one,residential,Here,up-here,TX-1,North,West,2022-02-02,1.0
a-2,Imported two,gas,Here,up-here,TX-1,North,West,,
"""
UUID = "0f7e1c52-5a3b-4d0e-9a51-2f6d0c9be001"


def base_fleet(folder: Path, **settings: Any) -> Fleet:
    """Ten meters of a template and two of a list, at eleven usage points."""
    file = folder / "own.csv"
    file.write_text(LIST, "utf-8")
    return Fleet(FleetSpec(12, templates=(TEN,), imported=read_meters(file), **settings))


def ten_meters() -> GrowingFleet:
    """A fleet of ten meters, to which anything may happen."""
    return GrowingFleet(Fleet(FleetSpec(10, zone="Europe/Amsterdam", templates=(TEN,))))


def registered(
    mrid: str, name: str | None = None, class_name: str = "residential", at: str | None = None, **rest: Any
) -> RegisteredMeter:
    """A meter; unless `at` is the mRID of a usage point it has one of its own. Usage points are named UP of it."""
    point = at or f"up-{mrid}"
    return RegisteredMeter(
        mrid,
        name or f"Meter {mrid}",
        METER_CLASSES[class_name],
        point,
        rest.pop("point_name", f"UP of {point}"),
        rest.pop("installed", date(2024, 3, 1)),
        **rest,
    )
