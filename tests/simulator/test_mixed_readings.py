"""Meters of several kinds in one request: each has its own series, in the order that was asked for."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.cim.reading_type import ReadingType
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate
from simulator.meter_class import METER_CLASSES
from simulator.meter_kinds import kind_of, meter_kinds
from simulator.quantities import channel, default_reading_types
from simulator.readings import latest_series, mixed_blocks
from tests.simulator.mixed_fleet import FLEET, block, first_of, series
from tests.support.history import switched_off

ENERGY = series(["0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"], "2026-06-09T00:00", "2026-06-10T00:00")
REVERSE = [*ENERGY, *series(["0.0.7.4.19.1.12.0.0.0.0.0.0.0.0.0.72.0"], "2026-06-09T00:00", "2026-06-10T00:00")]
VOLUME = series(["0.0.7.4.1.9.58.0.0.0.0.0.0.0.0.0.42.0"], "2026-06-09T00:00", "2026-06-10T00:00")
ASSORTMENTS = [ENERGY, REVERSE, VOLUME, []]
OF_CLASS = {"solar_prosumer": 1, "water": 2, "gas": 3}
OF_KIND = [OF_CLASS.get(kind.meter_class.name, 0) for kind in meter_kinds(FLEET)]


@given(meters=st.lists(st.integers(0, len(FLEET) - 1), min_size=1, max_size=40), block_values=st.integers(1, 3_000))
@settings(deadline=None, max_examples=20)
def test_each_meter_has_the_series_of_its_kind_in_its_place(meters: list[int], block_values: int) -> None:
    found: list[tuple[int, list[list[int]]] | None] = []
    for mixed in mixed_blocks(FLEET, np.array(meters), ASSORTMENTS, OF_KIND, block_values=block_values):
        rows: list[tuple[int, list[list[int]]] | None] = [None] * mixed.size
        for number, places, readings in mixed.parts:
            assert len(readings.values) == len(ASSORTMENTS[number])
            for at, place in enumerate(places.tolist()):
                rows[place] = (int(readings.meters[at]), [values[at].tolist() for values in readings.values])
        found += rows
    expected = []
    for meter in meters:
        number = OF_KIND[int(kind_of(FLEET, [meter])[0])]
        values = [one[0].tolist() for one in block(ASSORTMENTS[number], meter).values] if ASSORTMENTS[number] else None
        expected.append(None if values is None else (meter, values))
    assert found == expected


def test_an_interruption_stops_every_flow_of_a_meter() -> None:
    meter = first_of("solar_prosumer")
    window = (int(ENERGY[0].stamps[9]), int(ENERGY[0].stamps[14]))
    forward, reverse = block(REVERSE, meter, history=switched_off({meter: [window]})).values
    assert not forward[0, 10:15].any()
    assert not reverse[0, 10:15].any()
    assert reverse[0].any()


def test_a_kind_delivers_what_its_template_says_or_else_what_its_class_does() -> None:
    wanted = ReadingType.parse("0.0.5.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0")
    templates = (
        MeterTemplate(name="told", count=5, reading_types=(wanted,)),
        MeterTemplate(name="usual", count=5, shares=(("water", 10_000),)),
    )
    fleet = Fleet(FleetSpec(10, templates=templates))
    kinds = meter_kinds(fleet)
    of_meters = [kinds[position].default_reading_types() for position in kind_of(fleet, [0, 9]).tolist()]
    assert of_meters == [(wanted,), default_reading_types(METER_CLASSES["water"])]


def test_a_kind_that_no_meter_can_be_of_does_not_occur() -> None:
    occurring = {
        (kind.template.name, kind.meter_class.name) for kind in meter_kinds(FLEET) if kind.occurs and kind.template
    }
    assert occurring == {(name, name) for name in METER_CLASSES}


@pytest.mark.parametrize("name", ["commercial", "solar_prosumer", "gas"])
def test_values_of_default_types_do_not_depend_on_the_other_series(name: str) -> None:
    codes = [one.mrid for one in default_reading_types(METER_CLASSES[name])]
    together = block(series(codes, "2026-06-08T00:00", "2026-06-10T00:00"), first_of(name)).values
    alone = [block(series([code], "2026-06-08T00:00", "2026-06-10T00:00"), first_of(name)).values[0] for code in codes]
    assert [one.tolist() for one in together] == [one.tolist() for one in alone]


def test_every_channel_of_the_defaults_has_a_latest_value() -> None:
    now = datetime(2026, 6, 15, 10, 7, tzinfo=UTC)
    for meter_class in METER_CLASSES.values():
        channels = [channel(one) for one in default_reading_types(meter_class)]
        found = latest_series(channels, calendar=FLEET.calendar, installed=FLEET.installed, now=now)
        assert [len(one.stamps) for one in found] == [1] * len(channels), meter_class.name
