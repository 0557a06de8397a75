"""What commands do to devices, kept: windows without supply, states, events and messages, also those yet to come.

Nothing runs when time passes. What a command will do is worked out when it is accepted, and kept under the instants at
which it happens; whoever asks at an instant sees what has happened by then. When a command comes or is cancelled, the
future of its devices is told anew (`simulator.device.story`), and what differs is changed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from headend.operations.controls.control_life_cycle import CANCELLED, device_state, taken_on
from headend.operations.controls.stored_commands import FIRMWARE_UPDATE, command_of, stored_transition, transition_of
from headend.operations.events.field_facts import field_history
from headend.operations.events.publish_events import NOUN
from headend.operations.identifiers import identifier
from headend.store import (
    ControlOutcome,
    DeviceTransition,
    EndDeviceControl,
    EndDeviceEvent,
    LiveControl,
    UnitOfWork,
    Window,
)
from simulator.cim.end_device_control_type import EndDeviceControlType
from simulator.cim.end_device_event_type import EndDeviceEventType
from simulator.device import (
    NO_CHANCE,
    OPEN,
    PROMPT,
    Aspect,
    Chance,
    Chapter,
    Command,
    Course,
    Device,
    DeviceEvent,
    Transition,
    chances,
    command_number,
    covers,
    open_windows,
    switch_transitions,
    told,
    transitions_of,
)
from simulator.fleet import Fleet, Indices, Meter
from simulator.links import reachable
from simulator.local_time import epoch_seconds
from simulator.supply import Supply

CAUSE: Final = "remote switch"
"""Cause of the windows without supply that an open switch makes."""

BY_HAND: Final = "switch by hand"
"""Cause of those that somebody at the meter began."""

Publish = Callable[[UnitOfWork, Sequence[EndDeviceEvent], datetime], None]
"""Queues the messages that tell the subscribers of these events, in the unit of work that caused them."""

RenewControls = Callable[[Mapping[str, Collection[str]], datetime, UnitOfWork], None]
"""Queues anew what there will be to tell of controls whose future became another: by mRID, the devices at which their
state is another already."""

UtcWindows = tuple[tuple[datetime, datetime | None], ...]


@dataclass(slots=True)
class _Changes:
    """What has to be written, for all devices together."""

    windows: dict[str, list[tuple[datetime, datetime | None]]] = field(default_factory=dict)
    transitions: list[DeviceTransition] = field(default_factory=list)
    forgotten: list[tuple[str, str]] = field(default_factory=list)
    events: list[EndDeviceEvent] = field(default_factory=list)
    outcomes: list[ControlOutcome] = field(default_factory=list)
    other_outcomes: dict[str, list[ControlOutcome]] = field(default_factory=dict)
    dropped_events: list[str] = field(default_factory=list)
    turned: dict[str, list[str]] = field(default_factory=dict)
    """Controls that have another future, each with the devices at which its state is another already."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What a new command does at its devices, worked out but not kept yet."""

    control: EndDeviceControl
    devices: Sequence[str]
    courses: Sequence[Course]
    """One for each device."""
    changes: _Changes


