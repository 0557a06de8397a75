"""The links of meters to the head end: who can be reached, how long an answer takes, when a value is heard.

All of it follows from the Communication of a meter's conditions, its key and the instant, so it is the same for
whoever asks, in any order and any number. A meter without power is silent, too; its history says when. Instants are
epoch seconds, meters are fleet indices. Lines that are perfect cost nothing: no draw is made for them.

A meter that is not mounted has no power, so nobody reaches it. But what it stored keeps nobody waiting: it was read
out when it was taken down, and that nothing flowed through it since then is known without it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.communication import MOST_DARK_DAYS, MOST_TRIES, WHOLE_SHARE, Communication
from simulator.field_history import UNDISTURBED, Cause, FieldHistory
from simulator.fleet import Fleet
from simulator.local_time import DAY_S, Instants
from simulator.noise import Purpose, Words
from simulator.reachability import reachable_at, when_reachable
from simulator.supply import Supply
from simulator.windows import FOR_EVER, Window, inside

Meters = NDArray[np.int64]

# The 256 quantiles of the exponential distribution with mean 1, in thousandths. That of rank k is the mean of the
# (k + 1)-th smallest of 256 draws: 1/256 + 1/255 + ... , so whole numbers are all it takes.
_EXPONENTIAL: Final = np.cumsum([1_000_000 // rank for rank in range(256, 0, -1)]).astype(np.int64) // 1_000
_MEDIAN: Final = int(_EXPONENTIAL[127])
_LONGEST: Final = int(_EXPONENTIAL[-1])


@dataclass(frozen=True, slots=True)
class Attempts:
    """How on-demand reads of some meters went, tries and all."""

    answered: NDArray[np.bool_]  # (meters,)
    after_ms: NDArray[np.int64]  # (meters,) from the request to the answer, or until the head end gives up


def attempts(fleet: Fleet, meters: Meters, instant: int, history: FieldHistory = UNDISTURBED) -> Attempts:
    """How an on-demand read of each meter goes that is asked for at an instant."""
    answered = np.ones(meters.size, np.bool_)
    after_ms = np.zeros(meters.size, np.int64)
    for line, rows in _lines(fleet, meters):
        if not line.answers_at_once:
            answered[rows], after_ms[rows] = _attempts(line, fleet, fleet.keys(meters[rows]), instant)
    silent = np.flatnonzero(_powerless(fleet, meters, instant, history))
    if silent.size:
        answered[silent] = False
        give_up_ms = np.array([one.communication.give_up_ms for one in fleet.conditions])
        after_ms[silent] = give_up_ms[fleet.conditions_of(meters[silent])]
    return Attempts(answered, after_ms)


def reachable(fleet: Fleet, meters: Meters, instant: int, history: FieldHistory = UNDISTURBED) -> NDArray[np.bool_]:
    """Whether each meter can be reached at an instant: it has power, is inside its window, and not dark."""
    found = ~_powerless(fleet, meters, instant, history)
    for line, rows in _lines(fleet, meters):
        if not line.is_always_reachable:
            at = np.array([instant], np.int64)
            found[rows] &= reachable_at(line, fleet.calendar, fleet.keys(meters[rows]), at)
    return found


def latency_ms(fleet: Fleet, meters: Meters, instant: int, history: FieldHistory = UNDISTURBED) -> NDArray[np.int64]:
    """How long an on-demand read takes, retries included, until the answer or until the head end gives up."""
    return attempts(fleet, meters, instant, history).after_ms


def succeeds(fleet: Fleet, meters: Meters, instant: int, history: FieldHistory = UNDISTURBED) -> NDArray[np.bool_]:
    """Whether each meter answers an on-demand read: it can be reached, and one of the tries gets through."""
    return attempts(fleet, meters, instant, history).answered


def heard(fleet: Fleet, meters: Meters, stamps: Instants, history: FieldHistory = UNDISTURBED) -> Instants:
    """When the head end has a value with a stamp, (meters, stamps); never before the stamp.

    stamps: (stamps,) for all meters alike, or (meters, stamps). FOR_EVER where the line of a meter is dead and nobody
    knows yet until when.
    """
    stamps = np.broadcast_to(stamps, (meters.size, stamps.shape[-1]))
    disturbed = Supply(fleet, history).disturbed(meters)
    if not stamps.size or (not disturbed and all(one.communication.is_prompt for one in fleet.conditions)):
        return stamps
    found = np.array(stamps)
    for line, rows in _lines(fleet, meters):
        if not line.is_prompt:
            found[rows] = _heard(line, fleet, fleet.keys(meters[rows])[:, np.newaxis], stamps[rows])
    for group in disturbed:
        if group.dead:
            found[group.rows] = _after_power(fleet, meters[group.rows], found[group.rows], group.dead)
    return found


def all_answer_at_once(fleet: Fleet, instant: int, history: FieldHistory = UNDISTURBED) -> bool:
    """Whether an on-demand read at an instant is answered by every meter, and without delay."""
    if not all(one.communication.answers_at_once for one in fleet.conditions):
        return False
    if any(start <= instant < end for start, end in _power_failures(history)):
        return False
    own = (one for its in history.interruptions.values() for one in its if one.cause is Cause.NOT_MOUNTED)
    return not any(one.start <= instant < (FOR_EVER if one.end is None else one.end) for one in own)


def unheard_of(fleet: Fleet, history: FieldHistory, meters: Meters, stamps: Instants, now: int) -> NDArray[np.bool_]:
    """Which values the head end does not have at `now`, (meters, stamps); stamps (stamps,) ascend, up to `now`.

    As `heard` says, but what is so old that it must have come costs nothing.
    """
    missing = np.zeros((meters.size, len(stamps)), np.bool_)
    recent = int(np.searchsorted(stamps, known_until(fleet, now, history), side="right"))
    if recent < len(stamps):
        rows = _behind(fleet, history, meters, stamps[recent:], now)
        missing[rows, recent:] = heard(fleet, meters[rows], stamps[recent:], history) > now
    return missing


def known_until(fleet: Fleet, now: int, history: FieldHistory = UNDISTURBED) -> int:
    """Whatever is stamped at this instant or before is known at `now`, of every meter: `now` on perfect lines."""
    longest_s = max(longest_wait_s(one.communication) for one in fleet.conditions)
    known = now - longest_s
    for start, end in sorted(_power_failures(history), key=itemgetter(1), reverse=True):
        if end < known:
            break
        known = min(known, start - 1 - longest_s)  # what had to wait for power began to wait before
    return known


def longest_wait_s(line: Communication) -> int:
    """No value is heard later than this after its stamp, or after power is back."""
    if line.is_prompt:
        return 0
    wait_s = line.collect_every_s
    if line.collected_within_day < WHOLE_SHARE:
        wait_s += DAY_S + _LONGEST * line.late_spread_s // 1_000
    if line.windows:
        wait_s += 2 * DAY_S
    if line.dark:
        # A dark time is at most MOST_DARK_DAYS of its span of DARK_SPAN_DAYS: who has waited out one and then the
        # next has waited for its window at most twice, and there is light for two weeks.
        wait_s += 2 * (MOST_DARK_DAYS + 2) * DAY_S
    return wait_s


def clock_error_s(fleet: Fleet, meters: Meters, instants: Instants) -> NDArray[np.int64]:
    """By how many seconds the clock of each meter is fast (or slow: negative), (meters, instants).

    It grows evenly from one synchronisation to the next. instants: (instants,) or (meters, instants).
    """
    found = np.zeros((meters.size, instants.shape[-1]), np.int64)
    for line, rows in _lines(fleet, meters):
        if not line.drifting:
            continue
        key = noise.key_for(fleet.keys(meters[rows]), Purpose.CLOCK_DRIFT)
        speed, phase = (noise.draw(key, np.array([part]))[:, np.newaxis] for part in (1, 2))
        ms_per_day = 1 + _part(speed, line.drift_most_s_per_day * 1_000)
        sync_s = line.sync_every_days * DAY_S
        elapsed_s = (np.broadcast_to(instants, found.shape)[rows] - _part(phase, sync_s)) % sync_s
        fast_s = ms_per_day * elapsed_s // (DAY_S * 1_000)
        signed_s = np.where(speed >> 63, fast_s, -fast_s)
        found[rows] = np.where(_drifts(line, key)[:, np.newaxis], signed_s, 0)
    return found


def drifting(fleet: Fleet, meters: Meters) -> NDArray[np.bool_]:
    """Whose clocks run fast or slow, (meters,)."""
    found = np.zeros(meters.size, np.bool_)
    for line, rows in _lines(fleet, meters):
        if line.drifting:
            found[rows] = _drifts(line, noise.key_for(fleet.keys(meters[rows]), Purpose.CLOCK_DRIFT))
    return found


def _drifts(line: Communication, key: Words) -> NDArray[np.bool_]:
    drifts: NDArray[np.bool_] = (noise.draw(key, np.array([0])) >> 32) * WHOLE_SHARE >> 32 < line.drifting
    return drifts


def _lines(fleet: Fleet, meters: Meters) -> Iterator[tuple[Communication, NDArray[np.int64] | slice]]:
    """Each kind of line that occurs, and the rows of its meters."""
    if len(fleet.conditions) == 1:
        yield fleet.conditions[0].communication, slice(None)
        return
    positions = fleet.conditions_of(meters)
    for position, conditions in enumerate(fleet.conditions):
        rows = np.flatnonzero(positions == position)
        if rows.size:
            yield conditions.communication, rows


def _power_failures(history: FieldHistory) -> Iterator[tuple[int, int]]:
    """The windows without power that any meter lived through, each in the ways of its outage."""
    for outage in history.outages:
        for windows in outage.courses:
            for start, end in windows:
                yield start, FOR_EVER if end is None else end


def _powerless(fleet: Fleet, meters: Meters, instant: int, history: FieldHistory) -> NDArray[np.bool_]:
    """Which meters have no power at an instant, (meters,)."""
    found = np.zeros(meters.size, np.bool_)
    at = np.array([instant], np.int64)
    for group in Supply(fleet, history).disturbed(meters):
        found[group.rows] = inside(group.powerless, at)
    return found


def _after_power(fleet: Fleet, meters: Meters, instants: Instants, dead: tuple[Window, ...]) -> Instants:
    """The first instants from these on, (meters, stamps), at which meters have power and can be reached."""
    found = instants.copy()
    for start, end in dead:  # in ascending order: who waits for one end may run into the next window
        dark = (found >= start) & (found < (FOR_EVER if end is None else end))
        if end is None:
            found[dark] = FOR_EVER
        elif dark.any():
            rows, columns = np.nonzero(dark)
            found[rows, columns] = _from(fleet, meters[rows], end)
    return found


def _from(fleet: Fleet, meters: Meters, instant: int) -> Instants:
    """When each meter, which is without power until `instant`, can be reached from then on; (meters,)."""
    at = np.full(meters.size, instant, np.int64)
    for line, rows in _lines(fleet, meters):
        at[rows] = when_reachable(line, fleet.calendar, fleet.keys(meters[rows]), at[rows])
    return at


def _attempts(
    line: Communication, fleet: Fleet, keys: Words, instant: int
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """answered and after_ms of Attempts. An answer that comes after `retry_after_ms` comes too late for its try."""
    at = np.array([instant], np.int64)
    answered = np.zeros(keys.size, np.bool_)
    after_ms = np.full(keys.size, line.give_up_ms, np.int64)
    open_rows = np.flatnonzero(reachable_at(line, fleet.calendar, keys, at))
    for number in range(line.tries):
        if not open_rows.size:
            break
        address = at * MOST_TRIES + number
        own = keys[open_rows]
        rank = noise.top_byte(noise.draw(noise.key_for(own, Purpose.LATENCY), address))
        answer_ms = line.latency_median_ms + (_EXPONENTIAL[rank] - _MEDIAN) * line.latency_spread_ms // 1_000
        np.maximum(answer_ms, 0, out=answer_ms)
        luck = noise.draw(noise.key_for(own, Purpose.READ_TRY), address) >> 32
        good = (luck * WHOLE_SHARE >> 32 < line.read_success) & (answer_ms <= line.retry_after_ms)
        answered[open_rows[good]] = True
        after_ms[open_rows[good]] = number * line.retry_after_ms + answer_ms[good]
        open_rows = open_rows[~good]
    return answered, after_ms


def _behind(fleet: Fleet, history: FieldHistory, meters: Meters, stamps: Instants, now: int) -> NDArray[np.int64]:
    """The rows of meters that may lack some of the values at `now`: all that do, and few others.

    Collections are fewer than values, and most meters have delivered all of theirs.
    """
    found = np.zeros(meters.size, np.bool_)
    for line, rows in _lines(fleet, meters):
        if line.collect_every_s:
            keys = fleet.keys(meters[rows])[:, np.newaxis]
            phase_s = _phase_s(line, keys)
            first, last = (_rounds(line, phase_s, stamps[end]) for end in (0, -1))
            rounds = np.arange(int(first.min()), int(last.max()) + 1)[np.newaxis, :]
            late = _collected(line, fleet, keys, rounds, phase_s) > now
            found[rows] = (late & (first <= rounds) & (rounds <= last)).any(axis=1)
        elif not line.is_prompt:
            found[rows] = True
    for group in Supply(fleet, history).disturbed(meters):
        if group.dead:
            found[group.rows] = True
    return np.flatnonzero(found)


def _heard(line: Communication, fleet: Fleet, keys: Words, stamps: Instants) -> Instants:
    """When values are heard; keys (meters, 1), stamps (meters, stamps)."""
    if not line.collect_every_s:
        return when_reachable(line, fleet.calendar, keys, stamps)
    phase_s = _phase_s(line, keys)
    rounds = _rounds(line, phase_s, stamps)
    first, last = int(rounds.min()), int(rounds.max())
    if last - first < stamps.shape[1]:
        # Many values come with one collection: it is worked out once.
        found = _collected(line, fleet, keys, np.arange(first, last + 1)[np.newaxis, :], phase_s)
        return np.take_along_axis(found, rounds - first, axis=1)
    return _collected(line, fleet, keys, rounds, phase_s)


def _phase_s(line: Communication, keys: Words) -> NDArray[np.int64]:
    """When in each round it is a meter's turn, in seconds; same shape as keys."""
    return _part(noise.mix(noise.key_for(keys, Purpose.COLLECTION_PHASE)), line.collect_every_s)


