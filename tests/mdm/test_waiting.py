"""Waiting for messages, and what is kept of them."""

import threading
from dataclasses import dataclass

import pytest

from headend.mdm import Answer, FakeMdm, NotReceived, Outcome
from tests.support.client import HeadEndClient
from tests.support.sent_to_mdm import events, identified, message, readings, readings_payload, sender_to

SERVICE = "ReceiveEndDeviceEvents"
DISCONNECTED, OUTAGE = "3.31.0.68", "3.26.0.85"


@dataclass(frozen=True)
class Meter:
    mrid: str
    name: str


@pytest.fixture
def filled(mdm: FakeMdm, sender: HeadEndClient) -> FakeMdm:
    sender.post(SERVICE, events(("M00000001", OUTAGE), ("M00000002", DISCONNECTED), fields=identified("m-1", "c-1")))
    sender.post("ReceiveMeterReadings", readings("M00000003", fields=identified("m-2", "c-2")))
    sender.post(SERVICE, events(("M00000001", DISCONNECTED), fields=identified("m-3", "c-2")))
    return mdm


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ({}, 1),
        ({"noun": "MeterReadings"}, 2),
        ({"verb": "created"}, 1),
        ({"meter": "M00000003"}, 2),
        ({"meter": Meter("none", "M00000002")}, 1),
        ({"event": OUTAGE}, 1),
        ({"event": "*.26.*"}, 1),
        ({"event": "RCDSwitch.*.Disconnected", "correlation_id": "c-2"}, 3),
        ({"meter": "M00000001", "event": DISCONNECTED}, 3),
        ({"correlation_id": "c-2"}, 2),
        ({"noun": "EndDeviceEvents", "count": 2}, 3),
    ],
    ids=lambda value: str(value),
)
def test_a_message_is_found_by_what_is_said_of_it(filled: FakeMdm, wanted: dict[str, object], number: int) -> None:
    assert filled.wait_for(**wanted, timeout_s=0).number == number  # type: ignore[arg-type]  # a table of many kinds


@pytest.mark.parametrize(
    "wanted",
    [
        {"noun": "MeterConfig"},
        {"verb": "changed"},
        {"meter": "M00000009"},
        {"event": "3.31.0.42"},
        {"meter": "M00000003", "event": DISCONNECTED},
        {"correlation_id": "c-9"},
        {"count": 4},
        {"outcome": Outcome.REFUSED},
    ],
    ids=lambda value: str(value),
)
def test_what_never_comes_ends_the_wait(filled: FakeMdm, wanted: dict[str, object]) -> None:
    with pytest.raises(NotReceived):
        filled.wait_for(**wanted, timeout_s=0.01)  # type: ignore[arg-type]  # a table of many kinds


def test_a_wait_in_vain_tells_what_came_instead(filled: FakeMdm) -> None:
    with pytest.raises(NotReceived) as error:
        filled.wait_for("EndDeviceEvents", meter="M00000009", count=2, timeout_s=0)
    awaited, *came = str(error.value).splitlines()
    assert "2 times noun EndDeviceEvents, meter M00000009, outcome accepted (there were 0)" in awaited
    assert came == [
        "  1. created EndDeviceEvents, 2 events, M00000001 Power.-.Failed, M00000002 RCDSwitch.-.Disconnected",
        "  2. created MeterReadings, 1 meter, 1 reading, M00000003",
        "  3. created EndDeviceEvents, 1 event, M00000001 RCDSwitch.-.Disconnected",
    ]


def test_nothing_at_all_is_told_as_that(mdm: FakeMdm) -> None:
    with pytest.raises(NotReceived, match="nothing at all"):
        mdm.wait_for("EndDeviceEvents", timeout_s=0)


def test_a_wait_ends_when_the_message_comes(mdm: FakeMdm, sender: HeadEndClient) -> None:
    posting = threading.Timer(0.05, lambda: sender.post(SERVICE, events(fields=identified("m-1", "late"))))
    posting.start()
    assert mdm.wait_for(correlation_id="late").message_id == "m-1"
    posting.join()


