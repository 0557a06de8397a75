"""Whoever gives commands to a fleet whose state is in a store, without a head end around it."""

from datetime import datetime
from typing import Any

from headend.operations.controls.cancel_controls import CancelControls
from headend.operations.controls.control_devices import ControlDevices, ControlRequest, Sender
from headend.operations.controls.control_life_cycle import control_id
from headend.operations.controls.device_stories import DeviceStories
from headend.operations.controls.find_controls import NamedControls
from headend.operations.controls.publish_controls import ControlPublication
from headend.operations.events.publish_events import EventPublication
from headend.operations.fleet.meter_state import MeterState, meter_state
from headend.operations.references import ObjectReference
from headend.operations.reply import Reply
from headend.operations.update_firmware import UpdateFirmware
from headend.store import EventSelection, Store, UnitOfWork
from simulator.conditions import Conditions
from simulator.device import CommandBehaviour, Duration
from simulator.fleet import Fleet, FleetSpec
from tests.support.subscribed import told_by

SLOW = CommandBehaviour(
    switching=Duration(30, 60, 120),
    load_control=Duration(5, 10, 60),
    home_network=Duration(5, 10, 60),
    button=Duration(60, 600, 6_000),
    firmware_download=Duration(600, 600, 600),
    failures_per_million=50_000,
)
PROMPT_FLEET = Fleet(FleetSpec(20))
SLOW_FLEET = Fleet(FleetSpec(20, conditions=Conditions(commands=SLOW)))
SENDER = Sender("MDM", "correlation-1")


class Desk:
    """Gives commands to a fleet whose state is in a store."""

    def __init__(self, store: Store, fleet: Fleet = PROMPT_FLEET) -> None:
        self.store = store
        self.fleet = fleet
        publication = EventPublication(told_by(fleet, "http://mdm.test/"))
        told = ControlPublication(told_by(fleet))
        self.stories = DeviceStories(fleet, publication, told.renew)
        self.controls = ControlDevices(self.stories, told)
        self.cancel_controls = CancelControls(self.stories, told)
        self.firmware = UpdateFirmware(self.stories)

    def command(self, code: str, now: datetime, *meters: int, **given: Any) -> Reply:
        devices = tuple(ObjectReference("EndDevice", self.fleet.meter(one).mrid) for one in meters or (0,))
        request = ControlRequest(type_code=code, end_devices=devices, **given)
        with self.store.writing() as work:
            return self.controls.create([request], SENDER, now, work)

    def cancel(self, mrid: str, now: datetime) -> Reply:
        with self.store.writing() as work:
            return self.cancel_controls(NamedControls([control_id(mrid)]), SENDER, now, work)

    def state(self, now: datetime, meter: int = 0) -> MeterState:
        with self.store.reading() as work:
            return meter_state(self.fleet, self.fleet.meter(meter), now, work)

    def events(self, now: datetime) -> list[tuple[datetime, str]]:
        with self.store.reading() as work:
            return [(one.created, one.type_code) for one in work.events.find(EventSelection(until=now))]

    def everything(self) -> dict[str, list[Any]]:
        """All that would be told of the first three meters, now or ever, and all that is to be sent."""
        devices = [self.fleet.meter(one).mrid for one in range(3)]
        with self.store.reading() as work:
            return {
                "windows": [work.interruptions.of([one]).get(one) for one in devices],
                "states": [sorted(map(str, work.device_states.of([one]).get(one, ()))) for one in devices],
                "events": sorted(str(one) for one in work.events.find(EventSelection())),
                "messages": sorted(told(work)),
            }


def told(work: UnitOfWork) -> list[str]:
    """What is queued, event by event: when it may leave."""
    return [f"{one.not_before} {mrid}" for one in work.outbox.find(limit=10_000) for mrid in list(one.recipe or ())]
