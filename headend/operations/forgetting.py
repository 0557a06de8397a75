"""What is over, and how it is found: controls, schedules, service works, and what commands left on devices long ago.

To find it may take a while, so that is done in units of work that only read; what is found is forgotten in short ones.
Nothing of it can come back to life in between: what is over has no future that is told anew.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from headend.operations.controls.late_control_reply import NOUNS as CONTROL_NOUNS
from headend.operations.retention import BACKLOG, PIECE, Retention, Step
from headend.operations.schedules.publish_scheduled_readings import LATE_FOR_S
from headend.operations.schedules.publish_scheduled_readings import NOUN as READINGS
from headend.operations.schedules.schedule_definition import definition_of, schedule_recurrence
from headend.operations.schedules.schedule_states import ScheduleState, state_of
from headend.operations.service_requests.payload import NOUN as SERVICE_REQUESTS
from headend.store import Json, StoredSchedule, UnitOfWork
from simulator.device import Aspect
from simulator.local_time import LocalCalendar

Search = Callable[[UnitOfWork], Step | None]
"""Looks for one piece, in a unit of work that only reads; the step that forgets it, None where there is nothing. To be
called again as long as its steps forget anything.
"""

LASTING_ASPECTS: Final = frozenset({Aspect.DEMAND_RESET.value})
"""Readings of the past depend on each one of these: maxima begin anew with a reset, and registers count resets."""

_LATE: Final = timedelta(seconds=LATE_FOR_S) + timedelta(days=1)
"""Of what was due longer ago nothing is told any more."""

_Page = Sequence[tuple[int, str]]
"""Numbers and mRIDs, ascending."""


def searches(retention: Retention, calendar: LocalCalendar, fleet_now: datetime) -> tuple[Search, ...]:
    """For what is found fast, however much is kept. Works come before the controls that carry them out."""

    def works(work: UnitOfWork) -> Step | None:
        def page(after: int) -> _Page:
            return work.service_works.over(
                before=fleet_now - retention.works_for,
                keep=retention.works,
                now=fleet_now,
                limit=PIECE,
                after=after,
            )

        found = _unneeded(page, (SERVICE_REQUESTS,), work)
        return (lambda writing: writing.service_works.forget(found)) if found else None

    def controls(work: UnitOfWork) -> Step | None:
        def page(after: int) -> _Page:
            return work.controls.over(
                before=fleet_now - retention.controls_for,
                keep=retention.controls,
                now=fleet_now,
                limit=PIECE,
                after=after,
            )

        found = _unneeded(page, CONTROL_NOUNS, work)
        return (lambda writing: writing.controls.forget(found, fleet_now, PIECE)) if found else None

    def schedules(work: UnitOfWork) -> Step | None:
        def page(after: int) -> _Page:
            while some := work.meter_read_schedules.over(
                before=fleet_now - retention.schedules_for,
                keep=retention.schedules,
                now=fleet_now,
                limit=PIECE,
                after=after,
            ):
                if over := [(number, one.mrid) for number, one in some if _is_over(one, calendar, fleet_now, work)]:
                    return over
                after = some[-1][0]
            return ()

        found = _unneeded(page, (READINGS,), work)
        return (lambda writing: writing.meter_read_schedules.forget(found)) if found else None

    return works, controls, schedules


def sweeps(retention: Retention, fleet_now: datetime) -> tuple[Search, ...]:
    """For what is found by a look at whole tables: once a day of the fleet's time is often enough."""

    def transitions(work: UnitOfWork) -> Step | None:
        before = fleet_now - retention.controls_for
        found = work.device_states.spent(before=before, kept_aspects=LASTING_ASPECTS, limit=PIECE)
        return (lambda writing: writing.device_states.remove(found)) if found else None

    def revisions(work: UnitOfWork) -> Step | None:
        before = fleet_now - retention.schedules_for
        replaced = work.meter_read_schedules.replaced(before=before, late_for=_LATE)
        named = _named(set(replaced), (READINGS,), work) if replaced else frozenset()
        mrid = next((one for one in replaced if one not in named), None)
        return None if mrid is None else partial(_forget_revisions, mrid, replaced[mrid])

    return transitions, revisions


def _forget_revisions(mrid: str, last: int, work: UnitOfWork) -> int:
    return work.meter_read_schedules.forget_revisions(mrid, last, PIECE)


def _is_over(schedule: StoredSchedule, calendar: LocalCalendar, now: datetime, work: UnitOfWork) -> bool:
    revision = work.meter_read_schedules.revisions(schedule.mrid)[-1]
    recurrence = schedule_recurrence(definition_of(revision), revision.since, calendar)
    return state_of(schedule, recurrence, now) is not ScheduleState.ACTIVE


def _unneeded(page: Callable[[int], _Page], nouns: Sequence[str], work: UnitOfWork) -> list[str]:
    """One piece of what pages list, but for what messages of some nouns name that are yet to be sent.

    page: the first ones with a number above that one.
    """
    found: list[str] = []
    after = -1
    while len(found) < PIECE and (some := page(after)):
        mrids = [mrid for _, mrid in some]
        named = _named(set(mrids), nouns, work)
        found += [mrid for mrid in mrids if mrid not in named]
        after = some[-1][0]
    return found[:PIECE]


def _named(mrids: Collection[str], nouns: Sequence[str], work: UnitOfWork) -> Collection[str]:
    """Which of these are named by a message that was not delivered, be it given up: it may be made again."""
    named: set[str] = set()
    for noun in nouns:
        recipes = work.outbox.unsent_recipes(noun, BACKLOG + 1)
        if len(recipes) > BACKLOG:
            return mrids
        named.update(text for recipe in recipes for text in _texts(recipe) if text in mrids)
    return named


def _texts(recipe: Json) -> Iterator[str]:
    if isinstance(recipe, str):
        yield recipe
    elif isinstance(recipe, Mapping):
        for value in recipe.values():
            yield from _texts(value)
    elif isinstance(recipe, Sequence):
        for value in recipe:
            yield from _texts(value)
