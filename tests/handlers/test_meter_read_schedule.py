"""MeterReadSchedule: readings arrive when the schedule says, at whoever is to have them (ECITP 2.01)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.delivery.receiver import Answer, Receiver, fault, receiver
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.late_replies import late_replies
from tests.support.readings import intervals, registers
from tests.support.schedules import HOURLY, ask, sent_after
from tests.support.settled import settle
from tests.support.soap_requests import BASE, ENERGY, LOAD_PROFILE, time_schedule

pytestmark = pytest.mark.clause("61968-9:2013, MeterReadSchedule")

METER = "M00000005"


@pytest.fixture
def mdm() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


def test_the_scheduled_read_of_the_test_procedures(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    """No reading type and no times, as their sample has it."""
    fields = {
        "Source": "MDM",
        "AsyncReplyFlag": "true",
        "ReplyAddress": mdm.url,
        "AckRequired": "true",
        "MessageID": "m-1",
        "CorrelationID": "",
    }
    reply = ask(head_end, "Create", METER, fields=fields)
    assert (reply.result, reply.codes) == ("OK", ["0.3"])
    assert reply.header["CorrelationID"] == "m-1"
    (mrid,) = reply.ids

    (late,) = late_replies(head_end, mdm, "MeterReadSchedule")
    assert (late.result, late.codes, late.ids) == ("OK", ["0.3", "0.0"], (mrid,))
    assert late.header["CorrelationID"] == "m-1"
    assert "accepted; the first readings are due at 2026-03-03T00:00:00+00:00 (meters: 1, receivers: 1)" in late.said
    mdm.received.clear()

    assert sent_after(head_end, mdm, hours=11) == []
    (told,) = sent_after(head_end, mdm, hours=2)
    assert (told.header["Verb"], told.header["Noun"], told.header["Source"]) == ("created", "MeterReadings", "headend")
    assert (told.header["CorrelationID"], told.header["Timestamp"]) == ("m-1", "2026-03-03T00:00:00Z")
    assert told.meters == [METER]
    assert told.reasons == {"billing"}
    assert told.period == ("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z")

    assert len(sent_after(head_end, mdm, days=2)) == 3
    assert ask(head_end, "Cancel", METER, fields={"Source": "MDM"}).ids == (mrid,)
    assert len(sent_after(head_end, mdm, days=9)) == 3


def test_the_values_are_those_that_a_read_of_the_period_gets(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    ask(head_end, "Create", METER, reading_types=[LOAD_PROFILE, ENERGY], fields={"ReplyAddress": mdm.url})
    (told,) = sent_after(head_end, mdm, days=1)
    read = head_end.read(METER, reading_types=[LOAD_PROFILE, ENERGY], period=told.period)
    assert len(intervals(read)) == 96
    expected = [(one.stamp, one.value) for one in (*intervals(read), *registers(read))]
    assert told.values[METER] == expected


def test_subscribers_of_readings_are_told_too_and_nobody_twice(tmp_path: Path, mdm: Receiver) -> None:
    subscribed = {"url": mdm.url, "noun": "MeterReadings"}
    with in_process(tmp_path, NOON, subscriptions=(subscribed,)) as head_end:
        ask(head_end, "Create", METER, times=HOURLY, fields={"ReplyAddress": mdm.url})
        assert len(sent_after(head_end, mdm, hours=3)) == 4  # it is noon: the first is due at once


@pytest.mark.parametrize(
    "fields",
    [{}, {"ReplyAddress": "MDM"}, {"AckRequired": "false", "ReplyAddress": "http://mdm.example/"}],
    ids=["no address", "the name of a system", "a one-way request"],
)
def test_a_schedule_that_nobody_is_told_of_says_so(head_end: InProcessHeadEnd, fields: dict[str, str]) -> None:
    reply = ask(head_end, "Create", METER, fields=fields)
    assert reply.result == "OK"
    assert "nobody is told: give an http ReplyAddress, or subscribe to MeterReadings" in reply.said


def test_a_reply_address_that_cannot_be_used_is_refused_where_it_is_needed(head_end: InProcessHeadEnd) -> None:
    fields = {"AsyncReplyFlag": "true", "ReplyAddress": "MDM"}
    assert ask(head_end, "Create", METER, fields=fields).codes == ["1.5"]


def test_many_meters_come_in_several_messages_in_order(tmp_path: Path, mdm: Receiver) -> None:
    with in_process(tmp_path, NOON, meters=2_300) as head_end:
        points = "".join(
            f"<UsagePoint><Names><name>UP{index:08d}</name></Names></UsagePoint>" for index in range(2_100)
        )
        reply = ask(head_end, "Create", parts=points, reading_types=[ENERGY], fields={"ReplyAddress": mdm.url})
        assert reply.result == "OK", reply.said
        told = sent_after(head_end, mdm, days=1)
        assert [len(one.meters) for one in told] == [1_000, 1_000, 100]
        assert [name for one in told for name in one.meters] == [f"M{index:08d}" for index in range(2_100)]
        assert len({one.header["MessageID"] for one in told}) == 3


def test_a_message_that_was_refused_is_sent_again_with_the_same_bytes(
    head_end: InProcessHeadEnd, mdm: Receiver
) -> None:
    mdm.answers.append(Answer(500, fault("soap:Server", "not now")))
    ask(head_end, "Create", METER, times=HOURLY, fields={"ReplyAddress": mdm.url})
    settle(head_end)
    ask(head_end, "Change", METER, reading_types=[ENERGY], times=HOURLY)
    head_end.disconnect(METER)
    sent_after(head_end, mdm, minutes=1)
    first, again = mdm.received
    assert first.body == again.body


def test_a_long_message_leaves_in_chunks(tmp_path: Path, mdm: Receiver) -> None:
    with in_process(tmp_path, NOON) as head_end:
        ask(head_end, "Create", *[f"M{index:08d}" for index in range(50)], fields={"ReplyAddress": mdm.url})
        sent_after(head_end, mdm, days=1)
    (got,) = mdm.received
    assert got.headers["Transfer-Encoding"] == "chunked"
    assert got.headers["SOAPAction"] == f'"{BASE}/MeterReadings/CreatedMeterReadings"'


def test_a_recurrence_ends_with_its_interval(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    times = time_schedule(
        "2026-03-02T13:00:00Z", "2026-03-02T15:00:00Z", before="<recurrencePeriod>3600</recurrencePeriod>"
    )
    ask(head_end, "Create", METER, times=times, fields={"ReplyAddress": mdm.url, "MessageID": "m-1"})
    told = sent_after(head_end, mdm, days=2)
    assert [one.period for one in told] == [
        ("2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z"),
        ("2026-03-02T13:00:00Z", "2026-03-02T14:00:00Z"),
        ("2026-03-02T14:00:00Z", "2026-03-02T15:00:00Z"),
    ]
    reply = ask(head_end, "Change", ids=["m-1"], parts="<EndDevice><Names><name>M00000006</name></Names></EndDevice>")
    assert (reply.result, reply.codes) == ("FAILED", ["6.1"])
    assert "is over, by its own times" in reply.said


def test_a_changed_schedule_reads_as_it_says_from_then_on(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    (mrid,) = ask(head_end, "Create", METER, times=HOURLY, fields={"ReplyAddress": mdm.url}).ids
    head_end.advance(hours=1, minutes=30)
    reply = ask(head_end, "Change", "M00000006", ids=[mrid])
    assert (reply.result, reply.ids) == ("OK", (mrid,))
    told = sent_after(head_end, mdm, hours=1)
    assert [(one.header["Timestamp"], one.meters) for one in told] == [
        ("2026-03-02T12:00:00Z", [METER]),
        ("2026-03-02T13:00:00Z", [METER]),  # was due before the change, though nobody had looked yet
        ("2026-03-02T14:00:00Z", ["M00000006"]),
    ]


def test_a_disabled_schedule_waits_until_it_is_changed(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    disabled = time_schedule(before="<disabled>true</disabled><recurrencePattern>hourly</recurrencePattern>")
    reply = ask(head_end, "Create", METER, times=disabled, fields={"ReplyAddress": mdm.url})
    assert "all its TimeSchedules are disabled" in reply.said
    assert sent_after(head_end, mdm, hours=5) == []
    ask(head_end, "Change", METER, times=HOURLY)
    assert len(sent_after(head_end, mdm, hours=1)) == 1


def test_local_days_are_those_of_the_fleet(tmp_path: Path, mdm: Receiver) -> None:
    """The clocks of Berlin go forward on the 29th."""
    with in_process(tmp_path, NOON.replace(day=28), zone="Europe/Berlin") as head_end:
        ask(head_end, "Create", METER, reading_types=[LOAD_PROFILE], fields={"ReplyAddress": mdm.url})
        told = sent_after(head_end, mdm, days=2)
    assert [one.period for one in told] == [
        ("2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00"),
        ("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
    ]
    assert [len(one.values[METER]) for one in told] == [96, 92]


FLEET = """\
templates:
  - name: hourly
    count: 2
    names: {prefix: H, digits: 1}
    conditions: {communication: {collect_every_min: 60}}
  - name: good
    count: 1
    names: {prefix: G, digits: 1}
