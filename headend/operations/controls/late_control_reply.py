"""The late reply to controls: what their devices have answered, once the last of them has (61968-9:2013, clause 5.4).

What will come of a control is known when it is accepted, so the reply is queued then and leaves in its time. Where the
future of the control becomes another, so does that time; what the reply says is looked up when it leaves.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from headend.operations.controls.control_life_cycle import CANCELLED, control_id
from headend.operations.late_reply import reply_as_recipe, reply_of_recipe
from headend.operations.reply import Error, ObjectId, Reply
from headend.store import ControlOutcome, EndDeviceEvent, EventSelection, Json, UnitOfWork
from simulator.device import Result

NOUNS: Final = ("EndDeviceControls", "EndDeviceEvents")
"""Of the messages that wait for the devices of controls."""
DEVICES_PER_MESSAGE: Final = 1_000
ANSWERED_CONTROLS: Final = "answered_controls"
"""Key of the recipes of these messages: the mRIDs."""


@dataclass(frozen=True, slots=True)
class AnsweredControls:
    """The controls of a request, of which the devices are waited for."""

    mrids: Sequence[str]
    told: Reply
    """What was known when they were accepted."""

    @classmethod
    def of_recipe(cls, recipe: Mapping[str, Any]) -> Self:
        """What `as_recipe` made."""
        return cls(recipe[ANSWERED_CONTROLS], reply_of_recipe(recipe["told"]))

    def as_recipe(self) -> Mapping[str, Json]:
        """All of it as JSON."""
        return {ANSWERED_CONTROLS: list(self.mrids), "told": reply_as_recipe(self.told)}

    def event_recipes(self, work: UnitOfWork) -> list[Mapping[str, Json]]:
        """Recipes of messages with the events of all devices, see `answered_events`."""
        devices = len(_outcomes(self.mrids, work))
        firsts = range(0, devices, DEVICES_PER_MESSAGE)
        return [
            {ANSWERED_CONTROLS: list(self.mrids), "first": first, "devices": DEVICES_PER_MESSAGE} for first in firsts
        ]

    def reply(self, work: UnitOfWork) -> Reply:
        """The whole reply: one Error for each device that did not do it."""
        errors = [one for one in self.told.errors if not one.code.startswith("0.")]
        told = {one.object_id.value for one in errors if one.object_id is not None}
        outcomes = _outcomes(self.mrids, work)
        failed = [pair for pair in outcomes if pair[1].result != Result.SUCCEEDED]
        # What was known at once is told already, and better: with its reason.
        errors += [_failure(mrid, one) for mrid, one in failed if one.done is not None or one.device_mrid not in told]
        return Reply.of_parts(len(failed) < len(outcomes), errors, self.told.ids)


def answered_at(mrids: Iterable[str], now: datetime, work: UnitOfWork) -> datetime:
    """When the last device of these controls has answered: not before `now`."""
    return max((now, *(one.done for _, one in _outcomes(mrids, work) if one.done is not None)))


def answered_events(recipe: Mapping[str, Any], until: datetime, work: UnitOfWork) -> Iterator[EndDeviceEvent]:
    """The events of a message that `AnsweredControls.event_recipes` gave, as far as they had happened by an instant."""
    mrids = frozenset(recipe[ANSWERED_CONTROLS])
    devices = [one.device_mrid for _, one in _outcomes(recipe[ANSWERED_CONTROLS], work)]
    part = devices[recipe["first"] : recipe["first"] + recipe["devices"]]
    accepted = [
        control.accepted for mrid in recipe[ANSWERED_CONTROLS] if (control := work.controls.get(mrid)) is not None
    ]
    period = (min(accepted, default=None), until)
    for event in work.events.find(EventSelection(devices=part, periods=[period])):
        if event.control_mrid in mrids:
            yield event


def move_late_replies(controls: Collection[str], now: datetime, work: UnitOfWork) -> None:
    """The future of these controls became another: what waits for their devices leaves when they have answered."""

    def due(recipe: Json) -> datetime | None:
        mrids = _controls_of(recipe)
        if mrids is None or not any(mrid in controls for mrid in mrids):
            return None
        return answered_at(mrids, now, work)

    for noun in NOUNS if controls else ():
        work.outbox.move(noun, due, now)


def _controls_of(recipe: Json) -> list[str] | None:
    if not isinstance(recipe, Mapping):
        return None
    inner = recipe.get("later", recipe)
    found = inner.get(ANSWERED_CONTROLS) if isinstance(inner, Mapping) else None
    return [str(mrid) for mrid in found] if isinstance(found, list) else None


def _outcomes(mrids: Iterable[str], work: UnitOfWork) -> list[tuple[str, ControlOutcome]]:
    return [(mrid, one) for mrid in mrids for one in work.controls.outcomes_of(mrid)]


def _failure(control: str, outcome: ControlOutcome) -> Error:
    device = outcome.device_mrid
    itself, related = ObjectId(device, "uuid", "EndDevice"), control_id(control)
    if outcome.result == CANCELLED:
        return Error("6.5", f"{device} did not do it: it was cancelled before", object_id=itself, related_id=related)
    if outcome.result == Result.NOT_ATTEMPTED:
        return Error("5.2", f"{device} was not told: it had no power", object_id=itself, related_id=related)
    told = f"EndDeviceEventType {outcome.event_code} tells of it" if outcome.event_code else "it did not answer"
    return Error("5.3", f"{device} could not do it: {told}", object_id=itself, related_id=related)