class DeviceStories:
    """Tells what the devices of a fleet do."""

    def __init__(self, fleet: Fleet, publish: Publish, renew_controls: RenewControls) -> None:
        self.fleet = fleet
        self._publish = publish
        self._renew_controls = renew_controls

    def tell(self, control: EndDeviceControl, meters: NDArray[np.int64], now: datetime, work: UnitOfWork) -> Telling:
        """What a control does at meters (fleet indices, distinct). Nothing is written."""
        devices = [mrid.decode() for mrid in self.fleet.mrids(meters)]
        changes = _Changes()
        courses = self._retell(meters, devices, now, work, changes, new=control)
        return Telling(control, devices, courses, changes)

    def keep(self, telling: Telling, now: datetime, work: UnitOfWork, document: str | None = None) -> None:
        """Write down what was told, in the same unit of work. document: the control as its client wrote it."""
        work.controls.add(telling.control, telling.changes.outcomes, document)
        self._write(telling.changes, now, work)

    def change(self, control: EndDeviceControl, devices: Sequence[str], now: datetime, work: UnitOfWork) -> None:
        """Give a control that has not begun at these devices another timing: it is told as if it came only now."""
        meters, known = self._meters(devices)
        changes = _Changes()
        courses = self._retell(meters, known, now, work, changes, new=control, gone=control)
        changes.other_outcomes[control.mrid] = changes.outcomes
        changes.turned.setdefault(control.mrid, [])
        # What a device answered in this very instant it does not answer twice.
        at_once = [one.mrid for one in changes.events if one.created <= now]
        kept = {one.mrid for one in work.events.of_mrids(at_once)}
        changes.events = [one for one in changes.events if one.mrid not in kept]
        answered = max((one.done for one in courses), default=now)
        work.controls.change(replace(control, executed=answered))
        self._write(changes, now, work)

    def cancel(self, control: EndDeviceControl, devices: Sequence[str], now: datetime, work: UnitOfWork) -> None:
        """Take back a control that has not begun at these devices: their future is as if it had never come."""
        meters, known = self._meters(devices)
        changes = _Changes()
        self._retell(meters, known, now, work, changes, gone=control)
        event_type = _cancelled_event(control)
        code = None if event_type is None else event_type.code
        changes.other_outcomes[control.mrid] = [ControlOutcome(device, CANCELLED, code, now) for device in devices]
        changes.turned.setdefault(control.mrid, [])
        if event_type is not None:
            points = self.fleet.usage_point_mrids(meters)
            for device, point in zip(known, points, strict=True):
                writing = _Writing(self.fleet.spec.seed, device, point.decode(), now, changes)
                writing.cancelled(control, event_type)
        self._write(changes, now, work)

    def move_switch(self, meter: Meter, is_open: bool, now: datetime, work: UnitOfWork) -> bool:
        """The switch is moved at the meter itself, by no command; False where it stands so already.

        It is a fact like any other: the commands that still matter to the device are told again behind it.
        """
        device = meter.mrid
        work.controls.take_turn()
        stored = work.interruptions.of([device]).get(device, ())
        past = [one for one in _switched(stored) if one.at <= now]
        if (bool(past) and past[-1].value is not None) == is_open:
            return False
        moved = [*past, Transition(Aspect.SWITCH, now, OPEN if is_open else None)]
        work.interruptions.plan({device: open_windows(moved)}, now, BY_HAND)
        changes = _Changes()
        self._retell(np.array([meter.index], np.int64), [device], now, work, changes)
        self._write(changes, now, work)
        return True

    def power_changed(self, meters: Indices, now: datetime, work: UnitOfWork) -> None:
        """Meters (fleet indices) will have power, or have none, at other times than was known: those that are yet to be
        told something may hear it at another time, or not at all.
        """
        waiting, devices = self._meters(work.controls.waiting_devices(now))
        concerned = np.isin(waiting, np.asarray(meters, np.int64))
        if not concerned.any():
            return
        changes = _Changes()
        some = [device for device, is_concerned in zip(devices, concerned.tolist(), strict=True) if is_concerned]
        self._retell(waiting[concerned], some, now, work, changes)
        self._write(changes, now, work)

    def _meters(self, devices: Iterable[str]) -> tuple[NDArray[np.int64], list[str]]:
        """Devices as meters of the fleet: their indices and mRIDs; a fleet may have become smaller since."""
        known = [(index, device) for device in devices if (index := self.fleet.index_of_mrid(device)) is not None]
        return np.array([index for index, _ in known], np.int64), [device for _, device in known]

    def _write(self, changes: _Changes, now: datetime, work: UnitOfWork) -> None:
        work.events.remove(changes.dropped_events)
        work.outbox.withdraw(NOUN, frozenset(changes.dropped_events), now)
        work.device_states.forget(changes.forgotten, now)
        work.device_states.add(changes.transitions)
        work.interruptions.plan(changes.windows, now, CAUSE)
        for control_mrid, outcomes in changes.other_outcomes.items():
            work.controls.change_outcomes(control_mrid, outcomes)
        work.events.add(changes.events)
        self._publish(work, changes.events, now)
        self._renew_controls(changes.turned, now, work)

    def _retell(
        self,
        meters: NDArray[np.int64],
        devices: Sequence[str],
        now: datetime,
        work: UnitOfWork,
        changes: _Changes,
        *,
        new: EndDeviceControl | None = None,
        gone: EndDeviceControl | None = None,
    ) -> list[Course]:
        """Tell the devices' future with a new control, or without one that goes; the new one's courses."""
        live = work.controls.live(devices, now)
        states = work.device_states.of(devices)
        windows = work.interruptions.of(devices)
        planned = _by_device(work.events.planned(live, now))
        powerless = self._powerless(meters, work)
        behaviours = [one.commands for one in self.fleet.conditions]
        prompt = [one == PROMPT for one in behaviours]
        conditions = self.fleet.conditions_of(meters)
        positions = conditions.tolist()
        chance = _Chances(self.fleet, meters, conditions, powerless)
        classes = self.fleet.class_of(meters).tolist()
        points = [mrid.decode() for mrid in self.fleet.usage_point_mrids(meters)]
        command = None if new is None else command_of(new)
        commands = _commands(live)
        alike: dict[tuple[int, int], list[Chapter]] = {}
        courses: list[Course] = []
        for row, device in enumerate(devices):
            behaviour = behaviours[positions[row]]
            what = Device(self.fleet.classes[classes[row]].has_switch, None, powerless.get(row, ()))
            written = _Writing(self.fleet.spec.seed, device, points[row], now, changes)
            untouched = device not in live and device not in states and device not in windows and not what.unpowered
            drawn = None if command is None else chance.of(command, row, is_prompt=prompt[positions[row]])
            if untouched and drawn is NO_CHANCE and command is not None:
                # All that makes one device differ from another is missing: one story serves them all.
                kind = (positions[row], classes[row])
                if kind not in alike:
                    alike[kind] = told((), [(command, NO_CHANCE)], what, behaviour)
                chapters = alike[kind]
            else:
                its_live = [one for one in live.get(device, ()) if gone is None or one[0].mrid != gone.mrid]
                its_states = states.get(device, ())
                past = _past(command, its_live, its_states, windows.get(device, ()), now)
                telling = [commands[control.mrid] for control, _ in its_live] + ([] if command is None else [command])
                draws = [(one, chance.of(one, row, is_prompt=prompt[positions[row]])) for one in telling]
                chapters = told(past, draws, what, behaviour)
                others = [one for one in chapters if new is None or one.command.control != new.mrid]
                written.future(its_live, others, its_states, planned.get(device, ()), gone)
            own = None
            if new is not None:
                own = next(one for one in chapters if one.command.control == new.mrid)
                courses.append(own.course)
                written.chapter(new, own)
            written.windows(chapters, windows.get(device, ()))
        return courses

    def _powerless(self, meters: NDArray[np.int64], work: UnitOfWork) -> Mapping[int, UtcWindows]:
        """The windows without power of meters, by their row; those that always had power are left out."""
        history = field_history(self.fleet, meters, work)
        if not history.outages and not history.ever_unmounted:
            return {}
        found: dict[int, UtcWindows] = {}
        for group in Supply(self.fleet, history).disturbed(meters):
            windows = tuple((_instant(start), None if end is None else _instant(end)) for start, end in group.powerless)
            if windows:
                found |= dict.fromkeys(group.rows.tolist(), windows)
        return found


