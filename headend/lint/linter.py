"""Looks at exchanges one after the other and says which rules they break."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, TypeVar

from headend.contract import Contract
from headend.journal.entry import Entry
from headend.lint.bodies import Bodies
from headend.lint.catalogue import Wish, rules_in_force
from headend.lint.device_event import DeviceEvent
from headend.lint.exchange import Exchange
from headend.lint.finding import Finding, Remark, Severity, Side, Where
from headend.lint.instants import Instant, Span
from headend.lint.meter_reading import MeterReading
from headend.lint.named_object import NamedObject
from headend.lint.part import Part
from headend.lint.part_reader import part_of, read_part
from headend.lint.rule import (
    Need,
    OnAnswer,
    OnEnvelope,
    OnEvent,
    OnExchange,
    OnInstant,
    OnMessage,
    OnMeterReading,
    OnObject,
    OnReadingType,
    OnReply,
    OnSeries,
    OnSpan,
    OnText,
    OverRun,
    Remarks,
    Rule,
)
from headend.lint.run_check import RunCheck
from headend.messages.xml_names import SOAP_ENVELOPE, tag

MOST_FINDINGS: Final = 10
"""Of one rule in one message. A message that is wrong a million times is told so ten times."""

AND_MORE: Final = "the rule is broken more often than is listed"

_ENVELOPE = tag(SOAP_ENVELOPE, "Envelope")
_SIDES = list(Side)
_NOTHING_WISHED: Final[Mapping[str, Wish]] = MappingProxyType({})

Kind = TypeVar("Kind")


class Linter:
    """What is to be looked at, and how much it counts. Holds nothing of what it has seen; threads may share it."""

    def __init__(
        self,
        contract: Contract,
        *,
        threshold: Severity = Severity.NOTE,
        wishes: Mapping[str, Wish] = _NOTHING_WISHED,
        unknown: Collection[Need] = (),
    ) -> None:
        """threshold: what counts less is not told. wishes: other severities, or `off`, by a rule's id, or by a group as
        `reading.*`. unknown: what is not known of the exchanges; rules that need it are left out.

        Raises UnknownRule.
        """
        self._bodies = Bodies(contract)
        self._rules = tuple(rule for rule in rules_in_force(wishes, unknown) if rule.severity.rank >= threshold.rank)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Those that are looked at, with their severities in force."""
        return self._rules

    def begin(self) -> LintRun:
        """Look at exchanges as they come. A run is used by one thread at a time."""
        return LintRun(self._rules, self._bodies)

    def findings(self, entries: Iterable[Entry]) -> Iterator[Finding]:
        """All breaches in exchanges that are given in the order of their beginnings; one after the other."""
        run = self.begin()
        for entry in entries:
            yield from run.look(entry)
        yield from run.end()


class LintRun:
    """Exchanges that belong together. Memory is bounded, however many there are (headend/lint/run_check.py)."""

    def __init__(self, rules: Iterable[Rule], bodies: Bodies) -> None:
        self._bodies = bodies
        self._seen = 0
        found = list(rules)
        self._on_exchange = _checks(found, OnExchange)
        self._on_text = _checks(found, OnText)
        self._on_envelope = _checks(found, OnEnvelope)
        self._on_message = _checks(found, OnMessage)
        self._on_answer = _checks(found, OnAnswer)
        self._on_reply = _checks(found, OnReply)
        self._on_reading_type = _checks(found, OnReadingType)
        self._look = _Look(found)

    def look(self, entry: Entry) -> tuple[Finding, ...]:
        """What is wrong with an exchange, by itself and after those before it; request first, in the order of lines.

        Entries that have no number are counted from 1.
        """
        self._seen += 1
        if not entry.number:
            entry = replace(entry, number=self._seen)
        look = self._look
        look.begin_entry()
        request = self._read(entry, Side.REQUEST, None)
        response = self._read(entry, Side.RESPONSE, request)
        exchange = Exchange(entry, self._bodies, request, response)
        look.side = None
        for rule, on_exchange in self._on_exchange:
            look.take(rule, on_exchange.check(exchange))
        for part in exchange.parts:
            if part.is_whole:
                look.side = part.side
                self._look_at(part)
        look.side = None
        if request is not None and response is not None and _is_readable(request) and _is_readable(response):
            for rule, on_answer in self._on_answer:
                look.take(rule, on_answer.check(request, response))
        for rule, check in look.run_checks:
            look.take_all(rule, check.exchange(exchange))
        return look.findings()

    def end(self) -> tuple[Finding, ...]:
        """What is wrong with the exchanges as a whole, now that there are no more."""
        look = self._look
        look.begin_entry()
        for rule, check in look.run_checks:
            look.take_all(rule, check.end())
        return look.findings()

    def _read(self, entry: Entry, side: Side, request: Part | None) -> Part | None:
        part = part_of(entry, side, request)
        if part is not None:
            self._look.side = side
            read_part(part, self._bodies, self._look)
        return part

    def _look_at(self, part: Part) -> None:
        take = self._look.take
        for rule, on_text in self._on_text:
            take(rule, on_text.check(part))
        if part.root is None or part.root.tag != _ENVELOPE:
            return
        for rule, on_envelope in self._on_envelope:
            take(rule, on_envelope.check(part))
        if part.element is not None:
            for rule, on_message in self._on_message:
                take(rule, on_message.check(part))
        if part.reply is not None:
            for rule, on_reply in self._on_reply:
                take(rule, on_reply.check(part, part.reply))
        for said, where in part.reading_types.items():
            if said not in part.declared_types:
                for rule, on_type in self._on_reading_type:
                    if (sentence := on_type.check(said)) is not None:
                        take(rule, (Remark(sentence, where),))


