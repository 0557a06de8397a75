"""Messages that the head end sends break where a fault says so, an attempt at a time, and the journal has what left."""

from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from tests.conftest import NOON
from tests.control.control_api import ControlApi
from tests.delivery.receiver import Receiver, receiver
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.patience import eventually

METER, OTHER = "M00000001", "M00000002"
OF_MESSAGES = {"direction": "message"}


@pytest.fixture(scope="module")
def mdm_of_all() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, mdm_of_all: Receiver) -> Iterator[InProcessHeadEnd]:
    told = ({"url": mdm_of_all.url, "noun": "EndDeviceControls"},)
    with in_process(tmp_path_factory.mktemp("broken"), NOON, subscriptions=told, meters=10) as opened:
        opened.head_end.start()
        yield opened


@pytest.fixture
def mdm(mdm_of_all: Receiver) -> Receiver:
    return mdm_of_all


@pytest.fixture
def head_end(shared: InProcessHeadEnd, mdm: Receiver) -> Iterator[InProcessHeadEnd]:
    """It, as new for each test."""
    yield shared
    ControlApi(shared).call("DELETE", "faults")
    shared.advance(minutes=10)
    settle(shared)
    mdm.received.clear()
    ControlApi(shared).call("DELETE", "journal")


def add(head_end: InProcessHeadEnd, kind: str, *, match: dict[str, str] = OF_MESSAGES, **more: Any) -> None:
    ControlApi(head_end).post("faults", {"kind": kind, "match": match, **more})


def settle(head_end: InProcessHeadEnd) -> None:
    head_end.head_end.dispatcher.wake()
    eventually(lambda: is_quiet(head_end), "all that is due was sent")


def is_quiet(head_end: InProcessHeadEnd) -> bool:
    now = head_end.clock.now()
    with head_end.head_end.store.reading() as work:
        return not work.outbox.is_busy(fleet_now=now, machine_now=now)


def used(head_end: InProcessHeadEnd) -> list[int]:
    return [one["used"] for one in ControlApi(head_end).get("faults")["faults"]]


def sent(head_end: InProcessHeadEnd) -> list[dict[str, Any]]:
    """What the journal has of messages, the oldest first."""
    api = ControlApi(head_end)
    found = api.get("journal?direction=out")["exchanges"]
    return [api.get(f"journal/{one['number']}?indent=false") for one in found]


def test_a_refused_message_is_sent_again_and_arrives(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    add(head_end, "connection-refused", times=1)
    head_end.disconnect(METER)
    settle(head_end)
    assert (mdm.received, used(head_end)) == ([], [1])
    (waiting, _) = ControlApi(head_end).get("deliveries?limit=2")["deliveries"][-2:]
    assert waiting["last_error"].startswith("not connected: no connection: refused by fault connection-refused")
    head_end.advance(seconds=5)
    settle(head_end)
    assert len(mdm.received) == 2


def test_the_journal_has_what_left_and_by_which_fault(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    add(head_end, "truncated", bytes=60, times=1)
    mrid = ControlApi(head_end).get("faults")["faults"][-1]["mrid"]
    head_end.disconnect(METER)
    settle(head_end)
    eventually(lambda: sent(head_end), "the attempt is recorded")
    first = sent(head_end)[0]
    assert first["notes"] == [f"fault injected: truncated {mrid}"]
    assert first["request"]["length"] == 60
    assert mdm.received == []


@pytest.mark.parametrize("kind", ["wrong-namespace", "schema-invalid"])
def test_a_message_breaks_the_contract(head_end: InProcessHeadEnd, mdm: Receiver, kind: str) -> None:
    head_end.connect(METER)
    settle(head_end)
    right = mdm.received[0].body
    mdm.received.clear()
    add(head_end, kind)
    head_end.connect(METER)
    settle(head_end)
    body = mdm.received[0].body
    (element,) = etree.fromstring(body)[0]
    old = b"/2011/EndDeviceControlsMessage" in body
    assert (old, element.find("{*}Header/Unheard-of") is not None) == (
        kind == "schema-invalid",
        kind == "schema-invalid",
    )
    assert b"/2011/EndDeviceControlsMessage" in right


def test_malformed_xml_is_none(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    add(head_end, "malformed-xml")
    head_end.connect(METER)
    settle(head_end)
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(mdm.received[0].body)


@pytest.mark.parametrize(
    ("match", "acts"),
    [
        ({"meter": METER}, True),
        ({"meter": OTHER}, False),
        ({"verb": "created"}, True),
        ({"verb": "canceled"}, False),
        ({"noun": "EndDeviceEvents"}, False),
        ({"destination": "http://127.0.0.1:9/"}, False),
    ],
    ids=str,
)
def test_a_fault_acts_on_the_messages_that_it_matches(
    head_end: InProcessHeadEnd, mdm: Receiver, match: dict[str, str], acts: bool
) -> None:
    add(head_end, "empty-body", match=OF_MESSAGES | match)
    head_end.connect(METER)
    settle(head_end)
    assert (b"" in [one.body for one in mdm.received]) is acts


def test_a_duplicate_is_the_ordering_of_that_name(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    add(head_end, "duplicate", match={"verb": "created"})
    head_end.connect(METER)
    settle(head_end)
    ids = [etree.fromstring(one.body).findtext(".//{*}Header/{*}MessageID") for one in mdm.received]
    assert len(ids) == len(set(ids)) + 1
    assert used(head_end) == [1]


def test_the_log_tells_what_breaks(head_end: InProcessHeadEnd, caplog: pytest.LogCaptureFixture) -> None:
    add(head_end, "empty-body", times=1)
    head_end.connect(METER)
    settle(head_end)
    assert "created EndDeviceControls" in caplog.text
    assert "breaks, by fault empty-body" in caplog.text
