"""What meters tell of outages: last gasps, momentary interruptions, and that power is back.

A meter tells of its own supply, whatever node failed: where outages overlap it loses power once and gets it back
once. It says nothing of what happens on the line while its switch is open, so that nobody takes a disconnected
customer for an outage, and nothing at all while it is not mounted. `created` is always when it happened in the
device; the head end hears of it later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.cim.end_device_event_type import EndDeviceEventType
from simulator.field_events import EventCause, FieldEvents
from simulator.field_history import FieldHistory
from simulator.fleet import Fleet, Indices
from simulator.fleet.meter_groups import indices_of
from simulator.noise import Purpose
from simulator.outages import PROMPT, Outage, Reporting
from simulator.supply import Disturbed, Supply
from simulator.windows import FOR_EVER, Window, inside

POWER_LOST: Final = EndDeviceEventType.parse("3.26.0.85").number
POWER_RESTORED: Final = EndDeviceEventType.parse("3.26.0.216").number
# A momentary interruption is no outage: of the codes for the voltage alone.
VOLTAGE_LOST: Final = EndDeviceEventType.parse("3.26.38.47").number
VOLTAGE_NORMAL: Final = EndDeviceEventType.parse("3.26.38.37").number
_HALF: Final = 2**32


def outage_events(fleet: Fleet, history: FieldHistory, meters: Indices, after: int, until: int) -> FieldEvents:
    """What happened to the supply of meters in (after, until], epoch seconds, and is heard of at any time.

    `meters` are those that matter, each once; a range costs nothing. A lost last gasp is no event: nobody ever hears
    of it.
    """
    return _told(fleet, history, meters, after, until).happened(after, until)


def outage_events_heard(fleet: Fleet, history: FieldHistory, meters: Indices, after: int, until: int) -> FieldEvents:
    """What the head end heard of in (after, until], epoch seconds, whenever it happened; see `outage_events`."""
    return _told(fleet, history, meters, after, until).heard_in(after, until)


def _told(fleet: Fleet, history: FieldHistory, meters: Indices, after: int, until: int) -> FieldEvents:
    """All that is ever told of the outages that matter for (after, until]."""
    outages = _mattering(history.outages, after, until)
    if not outages:
        return FieldEvents.none()
    if isinstance(meters, range):
        fed = np.unique(np.concatenate([indices_of(one.node.meters(fleet)) for one in outages]))
        chosen = fed[(fed >= meters.start) & (fed < meters.stop)]
    else:
        chosen = np.asarray(meters, np.int64)
    told: list[FieldEvents] = []
    for group in Supply(fleet, replace(history, outages=outages)).disturbed(chosen):
        told += _of_group(fleet, chosen[group.rows], group)
    return FieldEvents.joined(told)


def _mattering(outages: Sequence[Outage], after: int, until: int) -> tuple[Outage, ...]:
    """Those that something in [after, until] may be told of, and all that may run into these."""
    chains: list[list[Outage]] = []
    end = -FOR_EVER
    for outage in sorted(outages, key=lambda one: one.start):
        if outage.start > end:
            chains.append([])
        end = max(end, _silent_from(outage))
        chains[-1].append(outage)
    return tuple(
        outage
        for chain in chains
        if chain[0].start <= until and max(map(_silent_from, chain)) >= after
        for outage in chain
    )


def _silent_from(outage: Outage) -> int:
    """When everything about it has been told."""
    if outage.restored is None:
        return FOR_EVER
    reporting = outage.reporting
    return outage.restored + reporting.hold_s + max(reporting.gasps_within_s, reporting.restorations_within_s)


@dataclass(frozen=True, slots=True)
class _Loss:
    """A window without power as the meters of a group report it."""

    start: int
    end: int | None
    is_momentary: bool
    at_start: Reporting
    at_end: Reporting


def _of_group(fleet: Fleet, meters: NDArray[np.int64], group: Disturbed) -> Iterator[FieldEvents]:
    """What meters tell that lived through the same."""
    losses = [_loss(window, group.outages) for window in group.dead]
    for place, loss in enumerate(losses):
        there = meters[fleet.installed_of(meters) <= loss.start]
        keys = fleet.keys(there)
        told_at = _told_at(losses, place)
        if not _is_off(group, loss.start):
            if not loss.is_momentary:
                yield _last_gasps(there, keys, loss)
            elif told_at is not None:
                heard = told_at + _notice_delay_s(keys, loss)
                yield FieldEvents.of(there, loss.start, VOLTAGE_LOST, EventCause.OUTAGE, heard)
        if loss.end is not None and told_at is not None and not _is_off(group, loss.end):
            back = VOLTAGE_NORMAL if loss.is_momentary else POWER_RESTORED
            yield FieldEvents.of(there, loss.end, back, EventCause.OUTAGE, told_at + _notice_delay_s(keys, loss))


def _loss(window: Window, outages: Sequence[Outage]) -> _Loss:
    start, end = window
    at_start = _reporting(outages, start)
    is_momentary = end is not None and end - start <= at_start.hold_s
    return _Loss(start, end, is_momentary, at_start, at_start if end is None else _reporting(outages, end))


def _reporting(outages: Sequence[Outage], instant: int) -> Reporting:
    """That of the outage which began last."""
    begun = [one for one in outages if one.start <= instant]
    return max(begun, key=lambda one: one.start).reporting if begun else PROMPT


def _is_off(group: Disturbed, instant: int) -> bool:
    """Whether the switches of a group stood open, or its meters hung nowhere."""
    return bool(inside((*group.switched, *group.unmounted), np.array([instant]))[0])


def _told_at(losses: Sequence[_Loss], place: int) -> int | None:
    """When meters begin to tell that a loss is over; None: it is not, or they lost power again for good before.

    That power is back after a lasting loss is told at once. A momentary one is told when power has held for as long
    as a meter waits; until then it counts with the next.
    """
    loss = losses[place]
    if loss.end is None:
        return None
    if not loss.is_momentary:
        return loss.end
    settled = loss.end + loss.at_end.hold_s
    follows = place + 1 < len(losses) and losses[place + 1].start < settled
    return _told_at(losses, place + 1) if follows else settled


def _last_gasps(meters: NDArray[np.int64], keys: noise.Words, loss: _Loss) -> FieldEvents:
    words = noise.draw(noise.key_for(keys, Purpose.LAST_GASP), np.array([loss.start]))
    reporting = loss.at_start
    arrives = _of_thousand(words // _HALF) >= reporting.gasps_lost_per_mille
    delay = _up_to(reporting.gasps_within_s, words[arrives])
    heard = loss.start + reporting.hold_s + delay
    return FieldEvents.of(meters[arrives], loss.start, POWER_LOST, EventCause.OUTAGE, heard)


def _notice_delay_s(keys: noise.Words, loss: _Loss) -> NDArray[np.int64]:
    """How much later than it is sent a notice that power is back arrives, (meters,)."""
    words = noise.draw(noise.key_for(keys, Purpose.RESTORATION_NOTICE), np.array([loss.end]))
    return _up_to(loss.at_end.restorations_within_s, words)


def _of_thousand(halves: noise.Words) -> NDArray[np.int64]:
    """0 to 999, from words of 32 bits."""
    return (halves * 1_000 // _HALF).view(np.int64)


def _up_to(most: int, words: noise.Words) -> NDArray[np.int64]:
    """0 to `most`, from the lower halves of words."""
    return (words % _HALF * np.uint64(most + 1) // _HALF).view(np.int64)
