"""A subscriber gets what the subscription asks for, of whom and as it asks for it (61968-100, event pattern)."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from headend.messages.compressed import Form, inflated
from headend.operations.identifiers import identifier
from tests.conftest import NOON
from tests.control.control_api import ControlApi
from tests.delivery.receiver import Answer, Receiver, fault, receiver
from tests.handlers.test_published_master_data import Told
from tests.support.created_events import created_events, event_message
from tests.support.created_readings import CreatedReadings
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.master_data import done, named
from tests.support.readings import intervals, registers
from tests.support.schedules import HOURLY, ask
from tests.support.service_requests import ask as ask_for_work
from tests.support.service_requests import told_works, work
from tests.support.settled import settle
from tests.support.soap_requests import (
    BASE,
    ENERGY,
    LOAD_PROFILE,
    MESSAGE,
    create_meter_readings,
    wanted_reading,
)

pytestmark = pytest.mark.clause("61968-100:2013, event pattern")

METER, OTHER = "M00000005", "M00000006"
E = f"{{{BASE}/EndDeviceEvents#}}"
READINGS = "MeterReadings"


@pytest.fixture
def mdm() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


@contextmanager
def telling(directory: Path, mdm: Receiver, *wanted: dict[str, Any], **settings: Any) -> Iterator[InProcessHeadEnd]:
    """A head end of 20 meters that tells the receiver what these subscriptions want."""
    subscriptions = [{"url": mdm.url, **one} for one in wanted]
    with in_process(directory, NOON, subscriptions=subscriptions, **{"meters": 20} | settings) as opened:
        opened.head_end.start()
        yield opened


def devices_told(mdm: Receiver) -> list[list[str]]:
    """The meters of each EndDeviceEvents message."""
    return [
        [one.text or "" for one in created_events(got.body).iterfind(f".//{E}Assets/{E}Names/{E}name")]
        for got in mdm.received
    ]


def types_told(mdm: Receiver) -> set[str]:
    types = (one for got in mdm.received for one in created_events(got.body).iter(f"{E}EndDeviceEventType"))
    return {str(one.get("ref")) for one in types}


def message_ids(mdm: Receiver) -> list[str]:
    return [etree.fromstring(got.body).findtext(f".//{{{MESSAGE}}}MessageID") or "" for got in mdm.received]


def readings_told(mdm: Receiver) -> list[CreatedReadings]:
    return [CreatedReadings.of(got.body) for got in mdm.received]


def test_only_events_of_the_meters_that_are_named_are_told(tmp_path: Path, mdm: Receiver) -> None:
    with telling(tmp_path, mdm, {"meters": [METER]}) as head_end:
        head_end.disconnect(METER, OTHER)
        settle(head_end)
    assert devices_told(mdm) == [[METER]]


def test_a_meter_is_named_by_its_mrid_too(tmp_path: Path, mdm: Receiver) -> None:
    with in_process(tmp_path, NOON, meters=20) as head_end:
        mrid = head_end.head_end.fleet.meter(5).mrid
    with telling(tmp_path, mdm, {"meters": [mrid.upper()]}) as head_end:
        head_end.disconnect(METER, OTHER)
        settle(head_end)
    assert devices_told(mdm) == [[METER]]


@pytest.mark.parametrize(
    ("pattern", "are_told"),
    [
        ("3.31.0.68", True),
        ("*.31.0.68", True),
        ("0.31.0.0", True),
        ("RCDSwitch.-.Disconnected", True),
        ("*.26.0.85", False),
    ],
)
def test_only_events_of_the_types_that_are_named_are_told(
    tmp_path: Path, mdm: Receiver, pattern: str, are_told: bool
) -> None:
    with telling(tmp_path, mdm, {"event_types": [pattern]}) as head_end:
        head_end.disconnect(METER)
        settle(head_end)
    assert bool(mdm.received) == are_told


def test_what_happens_by_itself_is_told_of_these_meters_and_types_only(tmp_path: Path, mdm: Receiver) -> None:
    wanted = {"meters": [METER, OTHER], "event_types": ["*.26.0.85"]}
    with telling(tmp_path, mdm, wanted, {"event_types": ["*.26.0.216"], "batch_size": 3}) as head_end:
        ControlApi(head_end).post("outages", {"node": "F00000000", "duration": "PT10M"})
        head_end.advance(hours=1)
        settle(head_end)
    gasps = [told for told in devices_told(mdm) if set(told) <= {METER, OTHER} and len(told) == 2]
    assert [sorted(told) for told in gasps][:1] == [[METER, OTHER]]
    assert types_told(mdm) == {"3.26.0.85", "3.26.0.216"}
    back = [told for told in devices_told(mdm) if told not in gasps[:1]]
    assert max(map(len, back)) == 3
    assert len({one for told in back for one in told}) == 20


def test_a_group_stands_for_its_meters(tmp_path: Path, mdm: Receiver) -> None:
    with telling(tmp_path, mdm, {"groups": ["F00000000"]}, meters=20_000) as head_end:
        members = head_end.head_end.fleet.groups.members(head_end.head_end.fleet.groups.of_name("F00000000"))
        inside, outside = f"M{int(members[0]):08}", f"M{int(members[-1]) + 1:08}"
        head_end.disconnect(inside, outside)
        settle(head_end)
    assert devices_told(mdm) == [[inside]]


def test_a_batch_holds_no_more_events_than_is_asked_for(tmp_path: Path, mdm: Receiver) -> None:
    with telling(tmp_path, mdm, {"batch_size": 2}) as head_end:
        head_end.disconnect("M00000001", "M00000002", "M00000003", "M00000004", "M00000005")
        settle(head_end)
    assert [len(told) for told in devices_told(mdm)] == [2, 2, 1]
    assert len(set(message_ids(mdm))) == 3


def test_several_subscriptions_of_one_url_are_independent(tmp_path: Path, mdm: Receiver) -> None:
    with telling(tmp_path, mdm, {}, {"meters": [METER]}, {"event_types": ["3.31.0.68"]}) as head_end:
        head_end.disconnect(METER)
        settle(head_end)
    assert devices_told(mdm) == [[METER]] * 3
    assert len(set(message_ids(mdm))) == 3


def test_a_subscription_to_everything_gets_the_bytes_that_it_always_got(tmp_path: Path, mdm: Receiver) -> None:
    for name, wanted in (("alone", [{}]), ("with others", [{"meters": [METER]}, {}])):
        (tmp_path / name).mkdir()
        with telling(tmp_path / name, mdm, *wanted) as head_end:
            head_end.disconnect(METER, OTHER)
            settle(head_end)
    alone, _, beside = mdm.received
    assert alone.body == beside.body
    first = created_events(alone.body).findtext(f".//{E}mRID")
    assert message_ids(mdm)[0] == identifier(1, "publication", mdm.url, first)


def test_controls_are_told_of_these_meters_only(tmp_path: Path, mdm: Receiver) -> None:
    with telling(tmp_path, mdm, {"noun": "EndDeviceControls", "meters": [METER]}) as head_end:
        head_end.disconnect(OTHER, "M00000007")
        settle(head_end)
        assert mdm.received == []
        head_end.disconnect(METER, OTHER)
        settle(head_end)
    named_devices = [
        {one.text for one in etree.fromstring(got.body).iter("{*}EndDevices") for one in one.iter("{*}name")}
        for got in mdm.received
    ]
    assert named_devices
    assert all(OTHER not in one for one in named_devices[1:])


@pytest.mark.parametrize(("meter", "count"), [(METER, 1), (OTHER, 0)])
@pytest.mark.parametrize("noun", ["MeterConfig", "UsagePointConfig"])
def test_master_data_is_told_of_these_meters_and_of_what_belongs_to_them(
    tmp_path: Path, mdm: Receiver, noun: str, meter: str, count: int
) -> None:
    with telling(tmp_path, mdm, {"noun": noun, "meters": [meter]}) as head_end:
        point = head_end.head_end.fleet.meter(5).usage_point_name
        changed = named("Meter", METER) if noun == "MeterConfig" else named("UsagePoint", point)
        done(head_end, "change", noun, changed)
        settle(head_end)
    assert len([Told.of(got.body) for got in mdm.received]) == count


def test_a_meter_that_is_to_come_is_told_of_when_it_comes(tmp_path: Path, mdm: Receiver) -> None:
    with telling(tmp_path, mdm, {"noun": "MeterConfig", "meters": ["NEW-1"]}) as head_end:
        done(head_end, "create", "MeterConfig", named("Meter", "NEW-2", "NEW-1"))
        settle(head_end)
    (told,) = [Told.of(got.body) for got in mdm.received]
    assert [one.findtext("{*}Names/{*}name") for one in told.objects] == ["NEW-1"]


def test_readings_by_a_clients_schedule_are_told_of_these_meters_and_types(tmp_path: Path, mdm: Receiver) -> None:
    wanted = {"noun": READINGS, "meters": [METER], "reading_types": [LOAD_PROFILE]}
    with telling(tmp_path, mdm, wanted) as head_end:
        ask(head_end, "Create", OTHER, METER, reading_types=[LOAD_PROFILE, ENERGY], times=HOURLY)
        head_end.advance(minutes=30)
        settle(head_end)
    (told,) = readings_told(mdm)
    assert told.meters == [METER]
    assert len(told.values[METER]) == 4


def test_works_are_told_of_these_meters_only(tmp_path: Path, mdm: Receiver) -> None:
    with telling(tmp_path, mdm, {"noun": "MeterServiceRequests", "meters": [METER]}) as head_end:
        for meter in (OTHER, METER):
            assert ask_for_work(head_end, "create", work("disconnect", meter=meter)).result == "OK"
            settle(head_end)
    told = [told_works(got.body) for got in mdm.received]
    assert [one.verb for one in told] == ["created", "changed"]
    assert all(b"M00000006" not in got.body for got in mdm.received)


def test_readings_on_request_are_told_of_these_meters_only(tmp_path: Path, mdm: Receiver) -> None:
    with telling(tmp_path, mdm, {"noun": READINGS, "meters": [METER], "reading_types": [ENERGY]}) as head_end:
        asked = create_meter_readings(wanted_reading(OTHER), wanted_reading(METER), fields={"CorrelationID": "c-1"})
        assert head_end.post("ExecuteMeterReadings", asked).result == "OK"
        settle(head_end)
    (told,) = readings_told(mdm)
    assert (told.meters, len(told.values[METER]), told.header["CorrelationID"]) == ([METER], 1, "c-1")


@pytest.mark.parametrize(
    "wanted", [{"meters": ["M00000009"]}, {"reading_types": ["0.0.0.6.0.1.54.0.0.0.0.0.0.0.128.0.29.0"]}]
)
def test_a_message_in_which_nothing_is_wanted_is_not_sent(
    tmp_path: Path, mdm: Receiver, wanted: dict[str, Any]
) -> None:
    with telling(tmp_path, mdm, {"noun": READINGS, **wanted}) as head_end:
        ask(head_end, "Create", METER, reading_types=[LOAD_PROFILE], times=HOURLY)
        head_end.advance(minutes=30)
        settle(head_end)
    assert mdm.received == []


# Credentials, and the form of messages.


@pytest.mark.parametrize(
    ("credentials", "header", "value"),
    [
        ({"user": "head", "password": "s3cret"}, "Authorization", f"Basic {b64encode(b'head:s3cret').decode()}"),
        ({"bearer": "s3cret"}, "Authorization", "Bearer s3cret"),
        ({"headers": {"X-Api-Key": "s3cret"}}, "X-Api-Key", "s3cret"),
    ],
    ids=["basic", "bearer", "a header"],
)
def test_credentials_are_sent_and_never_logged(
    tmp_path: Path,
    mdm: Receiver,
    credentials: dict[str, Any],
    header: str,
    value: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    mdm.answers.append(Answer(500, fault("s:Server", "once more")))
    with telling(tmp_path, mdm, {"credentials": credentials}) as head_end:
        head_end.disconnect(METER)
        settle(head_end)
    assert mdm.received[0].headers[header] == value
    assert "s3cret" not in caplog.text
    assert value not in caplog.text


@pytest.mark.parametrize("noun", ["EndDeviceEvents", "MeterReadings"])
def test_a_compressed_payload_stands_beside_an_empty_element_of_the_noun(
    tmp_path: Path, mdm: Receiver, noun: str
) -> None:
    plain = {"noun": noun, "every": "PT1H"} if noun == READINGS else {"noun": noun}
    with telling(tmp_path, mdm, plain, {**plain, "format": "compressed"}) as head_end:
        head_end.disconnect(METER)
        settle(head_end)
        head_end.advance(hours=1)
        settle(head_end)
    first, second = (etree.fromstring(got.body) for got in mdm.received[:2])
    (root,) = first.iterfind("{*}Body/*/{*}Payload/*")
    (beside, compressed, form) = second.iterfind("{*}Body/*/{*}Payload/*")
    schema = etree.XMLSchema(file=f"wsdl/xsd/{noun}Message.xsd")
    assert schema.validate(second.find("{*}Body/*")), schema.error_log
    assert (beside.tag, len(beside), form.text) == (root.tag, 0, "XML")
    inside = etree.fromstring(inflated(compressed.text or "", Form.GZIP, 10_000_000))
    assert _alone(inside) == _alone(root)


def _alone(element: etree._Element) -> bytes:
    """Without what is declared around it."""
    return etree.tostring(element, method="c14n", exclusive=True)


# What meters collect by themselves.


def test_what_meters_collect_is_published_when_its_day_is_over(tmp_path: Path, mdm: Receiver) -> None:
    with telling(tmp_path, mdm, {"noun": READINGS, "every": "P1D"}) as head_end:
        settle(head_end)
        head_end.advance(hours=11, minutes=59)
        settle(head_end)
        assert mdm.received == []
        head_end.advance(minutes=1)
        settle(head_end)
    (told,) = readings_told(mdm)
    assert len(told.meters) == 20
    assert told.period == ("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z")
    assert (told.header["Verb"], "CorrelationID" in told.header) == ("created", False)


def test_the_values_are_those_that_the_meters_deliver_by_default(tmp_path: Path, mdm: Receiver) -> None:
    with telling(tmp_path, mdm, {"noun": READINGS, "every": "P1D", "meters": [METER]}) as head_end:
        settle(head_end)
        head_end.advance(days=1)
        settle(head_end)
        (told,) = readings_told(mdm)
        read = head_end.read(METER, period=told.period)
    assert told.values[METER] == [(one.stamp, one.value) for one in (*intervals(read), *registers(read))]


def test_each_period_that_is_over_is_told_once_in_order(tmp_path: Path, mdm: Receiver) -> None:
    wanted = {"noun": READINGS, "every": "PT15M", "meters": [METER], "reading_types": [LOAD_PROFILE]}
    with telling(tmp_path, mdm, wanted) as head_end:
        settle(head_end)
        head_end.advance(hours=2)
        settle(head_end)
    told = readings_told(mdm)
    assert [one.header["Timestamp"][11:16] for one in told] == [
        "12:15", "12:30", "12:45", "13:00", "13:15", "13:30", "13:45", "14:00"
    ]  # fmt: skip
    assert all(len(one.values[METER]) == 1 for one in told)


def test_a_standing_subscription_is_not_told_what_others_ask_for(tmp_path: Path, mdm: Receiver) -> None:
    with telling(tmp_path, mdm, {"noun": READINGS, "every": "P1D"}) as head_end:
        ask(head_end, "Create", METER, times=HOURLY)
        head_end.advance(hours=3)
        settle(head_end)
    assert mdm.received == []


def test_a_batch_holds_no_more_meters_than_is_asked_for(tmp_path: Path, mdm: Receiver) -> None:
    with telling(tmp_path, mdm, {"noun": READINGS, "every": "PT1H", "batch_size": 8}) as head_end:
        settle(head_end)
        head_end.advance(hours=1)
        settle(head_end)
    assert [len(one.meters) for one in readings_told(mdm)] == [8, 8, 4]


def test_estimates_that_are_replaced_follow_as_changed_readings(tmp_path: Path, mdm: Receiver) -> None:
    wanted = {"noun": READINGS, "every": "PT1H", "meters": [METER, OTHER], "reading_types": [LOAD_PROFILE]}
    with telling(tmp_path, mdm, wanted) as head_end:
        settle(head_end)
        estimates = {"meter": METER, "kind": "revised_after_estimate", "parameters": {"revised_after_s": 3600}}
        ControlApi(head_end).post(
            "defects", {**estimates, "start": "2026-03-02T12:00:00Z", "end": "2026-03-02T13:00:00Z"}
        )
        head_end.advance(hours=3)
        settle(head_end)
    (got,) = [one for one in mdm.received if b"ChangedMeterReadings" in one.body]
    changed = event_message(got.body, "ChangedMeterReadings", READINGS)
    assert [one.text for one in changed.iterfind(".//{*}Meter/{*}Names/{*}name")] == [METER]
    assert len(list(changed.iter("{*}IntervalReadings"))) == 4
    assert {one.get("ref") for one in changed.iter("{*}ReadingQualityType")} == {"2.0.0"}


def test_clients_see_no_standing_schedule(tmp_path: Path, mdm: Receiver) -> None:
    with telling(tmp_path, mdm, {"noun": READINGS, "every": "P1D"}) as head_end:
        assert ControlApi(head_end).get("schedules")["schedules"] == []


def test_after_a_restart_it_goes_on_where_it_was(tmp_path: Path, mdm: Receiver) -> None:
    wanted = {"noun": READINGS, "every": "PT1H", "meters": [METER]}
    with telling(tmp_path, mdm, wanted) as head_end:
        settle(head_end)
    subscriptions = [{"url": mdm.url, **wanted}]
    with in_process(tmp_path, NOON + timedelta(hours=3), meters=20, subscriptions=subscriptions) as head_end:
        settle(head_end)
    assert [one.header["Timestamp"][11:13] for one in readings_told(mdm)] == ["13", "14", "15"]


def test_one_that_is_no_more_in_the_settings_is_told_no_more(tmp_path: Path, mdm: Receiver) -> None:
    with telling(tmp_path, mdm, {"noun": READINGS, "every": "PT1H"}) as head_end:
        settle(head_end)
    with telling(tmp_path, mdm) as head_end:
        settle(head_end)
        head_end.advance(hours=3)
        settle(head_end)
    assert mdm.received == []