def test_repeats_and_refusals_are_not_counted_unless_they_are_asked_for(mdm: FakeMdm, sender: HeadEndClient) -> None:
    mdm.answer(Answer.failed(), times=1)
    for sent in (events(fields=identified("m-1")),) * 3:
        sender.post(SERVICE, sent)
    sender.post(SERVICE, events(verb="changed"))
    assert [one.outcome for one in mdm.received] == [
        Outcome.DECLINED, Outcome.ACCEPTED, Outcome.REPEATED, Outcome.REFUSED,
    ]  # fmt: skip
    with pytest.raises(NotReceived):
        mdm.wait_for("EndDeviceEvents", count=2, timeout_s=0)
    assert mdm.wait_for("EndDeviceEvents", outcome=Outcome.REPEATED, timeout_s=0).repeats == 2
    assert mdm.wait_for(outcome=None, count=4, timeout_s=0).outcome is Outcome.REFUSED


def test_what_is_cleared_is_forgotten_with_its_message_id(mdm: FakeMdm, sender: HeadEndClient) -> None:
    mdm.answer(Answer.failed("3.2"), noun="MeterReadings")
    sender.post(SERVICE, events(fields=identified("m-1")))
    mdm.clear()
    assert mdm.received == ()
    sender.post(SERVICE, events(fields=identified("m-1")))
    assert [(one.number, one.outcome) for one in mdm.received] == [(2, Outcome.ACCEPTED)]
    assert sender.post("ReceiveMeterReadings", readings("M00000001")).codes == ["3.2"], "what was told still counts"
    mdm.reset()
    assert sender.post("ReceiveMeterReadings", readings("M00000001")).result == "OK"


def test_only_the_last_messages_are_kept() -> None:
    with FakeMdm(most_kept=2) as small:
        for number in range(4):
            sender_to(small.base_url).post(SERVICE, events(fields=identified(f"m-{number}")))
        assert [one.message_id for one in small.received] == ["m-2", "m-3"]


def test_many_senders_at_once_lose_nothing_and_number_everything(mdm: FakeMdm, sender: HeadEndClient) -> None:
    def send(name: int) -> None:
        for number in range(10):
            sender.post(SERVICE, events(fields=identified(f"{name}-{number % 5}")))

    threads = [threading.Thread(target=send, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [one.outcome for one in mdm.received]
    assert [one.number for one in mdm.received] == list(range(1, 81))
    assert (found.count(Outcome.ACCEPTED), found.count(Outcome.REPEATED)) == (40, 40)


def test_a_listener_hears_of_each_message() -> None:
    heard: list[int] = []
    with FakeMdm(on_received=lambda received: heard.append(received.number)) as mdm:
        for sent in (events(), events(verb="changed"), b""):
            sender_to(mdm.base_url).post(SERVICE, sent)
    assert heard == [1, 2, 3]


def test_values_that_nobody_can_read_are_told_and_stop_nothing(mdm: FakeMdm, sender: HeadEndClient) -> None:
    odd = message("CreatedMeterReadings", "MeterReadings", "created", readings_payload("M00000001", value="a lot"))
    assert sender.post("ReceiveMeterReadings", odd).result == "OK"
    received = mdm.wait_for("MeterReadings", meter="M00000001", timeout_s=0)
    assert received.readings == ()
    assert "is no number" in (received.content.unreadable or "")


def test_a_noun_without_such_a_service_has_no_url(mdm: FakeMdm) -> None:
    assert mdm.reply_url("MeterReadings") == f"{mdm.base_url}/services/ReplyMeterReadings"
    assert mdm.receive_url("MeterConfigOperationSet").endswith("/services/ReceiveMeterConfigOperationSet")
    with pytest.raises(ValueError, match="no service ReceiveTariff"):
        mdm.receive_url("Tariff")


def test_before_it_is_started_it_has_no_address() -> None:
    with pytest.raises(RuntimeError, match="context manager"):
        _ = FakeMdm().base_url


def test_after_its_end_it_can_be_looked_at_and_started_again() -> None:
    mdm = FakeMdm()
    for _ in range(2):
        with mdm:
            sender_to(mdm.base_url).post(SERVICE, events())
    assert len(mdm.received) == 2


def test_a_taken_port_is_an_error(mdm: FakeMdm) -> None:
    port = int(mdm.base_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        FakeMdm(port=port).start()