class _Chances:
    """The draws of commands at the meters of one telling, all meters of a command at once."""

    __slots__ = ("_every_s", "_fleet", "_meters", "_of", "_repetitions", "_without_power")

    def __init__(
        self,
        fleet: Fleet,
        meters: NDArray[np.int64],
        conditions: NDArray[np.int64],
        powerless: Mapping[int, UtcWindows],
    ) -> None:
        """conditions: position of each meter's among those of the fleet."""
        self._fleet = fleet
        self._meters = meters
        behaviours = [one.commands for one in fleet.conditions]
        self._every_s = np.array([one.repeat_every_s for one in behaviours], np.int64)[conditions]
        self._repetitions = np.array([one.repetitions for one in behaviours], np.int64)[conditions]
        # Without power a meter says so at once where commands are not repeated, see `course`.
        rows_by_windows: dict[UtcWindows, list[int]] = {}
        for row, windows in powerless.items():
            if self._repetitions[row]:
                rows_by_windows.setdefault(windows, []).append(row)
        self._without_power = [(windows, np.array(rows)) for windows, rows in rows_by_windows.items()]
        self._of: dict[tuple[str, bool], Sequence[Chance]] = {}

    def of(self, command: Command, row: int, *, is_prompt: bool) -> Chance:
        """Of a meter that is prompt nothing is drawn."""
        key = (command.control, is_prompt)
        if key not in self._of:
            heard = self._heard_after_s(command.begins)
            if is_prompt:
                self._of[key] = [_UNHEARD if one is None else NO_CHANCE for one in heard]
            else:
                self._of[key] = chances(self._fleet.keys(self._meters), command_number(command.control), heard)
        return self._of[key][row]

    def _heard_after_s(self, sent: datetime) -> list[int | None]:
        """When each meter hears a command, at once or when it is repeated; None: never."""
        found = np.full(len(self._meters), _NEVER, np.int64)
        waiting = np.arange(len(self._meters))
        repetition = 0
        while waiting.size:
            after_s = self._every_s[waiting] * repetition
            for pause_s in np.unique(after_s).tolist():
                rows = waiting[after_s == pause_s]
                at = sent + timedelta(seconds=pause_s)
                hears = reachable(self._fleet, self._meters[rows], epoch_seconds(at))
                for windows, without in self._without_power:
                    if covers(windows, at):
                        hears &= ~np.isin(rows, without)
                found[rows[hears]] = pause_s
            repetition += 1
            waiting = waiting[(found[waiting] == _NEVER) & (repetition <= self._repetitions[waiting])]
        return [None if one == _NEVER else one for one in found.tolist()]


