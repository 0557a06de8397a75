"""MeterReadSchedule: what may be done to a schedule when, how it is named, and what is refused (Annex B)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.reply import Reply
from tests.support.schedules import HOURLY, ask
from tests.support.soap_requests import (
    BASE,
    ENERGY,
    LOAD_PROFILE,
    get_meter_read_schedule,
    time_schedule,
)

pytestmark = pytest.mark.clause("61968-9:2013, MeterReadSchedule and Annex B")

METER, OTHER = "M00000005", "M00000006"
S = f"{{{BASE}/MeterReadSchedule#}}"
ONCE = time_schedule("2026-03-02T12:00:00Z", "2026-03-02T12:30:00Z")


def shown(head_end: InProcessHeadEnd, *meters: str, **what: Any) -> Reply:
    return head_end.post("GetMeterReadSchedule", get_meter_read_schedule(*meters, **what))


def names(reply: Reply) -> list[str]:
    """Names of the devices in the payload."""
    return [one.text or "" for one in reply.payload.iterfind(f"{S}EndDevice/{S}Names/{S}name")]


@pytest.mark.parametrize(
    ("before", "verb", "outcome"),
    [
        ((), "Change", "OK"),
        ((), "Cancel", "OK"),
        ((), "Close", "OK"),
        ((), "Delete", "OK"),
        (("Cancel",), "Change", "6.1 was cancelled; only an active one can be changed"),
        (("Cancel",), "Cancel", "6.1 was cancelled before"),
        (("Cancel",), "Close", "OK"),
        (("Cancel",), "Delete", "OK"),
        (("Close",), "Change", "6.1 is closed; only an active one can be changed"),
        (("Close",), "Cancel", "6.1 is closed; delete it"),
        (("Close",), "Close", "6.1 was closed before"),
        (("Close",), "Delete", "OK"),
        (("an hour",), "Change", "6.1 is over, by its own times"),
        (("an hour",), "Cancel", "6.1 is over, by its own times"),
        (("an hour",), "Close", "OK"),
        (("an hour",), "Delete", "OK"),
        (("Delete",), "Change", "2.15 is no MeterReadSchedule here"),
        (("Delete",), "Cancel", "2.15 is no MeterReadSchedule here"),
        (("Delete",), "Close", "2.15 is no MeterReadSchedule here"),
        (("Delete",), "Delete", "2.15 is no MeterReadSchedule here"),
        (("Cancel", "Close"), "Delete", "OK"),
    ],
    ids=lambda value: " ".join(value) or "nothing" if isinstance(value, tuple) else None,
)
def test_what_may_be_done_follows_from_what_was_done(
    head_end: InProcessHeadEnd, before: tuple[str, ...], verb: str, outcome: str
) -> None:
    (mrid,) = ask(head_end, "Create", METER, times=ONCE).ids
    for step in before:
        if step == "an hour":
            head_end.advance(hours=1)
        else:
            assert ask(head_end, step, ids=[mrid]).result == "OK"
    new = {"times": HOURLY} if verb == "Change" else {}
    reply = ask(head_end, verb, ids=[mrid], **new)
    if outcome == "OK":
        assert (reply.result, reply.ids) == ("OK", (mrid,))
    else:
        code, _, sentence = outcome.partition(" ")
        assert (reply.result, reply.codes) == ("FAILED", [code])
        assert sentence in reply.said
        assert reply.errors[0].object_id == mrid


@pytest.mark.parametrize(
    "naming",
    [
        {"ids": ["the mRID"]},
        {"ids": ["c-1"]},
        {"ids": ["m-1"]},
        {"fields": {"CorrelationID": "c-1"}},
        {"fields": {"CorrelationID": "m-1"}},
        {"parts": f"<EndDevice><Names><name>{METER}</name></Names></EndDevice>"},
        {"parts": "<UsagePoint><Names><name>UP00000005</name></Names></UsagePoint>"},
    ],
    ids=[
        "by the mRID of the reply",
        "by the CorrelationID of the create",
        "by its MessageID",
        "by the same CorrelationID in the Header",
        "by its MessageID there",
        "by the same meter",
        "by the usage point of the same meter",
    ],
)
def test_a_schedule_is_found(head_end: InProcessHeadEnd, naming: dict[str, Any]) -> None:
    fields = {"Source": "CIS", "MessageID": "m-1", "CorrelationID": "c-1"}
    (mrid,) = ask(head_end, "Create", METER, fields=fields).ids
    ids = [mrid if one == "the mRID" else one for one in naming.get("ids", [])]
    reply = ask(
        head_end, "Cancel", ids=ids, parts=naming.get("parts", ""), fields={"Source": "CIS", **naming.get("fields", {})}
    )
    assert (reply.result, reply.ids) == ("OK", (mrid,))


def test_the_correlation_id_of_another_source_names_nothing(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "Create", METER, fields={"Source": "CIS", "CorrelationID": "c-1"})
    assert ask(head_end, "Cancel", ids=["c-1"], fields={"Source": "MDM"}).codes == ["2.15"]


def test_of_equal_correlation_ids_the_newest_counts(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "Create", METER, fields={"CorrelationID": "String"})
    (newest,) = ask(head_end, "Create", OTHER, fields={"CorrelationID": "String"}).ids
    assert ask(head_end, "Cancel", fields={"CorrelationID": "String"}).ids == (newest,)


def test_a_cancel_by_meters_ends_all_schedules_of_exactly_these(head_end: InProcessHeadEnd) -> None:
    first, second = (ask(head_end, "Create", METER, times=times).ids[0] for times in (HOURLY, ""))
    ask(head_end, "Create", METER, OTHER)
    assert ask(head_end, "Cancel", METER).ids == (first, second)


def test_a_change_by_meters_that_could_mean_several_is_refused(head_end: InProcessHeadEnd) -> None:
    first, second = (ask(head_end, "Create", METER, times=times).ids[0] for times in (HOURLY, ""))
    reply = ask(head_end, "Change", METER, times=HOURLY)
    assert (reply.result, reply.codes) == ("FAILED", ["2.15"])
    assert f"name one by Request/ID: {first}, {second}" in reply.said


def test_of_several_ids_those_that_are_known_are_done(head_end: InProcessHeadEnd) -> None:
    (mrid,) = ask(head_end, "Create", METER).ids
    reply = ask(head_end, "Cancel", ids=[mrid, "nobody's"])
    assert (reply.result, reply.codes, reply.ids) == ("PARTIAL", ["2.15", "0.2"], (mrid,))
    assert reply.errors[0].object_id == "nobody's"


BAD = {
    "no payload": ("Create", {}, "1.7", "/CreateMeterReadSchedule/Payload"),
    "no meters": ("Create", {"times": HOURLY}, "1.7", "MeterReadSchedule names no meters"),
    "an unknown meter": ("Create", {"meters": ["nobody"]}, "2.4", "EndDevice name 'nobody' is not known here"),
    "an unknown usage point": (
        "Create",
        {"parts": "<UsagePoint><mRID>nowhere</mRID></UsagePoint>"},
        "2.12",
        "UsagePoint mRID 'nowhere' is not known here",
    ),
    "an unknown group": (
        "Create",
        {"parts": "<EndDeviceGroup><mRID>none</mRID></EndDeviceGroup>"},
        "2.15",
        "EndDeviceGroup mRID 'none' is not known here",
    ),
    "an unknown account": (
        "Create",
        {"parts": "<CustomerAccount><mRID>a-1</mRID></CustomerAccount>"},
        "2.19",
        "CustomerAccount mRID 'a-1' is not known here",
    ),
    "an unknown agreement": (
        "Create",
        {"parts": "<CustomerAgreement><mRID>a-1</mRID></CustomerAgreement>"},
        "2.24",
        "CustomerAgreement mRID 'a-1' is not known here",
    ),
    "no reading type": ("Create", {"meters": [METER], "reading_types": ["17"]}, "2.6", "17"),
    "a reading type that nobody delivers": (
        "Create",
        {"meters": [METER], "reading_types": ["0.0.2.4.1.7.12.0.0.0.0.0.0.0.0.0.72.0"]},
        "2.10",
        "no meter of this commodity measures it",
    ),
    "a pattern with a slip": (
        "Create",
        {"meters": [METER], "times": time_schedule(before="<recurrencePattern>dayly</recurrencePattern>")},
        "1.8",
        "recurrencePattern is 'dayly'; did you mean 'daily'?",
    ),
    "a pattern and a period": (
        "Create",
        {
            "meters": [METER],
            "times": time_schedule(
                before="<recurrencePattern>daily</recurrencePattern><recurrencePeriod>3600</recurrencePeriod>"
            ),
        },
        "1.8",
        "gives both recurrencePeriod and recurrencePattern",
    ),
    "a period of no length": (
        "Create",
        {"meters": [METER], "times": time_schedule(before="<recurrencePeriod>0</recurrencePeriod>")},
        "1.8",
        "recurrencePeriod is 0 s; it is at least 60 s",
    ),
    "half a second": (
        "Create",
        {"meters": [METER], "times": time_schedule(before="<recurrencePeriod>3600.5</recurrencePeriod>")},
        "1.8",
        "it is a whole number of seconds",
    ),
    "no number": (
        "Create",
        {"meters": [METER], "times": time_schedule(before="<recurrencePeriod>INF</recurrencePeriod>")},
        "1.8",
        "it is a whole number of seconds",
    ),
    "a negative offset": (
        "Create",
        {"meters": [METER], "times": time_schedule(before="<offset>-1</offset>")},
        "1.8",
        "offset is -1 s; it is not negative",
    ),
    "times that are over": (
        "Create",
        {"meters": [METER], "times": time_schedule("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z")},
        "1.8",
        "the schedule is over before it begins",
    ),
    "an end before the start": (
        "Create",
        {"meters": [METER], "times": time_schedule("2026-03-05T00:00:00Z", "2026-03-04T00:00:00Z")},
        "1.8",
        "not after its start",
    ),
    "a year that no calendar has": (
        "Create",
        {"meters": [METER], "times": time_schedule("1066-10-14T00:00:00Z")},
        "1.8",
        "the calendar runs from 2000 to 2199",
    ),
    "time points without time": (
        "Create",
        {"meters": [METER], "times": time_schedule(after="<TimePoints/>")},
        "1.8",
        "TimePoints without dateTime",
    ),
    "a time point at the end of time": (
        "Create",
        {
            "meters": [METER],
            "times": time_schedule(after="<TimePoints><dateTime>9999-12-31T00:00:00Z</dateTime></TimePoints>"),
        },
        "1.8",
        "TimePoints outside the calendar",
    ),
    "a time point long after the start": (
        "Create",
        {
            "meters": [METER],
            "times": time_schedule(
                "2026-03-03T00:00:00Z",
                after="<TimePoints><relativeTimeInterval>9999999999</relativeTimeInterval></TimePoints>",
            ),
        },
        "1.8",
        "TimePoints outside the calendar",
    ),
    "a period of centuries": (
        "Create",
        {"meters": [METER], "times": time_schedule(before="<recurrencePeriod>9999999999</recurrencePeriod>")},
        "1.8",
        "it is at most 31622400 s, a year",
    ),
    "a cancel of nothing": ("Cancel", {}, "1.6", "the request names no MeterReadSchedule"),
    "a cancel of an unknown meter": ("Cancel", {"meters": ["nobody"]}, "2.4", "is not known here"),
    "a cancel of a meter without schedule": (
        "Cancel",
        {"meters": [METER]},
        "2.15",
        "is for exactly the meters that the payload names (1)",
    ),
    "a change without payload": ("Change", {"ids": ["x"]}, "1.7", "/ChangeMeterReadSchedule/Payload"),
}


@pytest.mark.parametrize(("operation", "what", "code", "sentence"), BAD.values(), ids=BAD)
def test_what_cannot_be_is_refused(
    quiet_head_end: InProcessHeadEnd, operation: str, what: dict[str, Any], code: str, sentence: str
) -> None:
    reply = ask(quiet_head_end, operation, *what.get("meters", ()), **{k: v for k, v in what.items() if k != "meters"})
    assert (reply.result, reply.codes) == ("FAILED", [code])
    assert sentence in reply.said
    assert shown(quiet_head_end).ids == ()


def test_a_schedule_that_is_partly_good_is_taken_on_for_the_rest(head_end: InProcessHeadEnd) -> None:
    reply = ask(head_end, "Create", METER, "nobody", reading_types=[ENERGY, "17"])
    assert (reply.result, reply.codes) == ("PARTIAL", ["2.4", "2.6", "0.3", "0.2"])
    assert len(reply.ids) == 1


def test_a_change_that_is_refused_changes_nothing(head_end: InProcessHeadEnd) -> None:
    (mrid,) = ask(head_end, "Create", METER, times=HOURLY).ids
    before = shown(head_end, ids=[mrid])
    assert ask(head_end, "Change", "nobody", ids=[mrid]).codes == ["2.4"]
    assert shown(head_end, ids=[mrid]).raw == before.raw


def test_a_resend_makes_no_second_schedule(head_end: InProcessHeadEnd) -> None:
    replies = [ask(head_end, "Create", METER, fields={"MessageID": "m-1"}) for _ in range(2)]
    assert replies[0].raw == replies[1].raw
    assert len(shown(head_end).ids) == 1


def test_equal_requests_without_message_id_make_two(head_end: InProcessHeadEnd) -> None:
    first, second = (ask(head_end, "Create", METER).ids for _ in range(2))
    assert first != second


EVENTS = [("Changed", "active"), ("Canceled", "cancelled"), ("Closed", "closed")]


@pytest.mark.parametrize(("event", "state"), EVENTS)
def test_what_the_owner_of_a_schedule_tells_has_the_same_effect(
    head_end: InProcessHeadEnd, event: str, state: str
) -> None:
    created = ask(head_end, "Created", METER, fields={"CorrelationID": "c-1"})
    assert (created.result, created.codes[0]) == ("OK", "0.3")
    told = ask(head_end, event, METER, fields={"CorrelationID": "c-1"})
    assert (told.result, told.codes, told.ids) == ("OK", ["0.3"], created.ids)
    assert shown(head_end, METER).said == f"MeterReadSchedule {created.ids[0]} is {state} (meters: 1)"


def test_a_schedule_whose_owner_deleted_it_is_gone(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "Created", METER)
    assert ask(head_end, "Deleted", METER).result == "OK"
    assert shown(head_end, METER).ids == ()


@pytest.mark.parametrize("event", ["Created", "Changed", "Canceled", "Closed", "Deleted"])
def test_an_event_that_cannot_be_used_is_acknowledged_with_a_warning(
    quiet_head_end: InProcessHeadEnd, event: str
) -> None:
    reply = ask(quiet_head_end, event, "nobody")
    assert (reply.result, reply.codes) == ("OK", ["0.3", "2.4"])
    assert [error.level for error in reply.errors] == ["INFORM", "WARNING"]
    assert reply.errors[1].object_id == "nobody"


def test_a_schedule_is_shown_as_it_was_given(head_end: InProcessHeadEnd) -> None:
    times = time_schedule(
        "2026-04-01T00:00:00Z",
        "2027-04-01T00:00:00Z",
        before="<disabled>true</disabled><offset>600</offset><recurrencePattern>Monthly</recurrencePattern>",
    )
    device = (
        f"<EndDevice><Names><name>{METER}</name><NameType><name>EndDevice</name><NameTypeAuthority><name>utility</name>"
        "</NameTypeAuthority></NameType></Names></EndDevice>"
    )
    ask(head_end, "Create", parts=device, times=times, reading_types=[ENERGY])
    payload = shown(head_end, METER).payload
    assert payload.findtext(f"{S}EndDevice/{S}Names/{S}NameType/{S}NameTypeAuthority/{S}name") == "utility"
    assert payload.findtext(f"{S}ReadingType/{S}mRID") == ENERGY
    assert [(str(one.tag).removeprefix(S), one.text) for one in payload.find(f"{S}TimeSchedule").iter()][1:] == [  # type: ignore[union-attr]
        ("disabled", "true"),
        ("offset", "600"),
        ("recurrencePattern", "monthly"),
        ("scheduleInterval", None),
        ("end", "2027-04-01T00:00:00Z"),
        ("start", "2026-04-01T00:00:00Z"),
    ]


def test_time_points_are_shown_in_their_order(head_end: InProcessHeadEnd) -> None:
    points = (
        "<TimePoints><dateTime>2026-03-05T00:00:00Z</dateTime><sequenceNumber>2</sequenceNumber></TimePoints>"
        "<TimePoints><relativeTimeInterval>3600</relativeTimeInterval><sequenceNumber>1</sequenceNumber></TimePoints>"
    )
    ask(head_end, "Create", METER, times=time_schedule("2026-03-03T00:00:00Z", after=points))
    payload = shown(head_end, METER).payload
    assert [one.text for one in payload.iterfind(f"{S}TimeSchedule/{S}TimePoints/*")] == [
        "3600",
        "1",
        "2026-03-05T00:00:00Z",
        "2",
    ]


SELECTIONS = {
    "everything": ({}, [METER, OTHER]),
    "a meter": ({"profile": f"<EndDevice><Names><name>{METER}</name></Names></EndDevice>"}, [METER]),
    "a usage point": ({"profile": "<UsagePoint><Names><name>UP00000006</name></Names></UsagePoint>"}, [OTHER]),
    "a meter without": ({"profile": "<EndDevice><Names><name>M00000009</name></Names></EndDevice>"}, []),
    "a reading type": ({"profile": f"<ReadingType><mRID>{LOAD_PROFILE}</mRID></ReadingType>"}, [METER, OTHER]),
    "one that only the default has": ({"profile": f"<ReadingType><mRID>{ENERGY}</mRID></ReadingType>"}, [METER]),
    "a time": ({"profile": time_schedule("2026-03-02T13:00:00Z", "2026-03-02T14:00:00Z")}, [METER]),
    "a later time": ({"profile": time_schedule("2026-05-02T00:00:00Z")}, [METER, OTHER]),
    "an id": ({"ids": ["c-2"]}, [OTHER]),
    "an id and another meter": (
        {"ids": ["c-2"], "profile": f"<EndDevice><Names><name>{METER}</name></Names></EndDevice>"},
        [],
    ),
}


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    """Two schedules: one by default, and one that begins in a month."""
    with in_process(tmp_path_factory.mktemp("scheduled"), NOON) as opened:
        ask(opened, "Create", METER, fields={"CorrelationID": "c-1"})
        april = time_schedule("2026-04-01T00:00:00Z", before="<recurrencePattern>monthly</recurrencePattern>")
        ask(opened, "Create", OTHER, times=april, reading_types=[LOAD_PROFILE], fields={"CorrelationID": "c-2"})
        yield opened


@pytest.mark.parametrize(("selection", "found"), SELECTIONS.values(), ids=SELECTIONS)
def test_schedules_are_selected(scheduled: InProcessHeadEnd, selection: dict[str, Any], found: list[str]) -> None:
    reply = shown(scheduled, **selection)
    assert (reply.result, names(reply), len(reply.ids)) == ("OK", found, len(found))


def test_what_a_selection_names_must_be_known(scheduled: InProcessHeadEnd) -> None:
    assert shown(scheduled, "nobody").codes == ["2.4"]
    assert shown(scheduled, ids=["nothing"]).codes == ["2.15"]
    both = shown(scheduled, METER, "nobody")
    assert (both.result, both.codes, len(both.ids)) == ("PARTIAL", ["2.4", "0.0", "0.2"], 1)
