"""Every attempt of the dispatcher is recorded, and the whole transaction hangs together."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256

import pytest

from headend.delivery import DeliveryOutcome, HttpAnswer, Meanwhile, OutcomeKind, Said, SoapRequest
from headend.journal import Direction, Entry, heading
from headend.journal.entry import Message
from headend.journal.fleet_time import FleetTime
from headend.journal.heading import heading_of
from headend.journal.kept_entry import without_bodies
from headend.journal.links import Relation
from headend.journal.match import Match
from headend.journal.opened import opened
from headend.journal.recording_sender import RecordingSender
from headend.operations.header import Header
from simulator.clock import ManualClock
from tests.conftest import NOON
from tests.control.control_api import ControlApi
from tests.delivery.receiver import Answer, Receiver, receiver
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.late_replies import asynchronous
from tests.support.settled import settle, settle_after


@pytest.fixture
def mdm() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def telling(tmp_path: object, mdm: Receiver) -> Iterator[InProcessHeadEnd]:
    with in_process(tmp_path, NOON, subscriptions=({"url": mdm.url},)) as opened:  # type: ignore[arg-type]
        yield opened


def sent(head_end: InProcessHeadEnd) -> list[Entry]:
    return list(head_end.head_end.journal.entries(direction=Direction.OUT))


def test_a_message_is_kept_byte_for_byte_with_its_answer(telling: InProcessHeadEnd, mdm: Receiver) -> None:
    telling.disconnect("M00000003")
    settle(telling)
    (entry,) = sent(telling)
    (got,) = mdm.received
    assert entry.request.body == got.body
    assert (entry.peer, entry.path, entry.status) == (mdm.url, "/events", 200)
    assert entry.soap_action == got.headers["SOAPAction"].strip('"')
    assert entry.response is not None
    assert b"<Reply>" in entry.response.body
    assert entry.outcome == "delivered: Result OK"
    assert entry.at == NOON


def test_each_attempt_is_an_exchange_of_its_own(telling: InProcessHeadEnd, mdm: Receiver) -> None:
    mdm.answers.extend([Answer(503, b"later"), Answer(hangs_up=True)])
    telling.disconnect("M00000003")
    settle(telling)
    settle_after(telling, seconds=2)
    settle_after(telling, seconds=5)
    first, second, third = sent(telling)
    assert (first.status, first.outcome) == (503, "HTTP status: HTTP 503 Service Unavailable")
    assert (second.status, second.response) == (None, None)
    assert second.failure is not None
    assert second.failure.startswith("not connected: the connection broke")
    assert third.status == 200
    assert first.request == second.request == third.request


def test_request_late_reply_and_events_belong_together_both_ways(telling: InProcessHeadEnd, mdm: Receiver) -> None:
    telling.disconnect("M00000003", fields=asynchronous(mdm, CorrelationID="c-7"))
    telling.read("M00000003")
    settle(telling)
    journal, examiner = telling.head_end.journal, telling.head_end.examiner
    together = journal.find()
    request = next(one.entry.number for one in together if one.heading.verb == "create")
    event = next(one.entry.number for one in together if one.heading.verb == "created")
    reply = next(one.entry.number for one in together if one.heading.verb == "reply")
    links = {number: {(one.relation, one.kept.entry.number) for one in examiner.examine(number).links}
             for number in (request, event, reply)}  # fmt: skip
    assert links == {
        request: {(Relation.EVENT, event), (Relation.LATE_REPLY, reply)},
        event: {(Relation.REQUEST, request), (Relation.LATE_REPLY, reply)},
        reply: {(Relation.REQUEST, request), (Relation.EVENT, event)},
    }


def test_without_a_correlation_id_the_message_id_of_the_request_ties_it_to_its_events(
    telling: InProcessHeadEnd, mdm: Receiver
) -> None:
    telling.disconnect("M00000003", fields={"MessageID": "m-9"})
    settle(telling)
    (event,) = telling.head_end.examiner.examine(1).links
    assert event.relation is Relation.EVENT


def test_attempts_and_resends_are_the_same_message(telling: InProcessHeadEnd, mdm: Receiver) -> None:
    mdm.answers.append(Answer(503, b""))
    for _ in range(2):
        telling.disconnect("M00000003", fields={"MessageID": "m-9", "Source": "mdm"})
    settle(telling)
    settle_after(telling, seconds=2)
    first_attempt = sent(telling)[0].number
    for number in (1, first_attempt):
        relations = [one.relation for one in telling.head_end.examiner.examine(number).links]
        assert relations.count(Relation.SAME_MESSAGE) == 1


class Takes:
    """A sender that reads what it is given, or fails."""

    def __init__(self, outcome: DeliveryOutcome | None) -> None:
        self.outcome = outcome
        self.got = b""
        self.destinations: list[str] = []

    def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
        self.destinations.append(destination)
        for chunk in [request.body] if isinstance(request.body, bytes) else request.body:
            self.got += chunk
        if self.outcome is None:
            raise RuntimeError("cannot be made")
        return self.outcome


class Recorded:
    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def record(self, entry: Entry) -> None:
        self.entries.append(entry)


def post(outcome: DeliveryOutcome | None, body: bytes | Iterable[bytes]) -> tuple[DeliveryOutcome, Entry, Takes]:
    clock, kept, takes = ManualClock(NOON), Recorded(), Takes(outcome)
    sender = RecordingSender(takes, kept, clock, FleetTime(clock), 10)
    request = SoapRequest("act", body, {"Authorization": "Basic c2VjcmV0"})
    came = sender.post("http://mdm/services/ReceiveX", request)
    (entry,) = kept.entries
    return came, entry, takes


def test_a_message_that_is_made_while_it_leaves_is_counted_and_reaches_its_receiver_whole() -> None:
    answer = HttpAnswer(200, b"z" * 30)
    outcome = DeliveryOutcome(OutcomeKind.DELIVERED, "Result OK", answer=answer)
    came, entry, takes = post(outcome, iter([b"12345", b"67890", b"abc"]))
    assert takes.destinations == ["http://mdm/services/ReceiveX"]
    assert takes.got == b"1234567890abc"
    assert (entry.request.body, entry.request.length) == (b"1234567890", 13)
    assert entry.request.sha256 == sha256(takes.got).hexdigest()
    assert entry.response is not None
    assert (entry.response.body, entry.response.length) == (b"z" * 10, 30)
    assert came == outcome
    assert came.answer is None, "whoever collects outcomes does not hold answers"


def test_what_a_receiver_wants_besides_is_named_and_not_kept() -> None:
    _, entry, _ = post(DeliveryOutcome(OutcomeKind.TIMED_OUT, "no answer within 1 s"), b"x")
    assert ("Authorization", "(not kept)") in entry.request_headers
    assert (entry.status, entry.response, entry.failure) == (None, None, "timed out: no answer within 1 s")


def test_an_answer_that_is_too_long_to_read_is_told_of() -> None:
    outcome = DeliveryOutcome(
        OutcomeKind.NOT_UNDERSTOOD, "HTTP 200 with far too long a body", answer=HttpAnswer(200, None)
    )
    _, entry, _ = post(outcome, b"x")
    assert (entry.status, entry.notes) == (200, ("the answer was too long to read",))


def test_a_message_that_breaks_while_it_is_made_is_recorded_and_breaks() -> None:
    clock, kept = ManualClock(NOON), Recorded()
    with pytest.raises(RuntimeError):
        RecordingSender(Takes(None), kept, clock, FleetTime(clock), 10).post("http://mdm", SoapRequest("act", b"x"))
    assert [one.failure for one in kept.entries] == ["RuntimeError"]


# Whoever writes a message tells what is in it, so that the journal need not read it again.

ODD = 'tamper & <terror>\n"ü"'


def told_events(telling: InProcessHeadEnd) -> None:
    """Events whose texts are no plain ones leave for the subscriber, in one message and alone."""
    control = ControlApi(telling)
    control.post("events", {"type": "*.12.0.257", "meters": ["M00000001"], "issuer_tracking_id": ODD, "reason": ODD})
    control.post("events", {"type": "*.12.0.257", "meters": [f"M{number:08}" for number in range(50)]})
    telling.disconnect("M00000003", fields={"CorrelationID": ODD, "Source": "a & b"})
    settle(telling)


def test_what_is_kept_of_a_message_by_its_writers_word_is_what_stands_in_it(telling: InProcessHeadEnd) -> None:
    told_events(telling)
    kept = telling.head_end.journal.find(Match(direction=Direction.OUT, noun="EndDeviceEvents"))
    assert len(kept) == 3
    for one in kept:
        assert one.entry.said is None, "as it comes out of the store"
        assert heading_of(one.entry) == one.heading
    assert kept[-1].heading.correlation_id == " ".join(ODD.split())
    assert "M00000003" in kept[-1].heading.names
    assert len(kept[1].heading.names) == 60


def test_events_are_told_with_what_they_say(telling: InProcessHeadEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the answer is opened."""
    opened_bodies: list[bytes] = []
    monkeypatch.setattr(
        heading, "opened", lambda message, charset=None: opened_bodies.append(message.body) or opened(message, charset)
    )
    told_events(telling)
    assert telling.head_end.journal.flush()
    assert not [body for body in opened_bodies if b"CreatedEndDeviceEvents" in body]


