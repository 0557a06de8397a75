"""Events that happen by themselves, as a function of seed, meter and time: nothing is stored, nothing runs.

Time is cut into blocks of 32 days since 1970. In each block a meter has a number of events of each kind, which follows
Poisson's law with the kind's rate; each lies at a drawn second of the block, and what has an end of its own ends after
a drawn duration. Draws are addressed by the type's code, so another kind, or another rate of it, moves no event.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Context, Decimal
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.cim.event_catalogue import ListedEvent
from simulator.communication import WHOLE_SHARE, Communication
from simulator.event_rates import LONGEST_DURATION_S, EventKind
from simulator.event_suitability import DeviceSort
from simulator.field_events import EventCause, FieldEvents
from simulator.field_history import UNDISTURBED, FieldHistory
from simulator.fleet import Fleet, Indices
from simulator.links import longest_wait_s
from simulator.local_time import DAY_S, Instants
from simulator.meter_class import MeterClass
from simulator.noise import Purpose
from simulator.reachability import when_reachable
from simulator.supply import Supply

BLOCK_DAYS: Final = 32
_BLOCK_S: Final = BLOCK_DAYS * DAY_S
_DAYS_OF_4_YEARS: Final = 1_461

# An address is the type's code without the device (below 2**26), the block (below 2**20) and the event in it.
_BLOCKS: Final = 2**20
_MOST_IN_A_BLOCK: Final = 255
_EVENTS: Final = 2**8

# Meters that are worked on at a time: their draws stay in the processor's cache.
_METERS_AT_A_TIME: Final = 65_536

# Durations in 16ths of the usual one, each as likely as the others: half are shorter, one in sixteen is much longer.
_DURATION_16THS: Final = np.array([2, 4, 6, 8, 9, 11, 13, 15, 17, 20, 23, 28, 34, 44, 64, 128], np.int64)
_LONGEST_16THS: Final = 128

# The link itself is what fails: the head end hears of it when the link is back.
_LINK_DOMAINS: Final = {1, 19, 23}


def spontaneous_events(
    fleet: Fleet, meters: Indices, after: int, until: int, history: FieldHistory = UNDISTURBED
) -> FieldEvents:
    """What happened at these meters in (after, until], epoch seconds, while they were installed and mounted.

    A state that began before `after` and ended inside has only its end there, and the other way round. Some of it the
    head end may hear of after `until` only.
    """
    found = FieldEvents.joined(
        events.happened(after, until) for events in _events_around(fleet, meters, after, until, is_heard=False)
    )
    return _while_mounted(fleet, found, history)


def spontaneous_events_heard(
    fleet: Fleet, meters: Indices, after: int, until: int, history: FieldHistory = UNDISTURBED
) -> FieldEvents:
    """What the head end heard of from these meters in (after, until], epoch seconds, whenever it happened."""
    found = FieldEvents.joined(
        events.heard_in(after, until) for events in _events_around(fleet, meters, after, until, is_heard=True)
    )
    return _while_mounted(fleet, found, history)


def _while_mounted(fleet: Fleet, events: FieldEvents, history: FieldHistory) -> FieldEvents:
    if not history.interruptions:
        return events
    return events.where(Supply(fleet, history).mounted(events.meters, events.instants))


def _events_around(fleet: Fleet, meters: Indices, after: int, until: int, *, is_heard: bool) -> Iterator[FieldEvents]:
    """All events of (after, until] and some around it; with `is_heard` all that are heard in (after, until]."""
    if until <= after or not can_happen(fleet):
        return
    for rows in _parts_of(meters):
        # Meters are alike where conditions and class are.
        alike = fleet.conditions_of(rows) * len(fleet.classes) + fleet.class_of(rows)
        for one in np.unique(alike).tolist():
            conditions, meter_class = divmod(one, len(fleet.classes))
            line = fleet.conditions[conditions].communication
            kinds = fleet.conditions[conditions].events.kinds(device_sort(fleet.classes[meter_class]))
            if kinds:
                first = after - _longest_silence_s(line) if is_heard else after
                yield from _of_kinds(fleet, rows[alike == one], line, kinds, first, until)


def can_happen(fleet: Fleet) -> bool:
    """Whether any meter of the fleet ever reports something by itself."""
    return any(one.events for one in fleet.conditions)


def device_sort(meter_class: MeterClass) -> DeviceSort:
    """What sort of device the meters of a class are."""
    return DeviceSort(meter_class.end_device_type, meter_class.phases, meter_class.has_switch)


def _parts_of(meters: Indices) -> Iterator[NDArray[np.int64]]:
    for first in range(0, len(meters), _METERS_AT_A_TIME):
        part = meters[first : first + _METERS_AT_A_TIME]
        yield np.arange(part.start, part.stop, part.step) if isinstance(part, range) else np.asarray(part, np.int64)


def _of_kinds(
    fleet: Fleet, meters: NDArray[np.int64], line: Communication, kinds: tuple[EventKind, ...], after: int, until: int
) -> Iterator[FieldEvents]:
    """The events of meters that are of one class and have one line: of all states that touch (after, until]."""
    keys = fleet.keys(meters)
    installed = fleet.installed_of(meters)
    device_type = fleet.class_at(int(meters[0])).end_device_type

    def told(rows: NDArray[np.int64], instants: Instants, sent: Instants, event: ListedEvent) -> FieldEvents:
        # A device tells at once, or as soon as it can be reached again: an alarm waits for no collection.
        heard = when_reachable(line, fleet.calendar, keys[rows], sent)
        number = event.of_device(device_type).number
        return FieldEvents.of(meters[rows], instants, number, EventCause.SPONTANEOUS, heard)

    for kind in kinds:
        states = _states(keys, installed, kind, after, until)
        if not len(states.meters):
            continue
        is_link = kind.ends is not None and kind.begins.domain in _LINK_DOMAINS
        yield told(states.meters, states.starts, states.ends if is_link else states.starts, kind.begins)
        if kind.ends is not None:
            yield told(states.meters, states.ends, states.ends, kind.ends)


def _longest_silence_s(line: Communication) -> int:
    """No meter that has something to tell waits longer until it is reachable."""
    return longest_wait_s(replace(line, collect_every_s=0, collected_within_day=WHOLE_SHARE))


@dataclass(frozen=True, slots=True)
class _States:
    """Times at which something was the case, (n,) each: at which meter (row), and from when to when."""

    meters: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]  # equal to `starts` for what has no end

    def where(self, chosen: NDArray[np.bool_]) -> "_States":
        return _States(self.meters[chosen], self.starts[chosen], self.ends[chosen])


def _states(keys: noise.Words, installed: NDArray[np.int64], kind: EventKind, after: int, until: int) -> _States:
    """The states of one kind that touch (after, until].

    keys, installed: (meters,). No state begins inside another one of its meter: what was drawn there is left out.
    """
    longest_s = longest_duration_s(kind)
    # Whether a state counts depends on those before it, so two lengths are looked back.
    found = _drawn(keys, kind, max(after - 2 * longest_s, 0), until)
    found = found.where(found.starts >= installed[found.meters])
    if longest_s:
        found = _apart(found)
    return found.where((found.starts <= until) & (found.ends > after))


def _drawn(keys: noise.Words, kind: EventKind, after: int, until: int) -> _States:
    thresholds = _thresholds(kind.rate_of, kind.per_years)
    code = 0
    for part in kind.begins.key:
        code = code * 1_000 + part
    counted = noise.key_for(keys, Purpose.EVENT_COUNT)
    rows, ordinals, blocks = [], [], []
    at_a_time = max(_METERS_AT_A_TIME // len(keys), 1)
    last = until // _BLOCK_S
    for first in range(after // _BLOCK_S, last + 1, at_a_time):
        some = np.arange(first, min(first + at_a_time, last + 1))
        words = noise.draw(counted[:, np.newaxis], code * _BLOCKS + some)  # (meters, blocks)
        row, column = np.nonzero(words >= thresholds[0])
        counts = np.searchsorted(thresholds, words[row, column], side="right")
        rows.append(np.repeat(row, counts))
        blocks.append(np.repeat(some[column], counts))
        ordinals.append(np.arange(len(rows[-1])) - np.repeat(np.cumsum(counts) - counts, counts))
    meters, block_of = np.concatenate(rows), np.concatenate(blocks)
    addresses = (code * _BLOCKS + block_of) * _EVENTS + np.concatenate(ordinals)
    offsets = (noise.draw(noise.key_for(keys[meters], Purpose.EVENT_INSTANT), addresses) >> 32) * _BLOCK_S >> 32
    starts = block_of * _BLOCK_S + offsets.view(np.int64)
    if not kind.duration_s:
        return _States(meters, starts, starts)
    return _States(meters, starts, starts + _durations_s(keys[meters], addresses, kind.duration_s))


def _durations_s(keys: noise.Words, addresses: NDArray[np.int64], usual_s: int) -> NDArray[np.int64]:
    """A drawn length for each state, in seconds: evenly between two steps of the ladder."""
    words = noise.draw(noise.key_for(keys, Purpose.EVENT_DURATION), addresses)
    step = (words >> 60).view(np.int64)
    low = np.concatenate(([1], _DURATION_16THS))[step]
    between = ((words >> 16) & 0xFFFF).view(np.int64)
    width = _DURATION_16THS[step] - low
    lengths = usual_s * (low * 65_536 + width * between) // (16 * 65_536)
    bounded: NDArray[np.int64] = np.clip(lengths, 1, LONGEST_DURATION_S)
    return bounded


def longest_duration_s(kind: EventKind) -> int:
    """No state of the kind lasts longer."""
    return min(max(kind.duration_s * _LONGEST_16THS // 16, 1), LONGEST_DURATION_S) if kind.duration_s else 0


def _apart(states: _States) -> _States:
    """In the order of meters and starts, without what begins before an earlier state of its meter has ended."""
    order = np.lexsort((states.starts, states.meters))
    states = _States(states.meters[order], states.starts[order], states.ends[order])
    if len(order) < 2:
        return states
    # The latest end so far, per meter: meters stand far apart on one line.
    line = states.meters * 2**40
    latest = np.maximum.accumulate(line + states.ends)
    apart = np.ones(len(order), bool)
    apart[1:] = (line + states.starts)[1:] > latest[:-1]
    return states.where(apart)


@lru_cache(maxsize=1024)
def _thresholds(rate_of: int, per_years: int) -> noise.Words:
    """Where the draw of a block is at least the n-th number (from 0), there are more than n events.

    Poisson's law in decimal arithmetic of 60 digits, the same on every machine.
    """
    context = Context(prec=60, rounding=ROUND_FLOOR)
    mean = context.divide(Decimal(rate_of * BLOCK_DAYS * 4), Decimal(per_years * _DAYS_OF_4_YEARS))
    likelihood = reached = context.exp(context.minus(mean))
    thresholds = []
    for count in range(1, _MOST_IN_A_BLOCK + 1):
        words = int(context.multiply(reached, Decimal(2**64)))
        if words >= 2**64:
            break
        thresholds.append(words)
        likelihood = context.divide(context.multiply(likelihood, mean), Decimal(count))
        reached = context.add(reached, likelihood)
    return np.array(thresholds, np.uint64)
