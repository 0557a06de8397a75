"""Mischief: what the head end does wrong on purpose, since somebody who tests a client asks for it.

An ordering (`orderings`) lets a right message leave at a wrong time; a fault (`faults`) breaks it, or what carries it.
Here is what they have in common: what they act on, how often, with what chance, and where they are asked for (settings,
control API, command line). Nothing is left to luck: the same mischief and the same calls give the same bytes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from headend.contract_names import ContractNames
from headend.operations.chance import chance
from headend.operations.declined import Declined, DeclineKind
from headend.operations.fleet.meter_state import find_meter
from headend.operations.identifiers import identifier
from headend.store import Json, StoredMischief, UnitOfWork
from simulator.fleet import Fleet
from simulator.near_miss import did_you_mean

REPLY: Final = "reply"
"""The verb of answers, in the call and later."""


class Direction(StrEnum):
    """What leaves."""

    ANSWER = "answer"
    """What a client gets in its call."""
    MESSAGE = "message"
    """What the head end sends by itself: late replies, events, publications."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MischiefMatch:
    """On what mischief acts; None: on any."""

    direction: Direction | None = None
    service: str | None = None
    """Such as GetMeterReadings; only answers come from one."""
    operation: str | None = None
    """Of the request, such as CreateMeterConfig; leaves out messages."""
    noun: str | None = None
    verb: str | None = None
    """Of a message, such as created or reply; of the answer in a call, that of its request, or reply."""
    meter: str | None = None
    """mRID or name."""
    destination: str | None = None
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is about to leave, as far as mischief asks."""

    noun: str | None
    """None: the request that it answers is none of the contract."""
    verbs: Collection[str]
    """By which it may be named; without `reply` it is no reply."""
    destination: str | None
    """URL; None: the answer in a call."""
    correlation_id: str | None
    service: str | None = None
    operation: str | None = None

    @property
    def direction(self) -> Direction:
        """Whether somebody has called for it."""
        return Direction.ANSWER if self.destination is None else Direction.MESSAGE

    @property
    def is_reply(self) -> bool:
        """Whether it answers a request."""
        return REPLY in self.verbs

    @property
    def is_acknowledgement(self) -> bool:
        """Whether it answers a call whose reply follows."""
        return self.destination is None and not self.is_reply


@dataclass(frozen=True, slots=True)
class MischiefWish:
    """Mischief as somebody asks for it."""

    kind: str
    match: MischiefMatch
    delay_s: float | None = None
    """None: the usual one of its kind."""
    times: int | None = None
    """How often it acts; None: always."""
    probability: float | None = None
    """Of acting on what it matches; None: certain."""
    parameters: Mapping[str, Json] = field(default_factory=dict)
    """What its kind takes besides."""


@dataclass(frozen=True, slots=True)
class MischiefList:
    """The mischief of a head end: that of its settings, and what somebody has asked for since.

    What the settings have can be taken away like any other, and is there again after a reset.
    """

    configured: Sequence[StoredMischief] = ()
    seed: int = 0

    def all(self, work: UnitOfWork) -> list[StoredMischief]:
        """All of it, that of the settings first, then the oldest; with what is used up."""
        return [*self._configured(work), *work.mischief.all()]

    def left(self, work: UnitOfWork) -> list[StoredMischief]:
        """What may still act, in the same order. Cheap."""
        return [*(one for one in self._configured(work) if not one.is_used_up), *work.mischief.left()]

    def any_left(self, work: UnitOfWork) -> bool:
        """Whether there is any that may still act. Cheap as well: everything that leaves asks for it."""
        return any(not one.is_used_up for one in self._configured(work)) or work.mischief.any_left()

    def use(self, one: StoredMischief, work: UnitOfWork) -> bool:
        """Count that it acts once more; False, and it must not, where chance is against it, or where it is gone or used
        up meanwhile.
        """
        is_configured = one.created is None
        if one.probability is not None:
            seen = work.configured_states.see(one.mrid) if is_configured else work.mischief.see(one.mrid)
            if chance(self.seed, "mischief", one.mrid, seen) >= one.probability:
                return False
        return work.configured_states.use(one.mrid, one.times) if is_configured else work.mischief.use(one.mrid)

    def remove(self, mrid: str, kinds: Collection[str], what: str, work: UnitOfWork) -> None:
        """Forget a piece, one of the settings until a reset; what it has done to messages stays.

        kinds: to which it has to belong. what: how they are called. Raises Declined.
        """
        known = next((one for one in self.all(work) if one.mrid == mrid and one.kind in kinds), None)
        if known is None:
            raise Declined(
                DeclineKind.NOT_FOUND,
                f"there is no {what} {mrid!r}",
                f"GET /control/v1/{what}s lists them; a reset forgets them all, but for those of the settings",
            )
        (work.configured_states if known.created is None else work.mischief).remove(mrid)

    def clear(self, kinds: Collection[str], work: UnitOfWork) -> None:
        """Forget all of these kinds, those of the settings until a reset."""
        work.mischief.clear(kinds)
        for one in self.configured:
            if one.kind in kinds:
                work.configured_states.remove(one.mrid)

    def _configured(self, work: UnitOfWork) -> list[StoredMischief]:
        if not self.configured:
            return []
        states = work.configured_states.all()
        found = []
        for one in self.configured:
            state = states.get(one.mrid)
            if state is None or not state.removed:
                found.append(one if state is None else replace(one, seen=state.seen, used=state.used))
        return found


def configured_mischief(fleet: Fleet, what: str, wish: MischiefWish, number: int) -> StoredMischief:
    """A piece of the settings, counted from 1. Its meter may be one that is yet to be created.

    what: how its kinds are called, such as `ordering`.
    """
    mrid = identifier(fleet.spec.seed, f"configured {what}", number, wish)
    meter = wish.match.meter
    found = None if meter is None else find_meter(fleet, meter)
    return _stored(mrid, number, wish, (meter, meter) if found is None else (found.mrid, found.name), None)


def add_mischief(
    fleet: Fleet, names: ContractNames, what: str, wish: MischiefWish, now: datetime, work: UnitOfWork
) -> StoredMischief:
    """Keep a piece. names: what there is to be named. Raises Declined."""
    check_match(wish.match, names)
    meter = None if wish.match.meter is None else find_meter(fleet, wish.match.meter)
    if wish.match.meter is not None and meter is None:
        raise Declined(
            DeclineKind.NOT_FOUND,
            f"there is no meter {wish.match.meter!r}",
            "GET /control/v1/meters lists them; one that is yet to be created can have a magic name",
        )
    number = work.mischief.next_number()
    mrid = identifier(fleet.spec.seed, what, now.isoformat(), number, wish)
    one = _stored(mrid, number, wish, (None, None) if meter is None else (meter.mrid, meter.name), now)
    work.mischief.add(one)
    return one


def check_match(match: MischiefMatch, names: ContractNames) -> None:
    """Raises Declined for what names nothing in the contract."""
    check_known(match.service, names.services, "service")
    check_known(match.operation, names.operations, "operation")
    check_known(match.noun, names.nouns, "noun")
    check_known(match.verb, {*names.verbs, REPLY}, "verb")


def check_known(given: str | None, known: Collection[str], what: str) -> None:
    """Raises Declined for a noun, a verb or the like that there is not."""
    if given is not None and given not in known:
        raise Declined(
            DeclineKind.INVALID,
            f"there is no {what} {given!r}{did_you_mean(given, known)}",
            f"give one of {', '.join(sorted(known))}",
        )


def fits(one: StoredMischief, leaving: Leaving) -> bool:
    """Whether it is for what leaves, but for its kind and its meter."""
    return (
        one.direction in (None, leaving.direction)
        and one.service in (None, leaving.service)
        and one.operation in (None, leaving.operation)
        and one.noun in (None, leaving.noun)
        and (one.verb is None or one.verb in leaving.verbs)
        and one.destination in (None, leaving.destination)
        and one.correlation_id in (None, leaving.correlation_id)
    )


def _stored(
    mrid: str, number: int, wish: MischiefWish, meter: tuple[str | None, str | None], created: datetime | None
) -> StoredMischief:
    match = wish.match
    return StoredMischief(
        mrid=mrid,
        number=number,
        kind=str(wish.kind),
        direction=match.direction and match.direction.value,
        service=match.service,
        operation=match.operation,
        noun=match.noun,
        verb=match.verb,
        meter_mrid=meter[0],
        meter_name=meter[1],
        destination=match.destination,
        correlation_id=match.correlation_id,
        probability=wish.probability,
        delay_s=wish.delay_s,
        parameters=wish.parameters,
        times=wish.times,
        created=created,
    )