_NEVER: Final = -1
_UNHEARD: Final = Chance(heard_after_s=None)


@dataclass(frozen=True, slots=True)
class _Writing:
    """Puts down what differs at one device."""

    seed: int
    device: str
    usage_point: str
    now: datetime
    changes: _Changes

    def chapter(self, control: EndDeviceControl, chapter: Chapter) -> None:
        """All of a new command."""
        self.changes.transitions += [stored_transition(self.device, one) for one in _kept(chapter.transitions)]
        self.changes.events += [self._event(control, one) for one in chapter.events]
        self.changes.outcomes.append(self._outcome(control, chapter))

    def cancelled(self, control: EndDeviceControl, event_type: EndDeviceEventType) -> None:
        """The device reports that it will not do what it was to do."""
        self.changes.events.append(self._reported(control, event_type, self.now))

    def windows(self, chapters: Sequence[Chapter], stored: Sequence[Window]) -> None:
        """The times in which the switch is open, where they are not what is stored."""
        if not stored and not any(one.aspect is Aspect.SWITCH for each in chapters for one in each.transitions):
            return
        past = [one for one in _switched(stored) if one.at <= self.now]
        windows = open_windows(transitions_of(past, chapters))
        if windows != [(one.start, one.end) for one in stored]:
            self.changes.windows[self.device] = windows

    def future(
        self,
        live: Sequence[LiveControl],
        chapters: Iterable[Chapter],
        states: Sequence[DeviceTransition],
        planned: Sequence[EndDeviceEvent],
        gone: EndDeviceControl | None,
    ) -> None:
        """What becomes of the earlier commands that still reach beyond now."""
        controls = {control.mrid: (control, outcome) for control, outcome in live}
        events: dict[str, EndDeviceEvent] = {}
        for chapter in chapters:
            control, outcome = controls[chapter.command.control]
            ahead = [stored_transition(self.device, one) for one in _kept(chapter.transitions) if one.at > self.now]
            if ahead != [one for one in states if one.control_mrid == control.mrid and one.at > self.now]:
                self.changes.forgotten.append((self.device, control.mrid))
                self.changes.transitions += ahead
            later = (self._event(control, each) for each in chapter.events if each.at > self.now)
            events |= {one.mrid: one for one in later}
            again = self._outcome(control, chapter)
            if again != outcome:
                self.changes.other_outcomes.setdefault(control.mrid, []).append(again)
                turned = self.changes.turned.setdefault(control.mrid, [])
                if device_state(control, again, self.now) is not device_state(control, outcome, self.now):
                    turned.append(self.device)
        if gone is not None:
            self.changes.forgotten.append((self.device, gone.mrid))
        known = {one.mrid: one for one in planned}
        self.changes.dropped_events += [mrid for mrid, one in known.items() if events.get(mrid) != one]
        self.changes.events += [one for mrid, one in events.items() if known.get(mrid) != one]

    def _outcome(self, control: EndDeviceControl, chapter: Chapter) -> ControlOutcome:
        course, since = chapter.course, taken_on(control)
        result, event, done = course.result.value, course.event, course.done
        if chapter.withdrawn is not None and chapter.command.kind.is_planned_by_device:
            result, done = CANCELLED, chapter.withdrawn
            event = chapter.events[-1].type if course.declined is not None else None

        def later(instant: datetime) -> datetime | None:
            return instant if instant > since else None

        return ControlOutcome(
            self.device,
            result,
            None if event is None else event.code,
            later(done),
            later(chapter.reaches),
            later(chapter.begins),
            later(chapter.ends),
        )

    def _event(self, control: EndDeviceControl, event: DeviceEvent) -> EndDeviceEvent:
        return self._reported(control, event.type, event.at, event.details)

    def _reported(
        self,
        control: EndDeviceControl,
        event_type: EndDeviceEventType,
        at: datetime,
        details: tuple[tuple[str, str], ...] = (),
    ) -> EndDeviceEvent:
        return EndDeviceEvent(
            mrid=identifier(self.seed, "event", control.mrid, self.device, event_type, at.isoformat()),
            device_mrid=self.device,
            type_code=event_type.code,
            created=at,
            usage_point_mrid=self.usage_point,
            issuer_id=control.issuer_id,
            issuer_tracking_id=control.issuer_tracking_id,
            reason=control.reason,
            details=details,
            correlation_id=control.correlation_id,
            control_mrid=control.mrid,
        )


