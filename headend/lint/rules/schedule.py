"""Rules on MeterReadSchedules, and on the readings that come of them."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from headend.lint import clauses
from headend.lint.bodies import Kind
from headend.lint.elements import child, children, local, text
from headend.lint.exchange import Exchange
from headend.lint.finding import Severity
from headend.lint.instants import read_instant
from headend.lint.meter_reading import Series, decoded, reading_type_text
from headend.lint.part import Part
from headend.lint.rule import OnMessage, OverRun, Remarks, Rule
from headend.lint.run_check import MOST_DEVICES, Memory, RunCheck

_CREATES = frozenset({"create", "created"})
_ONE_BY_ONE = frozenset({"EndDevice", "UsagePoint"})
_GROUPS = frozenset({"EndDeviceGroup", "UsagePointGroup", "CustomerAccount", "CustomerAgreement"})


def _roots(part: Part) -> list[etree._Element]:
    return [root for root in part.payload_roots if local(root) == "MeterReadSchedule"]


def _has_targets(part: Part) -> Remarks:
    if part.verb not in _CREATES:
        return
    for root in _roots(part):
        if not any(local(one) in _ONE_BY_ONE | _GROUPS for one in root):
            yield part.remark("the schedule names no device, usage point, group, account or agreement", root)


def _recurs(part: Part) -> Remarks:
    for root in _roots(part):
        for schedule in children(root, "TimeSchedule"):
            written = text(schedule, "recurrencePeriod")
            if written is not None and _number(written) is not None and (_number(written) or 0) <= 0:
                yield part.remark(f"recurrencePeriod is {written}", schedule)


def _recurs_once(part: Part) -> Remarks:
    for root in _roots(part):
        for schedule in children(root, "TimeSchedule"):
            if text(schedule, "recurrencePeriod") is not None and text(schedule, "recurrencePattern") is not None:
                yield part.remark("the TimeSchedule has recurrencePeriod and recurrencePattern", schedule)


def _not_over(part: Part) -> Remarks:
    sent = part.header.timestamp
    if sent is None or part.verb not in _CREATES:
        return
    for root in _roots(part):
        for schedule in children(root, "TimeSchedule"):
            end = read_instant(text(child(schedule, "scheduleInterval"), "end") or "")[0]
            recurs = any(text(schedule, name) is not None for name in ("recurrencePeriod", "recurrencePattern"))
            if end is not None and end < sent and recurs:
                yield part.remark(f"the schedule was over {end.isoformat()}, before the message was made", schedule)


def _number(written: str) -> float | None:
    try:
        return float(written)
    except ValueError:
        return None  # the schema's matter


@dataclass(frozen=True, slots=True)
class _Schedule:
    entry: int
    targets: frozenset[str]
    """Empty where it names groups, or very many: then nobody can tell, or remember."""
    reading_types: frozenset[str]
    """Empty where it names none, or one by somebody's own name."""


class ScheduleCheck(RunCheck):
    """Knows the schedules of a run by the CorrelationID of the message that created them."""

    def __init__(self) -> None:
        self.schedules: Memory[str, _Schedule] = Memory()

    def exchange(self, exchange: Exchange) -> Remarks:
        part = exchange.request
        if part is None or part.noun != "MeterReadSchedule" or not part.is_whole:
            return ()
        correlation = part.header.answer_correlation_id
        if part.verb in _CREATES and correlation is not None:
            self.schedules[correlation] = _schedule(part)
        return ()

    def caused(self, series: Series) -> _Schedule | None:
        """The schedule that published readings come of; None where their CorrelationID is that of none."""
        correlation = series.part.header.correlation_id
        if correlation is None or series.part.kind is not Kind.EVENT:
            return None
        return self.schedules.get(correlation)


def _schedule(part: Part) -> _Schedule:
    roots = _roots(part)
    has_groups = any(local(one) in _GROUPS for root in roots for one in root)
    targets = frozenset().union(*(one.identifiers for one in part.objects if one.element in _ONE_BY_ONE))
    said = [reading_type_text(one) for root in roots for one in children(root, "ReadingType")]
    kinds = [None if one is None else decoded(one)[0] for one in said]
    return _Schedule(
        part.entry_number,
        frozenset() if has_groups or len(targets) > MOST_DEVICES else targets,
        frozenset() if None in kinds else frozenset(str(kind) for kind in kinds),
    )


class _OfScheduledMeter(ScheduleCheck):
    def series(self, series: Series) -> Remarks:
        schedule = self.caused(series)
        if schedule is None or not schedule.targets or not series.values:
            return
        owners = [one for one in (series.meter, series.usage_point) if one is not None]
        found = frozenset().union(*(one.identifiers for one in owners))
        if found and not found & schedule.targets:
            sentence = f"readings of {series.owner} have the CorrelationID of the schedule of exchange {schedule.entry}"
            yield series.remark(series.values[0], f"{sentence}, which does not name it")


class _OfScheduledType(ScheduleCheck):
    def series(self, series: Series) -> Remarks:
        schedule = self.caused(series)
        if schedule is None or series.type is None or not schedule.reading_types or not series.values:
            return
        if str(series.type) not in schedule.reading_types:
            sentence = (
                f"readings of type {series.type} have the CorrelationID of the schedule of exchange {schedule.entry}"
            )
            yield series.remark(series.values[0], f"{sentence}, which does not want them")


RULES = (
    Rule(
        "schedule.has-targets", Severity.ERROR, clauses.SCHEDULES,
        "A schedule that is to be created says whose readings it wants.",
        "the schedule names no device, usage point, group, account or agreement", OnMessage(_has_targets),
    ),
    Rule(
        "schedule.recurs", Severity.ERROR, clauses.SCHEDULES,
        "recurrencePeriod is a time in seconds, longer than nothing.", "recurrencePeriod is 0", OnMessage(_recurs),
    ),
    Rule(
        "schedule.recurs-once", Severity.WARNING, clauses.JUDGEMENT,
        "A TimeSchedule says how it recurs in one way: by recurrencePeriod or by recurrencePattern.",
        "the TimeSchedule has recurrencePeriod and recurrencePattern", OnMessage(_recurs_once),
    ),
    Rule(
        "schedule.not-over", Severity.WARNING, clauses.JUDGEMENT,
        "A schedule that recurs is not over before it is created.",
        "the schedule was over 2026-03-02T11:00:00+00:00, before the message was made", OnMessage(_not_over),
    ),
    Rule(
        "schedule.of-scheduled-meter", Severity.ERROR, clauses.SCHEDULES,
        "Readings with the CorrelationID of a schedule are of meters that it names.",
        "readings of M00000009 have the CorrelationID of the schedule of exchange 1, which does not name it",
        OverRun(_OfScheduledMeter),
    ),
    Rule(
        "schedule.of-scheduled-type", Severity.ERROR, clauses.SCHEDULES,
        "Readings with the CorrelationID of a schedule are of reading types that it names, where it names any.",
        "readings of type 0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0 have the CorrelationID of the schedule of exchange 1, "
        "which does not want them",
        OverRun(_OfScheduledType),
    ),
)  # fmt: skip
