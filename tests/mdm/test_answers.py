"""What the fake MDM answers when it is told to, and what a retry then is."""

import threading
from collections.abc import Callable

import pytest

from headend.delivery import HttpSender, SoapRequest
from headend.delivery.outcome import OutcomeKind
from headend.mdm import Answer, FakeMdm, Outcome
from simulator.clock import RealClock
from tests.support.client import HeadEndClient
from tests.support.sent_to_mdm import events, identified, readings

SERVICE = "ReceiveEndDeviceEvents"


def outcomes(mdm: FakeMdm) -> list[Outcome]:
    return [received.outcome for received in mdm.received]


def deliver(mdm: FakeMdm, message: bytes, timeout_s: float = 10.0) -> OutcomeKind:
    """What the head end's own dispatcher makes of the answer."""
    sender = HttpSender(RealClock(), timeout_s)
    try:
        return sender.post(mdm.receive_url("EndDeviceEvents"), SoapRequest("", message)).kind
    finally:
        sender.close()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer.ok(), OutcomeKind.DELIVERED),
        (Answer.failed(), OutcomeKind.REPLY_FAILED),
        (Answer.fault(), OutcomeKind.SOAP_FAULT),
        (Answer.http(503), OutcomeKind.HTTP_STATUS),
        (Answer.drop(), OutcomeKind.NOT_CONNECTED),
        (Answer.drop(taken=True), OutcomeKind.NOT_CONNECTED),
        (Answer.slow(30), OutcomeKind.TIMED_OUT),
    ],
    ids=str,
)
def test_a_sender_sees_what_was_told(answer: Answer, kind: OutcomeKind) -> None:
    with FakeMdm(answer=answer) as mdm:
        assert deliver(mdm, events(), timeout_s=0.5 if answer.delay_s else 10.0) is kind
        assert outcomes(mdm) == [Outcome.ACCEPTED if answer.takes else Outcome.DECLINED]


@pytest.mark.clause("61968-9:2013 Annex B")
def test_a_refusal_has_the_code_that_was_told(mdm: FakeMdm, sender: HeadEndClient) -> None:
    mdm.answer(Answer.failed("2.4", "no such meter"))
    reply = sender.post(SERVICE, events(fields=identified("m-1", "c-1")))
    assert (reply.result, reply.codes, reply.said) == ("FAILED", ["2.4"], "no such meter")
    assert reply.header["CorrelationID"] == "c-1"


def test_a_fault_has_the_sentence_that_was_told(mdm: FakeMdm, sender: HeadEndClient) -> None:
    mdm.answer(Answer.fault("come back tomorrow"))
    fault = sender.post(SERVICE, events()).fault
    assert fault is not None
    assert (fault.code, fault.sentence) == ("Server", "come back tomorrow")


def test_what_is_told_so_many_times_is_over_then(mdm: FakeMdm, sender: HeadEndClient) -> None:
    mdm.answer(Answer.failed(), times=2)
    assert [sender.post(SERVICE, events()).result for _ in range(3)] == ["FAILED", "FAILED", "OK"]


def test_what_is_told_last_counts_first(mdm: FakeMdm, sender: HeadEndClient) -> None:
    mdm.answer(Answer.failed("5.1"))
    mdm.answer(Answer.failed("3.2"), times=1)
    assert [sender.post(SERVICE, events()).codes for _ in range(2)] == [["3.2"], ["5.1"]]


@pytest.mark.parametrize(
    "match",
    [
        {"noun": "EndDeviceEvents"},
        {"noun": "EndDeviceEvents", "verb": "created"},
        {"meter": "M00000007"},
        {"event": "3.26.0.*"},
        {"correlation_id": "c-1"},
    ],
    ids=lambda match: " ".join(match),
)
def test_an_answer_is_for_the_messages_that_match(mdm: FakeMdm, sender: HeadEndClient, match: dict[str, str]) -> None:
    mdm.answer(Answer.failed(), **match)  # type: ignore[arg-type]  # the values of this table are all texts
    meant = events(("M00000007", "3.26.0.85"), fields=identified("m-1", "c-1"))
    assert sender.post(SERVICE, meant).result == "FAILED"
    assert sender.post("ReceiveMeterReadings", readings("M00000008")).result == "OK"


