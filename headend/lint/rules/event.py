"""Rules on EndDeviceEvents: what happened, to whom, and whether that can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from headend.lint import clauses
from headend.lint.bodies import Kind
from headend.lint.device_event import DeviceEvent, decoded_event
from headend.lint.exchange import Exchange
from headend.lint.finding import Severity, Side
from headend.lint.rule import OnEvent, OverRun, Remarks, Rule
from headend.lint.run_check import MOST_DEVICES, Memory, RunCheck
from simulator.cim.code_tables import rows
from simulator.cim.end_device_event_type import EndDeviceEventType
from simulator.cim.event_catalogue import ListedEvent, is_listed, listed_events
from simulator.event_suitability import DeviceSort

if TYPE_CHECKING:
    from headend.lint.meter_reading import Series

_ELECTRIC, _GAS, _WATER = 3, 4, 24
_METERS = {_ELECTRIC: "electricity", _GAS: "gas", _WATER: "water"}
_BY_COMMODITY = {1: _ELECTRIC, 2: _ELECTRIC, 7: _GAS, 9: _WATER}
_AHEAD = timedelta(minutes=5)
_GENERIC_OUTCOMES = frozenset({44, 79, 10, 64})
"""Actions by which some head ends tell of any command: processed, error, cancelled, expired."""


def _type_known(event: DeviceEvent) -> Remarks:
    if event.type_text is None or event.type is not None or event.type_text in _first_edition():
        return
    why = decoded_event(event.type_text)[1] if event.type_text else "EndDeviceEventType has no ref"
    yield event.remark(f"an event of {event.owner}: {why}", "EndDeviceEventType")


def _type_listed(event: DeviceEvent) -> Remarks:
    if event.type is not None and not is_listed(event.type) and event.type_text not in _first_edition():
        words = f"event type {event.type} ({event.type.mnemonic}) is in no list"
        yield event.remark(f"an event of {event.owner}: {words}", "EndDeviceEventType")


def _not_first_edition(event: DeviceEvent) -> Remarks:
    row = _first_edition().get(event.type_text or "")
    if row is not None:
        words = f"{event.type_text} is {row['partName']} {row['typeName']} in the layout of the first edition"
        yield event.remark(f"an event of {event.owner}: {words}", "EndDeviceEventType")


def _type_fits(event: DeviceEvent) -> Remarks:
    kind = event.type
    if kind is None or kind.type not in _METERS or event.type_text in _first_edition():
        return
    listed = _listed().get((kind.domain, kind.sub_domain, kind.event_or_action))
    # Three phases and a switch: only what no meter of the sort can have is told.
    if listed is not None and not DeviceSort(kind.type, 3, True).can_have(listed):
        words = f"{kind} is {kind.mnemonic}, which no {_METERS[kind.type]} meter has"
        yield event.remark(f"an event of {event.owner}: {words}", "EndDeviceEventType")


def _whose(event: DeviceEvent) -> Remarks:
    if event.device is None and event.usage_point is None:
        yield event.remark(f"the event {event.type_text or '?'} has neither Assets nor UsagePoint")


def _not_ahead(event: DeviceEvent) -> Remarks:
    sent = event.part.header.timestamp
    if sent is not None and event.created is not None and event.created - sent > _AHEAD:
        words = f"happened {event.created.isoformat()}, after the message was made"
        yield event.remark(f"an event of {event.owner} {words}", "createdDateTime")


def _in_period(event: DeviceEvent) -> Remarks:
    request = event.part.request_part
    if request is None or not _is_get(event) or not request.asked.periods or event.created is None:
        return
    if not request.asked.has_instant(event.created, with_start=True):
        words = f"happened {event.created.isoformat()}, which was not asked for"
        yield event.remark(f"an event of {event.owner} {words}", "createdDateTime")


def _of_asked_device(event: DeviceEvent) -> Remarks:
    request = event.part.request_part
    if request is None or not _is_get(event) or not request.asked.says_who or not event.identifiers:
        return
    wanted = frozenset().union(*(one.identifiers for one in request.asked.targets))
    if not event.identifiers & wanted:
        yield event.remark(f"events of {event.owner} were not asked for", "Assets")


def _of_asked_type(event: DeviceEvent) -> Remarks:
    request = event.part.request_part
    if request is None or not _is_get(event) or event.type is None:
        return
    patterns = request.asked.event_types
    if patterns and not any(_is_like(event.type, pattern) for pattern in patterns):
        yield event.remark(f"events of type {event.type} were not asked for", "EndDeviceEventType")


def _is_get(event: DeviceEvent) -> bool:
    request = event.part.request_part
    return request is not None and request.operation is not None and request.operation.name == "GetEndDeviceEvents"


def _is_like(kind: EndDeviceEventType, pattern: str) -> bool:
    """Whether a type fits a pattern, in which 0 and * are any number; a pattern that is none fits every type."""
    wanted = pattern.split(".")
    if len(wanted) != 4 or not all(one == "*" or one.isdigit() for one in wanted):
        return True
    return all(one in ("0", "*", found) for one, found in zip(wanted, kind.code.split("."), strict=True))


class _OldestFirst(RunCheck):
    """Within one answer."""

    def __init__(self) -> None:
        self._part: tuple[int, Side] | None = None
        self._last: datetime | None = None

    def event(self, event: DeviceEvent) -> Remarks:
        part = event.part.entry_number, event.part.side
        if self._part != part:
            self._part, self._last = part, None
        if not _is_get(event) or event.created is None:
            return
        if self._last is not None and event.created < self._last:
            words = f"stands behind one of {self._last.isoformat()}"
            yield event.remark(f"an event of {event.created.isoformat()} {words}", "createdDateTime")
        else:
            self._last = event.created


class _MridUnique(RunCheck):
    """An event may be told as often as one likes; its mRID means it alone."""

    def __init__(self) -> None:
        self._known: Memory[str, tuple[str | None, datetime | None, int]] = Memory()

    def event(self, event: DeviceEvent) -> Remarks:
        if event.mrid is None:
            return
        told = (event.type_text, event.created, event.part.entry_number)
        known = self._known.get(event.mrid)
        if known is None:
            self._known[event.mrid] = told
        elif known[:2] != told[:2]:
            sentence = (
                f"the event {event.mrid} is {_event_words(told)}; in exchange {known[2]} it was {_event_words(known)}"
            )
            yield event.remark(sentence, "mRID")


def _event_words(told: tuple[str | None, datetime | None, int]) -> str:
    when = "?" if told[1] is None else told[1].isoformat()
    return f"{told[0]} of {when}"


class _OfDeviceKind(RunCheck):
    """What a device is follows from what it measures, as far as the run has told."""

    def __init__(self) -> None:
        self._kinds: Memory[str, int] = Memory()

    def series(self, series: Series) -> Remarks:
        kind = None if series.type is None else _BY_COMMODITY.get(series.type.commodity)
        if kind is not None and series.meter is not None:
            for one in series.meter.identifiers:
                if self._kinds.get(one) != kind:
                    self._kinds[one] = kind
        return ()

    def event(self, event: DeviceEvent) -> Remarks:
        if event.device is None or event.type is None or event.type.type not in _METERS:
            return
        known = next((kind for one in event.device.identifiers if (kind := self._kinds.get(one)) is not None), None)
        if known is not None and known != event.type.type:
            words = f"{event.type} is of {_article(event.type.type)} meter; it measures {_METERS[known]}"
            yield event.remark(f"an event of {event.owner}: {words}", "EndDeviceEventType")


def _article(kind: int) -> str:
    return f"an {_METERS[kind]}" if kind == _ELECTRIC else f"a {_METERS[kind]}"


@dataclass(frozen=True, slots=True)
class _Command:
    entry: int
    code: str
    outcomes: frozenset[str]
    domain: tuple[int, int]
    devices: frozenset[str]
    """Empty where it names groups, or very many: then nobody can tell, or remember."""
    tracking_id: str | None


class CommandCheck(RunCheck):
    """Knows the controls of a run by the CorrelationID of the request that created them."""

    def __init__(self) -> None:
        self.commands: Memory[str, tuple[_Command, ...]] = Memory()

    def exchange(self, exchange: Exchange) -> Remarks:
        part = exchange.request
        if part is not None and part.operation is not None and part.operation.name == "CreateEndDeviceControls":
            correlation = part.header.answer_correlation_id
            if correlation is not None and part.is_whole:
                self.commands[correlation] = tuple(self._commands(exchange))
        return ()

    def caused(self, event: DeviceEvent) -> tuple[_Command, ...]:
        """The controls that a published event belongs to; none where its CorrelationID is not theirs."""
        correlation = event.part.header.correlation_id
        if correlation is None or event.part.kind is not Kind.EVENT:
            return ()
        return self.commands.get(correlation, ())

    @staticmethod
    def _commands(exchange: Exchange) -> list[_Command]:
        found = []
        for control in () if exchange.request is None else exchange.request.controls:
            if control.type is None:
                continue
            kind = control.type
            outcomes = [*kind.success_events, *kind.failure_events, *filter(None, (kind.cancelled_event,))]
            devices = frozenset().union(*(one.identifiers for one in control.devices))
            is_known = not control.has_groups and len(devices) <= MOST_DEVICES
            found.append(
                _Command(
                    exchange.entry.number, kind.code, frozenset(one.code.partition(".")[2] for one in outcomes),
                    (kind.domain, kind.sub_domain), devices if is_known else frozenset(),
                    control.issuer_tracking_id,
                )
            )  # fmt: skip
        return found


class _Outcome(CommandCheck):
    def event(self, event: DeviceEvent) -> Remarks:
        commands = self.caused(event)
        kind = event.type
        if not commands or kind is None:
            return
        tail = kind.code.partition(".")[2]
        if any(tail in one.outcomes or kind.domain == one.domain[0] for one in commands):
            return
        if kind.event_or_action in _GENERIC_OUTCOMES:
            return
        asked = ", ".join(dict.fromkeys(one.code for one in commands))
        words = f"{kind} ({kind.mnemonic}) is no outcome of {asked} in exchange {commands[0].entry}"
        yield event.remark(f"an event of {event.owner}: {words}", "EndDeviceEventType")


class _OfCommandedDevice(CommandCheck):
    def event(self, event: DeviceEvent) -> Remarks:
        commands = self.caused(event)
        if not commands or not event.identifiers or not all(one.devices for one in commands):
            return
        if not any(one.devices & event.identifiers for one in commands):
            words = f"has the CorrelationID of exchange {commands[0].entry}, which does not name it"
            yield event.remark(f"an event of {event.owner} {words}", "Assets")


class _TrackingEchoed(CommandCheck):
    def event(self, event: DeviceEvent) -> Remarks:
        wanted = {one.tracking_id for one in self.caused(event)}
        if not wanted or None in wanted or event.issuer_tracking_id in wanted:
            return
        said = f"issuerTrackingID {event.issuer_tracking_id!r}" if event.issuer_tracking_id else "no issuerTrackingID"
        asked = ", ".join(sorted(one for one in wanted if one))
        yield event.remark(f"an event of {event.owner} has {said}; the control has {asked!r}", "issuerTrackingID")


@cache
def _listed() -> Mapping[tuple[int, int, int], ListedEvent]:
    return {one.key: one for one in listed_events()}


@cache
def _first_edition() -> Mapping[str, Mapping[str, str]]:
    """Codes in the layout of the first edition that are no listed ones in that of the second."""
    found = {}
    for row in rows("events-old-form"):
        kind = decoded_event(row["code"])[0]
        if kind is None or not is_listed(kind):
            found[row["code"]] = row
    return found


RULES = (
    Rule(
        "event.type-known", Severity.ERROR, clauses.EVENT_TYPES,
        "An event type is four numbers, each in its table.",
        "an event of M00000003: event_or_action of event type 3.31.0.999 is 999, which table "
        "enddevice-event-or-action does not list",
        OnEvent(_type_known),
    ),
    Rule(
        "event.type-listed", Severity.NOTE, clauses.EVENT_TYPES,
        "An event type is a combination that the lists name; others are legal, and their receivers may not know them.",
        "an event of M00000003: event type 3.31.0.57 (RCDSwitch.-.Decreased) is in no list", OnEvent(_type_listed),
    ),
    Rule(
        "event.not-first-edition", Severity.WARNING, clauses.EVENT_TYPES,
        "An event type is not in the layout of the first edition, in which the numbers mean something else.",
        "an event of M00000003: 3.33.1.257 is Tamper Alarm in the layout of the first edition",
        OnEvent(_not_first_edition),
    ),
    Rule(
        "event.type-fits", Severity.WARNING, clauses.JUDGEMENT,
        "A device has events of its sort: no gas meter loses a phase.",
        "an event of M00000003: 4.26.38.223 is Power.Voltage.SagStarted, which no gas meter has", OnEvent(_type_fits),
    ),
    Rule(
        "event.whose", Severity.ERROR, clauses.EVENTS,
        "An event says whose it is: by Assets or by UsagePoint.",
        "the event 3.26.0.85 has neither Assets nor UsagePoint", OnEvent(_whose),
    ),
    Rule(
        "event.not-ahead", Severity.WARNING, clauses.JUDGEMENT,
        "No event happened later than the message that tells of it was made.",
        "an event of M00000003 happened 2026-03-02T13:00:00+00:00, after the message was made", OnEvent(_not_ahead),
    ),
    Rule(
        "event.in-period", Severity.WARNING, clauses.JUDGEMENT,
        "The events of an answer happened in a period that was asked for.",
        "an event of M00000003 happened 2026-03-02T11:00:00+00:00, which was not asked for", OnEvent(_in_period),
    ),
    Rule(
        "event.of-asked-device", Severity.ERROR, clauses.EVENTS,
        "The events of an answer are those of devices that were asked for.",
        "events of M00000009 were not asked for", OnEvent(_of_asked_device),
    ),
    Rule(
        "event.of-asked-type", Severity.ERROR, clauses.EVENTS,
        "The events of an answer are of a type that was asked for, where any was; 0 stands for any number.",
        "events of type 3.26.0.85 were not asked for", OnEvent(_of_asked_type),
    ),
    Rule(
        "event.oldest-first", Severity.NOTE, clauses.JUDGEMENT,
        "An answer tells its events oldest first.",
        "an event of 2026-03-02T10:00:00+00:00 stands behind one of 2026-03-02T11:00:00+00:00",
        OverRun(_OldestFirst),
    ),
    Rule(
        "event.mrid-unique", Severity.ERROR, clauses.EVENTS,
        "The mRID of an event means the same event in all messages of a run.",
        "the event 6b0c1a39-5f7a-4c58-9f0a-0a4f5a8a2a01 is 3.26.0.216 of 2026-03-02T11:00:00+00:00; in exchange 1 it "
        "was 3.26.0.85 of 2026-03-02T11:00:00+00:00",
        OverRun(_MridUnique),
    ),
    Rule(
        "event.of-device-kind", Severity.WARNING, clauses.EVENT_TYPES,
        "The first number of an event type is that of the device, as far as its readings in the run tell what it is.",
        "an event of M00000003: 4.12.0.257 is of a gas meter; it measures electricity", OverRun(_OfDeviceKind),
    ),
    Rule(
        "event.outcome", Severity.WARNING, clauses.CONTROL_TYPES,
        "An event with the CorrelationID of a control tells what became of it: done, failed, cancelled, or something "
        "of its domain.",
        "an event of M00000003: 3.26.0.85 (Power.-.Failed) is no outcome of 3.31.0.23 in exchange 1", OverRun(_Outcome),
    ),
    Rule(
        "event.of-commanded-device", Severity.ERROR, clauses.CONTROLS,
        "An event with the CorrelationID of a control is of a device that the control names.",
        "an event of M00000009 has the CorrelationID of exchange 1, which does not name it",
        OverRun(_OfCommandedDevice),
    ),
    Rule(
        "event.tracking-echoed", Severity.WARNING, clauses.JUDGEMENT,
        "An event that answers a control has the issuerTrackingID of it.",
        "an event of M00000003 has no issuerTrackingID; the control has 'order 4'", OverRun(_TrackingEchoed),
    ),
)  # fmt: skip
