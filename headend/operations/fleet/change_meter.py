"""What an operator or a technician does at a meter itself, without a message of the standard."""

from datetime import datetime
from typing import Final

from headend.operations.controls.device_stories import DeviceStories
from headend.operations.declined import Declined, DeclineKind
from headend.operations.events.inject_events import EventInjection, Publish, inject_events
from headend.operations.references import ObjectReference
from headend.operations.reply import Reply
from headend.operations.update_firmware import UpdateFirmware
from headend.store import UnitOfWork
from simulator.fleet import Meter

_EVENT: Final = {True: "RCDSwitch.-.Disconnected", False: "RCDSwitch.-.Connected"}
_REASON: Final = "operated at the meter"


def move_switch(
    meter: Meter, is_open: bool, now: datetime, stories: DeviceStories, publish: Publish, work: UnitOfWork
) -> None:
    """Open or close the switch by hand, as a technician does; the meter tells of it, unless it stood so already.

    Commands that are still to come are carried out as they would have been. Raises Declined for a meter without a
    switch.
    """
    fleet = stories.fleet
    if not fleet.class_at(meter.index).has_switch:
        raise Declined(
            DeclineKind.CONFLICT,
            f"{meter.name} is a {fleet.class_at(meter.index).name} meter and has no switch",
            "name a meter whose class has one (docs/simulation.md)",
        )
    if not stories.move_switch(meter, is_open, now, work):
        return
    inject_events(
        EventInjection(
            event_type=_EVENT[is_open],
            meters=(ObjectReference("EndDevice", mrid=meter.mrid),),
            reason=_REASON,
        ),
        fleet,
        now,
        work,
        publish,
    )


def start_firmware_update(meter: Meter, version: str, now: datetime, stories: DeviceStories, work: UnitOfWork) -> Reply:
    """Begin to bring a firmware to a meter, which tells of each stage. Raises Refusal; see UpdateFirmware."""
    device = ObjectReference("EndDevice", mrid=meter.mrid)
    return UpdateFirmware(stories).start(version, (device,), (), now, work)
