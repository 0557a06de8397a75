"""What is kept for how long: the store of a head end that runs for a year is no larger than that of a month.

Forgotten is what is over: messages that were delivered or given up, events of which every message has arrived, replies
to requests that nobody sends again any more, orderings that are used up; controls, schedules and service works as
`forgetting` finds them. What readings of any time follow from (interruptions, outages, defects, demand resets, master
data and its log) stays: without it a register would change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from headend.operations.controls.late_control_reply import ANSWERED_CONTROLS
from headend.store import MessageState, UnitOfWork

PIECE: Final = 500
"""Rows that one unit of work forgets, so that no request waits long for its turn."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long, and how much at most. Both bounds hold, since on a fast clock a year is over in an hour."""

    finished_for: timedelta
    """Of the machine's time, since a message was delivered or given up."""
    finished_messages: int
    """Delivered ones; and as many that were given up."""
    events_for: timedelta
    """Of the fleet's time, since the event happened."""
    events: int
    requests_for: timedelta
    """Of the machine's time, since the request was answered: so long it is known when it comes again."""
    requests: int
    controls_for: timedelta
    """Of the fleet's time, since the last thing happened to it; so long also what commands made of devices before it
    became something else."""
    controls: int
    schedules_for: timedelta
    """Of the fleet's time, since it ended, and a revision since it was replaced."""
    schedules: int
    works_for: timedelta
    """Of the fleet's time, since the last thing happened to a service work."""
    works: int
    orderings: int
    """Used up or not; those that are not stay in any case."""


BACKLOG: Final = 10_000
"""With more messages of a noun to be sent than this, nothing that they may name is forgotten until they are."""

Step = Callable[[UnitOfWork], int]
"""Forgets one piece, in a unit of work of its own; how many rows. Called again as long as it was a whole piece."""


def retention_steps(retention: Retention, fleet_now: datetime, machine_now: datetime) -> tuple[Step, ...]:
    """What is forgotten where it is found."""
    finished_before = machine_now - retention.finished_for

    def finished(state: MessageState) -> Step:
        return lambda work: work.outbox.forget_finished(
            state, before=finished_before, keep=retention.finished_messages, limit=PIECE
        )

    def events(work: UnitOfWork) -> int:
        needed = _needed_events(work)
        if needed is None:
            return 0
        return work.events.forget_old(
            before=fleet_now - retention.events_for, keep=retention.events, needed=needed, limit=PIECE
        )

    def requests(work: UnitOfWork) -> int:
        return work.handled_requests.forget_old(
            before=machine_now - retention.requests_for, keep=retention.requests, limit=PIECE
        )

    def nonces(work: UnitOfWork) -> int:
        # By age alone: one that is forgotten too early could be used a second time.
        return work.nonces.forget_old(before=machine_now - retention.requests_for, limit=PIECE)

    def orderings(work: UnitOfWork) -> int:
        return work.mischief.forget_used_up(keep=retention.orderings, limit=PIECE)

    def subscriptions(work: UnitOfWork) -> int:
        return work.subscriptions.forget_ended()

    return (
        finished(MessageState.DELIVERED),
        finished(MessageState.DEAD),
        events,
        requests,
        nonces,
        orderings,
        subscriptions,
    )


def _needed_events(work: UnitOfWork) -> set[str] | None:
    """mRIDs of stored events that a message may still be made from; None: nobody can tell, so all are."""
    recipes = work.outbox.unsent_recipes("EndDeviceEvents", BACKLOG + 1)
    if len(recipes) > BACKLOG or any(isinstance(one, Mapping) and ANSWERED_CONTROLS in one for one in recipes):
        return None
    # A list names stored events; anything else is about events of the field, which are told again from nothing.
    return {str(mrid) for recipe in recipes if isinstance(recipe, list) for mrid in recipe}