@pytest.mark.parametrize("kind", ["schema-invalid", "wrong-namespace", "malformed-xml", "random-data", "truncated"])
def test_of_a_message_that_a_fault_broke_the_writers_word_is_not_taken(telling: InProcessHeadEnd, kind: str) -> None:
    ControlApi(telling).post("faults", {"kind": kind, "match": {"direction": "message"}})
    telling.disconnect("M00000003")
    settle(telling)
    (kept, *_) = telling.head_end.journal.find(Match(direction=Direction.OUT))
    assert kept.entry.notes, "a fault has acted"
    assert heading_of(kept.entry) == kept.heading


def test_nothing_is_held_for_the_sake_of_what_was_said() -> None:
    header = Header(verb="created", noun="EndDeviceEvents", message_id="m-1")
    for body, is_whole in ((b"short", True), (b"longer than is kept", False)):
        clock, kept = ManualClock(NOON), Recorded()
        sender = RecordingSender(Takes(None), kept, clock, FleetTime(clock), 10)
        with pytest.raises(RuntimeError):
            sender.post("http://mdm", SoapRequest("act", body, said=Said(body, "CreatedEndDeviceEvents", header)))
        (entry,) = kept.entries
        assert (entry.said is not None) is is_whole
        assert without_bodies(entry, "full").said is None


def test_what_was_said_of_other_bytes_counts_for_nothing() -> None:
    header = Header(verb="created", noun="EndDeviceEvents", message_id="m-1")
    body, other = b"<a>%d</a>" % len(ODD), b"<a>%d</a>" % len(ODD)
    assert body is not other
    entry = Entry(
        direction=Direction.OUT,
        at=NOON,
        machine_at=NOON,
        took_s=0.0,
        peer="http://mdm",
        service="",
        operation="",
        status=None,
        request=Message.whole(body),
        response=None,
        said=Said(body, "CreatedEndDeviceEvents", header),
    )
    assert heading_of(entry).message_id == "m-1"
    assert heading_of(replace(entry, said=Said(other, "CreatedEndDeviceEvents", header))).message_id is None
