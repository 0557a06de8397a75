"""Asking for the truth: from what a person or a program types to a question that the simulator answers."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from headend.operations.events.field_facts import field_history
from headend.operations.fleet.meter_state import find_meter
from headend.store import UnitOfWork
from simulator.cim.reading_type import InvalidReadingType, ReadingType
from simulator.counted_tariffs import CountedTariffs, counted_tariffs
from simulator.field_history import UNDISTURBED
from simulator.fleet import Fleet
from simulator.fleet.meter_groups import indices_of
from simulator.kind_channels import KindChannels
from simulator.near_miss import did_you_mean
from simulator.quantities import UnsupportedQuantity
from simulator.truth.export import TruthQuestion


class InvalidQuestion(ValueError):
    """A question that has no answer; the message says which word, and the rule."""


def truth_question(
    fleet: Fleet,
    work: UnitOfWork | None,
    *,
    start: datetime | None,
    end: datetime | None,
    now: datetime,
    meters: Sequence[str] = (),
    group: str | None = None,
    reading_types: Sequence[str] = (),
    only_differences: bool = False,
) -> TruthQuestion:
    """What to tell about the meters (mRIDs or names) and the group together; neither means the whole fleet.

    start: None is the midnight (UTC) before `now`; end: None is `now`. reading_types: 18 numbers each; none means what
    each meter delivers by default. work: where what happened to the meters is kept; None for a fleet that nobody
    touched. Raises InvalidQuestion.
    """
    start = start or now.replace(hour=0, minute=0, second=0, microsecond=0)
    end = end or now
    if end <= start:
        raise InvalidQuestion(f"the window ends at {end.isoformat()}, which is not after its start {start.isoformat()}")
    if start >= now:
        raise InvalidQuestion(f"the window starts at {start.isoformat()}, but for the head end it is {now.isoformat()}")
    chosen = _meters(fleet, meters, group)
    history = UNDISTURBED if work is None else field_history(fleet, chosen, work)
    return TruthQuestion(
        fleet=fleet,
        meters=chosen,
        channels=_channels(fleet, reading_types, counted_tariffs(fleet, chosen, history.tariffs)),
        start=start,
        end=end,
        now=now,
        history=history,
        only_differences=only_differences,
    )


def _meters(fleet: Fleet, meters: Sequence[str], group: str | None) -> NDArray[np.int64] | range:
    if not meters and group is None:
        return fleet.all_meters()
    found: list[NDArray[np.int64]] = []
    for text in meters:
        meter = find_meter(fleet, text)
        if meter is None:
            last = fleet.meter(len(fleet) - 1).name if len(fleet) else "none"
            raise InvalidQuestion(f"there is no meter {text!r} in this fleet of {len(fleet)}; its last is {last}")
        found.append(np.array([meter.index], np.int64))
    if group is not None:
        members = fleet.group_members(group)
        if members is None:
            raise InvalidQuestion(
                f"there is no group {group!r} in this fleet{did_you_mean(group, _group_names(fleet))}"
            )
        found.append(indices_of(members))
    return np.unique(np.concatenate(found))


def _group_names(fleet: Fleet) -> list[str]:
    """Of templates, and of what feeds the first meter: enough to see what groups are called."""
    templates = [placed.template.name for placed in fleet.layout.templates]
    return [*templates, *(one.name for one in fleet.groups.above(0))] if len(fleet) else templates


def _channels(fleet: Fleet, reading_types: Sequence[str], counted: CountedTariffs) -> KindChannels:
    if not reading_types:
        return KindChannels.by_default(fleet)
    try:
        channels = KindChannels.of(fleet, [ReadingType.parse(text) for text in reading_types], counted)
    except (InvalidReadingType, UnsupportedQuantity) as error:
        raise InvalidQuestion(str(error)) from error
    for number, one in enumerate(channels.channels):
        if not any(number in numbers for numbers in channels.of_kind):
            raise InvalidQuestion(f"no meter of this fleet delivers {one.reading_type}, {one.reading_type.describe()}")
        if one.sampling is not None and one.sampling.tells_time:
            raise InvalidQuestion(f"{one.reading_type} tells when something was, which is no amount that could flow")
    return channels
