"""Rules on instants, wherever they stand, and on the clocks that messages are stamped by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from headend.lint import clauses
from headend.lint.bodies import Kind
from headend.lint.exchange import Exchange
from headend.lint.finding import Severity, Side
from headend.lint.instants import Instant, Span
from headend.lint.rule import Need, OnExchange, OnInstant, OnSpan, OverRun, Remarks, Rule, Sentence
from headend.lint.run_check import Memory, RunCheck

_TOLERANCE = timedelta(minutes=5)
_STALE = timedelta(days=1)
_FIRST = datetime(1990, 1, 1, tzinfo=UTC)
_LAST_YEAR = 9_998
_ENDS = frozenset({"end", "EndTime"})


def _offset(instant: Instant) -> Sentence:
    return None if instant.has_zone else f"{instant.name} {instant.text!r} has no zone"


def _no_default(instant: Instant) -> Sentence:
    value = instant.value
    if value is None or (value >= _FIRST and (value.year < _LAST_YEAR or instant.name in _ENDS)):
        return None
    return f"{instant.name} is {instant.text}, which looks like the default of a program"


def _span_ordered(span: Span) -> Sentence:
    if span.start < span.end:
        return None
    how = "ends before it starts" if span.end < span.start else "ends when it starts"
    return f"{span.name} {how}: {span.texts[0]} to {span.texts[1]}"


def _not_ahead(exchange: Exchange) -> Remarks:
    entry = exchange.entry
    latest = max(entry.at, entry.machine_at) + timedelta(seconds=entry.took_s)
    for part in exchange.parts:
        stamp = part.header.timestamp
        if part.is_whole and stamp is not None and stamp - latest > _TOLERANCE:
            sentence = f"Timestamp is {_minutes(stamp - latest)} ahead of when the message travelled"
            yield part.remark(sentence, part.header.elements["Timestamp"])


def _not_stale(exchange: Exchange) -> Remarks:
    entry = exchange.entry
    for part in exchange.parts:
        stamp = part.header.timestamp
        earliest = min(entry.at, entry.machine_at)
        # What is told, or answered late, keeps the Timestamp of when it was made, however long it is tried.
        is_told = part.side is Side.REQUEST and part.kind is not Kind.REQUEST
        if part.is_whole and not is_told and stamp is not None and earliest - stamp > _STALE:
            sentence = f"Timestamp is {_minutes(earliest - stamp)} before when the message travelled"
            yield part.remark(sentence, part.header.elements["Timestamp"])


class _Ascending(RunCheck):
    """Of new messages: whoever tries again says the same as before."""

    def __init__(self) -> None:
        self._last: Memory[tuple[Side, str, str], tuple[datetime, int]] = Memory()
        self._seen: Memory[tuple[str, str], None] = Memory()

    def exchange(self, exchange: Exchange) -> Remarks:
        for part in exchange.parts:
            header = part.header
            stamp, source = header.timestamp, header.source
            if stamp is None or source is None or not part.is_whole:
                continue
            if header.message_id is not None:
                if (source, header.message_id) in self._seen:
                    continue
                self._seen[source, header.message_id] = None
            key = (part.side, source, exchange.entry.peer if "://" in exchange.entry.peer else "")
            last = self._last.get(key)
            if last is not None and last[0] - stamp > _TOLERANCE:
                sentence = f"Timestamp is {_minutes(last[0] - stamp)} before that of exchange {last[1]}"
                yield part.remark(f"{sentence}, an earlier message of {source}", header.elements["Timestamp"])
            else:
                self._last[key] = (stamp, exchange.entry.number)


def _minutes(span: timedelta) -> str:
    minutes = round(span / timedelta(minutes=1))
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


_CLOCK = frozenset({Need.CLOCK})

RULES = (
    Rule(
        "time.offset", Severity.ERROR, clauses.ENVELOPE,
        "Every instant says its offset from UTC, or Z.",
        "Timestamp '2026-03-02T12:00:00' has no zone", OnInstant(_offset),
    ),
    Rule(
        "time.no-default", Severity.WARNING, clauses.JUDGEMENT,
        "No instant lies before 1990 or at the end of time: such are set by programs, not by events. An end may be "
        "open in this way.",
        "createdDateTime is 1970-01-01T00:00:00Z, which looks like the default of a program", OnInstant(_no_default),
    ),
    Rule(
        "time.span-ordered", Severity.ERROR, clauses.JUDGEMENT,
        "Whatever has a start and an end ends after it has started.",
        "scheduleInterval ends before it starts: 2026-03-02T12:00:00Z to 2026-03-02T11:00:00Z", OnSpan(_span_ordered),
    ),
    Rule(
        "time.timestamp-not-ahead", Severity.WARNING, clauses.JUDGEMENT,
        "Timestamp is not ahead of both clocks, the fleet's and the machine's, by more than five minutes.",
        "Timestamp is 60 min ahead of when the message travelled", OnExchange(_not_ahead), _CLOCK,
    ),
    Rule(
        "time.timestamp-not-stale", Severity.WARNING, clauses.JUDGEMENT,
        "Timestamp of a request or an answer is at most a day old.",
        "Timestamp is 48 h before when the message travelled", OnExchange(_not_stale), _CLOCK,
    ),
    Rule(
        "time.timestamps-ascend", Severity.WARNING, clauses.JUDGEMENT,
        "Timestamps of a Source do not go back by more than five minutes from message to message.",
        "Timestamp is 60 min before that of exchange 1, an earlier message of MDM", OverRun(_Ascending),
    ),
)  # fmt: skip
