"""A new firmware for meters. No control code has it (61968-9:2013, Annex F): an operator of the head end starts it.

Meters go through its stages by themselves: pending, downloaded, replaced, changed; each is an EndDeviceEvent.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from headend.operations.controls.device_stories import DeviceStories
from headend.operations.controls.stored_commands import FIRMWARE_UPDATE, stored_parameters
from headend.operations.fleet.meter_targets import find_targets
from headend.operations.identifiers import identifier
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, ObjectId, Reply
from headend.store import EndDeviceControl, UnitOfWork
from simulator.device import Parameters, Result

LONGEST_VERSION = 64


class UpdateFirmware:
    """Starts firmware updates in a fleet."""

    def __init__(self, stories: DeviceStories) -> None:
        self._fleet = stories.fleet
        self._stories = stories

    def start(
        self,
        version: str,
        devices: Sequence[ObjectReference],
        groups: Sequence[ObjectReference],
        now: datetime,
        work: UnitOfWork,
    ) -> Reply:
        """Begin an update; the reply's ID is the mRID under which it is kept, its errors are meters that refused.

        Raises Refusal: 1.8 for a version that is none, 1.7 without devices, 2.4 or 2.15 where none is known.
        """
        if not version.strip() or len(version) > LONGEST_VERSION:
            raise Refusal.because("1.8", f"{version!r} is no firmware version: it has 1 to {LONGEST_VERSION} letters")
        if not devices and not groups:
            raise Refusal.because("1.7", "a firmware update needs devices or groups")
        targets = find_targets(self._fleet, devices, (), groups)
        if not len(targets.meters):
            raise Refusal(*targets.errors)
        control = EndDeviceControl(
            mrid=identifier(self._fleet.spec.seed, "control", work.controls.next_number()),
            type_code=FIRMWARE_UPDATE,
            accepted=now,
            reason="firmware update",
            parameters=stored_parameters(Parameters(words={"version": version.strip()})),
        )
        telling = self._stories.tell(control, np.asarray(targets.meters), now, work)
        last = max(course.done for course in telling.courses)
        self._stories.keep(replace(telling, control=replace(control, executed=last)), now, work)
        refused = [
            Error("5.3", f"{device} could not do it: {course.why}", object_id=ObjectId(device, "uuid", "EndDevice"))
            for device, course in zip(telling.devices, telling.courses, strict=True)
            if course.result is not Result.SUCCEEDED and course.done <= now
        ]
        done = len(refused) < len(telling.devices)
        return Reply.of_parts(done, [*targets.errors, *refused], [ObjectId(control.mrid, "uuid", "EndDeviceControl")])
