"""EndDeviceControls to subscribers: created, changed, canceled, closed and deleted ones (61968-9:2013, clause 5.4).

The future of a control is known when it is accepted, so what there will be to tell is queued then, and leaves in its
time. When it becomes another, what has not left is taken back and queued anew.

    created     it was accepted; its devices wait
    changed     its timing was changed, or it has come further at some devices: one message for each instant
    canceled    at these devices it will not happen
    closed, deleted
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from headend.operations.controls.control_life_cycle import WAITING, device_state, first_state, state_changes
from headend.operations.controls.late_control_reply import move_late_replies
from headend.operations.controls.stored_commands import FIRMWARE_UPDATE
from headend.operations.controls.told_controls import ToldControl, ToldDevice, told_control, told_device
from headend.operations.publication import Publication
from headend.operations.subscriptions import MOST_A_MESSAGE, Subscription
from headend.store import ControlOutcome, EndDeviceControl, Json, UnitOfWork
from simulator.fleet.imported_meters import folded_mrid

NOUN: Final = "EndDeviceControls"

Watch = Callable[[Mapping[str, Collection[str]], datetime, UnitOfWork], None]
"""Is told of controls whose future became another, as `ControlPublication.renew` is."""


def _nobody(_turned: Mapping[str, Collection[str]], _now: datetime, _work: UnitOfWork) -> None:
    return None


@dataclass(frozen=True, slots=True)
class ControlPublication:
    """Tells every subscriber of controls. Where there is none nothing is worked out."""

    publication: Publication
    watch: Watch = _nobody
    """Whose own affairs hang on controls, such as works that they carry out."""

    def created(self, controls: Sequence[EndDeviceControl], now: datetime, work: UnitOfWork) -> None:
        """Controls of one request were accepted; then what becomes of them."""
        if not self._is_heard(work):
            return
        told = []
        for control in controls:
            state = first_state(control)
            outcomes = work.controls.outcomes_of(control.mrid)
            told.append(self._told(control, [ToldDevice(one.device_mrid, state) for one in outcomes], work))
        self._queue("created", told, controls[0].correlation_id, now, now, work)
        for control, one in zip(controls, told, strict=True):
            self._follow(control, [device.mrid for device in one.devices], now, work)

    def timing_changed(
        self, control: EndDeviceControl, devices: Sequence[str], now: datetime, work: UnitOfWork
    ) -> None:
        """A control got another timing at these devices; then what becomes of it."""
        self.watch({control.mrid: devices}, now, work)
        if not self._is_heard(work):
            return
        state = first_state(control)
        told = self._told(control, [ToldDevice(device, state) for device in devices], work)
        self._queue("changed", [told], control.correlation_id, now, now, work)
        self._follow(control, devices, now, work)

    def tell(
        self,
        verb: str,
        control: EndDeviceControl,
        outcomes: Iterable[ControlOutcome],
        now: datetime,
        work: UnitOfWork,
    ) -> None:
        """Something was done with a control; verb in the past tense. outcomes: at the devices that it is about."""
        if self._is_heard(work):
            devices = [told_device(one, device_state(control, one, now)) for one in outcomes]
            self._queue(verb, [self._told(control, devices, work)], control.correlation_id, now, now, work)

    def renew(self, turned: Mapping[str, Collection[str]], now: datetime, work: UnitOfWork) -> None:
        """The future of controls became another; `turned`: by mRID, the devices whose state already is at `now`."""
        if not turned:
            return
        move_late_replies(turned, now, work)
        self.watch(turned, now, work)
        if not self._is_heard(work):
            return
        for mrid, devices in turned.items():
            control = work.controls.get(mrid)
            if control is not None:
                self._progress(control, devices, now, work)

    def _follow(self, control: EndDeviceControl, devices: Iterable[str], now: datetime, work: UnitOfWork) -> None:
        """Tells what becomes of a control that was accepted or changed just now at these devices."""
        wanted = frozenset(devices)
        begun = [
            one.device_mrid
            for one in work.controls.outcomes_of(control.mrid)
            if one.device_mrid in wanted and device_state(control, one, now) not in WAITING
        ]
        self._progress(control, begun, now, work)

    def _progress(self, control: EndDeviceControl, turned: Collection[str], now: datetime, work: UnitOfWork) -> None:
        """Queues one message for each instant at which devices come further; those queued before are taken back."""
        if control.type_code == FIRMWARE_UPDATE:
            return
        work.outbox.withdraw_messages(NOUN, lambda recipe: _progress_of(recipe) == control.mrid, now)
        by_instant: dict[datetime, list[ToldDevice]] = {}
        at_once = frozenset(turned)
        for outcome in work.controls.outcomes_of(control.mrid):
            if outcome.device_mrid in at_once:
                told = told_device(outcome, device_state(control, outcome, now))
                by_instant.setdefault(now, []).append(told)
            for instant, state in state_changes(control, outcome, now):
                by_instant.setdefault(instant, []).append(told_device(outcome, state))
        if not by_instant:
            return
        plain = self._told(control, (), work)
        for instant, devices in sorted(by_instant.items()):
            told_then = [replace(plain, devices=devices)]
            self._queue("changed", told_then, control.correlation_id, instant, now, work, progress_of=control.mrid)

    def _queue(
        self,
        verb: str,
        controls: Sequence[ToldControl],
        correlation_id: str | None,
        instant: datetime,
        now: datetime,
        work: UnitOfWork,
        progress_of: str | None = None,
    ) -> None:
        for part in _parts(controls):
            recipe: Mapping[str, Json] = {
                "controls": [one.as_recipe() for one in part],
                "progress_of": progress_of,
            }
            # What was taken back and comes back comes in a message of its own.
            cause = (instant.isoformat(), now.isoformat(), json.dumps(recipe, sort_keys=True))

            def narrowed(subscription: Subscription, part: Sequence[ToldControl] = part) -> Iterator[Json]:
                wanted = _of_devices(part, self.publication.meter_mrids(subscription))
                for some in _parts(wanted, subscription.wanted.most_a_message) if wanted else ():
                    yield {"controls": [one.as_recipe() for one in some], "progress_of": progress_of}

            self.publication.queue(work, verb, NOUN, recipe, instant, cause, correlation_id, narrowed=narrowed)

    def _told(self, control: EndDeviceControl, devices: Sequence[ToldDevice], work: UnitOfWork) -> ToldControl:
        return told_control(control, work.controls.documents([control.mrid]).get(control.mrid), devices)

    def _is_heard(self, work: UnitOfWork) -> bool:
        return bool(self.publication.subscribers(NOUN, work))


def _progress_of(recipe: Json) -> Json:
    return recipe.get("progress_of") if isinstance(recipe, Mapping) else None


def _of_devices(controls: Sequence[ToldControl], devices: frozenset[str] | None) -> Sequence[ToldControl]:
    """Controls at some devices, by mRID; None: at all. A control with none of them is left out."""
    if devices is None:
        return controls
    at_these = (
        replace(one, devices=[device for device in one.devices if folded_mrid(device.mrid) in devices])
        for one in controls
    )
    return [one for one in at_these if one.devices]


def _parts(controls: Sequence[ToldControl], most: int = MOST_A_MESSAGE) -> list[list[ToldControl]]:
    """Controls in messages of so many devices at most; one with more is in several."""
    found: list[list[ToldControl]] = [[]]
    room = most
    for control in controls:
        for first in range(0, len(control.devices), most):
            devices = control.devices[first : first + most]
            if len(devices) > room:
                found.append([])
                room = most
            found[-1].append(replace(control, devices=devices))
            room -= len(devices)
        if not control.devices:
            found[-1].append(control)
    return found
