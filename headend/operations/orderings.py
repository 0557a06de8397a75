"""Nasty orderings: what real head ends do wrong when they send, on demand.

Who tests a client asks for it by an ordering (settings, control API, command line), which acts on whatever it matches,
or by the name of a meter (`magic_names`). Nothing is left to chance: the same orders give the same messages. Whatever
leaves keeps the contract all the same.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from headend.operations.declined import Declined, DeclineKind
from headend.operations.fleet.meter_state import find_meter
from headend.operations.identifiers import identifier
from headend.store import StoredOrdering, UnitOfWork
from simulator.fleet import Fleet
from simulator.near_miss import did_you_mean

REPLY: Final = "reply"
"""The verb of answers, in the call and later."""


class OrderingKind(StrEnum):
    """What goes wrong."""

    NEVER = "never"
    """Nothing leaves: the call is not answered, the message is not sent."""
    EVENT_ONLY = "event-only"
    """Replies do not leave, events do."""
    REPLY_ONLY = "reply-only"
    """Events do not leave, replies do."""
    LATE = "late"
    """It leaves so much later."""
    BEFORE_ACKNOWLEDGEMENT = "before-acknowledgement"
    """The call is answered when all that it caused has been sent, or so much later."""
    WRONG_CORRELATION = "wrong-correlation"
    """It has a CorrelationID that nobody knows."""
    TWICE = "twice"
    """It leaves a second time, with the same MessageID."""
    TWICE_WITH_ANOTHER_ID = "twice-with-another-id"
    """It leaves a second time, with a MessageID of its own."""
    PARTIAL_FIRST = "partial-first"
    """A part of it leaves, then the whole."""
    SWAPPED = "swapped"
    """It leaves behind the next message to the same receiver about the same meter, or so much later."""


OF_ANSWERS: Final = frozenset(
    {
        OrderingKind.NEVER,
        OrderingKind.EVENT_ONLY,
        OrderingKind.LATE,
        OrderingKind.BEFORE_ACKNOWLEDGEMENT,
        OrderingKind.WRONG_CORRELATION,
    }
)
"""What can be done to the answer in a call; all others are for messages that the head end sends by itself."""

USUAL_DELAY_S: Final = {
    OrderingKind.LATE: 60.0,
    OrderingKind.BEFORE_ACKNOWLEDGEMENT: 10.0,
    OrderingKind.SWAPPED: 3600.0,
}
"""Those that take a delay; the others have no use for one."""

MOST_DELAY_S: Final = 30 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderingMatch:
    """On what an ordering acts; None: on any."""

    noun: str | None = None
    verb: str | None = None
    """Of a message, such as created or reply; of the answer in a call, that of its request, or reply."""
    meter: str | None = None
    """mRID or name."""
    destination: str | None = None
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is about to leave, as far as orderings ask."""

    noun: str
    verbs: Collection[str]
    """By which it may be named; without `reply` it is no reply."""
    destination: str | None
    """URL; None: the answer in a call."""
    correlation_id: str | None

    @property
    def is_reply(self) -> bool:
        """Whether it answers a request."""
        return REPLY in self.verbs

    @property
    def is_acknowledgement(self) -> bool:
        """Whether it answers a call whose reply follows."""
        return self.destination is None and not self.is_reply


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be done to it."""

    kind: OrderingKind
    cause: str
    """In words."""
    delay_s: float
    mrid: str | None = None
    """Of the ordering; None: a magic name says so."""


@dataclass(frozen=True, slots=True)
class OrderingWish:
    """An ordering as somebody asks for it."""

    kind: OrderingKind
    match: OrderingMatch
    delay_s: float | None = None
    """None: the usual one of its kind."""
    times: int | None = None
    """How often it acts; None: always."""


@dataclass(frozen=True, slots=True)
class OrderingList:
    """The orderings of a head end: those of its settings, and those that somebody has asked for since.

    One of the settings can be taken away like any other, and is there again after a reset.
    """

    configured: Sequence[StoredOrdering] = ()

    def all(self, work: UnitOfWork) -> list[StoredOrdering]:
        """All of them, those of the settings first, then the oldest; with those that are used up."""
        return [*self._configured(work), *work.orderings.all()]

    def left(self, work: UnitOfWork) -> list[StoredOrdering]:
        """Those that may still act, in the same order. Cheap: everything that leaves asks for it."""
        return [*(one for one in self._configured(work) if not one.is_used_up), *work.orderings.left()]

    def any_left(self, work: UnitOfWork) -> bool:
        """Whether there is one that may still act. Cheap as well."""
        return any(not one.is_used_up for one in self._configured(work)) or work.orderings.any_left()

    def use(self, mrid: str, work: UnitOfWork) -> bool:
        """Count that one acts once more; False, and it must not, where it is gone or used up meanwhile."""
        known = self._of_settings(mrid)
        return work.orderings.use(mrid) if known is None else work.configured_states.use(mrid, known.times)

    def remove(self, mrid: str, work: UnitOfWork) -> None:
        """Forget an ordering, one of the settings until a reset; what it has done to messages stays.

        Raises Declined.
        """
        known = self._of_settings(mrid)
        if not (work.orderings.remove(mrid) if known is None else work.configured_states.remove(mrid)):
            raise Declined(
                DeclineKind.NOT_FOUND,
                f"there is no ordering {mrid!r}",
                "GET /control/v1/orderings lists them; a reset forgets them all, but for those of the settings",
            )

    def clear(self, work: UnitOfWork) -> None:
        """Forget all of them, those of the settings until a reset."""
        work.orderings.clear()
        for one in self.configured:
            work.configured_states.remove(one.mrid)

    def _configured(self, work: UnitOfWork) -> list[StoredOrdering]:
        if not self.configured:
            return []
        states = work.configured_states.all()
        found = []
        for one in self.configured:
            state = states.get(one.mrid)
            if state is None or not state.removed:
                found.append(one if state is None else replace(one, used=state.used))
        return found

    def _of_settings(self, mrid: str) -> StoredOrdering | None:
        return next((one for one in self.configured if one.mrid == mrid), None)


def configured_ordering(fleet: Fleet, wish: OrderingWish, number: int) -> StoredOrdering:
    """One of the settings, counted from 1. Its meter may be one that is yet to be created."""
    match = wish.match
    meter = None if match.meter is None else find_meter(fleet, match.meter)
    return StoredOrdering(
        mrid=identifier(fleet.spec.seed, "configured ordering", number, wish),
        number=number,
        kind=wish.kind.value,
        noun=match.noun,
        verb=match.verb,
        meter_mrid=match.meter if meter is None else meter.mrid,
        meter_name=match.meter if meter is None else meter.name,
        destination=match.destination,
        correlation_id=match.correlation_id,
        delay_s=wish.delay_s,
        times=wish.times,
        created=None,
    )


def add_ordering(
    fleet: Fleet,
    nouns: Collection[str],
    verbs: Collection[str],
    wish: OrderingWish,
    now: datetime,
    work: UnitOfWork,
) -> StoredOrdering:
    """Keep an ordering. nouns, verbs: those that there are. Raises Declined."""
    match = wish.match
    check_known(match.noun, nouns, "noun")
    check_known(match.verb, verbs, "verb")
    meter = None if match.meter is None else find_meter(fleet, match.meter)
    if match.meter is not None and meter is None:
        raise Declined(
            DeclineKind.NOT_FOUND,
            f"there is no meter {match.meter!r}",
            "GET /control/v1/meters lists them; one that is yet to be created can have a magic name",
        )
    number = work.orderings.next_number()
    ordering = StoredOrdering(
        mrid=identifier(fleet.spec.seed, "ordering", now.isoformat(), number, wish),
        number=number,
        kind=wish.kind.value,
        noun=match.noun,
        verb=match.verb,
        meter_mrid=None if meter is None else meter.mrid,
        meter_name=None if meter is None else meter.name,
        destination=match.destination,
        correlation_id=match.correlation_id,
        delay_s=wish.delay_s,
        times=wish.times,
        created=now,
    )
    work.orderings.add(ordering)
    return ordering


def acts_on(ordering: StoredOrdering, leaving: Leaving) -> bool:
    """Whether an ordering is for what leaves, but for its meter."""
    kind = OrderingKind(ordering.kind)
    return (
        is_for(kind, leaving)
        and ordering.noun in (None, leaving.noun)
        and (ordering.verb is None or ordering.verb in leaving.verbs)
        and ordering.destination in (None, leaving.destination)
        and ordering.correlation_id in (None, leaving.correlation_id)
    )


def is_for(kind: OrderingKind, leaving: Leaving) -> bool:
    """Whether a kind does anything to what leaves."""
    match kind:
        case OrderingKind.EVENT_ONLY:
            return leaving.is_reply
        case OrderingKind.REPLY_ONLY:
            return not leaving.is_reply
        case OrderingKind.BEFORE_ACKNOWLEDGEMENT:
            return leaving.destination is None
        case _:
            return leaving.destination is not None or kind in OF_ANSWERS


def chosen(ordering: StoredOrdering) -> Chosen:
    """What an ordering does."""
    kind = OrderingKind(ordering.kind)
    delay_s = USUAL_DELAY_S.get(kind, 0.0) if ordering.delay_s is None else ordering.delay_s
    return Chosen(kind, f"ordering {ordering.mrid}", delay_s, ordering.mrid)


def check_known(given: str | None, known: Collection[str], what: str) -> None:
    """Raises Declined for a noun, a verb or the like that there is not."""
    if given is not None and given not in known:
        raise Declined(
            DeclineKind.INVALID,
            f"there is no {what} {given!r}{did_you_mean(given, known)}",
            f"give one of {', '.join(sorted(known))}",
        )