def test_what_breaks_the_contract_is_refused_and_uses_nothing_up(mdm: FakeMdm, sender: HeadEndClient) -> None:
    mdm.answer(Answer.failed("5.1"), times=1)
    told = [sender.post(SERVICE, sent).codes for sent in (events(verb="changed"), events())]
    assert told == [["2.9"], ["5.1"]]


def test_a_repeat_gets_the_same_bytes_and_is_kept_as_a_repeat(mdm: FakeMdm, sender: HeadEndClient) -> None:
    sent = events(fields=identified("m-1"))
    first, second = sender.post(SERVICE, sent), sender.post(SERVICE, sent)
    assert first.raw == second.raw
    assert [(one.outcome, one.repeats) for one in mdm.received] == [(Outcome.ACCEPTED, None), (Outcome.REPEATED, 1)]


@pytest.mark.parametrize(
    ("again", "outcome"),
    [
        (events(("M00000006", "3.31.0.68"), fields=identified("m-1")), Outcome.REPEATED),
        (events(fields=identified("m-2")), Outcome.ACCEPTED),
        (events(fields=identified("m-1", source="another")), Outcome.ACCEPTED),
    ],
    ids=["other body", "other MessageID", "other Source"],
)
def test_source_and_message_id_make_a_repeat(
    mdm: FakeMdm, sender: HeadEndClient, again: bytes, outcome: Outcome
) -> None:
    sender.post(SERVICE, events(fields=identified("m-1")))
    sender.post(SERVICE, again)
    assert outcomes(mdm) == [Outcome.ACCEPTED, outcome]


def test_messages_without_message_id_are_no_repeats(mdm: FakeMdm, sender: HeadEndClient) -> None:
    for _ in range(2):
        sender.post(SERVICE, events())
    assert outcomes(mdm) == [Outcome.ACCEPTED, Outcome.ACCEPTED]


@pytest.mark.parametrize(
    ("answer", "then"),
    [
        (Answer.failed(), Outcome.ACCEPTED),
        (Answer.fault(), Outcome.ACCEPTED),
        (Answer.http(500), Outcome.ACCEPTED),
        (Answer.drop(), Outcome.ACCEPTED),
        (Answer.drop(taken=True), Outcome.REPEATED),
    ],
    ids=["failed", "fault", "status", "dropped", "answer lost"],
)
def test_only_a_retry_of_what_was_taken_is_a_repeat(mdm: FakeMdm, answer: Answer, then: Outcome) -> None:
    sent = events(fields=identified("m-1"))
    mdm.answer(answer, times=1)
    deliver(mdm, sent)
    assert deliver(mdm, sent) is OutcomeKind.DELIVERED
    assert mdm.received[1].outcome is then


def test_a_slow_answer_is_late_but_the_message_is_there_at_once(mdm: FakeMdm, sender: HeadEndClient) -> None:
    answered: list[str | None] = []
    mdm.answer(Answer.slow(30))
    sending = threading.Thread(target=lambda: answered.append(sender.post(SERVICE, events()).result))
    sending.start()
    mdm.wait_for("EndDeviceEvents")
    assert answered == []
    mdm.close()  # what waits leaves then
    sending.join(10)
    assert answered == ["OK"]


def test_a_status_comes_without_a_soap_message(mdm: FakeMdm) -> None:
    mdm.answer(Answer.http(429))
    sender = HttpSender(RealClock())
    outcome = sender.post(mdm.receive_url("EndDeviceEvents"), SoapRequest("", events()))
    sender.close()
    assert outcome.sentence == "HTTP 429 Too Many Requests"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Answer.failed("1.1"),
        lambda: Answer.http(99),
        lambda: Answer.http(100),
        lambda: Answer.slow(-1),
        lambda: Answer.slow(float("inf")),
        lambda: FakeMdm().answer(Answer.ok(), times=0),
    ],
    ids=["code", "status", "status before another", "delay", "endless delay", "times"],
)
def test_an_answer_that_cannot_be_given_cannot_be_told(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"1\.1|99|100|late|times"):
        make()
