"""What there is to say of one meter, with a store and without one."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from headend.operations.fleet.meter_state import find_meter, meter_state
from headend.operations.outages import OutageRequest, start_outage
from headend.store import EndDeviceEvent, Store
from simulator.device import SwitchPosition
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FLEET = Fleet(FleetSpec(10))
METER = FLEET.meter(5)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(f"sqlite:///{tmp_path / 'headend.db'}")


def test_a_meter_is_found_by_its_mrid_in_any_case_and_by_its_name() -> None:
    assert find_meter(FLEET, METER.mrid.upper()) == find_meter(FLEET, METER.name) == METER


def test_a_meter_of_another_fleet_is_not_found() -> None:
    assert find_meter(FLEET, "M00000010") is None


def test_a_meter_that_nobody_touched_is_connected() -> None:
    state = meter_state(FLEET, METER, NOON, None)
    assert (state.switch, state.interruptions, state.events) == (SwitchPosition.CONNECTED, (), ())


def test_the_register_carries_its_resolution() -> None:
    (register,) = meter_state(FLEET, METER, NOON, None).registers
    assert (register.stamp, register.value.as_tuple().exponent) == (NOON, -3)
    assert register.value > Decimal(0)


def test_before_the_installation_there_is_no_register() -> None:
    assert meter_state(FLEET, METER, datetime(2019, 6, 1, tzinfo=UTC), None).registers == ()


def test_an_interruption_opens_the_switch_and_holds_the_register(store: Store) -> None:
    with store.writing() as work:
        work.interruptions.open(METER.mrid, NOON, "test")
    later = NOON + timedelta(hours=5)
    with store.reading() as work:
        state = meter_state(FLEET, METER, later, work)
    assert state.switch is SwitchPosition.DISCONNECTED
    assert state.registers[0].value == meter_state(FLEET, METER, NOON, None).registers[0].value


def test_an_outage_takes_power_and_leaves_the_switch(store: Store) -> None:
    with store.writing() as work:
        start_outage(FLEET, OutageRequest(node=METER.usage_point_name), NOON, work)
    with store.reading() as work:
        before, after = (meter_state(FLEET, METER, NOON + hours * timedelta(hours=1), work) for hours in (-1, 1))
    assert [before.has_power, after.has_power] == [True, False]
    assert after.switch is SwitchPosition.CONNECTED


def test_events_up_to_now_are_told_and_no_others_meters(store: Store) -> None:
    with store.writing() as work:
        work.events.add(
            EndDeviceEvent(mrid, device, "3.31.0.68", created)
            for mrid, device, created in (
                ("past", METER.mrid, NOON - timedelta(hours=1)),
                ("now", METER.mrid, NOON),
                ("future", METER.mrid, NOON + timedelta(hours=1)),
                ("elsewhere", FLEET.meter(6).mrid, NOON),
            )
        )
    with store.reading() as work:
        state = meter_state(FLEET, METER, NOON, work)
    assert [event.mrid for event in state.events] == ["past", "now"]


def test_a_meter_of_a_later_template_has_no_register_before_its_own_installation() -> None:
    late = MeterTemplate(name="late", count=1, installed=date(2026, 3, 3))
    fleet = Fleet(FleetSpec(1, templates=(late,)))
    assert meter_state(fleet, fleet.meter(0), NOON, None).registers == ()
    assert len(meter_state(fleet, fleet.meter(0), NOON + timedelta(days=1), None).registers) == 1