def _rounds(line: Communication, phase_s: NDArray[np.int64], stamps: Instants) -> NDArray[np.int64]:
    """With which collection each value comes, counted from 1970. One that is stamped at a meter's turn is in time."""
    rounds: NDArray[np.int64] = -((phase_s - stamps) // line.collect_every_s)  # rounded up
    return rounds


def _collected(
    line: Communication, fleet: Fleet, keys: Words, rounds: NDArray[np.int64], phase_s: NDArray[np.int64]
) -> Instants:
    """When the values of collections reach the head end; keys and phase_s (meters, 1), rounds count from 1970."""
    at = rounds * line.collect_every_s + phase_s
    if line.collected_within_day < WHOLE_SHARE:
        luck = noise.draw(noise.key_for(keys, Purpose.COLLECTION), rounds) >> 32
        is_late = luck * WHOLE_SHARE >> 32 >= line.collected_within_day
        rank = noise.top_byte(noise.draw(noise.key_for(keys, Purpose.LATENESS), rounds))
        at = np.where(is_late, at + DAY_S + _EXPONENTIAL[rank] * line.late_spread_s // 1_000, at)
    return when_reachable(line, fleet.calendar, keys, at)


def _part(words: Words, whole: int) -> NDArray[np.int64]:
    """0 to whole - 1, by the 32 lowest bits."""
    parts: NDArray[np.int64] = ((words & 0xFFFFFFFF) * whole >> 32).view(np.int64)
    return parts