"""


def test_values_that_were_not_there_yet_follow_when_their_meters_are_heard(tmp_path: Path, mdm: Receiver) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(FLEET, "utf-8")
    times = time_schedule("2026-03-02T12:00:00Z", "2026-03-02T18:00:00Z")
    with in_process(tmp_path, NOON, fleet=file) as head_end:
        ask(head_end, "Create", "G0", "H0", "H1", times=times, reading_types=[LOAD_PROFILE],
            fields={"ReplyAddress": mdm.url, "MessageID": "m-1"})  # fmt: skip
        on_time, *late = sent_after(head_end, mdm, days=1)
        read = head_end.read("H0", reading_types=[LOAD_PROFILE], period=on_time.period)
    assert on_time.meters == ["G0", "H0", "H1"]
    assert len(on_time.values["G0"]) == 24
    assert len(on_time.values["H0"]) < 24
    assert late
    assert all(one.header["CorrelationID"] == "m-1" and one.period == on_time.period for one in late)
    assert all("2026-03-02T18:00:00Z" < one.header["Timestamp"] <= "2026-03-02T19:00:00Z" for one in late)
    assert {name for one in late for name in one.meters} <= {"H0", "H1"}
    of_h0 = [value for one in (on_time, *late) for value in one.values.get("H0", [])]
    assert of_h0 == [(one.stamp, one.value) for one in intervals(read)]


def test_what_is_late_comes_once_however_often_somebody_looks(tmp_path: Path, mdm: Receiver) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(FLEET, "utf-8")
    with in_process(tmp_path, NOON, fleet=file) as head_end:
        ask(head_end, "Create", "H0", times=HOURLY, reading_types=[LOAD_PROFILE], fields={"ReplyAddress": mdm.url})
        for _ in range(20):
            told = sent_after(head_end, mdm, minutes=17)
    stamps = [stamp for one in told for stamp, _ in one.values["H0"]]
    assert len(stamps) == len(set(stamps))
    assert len(stamps) >= 4 * 5


@pytest.mark.parametrize("verb", ["Cancel", "Close"])
def test_late_values_follow_a_schedule_that_was_closed_but_not_one_that_was_cancelled(
    tmp_path: Path, mdm: Receiver, verb: str
) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(FLEET, "utf-8")
    with in_process(tmp_path, NOON, fleet=file) as head_end:
        ask(head_end, "Create", "H0", times=HOURLY, reading_types=[LOAD_PROFILE], fields={"ReplyAddress": mdm.url})
        head_end.advance(seconds=1)
        assert ask(head_end, verb, "H0").result == "OK"
        told = sent_after(head_end, mdm, hours=5)
    assert len(told) == {"Cancel": 1, "Close": 2}[verb]
