"""Runs that nobody has made, for reports."""

from dataclasses import replace
from datetime import UTC, datetime

from headend.conformance.check import Check, Outcome
from headend.conformance.run import CaseResult, Run
from headend.coverage import Coverage, coverage_of
from headend.coverage.coverage import offered
from headend.journal import Direction, Entry, Message

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
READ = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><GetMeterReadings xmlns="urn:x"><Header>'
    b"<Verb>get</Verb><Noun>MeterReadings</Noun></Header></GetMeterReadings></s:Body></s:Envelope>"
)
REPLY = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><MeterReadingsResponseMessage '
    b'xmlns="urn:x"><Header><Verb>reply</Verb></Header><Reply><Result>PARTIAL</Result><Error><code>2.4</code></Error>'
    b"</Reply><Payload><MeterReadings><MeterReading><Readings>"
    b'<ReadingType ref="0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"/>'
    b"</Readings></MeterReading></MeterReadings></Payload></MeterReadingsResponseMessage></s:Body></s:Envelope>"
)


def entry(request: bytes = READ, response: bytes | None = REPLY, **how: object) -> Entry:
    """An exchange: a read that is answered in part, unless said otherwise."""
    made = Entry(
        number=1,
        direction=Direction.OUT,
        at=AT,
        machine_at=AT,
        took_s=0.25,
        peer="http://hes.example/services/GetMeterReadings",
        service="GetMeterReadings",
        operation="GetMeterReadings",
        status=200,
        request=Message.whole(request),
        response=None if response is None else Message.whole(response),
    )
    return replace(made, **how)  # type: ignore[arg-type]


def check(sentence: str = "the Result is OK", outcome: Outcome = Outcome.PASSED, **more: object) -> Check:
    """A check of one sort or another."""
    return Check(sentence=sentence, outcome=outcome, step="read", clause="61968-9:2013 5.3", **more)  # type: ignore[arg-type]


def case(*checks: Check, id_: str = "reading.trial", exchanges: tuple[Entry, ...] = ()) -> CaseResult:
    """A case that found these."""
    suite = id_.partition(".")[0]
    return CaseResult(
        id=id_, suite=suite, title="A rule", clause="61968-9:2013 5.3", checks=checks, exchanges=exchanges, took_s=0.5
    )


def run(*cases: CaseResult, strict: bool = False, interrupted: bool = False) -> Run:
    """A run of these cases."""
    names = dict.fromkeys(one.suite for one in cases)
    return Run(
        target="http://hes.example",
        version="1.2.3",
        seed=7,
        strict=strict,
        began=AT,
        took_s=2.0,
        suites=tuple((name, f"The suite {name}") for name in names),
        cases=cases,
        notes=("something is otherwise",),
        interrupted=interrupted,
    )


def coverage(made: Run) -> Coverage:
    """What it covers of two operations."""
    return coverage_of(made.entries(), offered(frozenset({"get MeterReadings", "create EndDeviceControls"})))