def _cancelled_event(control: EndDeviceControl) -> EndDeviceEventType | None:
    """What tells that a control was cancelled; None where Annex E lists nothing for its kind."""
    if control.type_code == FIRMWARE_UPDATE:
        return None
    return EndDeviceControlType.parse(control.type_code).cancelled_event


def _by_device(events: Iterable[EndDeviceEvent]) -> dict[str, list[EndDeviceEvent]]:
    found: dict[str, list[EndDeviceEvent]] = {}
    for event in events:
        found.setdefault(event.device_mrid, []).append(event)
    return found


def _commands(live: Mapping[str, Sequence[LiveControl]]) -> dict[str, Command]:
    """The commands of live controls, by mRID."""
    controls = {control.mrid: control for its_live in live.values() for control, _ in its_live}
    return {mrid: command_of(control) for mrid, control in controls.items()}


def _past(
    command: Command | None,
    live: Sequence[LiveControl],
    states: Sequence[DeviceTransition],
    windows: Sequence[Window],
    now: datetime,
) -> list[Transition]:
    """What happened to a device by now, but for what commands did that are told again."""
    again = {control.mrid for control, _ in live} | (set() if command is None else {command.control})
    past = [
        *(one for one in _switched(windows) if one.at <= now),
        *(transition_of(one) for one in states if one.control_mrid not in again and one.at <= now),
    ]
    return sorted(past, key=lambda one: one.at)


def _kept(transitions: Iterable[Transition]) -> list[Transition]:
    """Those that are kept as states; the switch is kept as windows without supply."""
    return [one for one in transitions if one.aspect is not Aspect.SWITCH]


def _switched(windows: Sequence[Window]) -> list[Transition]:
    return switch_transitions([(one.start, one.end) for one in windows])


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
