"""What a case is given: a way to talk to the head end, and to say what it found."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NoReturn

from lxml import etree

from headend.client import ClientError, ControlClient
from headend.conformance.answer import Answer
from headend.conformance.case import Case
from headend.conformance.check import Check, Outcome
from headend.conformance.http_calls import NoAnswer
from headend.conformance.receiver import Receiver
from headend.conformance.recorder import Came, kept
from headend.conformance.stage import KnownMeter, Stage
from headend.conformance.target import Route
from headend.conformance.target_clock import CannotMove
from headend.conformance.zeep_messages import NoRoom
from headend.journal import Direction, Entry
from headend.mdm import FakeMdm

Change = Callable[[etree._Element], None]
"""Alters an envelope before it is sent."""
Element = dict[str, Any]
Ask = Callable[[], Answer]
"""Sends a message."""

log = logging.getLogger(__name__)

_XML = "text/xml; charset=utf-8"
_LAST_STEP = "look at all messages of the case"


class CaseEnds(Exception):
    """The rest of a case makes no sense; everything that is to be said of it has been said."""


class Conversation:
    """One case's talk with the head end."""

    def __init__(self, case: Case, place: int, stage: Stage) -> None:
        """place: of the case among all, whatever was chosen: meters and identifiers follow from it."""
        self.case = case
        self.stage = stage
        self.checks: list[Check] = []
        self.sent: list[Entry] = []
        self.remarks: list[str] = []
        self._place = place
        self._step = case.title
        self._position = stage.recorder.position
        self._ids = 0
        self._answers: list[tuple[Answer, str]] = []
        self._cleanup: list[Callable[[], object]] = []
        self._tidying = False

    # Saying what was found.

    def step(self, title: str) -> None:
        """What is done next, in a few words."""
        self._step = title

    def remark(self, sentence: str) -> None:
        """Something that was done beside messages."""
        self.remarks.append(sentence)

    def check(
        self,
        sentence: str,
        is_so: bool,
        *,
        expected: object = None,
        seen: object = None,
        on: Answer | None = None,
        clause: str | None = None,
        advice: bool = False,
    ) -> bool:
        """Keep a check, and give whether it passed. advice: a reading of ours, which is worth a warning only."""
        bad = Outcome.WARNING if advice else Outcome.FAILED
        if on is not None and seen is None:
            seen = on
        self._add(
            sentence,
            Outcome.PASSED if is_so else bad,
            clause=clause,
            expected=None if is_so or expected is None else str(expected),
            seen=None if is_so or seen is None else str(seen),
            exchange=None if on is None else on.number,
        )
        return is_so

    def equal(self, sentence: str, seen: object, expected: object, **how: Any) -> bool:
        """Check that something is what it should be."""
        return self.check(sentence, seen == expected, expected=expected, seen=_shown(seen), **how)

    def require(self, sentence: str, is_so: bool, **how: Any) -> None:
        """A check without which the rest makes no sense: it ends the case where it fails."""
        if not self.check(sentence, is_so, **how):
            raise CaseEnds

    def skipped(self, sentence: str, reason: str) -> None:
        """Keep a check that could not be made."""
        self._add(sentence, Outcome.SKIPPED, reason=reason)

    def not_applicable(self, sentence: str, reason: str) -> None:
        """Keep a check that there is nothing to make of."""
        self._add(sentence, Outcome.NOT_APPLICABLE, reason=reason)

    def skip(self, reason: str) -> NoReturn:
        """End the case, because something is missing."""
        self.skipped(self._step, reason)
        raise CaseEnds

    def does_not_apply(self, reason: str) -> NoReturn:
        """End the case, because there is nothing to look at."""
        self.not_applicable(self._step, reason)
        raise CaseEnds

    def _add(self, sentence: str, outcome: Outcome, *, clause: str | None = None, **more: Any) -> None:
        if self._tidying:
            return
        self.checks.append(
            Check(sentence=sentence, outcome=outcome, step=self._step, clause=clause or self.case.clause, **more)
        )

    # What there is.

    @property
    def now(self) -> datetime:
        """The head end's time."""
        return self.stage.clock.now().replace(microsecond=0)

    @property
    def unknown_meter(self) -> KnownMeter:
        """A name that no meter has."""
        return KnownMeter(None, self.stage.parameters.unknown_meter)

    @property
    def machine_now(self) -> datetime:
        """The time outside of any simulation, by which nonces grow old."""
        return self.stage.machine.now().replace(microsecond=0)

    def meter(self, number: int = 0) -> KnownMeter:
        """A meter that is only read."""
        return self.stage.reading_meters()[number % len(self.stage.reading_meters())]

    def own_meter(self, number: int = 0) -> KnownMeter:
        """A meter that no other case uses, as far as there are enough."""
        found = self.stage.own_meters(self._place)
        return found[number % len(found)]

    def switch_meter(self, number: int = 0) -> KnownMeter:
        """A meter whose supply may be cut."""
        found = self.stage.switch_meters(self._place)
        return found[number % len(found)]

    def drive(self, words: str, call: Callable[[ControlClient], Element]) -> Element:
        """Let something happen by the control API, or end the case. words: what was done."""
        if self.stage.control is None:
            self.skip("there is no control API")
        self.remark(words)
        try:
            return call(self.stage.control)
        except ClientError as error:
            self.skip(f"the control API refuses: {error}")

    def name(self, what: str) -> str:
        """A name for an object of this case, which no other run uses."""
        return f"CT-{self.stage.mark}-{self._place}-{what}"

    def identifier(self, *parts: object) -> str:
        """A UUID of this case."""
        return self.stage.identifier(self.case.id, *parts)

    def finally_do(self, what: Callable[[], object]) -> None:
        """Something to put in order when the case is over, the last first. Checks in it do not count."""
        self._cleanup.append(what)

    # Time.

    def advance(self, by: timedelta) -> None:
        """Let so much of the head end's time pass, or end the case."""
        if self.stage.clock.can_be_moved:
            self.remark(f"the head end's time was moved by {by}")
        try:
            self.stage.clock.advance(by)
        except CannotMove as error:
            self.skip(str(error))

    def settle(self) -> None:
        """Wait until what is due was sent; where nobody can say that, for a quiet while."""
        try:
            self.stage.clock.settle(self.stage.options.quiet_s)
        except CannotMove as error:
            self.skip(str(error))

    def eventually(self, ask: Ask, is_enough: Callable[[Answer], bool]) -> Answer:
        """The first answer that is enough, else the last one: asked again while time passes.

        Where the head end's time can be moved, after 1, 2, 4 ... 16 minutes more; else every second, for as long as
        there is patience.
        """
        answer = ask()
        if self.stage.clock.can_be_moved:
            waits = [timedelta(minutes=2**power) for power in range(5)]
        else:
            waits = [timedelta(seconds=1)] * int(self.stage.options.patience_s)
        for wait in waits:
            if is_enough(answer):
                break
            self.advance(wait)
            answer = ask()
        return answer

    # Requests.

    def header(self, verb: str, noun: str, fields: Mapping[str, Any] | None = None) -> Element:
        """A Header. fields: more elements, or other values; None leaves one out."""
        said: Element = {
            "Verb": verb,
            "Noun": noun,
            "Timestamp": self.now,
            "Source": self.stage.parameters.source,
            "MessageID": self.new_id(),
        }
        said |= fields or {}
        return {name: value for name, value in said.items() if value is not None}

    def new_id(self) -> str:
        """A MessageID or CorrelationID by which messages are known as this case's."""
        self._ids += 1
        made = self.identifier("message", self._ids)
        self.stage.owners[made] = self.case.id
        return made

    def get(self, noun: str, query: Element | None = None, **how: Any) -> Answer:
        """Ask for a noun. query: the request profile; see `call` for the rest."""
        return self.call("get", noun, request={f"Get{noun}": query or {}}, **how)

    def read(
        self,
        *meters: KnownMeter,
        types: Sequence[str] = (),
        period: tuple[datetime, datetime] | None = None,
        more: Element | None = None,
        **how: Any,
    ) -> Answer:
        """GetMeterReadings of some meters."""
        query: Element = {"EndDevice": [meter.reference for meter in meters]}
        query["ReadingType"] = [{"mRID": one} for one in types]
        if period is not None:
            query |= within(*period)
        return self.get("MeterReadings", {**query, **(more or {})}, **how)

    def list_events(
        self,
        *meters: KnownMeter,
        period: tuple[datetime, datetime] | None = None,
        more: Element | None = None,
        **how: Any,
    ) -> Answer:
        """GetEndDeviceEvents of some meters."""
        query: Element = {"Meter": [meter.reference for meter in meters]}
        if period is not None:
            query |= within(*period)
        return self.get("EndDeviceEvents", {**query, **(more or {})}, **how)

    def send_control(self, code: str, *meters: KnownMeter, more: Element | None = None, **how: Any) -> Answer:
        """CreateEndDeviceControls with one control."""
        control: Element = {
            "EndDeviceControlType": {"ref": code},
            "EndDevices": [meter.reference for meter in meters],
            **(more or {}),
        }
        return self.act("create", "EndDeviceControls", {"EndDeviceControl": [control]}, **how)

    def act(
        self, verb: str, noun: str, content: Element | None = None, *, ids: Sequence[str] = (), **how: Any
    ) -> Answer:
        """A request that does something, or an event. content: of the noun's root. ids: Request/ID."""
        if ids:
            how["request"] = {"ID": [{"_value_1": one} for one in ids]}
        return self.call(verb, noun, payload=None if content is None else {noun: content}, **how)

    def execute_set(self, noun: str, operations: Sequence[Element], flags: Element, **how: Any) -> Answer:
        """A set of operations, by the service of a noun."""
        route = self._offered(self.stage.target.set_route(noun), f"Execute{noun}OperationSet")
        content = {"OperationSet": {**flags, "Operation": list(operations)}}
        return self.call("execute", "OperationSet", payload=content, route=route, **how)

    def call(
        self,
        verb: str,
        noun: str,
        *,
        request: Element | None = None,
        payload: Element | None = None,
        fields: Mapping[str, Any] | None = None,
        change: Change | None = None,
        route: Route | None = None,
        http: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a message, and give its answer. fields: of the Header. change: alters the envelope that zeep made.

        Ends the case where the head end offers no such operation, where its WSDL has no room for the message, and
        where no answer comes.
        """
        operation, data = self.written(
            verb, noun, request=request, payload=payload, fields=fields, change=change, route=route
        )
        return self.post(operation, data, headers=http)

    def written(
        self,
        verb: str,
        noun: str,
        *,
        request: Element | None = None,
        payload: Element | None = None,
        fields: Mapping[str, Any] | None = None,
        change: Change | None = None,
        route: Route | None = None,
    ) -> tuple[Route, bytes]:
        """The same message, not sent: where it goes, and its bytes."""
        route = route or self._offered(self.stage.target.route(verb, noun), verb.capitalize() + noun)
        parts: Element = {"Header": self.header(verb, noun, fields)}
        if request is not None:
            parts["Request"] = request
        if payload is not None:
            parts["Payload"] = payload
        try:
            envelope = self.stage.target.maker(route.service).envelope(route.operation.name, parts)
        except NoRoom as error:
            self.skip(f"the WSDL of {route.service} has no such message: {error}")
        if change is not None:
            change(envelope)
        return route, etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")

    def post(
        self, route: Route, data: bytes, *, headers: Mapping[str, str] | None = None, label: str | None = None
    ) -> Answer:
        """Send bytes as they are, right or wrong. headers: of HTTP, instead of the usual ones; an empty one is left
        out. Ends the case where no answer comes.
        """
        named = {"Content-Type": _XML, "SOAPAction": f'"{route.operation.soap_action}"', **(headers or {})}
        action = named.get("SOAPAction", "").strip('"')
        number, at, machine_at = self.stage.recorder.number(), self.stage.clock.now(), self.stage.machine.now()
        entry = partial(
            Entry,
            number=number,
            direction=Direction.OUT,
            at=at,
            machine_at=machine_at,
            peer=route.endpoint,
            service=route.service,
            operation=label or route.operation.name,
            soap_action=action or None,
            request=kept(data),
        )
        try:
            came = self.stage.target.http.call(
                "POST", route.endpoint, data, {name: value for name, value in named.items() if value}
            )
        except NoAnswer as error:
            self._keep(
                entry(
                    took_s=self._since(machine_at),
                    status=None,
                    response=kept(error.partial) if error.partial else None,
                    failure=str(error),
                )
            )
            self._add("the head end answers", Outcome.FAILED, expected="an answer", seen=str(error), exchange=number)
            raise CaseEnds from error
        answered = entry(took_s=self._since(machine_at), status=came.status, response=kept(came.body))
        self._keep(answered)
        answer = Answer(answered, number, came.body, came.headers)
        self.stage.clock.learn(answer.timestamp)
        self._answers.append((answer, route.service))
        return answer

    def _keep(self, entry: Entry) -> None:
        self.stage.recorder.sent(entry)
        self.sent.append(entry)

    def _since(self, began: datetime) -> float:
        return (self.stage.machine.now() - began).total_seconds()

    def route(self, verb: str, noun: str) -> Route:
        """Where an operation is called; ends the case where it is not offered."""
        return self._offered(self.stage.target.route(verb, noun), verb.capitalize() + noun)

    def _offered(self, route: Route | None, operation: str) -> Route:
        if route is None:
            self.skip(f"the head end does not offer {operation}")
        return route

    # What the head end sends by itself.

    @property
    def receive_url(self) -> Callable[[str], str]:
        """Where the receiver takes messages of a noun."""
        return self._receiver.receive_url

    @property
    def reply_url(self) -> Callable[[str], str]:
        """Where the receiver takes late replies about a noun."""
        return self._receiver.reply_url

    @property
    def _receiver(self) -> Receiver:
        if self.stage.receiver is None:
            self.skip("there is no receiver")
        return self.stage.receiver

    @property
    def mdm(self) -> FakeMdm:
        """The FakeMdm behind the receiver, for a case that answers otherwise than OK."""
        return self._receiver.mdm

    def wait_for(
        self, fits: Callable[[Answer], bool], *, count: int = 1, patience_s: float | None = None
    ) -> list[Answer]:
        """What came since the case began and fits, as soon as there are `count`, else what there is in the end."""

        def one_fits(came: Came) -> bool:
            return fits(_as_answer(came))

        patience_s = self.stage.options.patience_s if patience_s is None else patience_s
        found = self.stage.recorder.wait_for(self._position, one_fits, count, patience_s)
        return [_as_answer(one) for one in found]

    def came(self, fits: Callable[[Answer], bool] = lambda _: True) -> list[Answer]:
        """What came since the case began and fits, without waiting."""
        found = map(_as_answer, self.stage.recorder.came_since(self._position))
        return [one for one in found if fits(one)]

    # The end.

    def tidy_up(self) -> None:
        """Put in order what the case has changed; what goes wrong in it is no finding."""
        self._tidying = True
        for what in reversed(self._cleanup):
            try:
                what()
            except CaseEnds:
                continue
            except Exception as error:  # the next thing has to be put in order all the same
                log.exception("%s left something behind", self.case.id)
                self.remarks.append(f"something could not be put in order: {error}")

    def judge_messages(self) -> None:
        """The check that every case ends with: all messages of the head end are valid."""
        self._step = _LAST_STEP
        wrong: list[tuple[Answer, str]] = []
        judged = 0
        for answer, service in [*self._answers, *((one, one.entry.service) for one in self._own_messages())]:
            message = answer.message
            if message is None:
                continue
            judged += 1
            wrong += [(answer, error) for error in self._schema_errors(service, answer, message)[:1]]
        if judged:
            self.check(
                "every message of the head end is valid against its schema (MV-02)",
                not wrong,
                expected="no schema violation",
                seen="; ".join(f"{one.element}: {error}" for one, error in wrong[:3]),
                on=wrong[0][0] if wrong else None,
                clause="61968-100:2013",
            )

    def schema_errors(self, answer: Answer, service: str) -> list[str]:
        """What is wrong in the message of an answer by the service's schemas."""
        return [] if answer.message is None else self._schema_errors(service, answer, answer.message)

    def _schema_errors(self, service: str, answer: Answer, message: etree._Element) -> list[str]:
        is_ours = answer.entry.direction is Direction.OUT
        judge = self.stage.target.judge(service) if is_ours else self.stage.judge_of_ours(service)
        return [] if judge is None else judge.errors(message)

    def _own_messages(self) -> list[Answer]:
        return self.came(
            lambda one: self.stage.owners.get(one.header("CorrelationID") or "", self.case.id) == self.case.id
        )


def within(start: datetime, end: datetime) -> Element:
    """The part of a request profile that gives a period."""
    return {"TimeSchedule": [{"scheduleInterval": {"start": start, "end": end}}]}


def _as_answer(came: Came) -> Answer:
    return Answer(came.entry, came.entry.number, came.data)


def _shown(value: object) -> object:
    return "nothing" if value is None or value == "" or value == () or value == [] else value