class _Look:
    """What is looked at while a message is read, and the findings of an entry."""

    def __init__(self, rules: list[Rule]) -> None:
        self._on_instant = _checks(rules, OnInstant)
        self._on_span = _checks(rules, OnSpan)
        self._on_object = _checks(rules, OnObject)
        self._on_meter_reading = _checks(rules, OnMeterReading)
        self._on_series = _checks(rules, OnSeries)
        self._on_event = _checks(rules, OnEvent)
        self.run_checks: list[tuple[Rule, RunCheck]] = [
            (rule, over_run.begin()) for rule, over_run in _checks(rules, OverRun)
        ]
        self._series_of_run = _overriding(self.run_checks, "series")
        self._events_of_run = _overriding(self.run_checks, "event")
        self._named_of_run = _overriding(self.run_checks, "named")
        self._found: list[Finding] = []
        self._counts: Counter[tuple[str, Side | None]] = Counter()
        self.side: Side | None = None
        """Of the message that is looked at; None while both are."""

    def begin_entry(self) -> None:
        """Forget the findings of the last entry."""
        self._found = []
        self._counts.clear()
        self.side = None

    def findings(self) -> tuple[Finding, ...]:
        """Those of the entry, in the order of its text."""
        return tuple(sorted(self._found, key=_place))

    def take(self, rule: Rule, remarks: Remarks) -> None:
        """Keep what a rule says; of each message so many and no more."""
        for remark in remarks:
            if not self._keep(rule, remark):
                break

    def take_all(self, rule: Rule, remarks: Remarks) -> None:
        """The same of a rule that remembers, and has to be let finish."""
        for remark in remarks:
            self._keep(rule, remark)

    # The reader of messages calls these.

    def instant(self, instant: Instant) -> bool:
        is_fine = True
        for rule, on_instant in self._on_instant:
            if (sentence := on_instant.check(instant)) is not None:
                self._say(rule, sentence, instant.at)
                is_fine = False
        return is_fine

    def span(self, span: Span) -> None:
        for rule, on_span in self._on_span:
            if (sentence := on_span.check(span)) is not None:
                self._say(rule, sentence, span.at)

    def named(self, named: NamedObject) -> None:
        for rule, on_object in self._on_object:
            if (sentence := on_object.check(named)) is not None:
                self._say(rule, sentence, named.at)
        for rule, check in self._named_of_run:
            self.take_all(rule, check.named(named))

    def meter_reading(self, meter_reading: MeterReading) -> None:
        for rule, on_meter_reading in self._on_meter_reading:
            self.take(rule, on_meter_reading.check(meter_reading))
        for series in meter_reading.series:
            for rule, on_series in self._on_series:
                self.take(rule, on_series.check(series))
            for rule, check in self._series_of_run:
                self.take_all(rule, check.series(series))

    def event(self, event: DeviceEvent) -> None:
        for rule, on_event in self._on_event:
            self.take(rule, on_event.check(event))
        for rule, check in self._events_of_run:
            self.take_all(rule, check.event(event))

    def _say(self, rule: Rule, sentence: str, at: Callable[[], Where]) -> None:
        if self._counts[rule.id, self.side] <= MOST_FINDINGS:
            self._keep(rule, Remark(sentence, at()))

    def _keep(self, rule: Rule, remark: Remark) -> bool:
        """Whether there is room for more of this rule."""
        key, sentence, where = (rule.id, self.side), remark.sentence, remark.where
        count = self._counts[key] + 1
        if count > MOST_FINDINGS + 1:
            return False
        self._counts[key] = count
        if count > MOST_FINDINGS:
            sentence, where = AND_MORE, Where(where.entry, where.part, "", None)
        self._found.append(
            Finding(rule.id, rule.severity, rule.clause, sentence, where.entry, where.part, where.path, where.line)
        )
        return count <= MOST_FINDINGS


def _place(finding: Finding) -> tuple[int, int, bool, int]:
    """What is about a message as a whole stands behind what is about its parts."""
    return finding.entry, _SIDES.index(finding.part), finding.line is None, finding.line or 0


def _is_readable(part: Part) -> bool:
    return part.is_whole and (part.element is not None or part.fault is not None)


def _checks(rules: Iterable[Rule], kind: type[Kind]) -> list[tuple[Rule, Kind]]:
    return [(rule, rule.check) for rule in rules if isinstance(rule.check, kind)]


def _overriding(checks: list[tuple[Rule, RunCheck]], method: str) -> list[tuple[Rule, RunCheck]]:
    """Those that do something there: readings come by the hundred thousand."""
    return [(rule, check) for rule, check in checks if getattr(type(check), method) is not getattr(RunCheck, method)]
