"""On-demand reads in the early dialect: create, an acknowledgment, and later created (61968-9:2013, clause 5.3)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.delivery.receiver import Receiver, receiver
from tests.support.created_readings import CreatedReadings
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.patience import eventually
from tests.support.readings import intervals, registers
from tests.support.reply import Reply
from tests.support.soap_requests import ENERGY, LOAD_PROFILE, Fields, create_meter_readings, wanted_reading

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.3")

METER, OTHER = "M00000005", "M00000006"
MORNING = ("2026-03-02T06:00:00Z", "2026-03-02T07:00:00Z")


@pytest.fixture
def client() -> Iterator[Receiver]:
    """Where the readings are wanted."""
    with receiver() as opened:
        yield opened


@pytest.fixture
def sending(tmp_path: Path) -> Iterator[InProcessHeadEnd]:
    """A head end that sends what it has queued."""
    with in_process(tmp_path, NOON) as opened:
        opened.head_end.start()
        yield opened


def create(head_end: InProcessHeadEnd, *readings: str, **fields: str) -> Reply:
    return head_end.post("ExecuteMeterReadings", create_meter_readings(*readings, fields=fields))


def arrived(client: Receiver) -> CreatedReadings:
    eventually(lambda: client.received, "a message arrives")
    (got,) = client.received
    return CreatedReadings.of(got.body)


def test_a_read_is_acknowledged_and_the_readings_follow(sending: InProcessHeadEnd, client: Receiver) -> None:
    reply = create(sending, wanted_reading(METER), CorrelationID="c-1", ReplyAddress=client.url)
    assert (reply.result, reply.codes, reply.has_payload) == ("OK", ["0.3"], False)
    assert reply.header["CorrelationID"] == "c-1"
    told = arrived(client)
    assert (told.header["Verb"], told.header["Noun"], told.header["CorrelationID"]) == (
        "created",
        "MeterReadings",
        "c-1",
    )
    assert (told.meters, told.reasons) == ([METER], {"inquiry"})
    asked = registers(sending.read(METER))
    assert told.values[METER] == [(one.stamp, one.value) for one in asked]


def test_types_and_a_period_may_be_named(sending: InProcessHeadEnd, client: Receiver) -> None:
    wanted = wanted_reading(METER, types=[LOAD_PROFILE], period=MORNING)
    create(sending, wanted, ReplyAddress=client.url)
    told = arrived(client)
    asked = intervals(sending.read(METER, reading_types=[LOAD_PROFILE], period=MORNING))
    assert (len(asked), told.period) == (4, MORNING)
    assert told.values[METER] == [(one.stamp, one.value) for one in asked]


def test_a_usage_point_is_read_by_its_meter(sending: InProcessHeadEnd, client: Receiver) -> None:
    create(sending, wanted_reading(usage_point="UP00000006", types=[ENERGY]), ReplyAddress=client.url)
    assert arrived(client).meters == [OTHER]


def test_subscribers_of_meter_readings_get_them_too(tmp_path: Path, client: Receiver) -> None:
    subscriptions = ({"url": client.url, "noun": "MeterReadings"},)
    with in_process(tmp_path, NOON, subscriptions=subscriptions) as head_end:
        head_end.head_end.start()
        reply = create(head_end, wanted_reading(METER), MessageID="m-1")
        assert (reply.result, reply.codes) == ("OK", ["0.3"])
        assert arrived(client).header["CorrelationID"] == "m-1"


def test_what_is_not_known_is_said_and_the_rest_is_read(sending: InProcessHeadEnd, client: Receiver) -> None:
    reply = create(sending, wanted_reading("nobody"), wanted_reading(METER), ReplyAddress=client.url)
    assert (reply.result, sorted(reply.codes)) == ("PARTIAL", ["0.2", "0.3", "2.4"])
    assert reply.errors[0].object_id == "nobody"
    assert arrived(client).meters == [METER]


@pytest.mark.parametrize(
    ("readings", "code", "said"),
    [
        ([wanted_reading("nobody")], "2.4", "'nobody' is not known here"),
        ([wanted_reading(METER, types=["0.0"])], "2.6", "0.0"),
        ([wanted_reading()], "1.7", "names a Meter or a UsagePoint"),
        ([], "1.7", "needs at least one MeterReading"),
        ([wanted_reading(METER, period=MORNING[::-1])], "1.8", "not after its start"),
    ],
    ids=["unknown meter", "bad reading type", "no meter", "nothing", "bad period"],
)
def test_what_cannot_be_read_at_all_is_refused_and_nothing_follows(
    head_end: InProcessHeadEnd, readings: list[str], code: str, said: str
) -> None:
    reply = create(head_end, *readings, ReplyAddress="http://127.0.0.1:9/never")
    assert (reply.result, reply.codes) == ("FAILED", [code])
    assert said in reply.said
    with head_end.head_end.store.reading() as work:
        assert not work.outbox.find()


@pytest.mark.parametrize(
    "fields",
    [{}, {"ReplyAddress": "NONE"}, {"ReplyAddress": "http://127.0.0.1:9/never", "AckRequired": "false"}],
    ids=["no address", "no URL", "no answer wanted"],
)
def test_it_is_said_if_nobody_would_get_the_readings(head_end: InProcessHeadEnd, fields: Fields) -> None:
    reply = head_end.post("ExecuteMeterReadings", create_meter_readings(wanted_reading(METER), fields=fields))
    assert (reply.result, [(one.code, one.level) for one in reply.errors]) == (
        "OK",
        [("0.3", "INFORM"), ("1.5", "WARNING")],
    )
    assert "nobody subscribes to MeterReadings" in reply.said


def test_a_strict_head_end_refuses_a_read_that_nobody_would_get(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, strict=True) as head_end:
        reply = create(head_end, wanted_reading(METER))
    assert (reply.result, reply.codes) == ("FAILED", ["1.5"])


SILENT = """\
templates:
  - {name: good, count: 1, names: {prefix: G, digits: 1}}
  - name: silent
    count: 1
    names: {prefix: S, digits: 1}
    conditions: {communication: {read_success: 0, tries: 3, retry_after_s: 7}}
"""


@pytest.mark.parametrize(("asked", "answered"), [(["G0", "S0"], ["G0"]), (["S0"], [])])
def test_a_silent_meter_is_missing_when_the_head_end_has_given_it_up(
    tmp_path: Path, client: Receiver, asked: list[str], answered: list[str]
) -> None:
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text(SILENT, "utf-8")
    with in_process(tmp_path, NOON, fleet=fleet) as head_end:
        assert create(head_end, *map(wanted_reading, asked), ReplyAddress=client.url).codes == ["0.3"]
        head_end.advance(seconds=22)  # three tries of seven seconds
        head_end.head_end.start()
        told = arrived(client)
    assert (told.meters, told.header["Timestamp"]) == (answered, "2026-03-02T12:00:21Z")


def test_readings_are_those_of_the_instant_of_the_request_however_late_they_are_sent(
    head_end: InProcessHeadEnd, client: Receiver
) -> None:
    create(head_end, wanted_reading(METER, types=[ENERGY]), ReplyAddress=client.url)
    head_end.advance(hours=3)
    head_end.head_end.start()
    ((stamp, _),) = arrived(client).values[METER]
    assert NOON - timedelta(hours=1) < stamp <= NOON
    assert isinstance(stamp, datetime)
