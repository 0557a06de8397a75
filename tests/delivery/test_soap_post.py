"""Messages on the wire, to a real HTTP server on this machine."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from headend.delivery import HttpSender, OutcomeKind, SoapRequest
from headend.delivery.soap_post import MAX_ANSWER_BYTES
from simulator.clock import ManualClock
from tests.delivery.receiver import Answer, Received, Receiver, fault, receiver, reply
from tests.support.patience import eventually

MESSAGE = SoapRequest(
    "http://iec.ch/TC57/2011/EndDeviceEvents/CreatedEndDeviceEvents", "<Envelope>ü</Envelope>".encode()
)


@pytest.fixture
def machine() -> ManualClock:
    return ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))


@pytest.fixture
def sender(machine: ManualClock) -> Iterator[HttpSender]:
    sender = HttpSender(machine, timeout_s=10)
    yield sender
    sender.close()


@pytest.fixture
def mdm() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.mark.clause("SOAP 1.1, 6.1")
def test_a_message_is_posted_as_soap_1_1(sender: HttpSender, mdm: Receiver) -> None:
    outcome = sender.post(mdm.url, MESSAGE)
    (got,) = mdm.received
    assert outcome.delivered
    assert (got.path, got.body) == ("/events", MESSAGE.body)
    assert got.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert got.headers["SOAPAction"] == f'"{MESSAGE.soap_action}"'


def test_a_body_in_chunks_arrives_whole(sender: HttpSender, mdm: Receiver) -> None:
    chunks = (b"<Envelope>", *(b"%d " % number for number in range(1000)), b"</Envelope>")
    assert sender.post(mdm.url, SoapRequest("action", iter(chunks))).delivered
    assert mdm.received[0].body == b"".join(chunks)


def test_a_connection_is_used_again(sender: HttpSender, mdm: Receiver) -> None:
    for _ in range(3):
        assert sender.post(mdm.url, MESSAGE).delivered
    assert len(mdm.received) == 3


def test_what_can_be_done_meanwhile_is_done_once_the_message_has_left(sender: HttpSender, mdm: Receiver) -> None:
    came: list[Received] = []

    def meanwhile() -> None:
        came.extend(eventually(lambda: list(mdm.received), "the message arrives"))

    assert sender.post(mdm.url, MESSAGE, meanwhile).delivered
    assert [one.body for one in came] == [MESSAGE.body]


def test_the_time_that_we_take_meanwhile_is_not_the_receivers(
    machine: ManualClock, sender: HttpSender, mdm: Receiver
) -> None:
    assert sender.post(mdm.url, MESSAGE, lambda: machine.advance(timedelta(hours=1))).delivered


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(body=reply("FAILED")), OutcomeKind.REPLY_FAILED),
        (Answer(status=500, body=fault("Client", "no")), OutcomeKind.SOAP_FAULT),
        (Answer(status=503, body=b"later"), OutcomeKind.HTTP_STATUS),
        (Answer(body=b""), OutcomeKind.NOT_UNDERSTOOD),
        (Answer(body=b" " * (MAX_ANSWER_BYTES + 1)), OutcomeKind.NOT_UNDERSTOOD),
    ],
    ids=["FAILED", "fault", "unavailable", "empty", "too long"],
)
def test_a_bad_answer_is_no_delivery_and_the_next_message_gets_its_own(
    sender: HttpSender, mdm: Receiver, answer: Answer, kind: OutcomeKind
) -> None:
    mdm.answers.append(answer)
    assert sender.post(mdm.url, MESSAGE).kind is kind
    assert sender.post(mdm.url, MESSAGE).delivered


def test_a_redirect_is_not_followed(sender: HttpSender, mdm: Receiver) -> None:
    mdm.answers.append(Answer(status=307, body=b"", headers=(("Location", mdm.url),)))
    assert sender.post(mdm.url, MESSAGE).kind is OutcomeKind.HTTP_STATUS
    assert len(mdm.received) == 1


def test_a_receiver_that_is_silent_for_too_long_has_timed_out(machine: ManualClock, mdm: Receiver) -> None:
    mdm.answers.append(Answer(waits=True))
    assert HttpSender(machine, timeout_s=0.1).post(mdm.url, MESSAGE).kind is OutcomeKind.TIMED_OUT


def test_an_exchange_that_goes_on_for_too_long_has_timed_out(machine: ManualClock, mdm: Receiver) -> None:
    def slow_body() -> Iterator[bytes]:
        yield b"<Envelope>"
        machine.advance(timedelta(seconds=11))
        yield b"</Envelope>"

    outcome = HttpSender(machine, timeout_s=10).post(mdm.url, SoapRequest("action", slow_body()))
    assert outcome.kind is OutcomeKind.TIMED_OUT


def test_nobody_at_the_address_is_told(sender: HttpSender) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound but not listening: nobody else can take the port meanwhile
        outcome = sender.post(f"http://127.0.0.1:{free.getsockname()[1]}/", MESSAGE)
    assert outcome.kind is OutcomeKind.NOT_CONNECTED
    assert "refused" in outcome.sentence


def test_a_connection_that_breaks_is_told(sender: HttpSender) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def hang_up() -> Iterator[bytes]:
            yield b"<Envelope>"
            listening.accept()[0].close()
            yield b"</Envelope>"

        outcome = sender.post(f"http://127.0.0.1:{listening.getsockname()[1]}/", SoapRequest("action", hang_up()))
    assert outcome.kind is OutcomeKind.NOT_CONNECTED


@pytest.mark.parametrize("address", ["", "mdm", "ftp://mdm.example/", "http://", "http://mdm.example:port/"])
def test_an_address_that_is_none_is_told(sender: HttpSender, address: str) -> None:
    assert sender.post(address, MESSAGE).kind is OutcomeKind.NOT_CONNECTED


def test_a_proxy_of_the_environment_is_not_used(
    sender: HttpSender, mdm: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    assert sender.post(mdm.url, MESSAGE).delivered
