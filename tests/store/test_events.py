"""Events are found by place, type and time, oldest first."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headend.store import Conflict, EndDeviceEvent, EventSelection, Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DISCONNECTED = EndDeviceEvent(
    mrid="event-1",
    device_mrid="meter-1",
    type_code="3.31.0.68",
    created=NOON,
    usage_point_mrid="point-1",
    issuer_id="billing",
    issuer_tracking_id="4711",
    reason="non-payment",
    severity="info",
    details=(("contactorPosition", "Opened"), ("quote", 'it\'s "ü" <&>')),
    correlation_id="correlation-1",
)
CONNECTED = EndDeviceEvent("event-2", "meter-1", "3.31.0.42", NOON + HOUR, usage_point_mrid="point-1")
LAST_GASP = EndDeviceEvent("event-3", "meter-2", "3.26.0.85", NOON + 2 * HOUR, usage_point_mrid="point-2")

Find = Callable[[EventSelection], list[str]]


@pytest.fixture
def find(store: Store) -> Find:
    """Three events at two meters; gives the mRIDs of those that a selection finds."""
    with store.writing() as work:
        work.events.add([LAST_GASP, DISCONNECTED, CONNECTED])

    def found(selection: EventSelection) -> list[str]:
        with store.reading() as work:
            return [event.mrid for event in work.events.find(selection)]

    return found


def test_an_event_comes_back_as_it_was_given(store: Store) -> None:
    with store.writing() as work:
        work.events.add([DISCONNECTED])
    with store.reading() as work:
        assert list(work.events.find(EventSelection())) == [DISCONNECTED]


def test_events_come_oldest_first_whatever_order_they_were_added_in(find: Find) -> None:
    assert find(EventSelection()) == ["event-1", "event-2", "event-3"]


def test_events_of_one_instant_come_in_the_order_in_which_they_were_added(store: Store) -> None:
    mrids = [f"event-{number}" for number in (3, 1, 2)]
    with store.writing() as work:
        work.events.add(replace(DISCONNECTED, mrid=mrid) for mrid in mrids)
        assert [event.mrid for event in work.events.find(EventSelection())] == mrids


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (EventSelection(devices={"meter-1"}), ["event-1", "event-2"]),
        (EventSelection(usage_points={"point-2"}), ["event-3"]),
        (EventSelection(devices={"meter-1"}, usage_points={"point-2"}), ["event-1", "event-2", "event-3"]),
        (EventSelection(devices={"nobody"}), []),
        (EventSelection(devices=()), []),
        (EventSelection(devices={f"meter-{n}" for n in range(2, 2000)}), ["event-3"]),
        (EventSelection(usage_points={f"point-{n}" for n in range(2, 2000)}), ["event-3"]),
    ],
    ids=["device", "usage point", "either", "unknown", "no device", "many devices", "many usage points"],
)
def test_events_are_found_by_place(find: Find, selection: EventSelection, expected: list[str]) -> None:
    assert find(selection) == expected


@pytest.mark.clause("61968-9:2013 Annex E")
@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["3.31.0.68"], ["event-1"]),
        (["3.31.0.0"], ["event-1", "event-2"]),
        (["*.31.*.68"], ["event-1"]),
        (["0.0.0.0"], ["event-1", "event-2", "event-3"]),
        (["3.31.0.42", "3.26.0.85"], ["event-2", "event-3"]),
        (["3.31.0.6"], []),
        ([], []),
    ],
)
def test_zero_in_a_type_stands_for_any_value(find: Find, patterns: list[str], expected: list[str]) -> None:
    assert find(EventSelection(type_patterns=patterns)) == expected


@pytest.mark.parametrize("pattern", ["3.31.68", "3.31.0.68.1", "3.31.0.%", "", "a.b.c.d", "3.31.0.-1"])
def test_a_type_pattern_that_is_none_is_refused(find: Find, pattern: str) -> None:
    with pytest.raises(ValueError, match="four numbers"):
        find(EventSelection(type_patterns=[pattern]))


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        ([(NOON, NOON + HOUR)], ["event-1", "event-2"]),
        ([(NOON + timedelta(microseconds=1), NOON + HOUR)], ["event-2"]),
        ([(None, NOON)], ["event-1"]),
        ([(NOON + HOUR, None)], ["event-2", "event-3"]),
        ([(None, NOON), (NOON + 2 * HOUR, None)], ["event-1", "event-3"]),
        ([(None, None)], ["event-1", "event-2", "event-3"]),
        ([(NOON + HOUR, NOON)], []),
        ([], []),
    ],
    ids=["both ends", "after the start", "no start", "no end", "two periods", "no bounds", "reversed", "none"],
)
def test_events_are_found_by_periods_that_include_their_ends(
    find: Find, periods: list[tuple[datetime | None, datetime | None]], expected: list[str]
) -> None:
    assert find(EventSelection(periods=periods)) == expected


def test_events_after_the_last_instant_of_interest_are_left_out(find: Find) -> None:
    assert find(EventSelection(until=NOON + HOUR)) == ["event-1", "event-2"]


@pytest.mark.parametrize(
    "selection",
    [
        EventSelection(mrids=["event-1"]),
        EventSelection(issuer_ids=["billing"]),
        EventSelection(issuer_tracking_ids=["4711"]),
        EventSelection(reasons=["non-payment"]),
        EventSelection(severities=["info"]),
    ],
    ids=["mRID", "issuerID", "issuerTrackingID", "reason", "severity"],
)
def test_events_are_found_by_what_they_say(find: Find, selection: EventSelection) -> None:
    assert find(selection) == ["event-1"]


def test_conditions_narrow_each_other(find: Find) -> None:
    assert find(EventSelection(devices={"meter-1"}, type_patterns=["3.26.0.85"])) == []


@pytest.mark.parametrize("devices", [None, frozenset(f"meter-{n}" for n in range(2000))], ids=["all", "many devices"])
def test_no_more_events_come_than_were_asked_for(store: Store, find: Find, devices: frozenset[str] | None) -> None:
    with store.reading() as work:
        found = [event.mrid for event in work.events.find(EventSelection(devices=devices), limit=2)]
    assert found == ["event-1", "event-2"]


def test_events_are_fetched_by_mrid_oldest_first(store: Store, find: Find) -> None:
    with store.reading() as work:
        found = work.events.of_mrids(["event-3", "nobody", "event-1"])
    assert found == [DISCONNECTED, LAST_GASP]


def test_an_mrid_is_given_once(store: Store, find: Find) -> None:
    with pytest.raises(Conflict, match="mRID"), store.writing() as work:
        work.events.add([DISCONNECTED])


def test_ten_thousand_events_are_one_unit_of_work(store: Store) -> None:
    with store.writing() as work:
        work.events.add(replace(DISCONNECTED, mrid=f"event-{number}") for number in range(10_000))
    with store.reading() as work:
        assert sum(1 for _ in work.events.find(EventSelection())) == 10_000
