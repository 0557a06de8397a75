"""Load control events, texts, prices and pairing of the home area network, on the wire (61968-9:2013, Annex F)."""

import pytest

from tests.support.controls import controls_in
from tests.support.in_process import InProcessHeadEnd
from tests.support.readings import events
from tests.support.soap_requests import control

pytestmark = pytest.mark.clause("61968-9:2013, Annex F")

METER = "M00000005"
LOAD_EVENT, CANCEL, CANCEL_ALL = "3.15.43.300", "3.15.43.8", "3.15.148.8"


def told(head_end: InProcessHeadEnd) -> list[tuple[str, str]]:
    """Time of day and type of the meter's events, oldest first."""
    return [(f"{event.created:%H:%M}", event.type) for event in events(head_end.events(METER))]


def load_event(head_end: InProcessHeadEnd, mrid: str, start: str, minutes: int, number: str = "") -> None:
    begin = f"<startDateTime>2026-03-02T{start}:00Z</startDateTime>"
    part = f"<PanDemandResponse><duration>{minutes}</duration>{begin}</PanDemandResponse>"
    tracking = f"<issuerTrackingID>{number}</issuerTrackingID>" if number else ""
    given = control(METER, code=LOAD_EVENT, before=f"<mRID>{mrid}</mRID>{tracking}{part}")
    assert head_end.control(controls=given).result == "OK"


def states(head_end: InProcessHeadEnd) -> dict[str, str]:
    return {one.mrid: one.devices[METER] for one in controls_in(head_end.controls().payload)}


def test_where_load_events_overlap_the_newer_one_wins(head_end: InProcessHeadEnd) -> None:
    load_event(head_end, "old", "13:00", 60)
    load_event(head_end, "new", "13:30", 60)
    head_end.advance(minutes=100)
    assert states(head_end) == {"old": "done", "new": "started"}
    head_end.advance(hours=2)
    assert told(head_end) == [
        ("12:00", "3.15.43.83"),
        ("12:00", "3.15.43.83"),
        ("13:00", "3.15.17.242"),
        ("13:30", "3.15.17.243"),
        ("13:30", "3.15.17.242"),
        ("14:30", "3.15.17.243"),
    ]


def test_a_cancellation_ends_the_event_that_is_under_way(head_end: InProcessHeadEnd) -> None:
    load_event(head_end, "now", "12:00", 60)
    load_event(head_end, "later", "15:00", 60)
    head_end.advance(minutes=10)
    assert head_end.control(METER, code=CANCEL).result == "OK"
    head_end.advance(hours=1)
    assert ("12:10", "3.15.43.10") in told(head_end)
    assert (states(head_end)["now"], states(head_end)["later"]) == ("done", "scheduled")


def test_a_cancellation_with_a_tracking_number_ends_the_event_of_that_number(head_end: InProcessHeadEnd) -> None:
    load_event(head_end, "first", "13:00", 30, "T-1")
    load_event(head_end, "second", "15:00", 30, "T-2")
    cancel = control(METER, code=CANCEL, before="<issuerTrackingID>T-2</issuerTrackingID>")
    assert head_end.control(controls=cancel).result == "OK"
    assert (states(head_end)["first"], states(head_end)["second"]) == ("scheduled", "cancelled")


def test_a_cancellation_for_an_event_that_is_over_fails(head_end: InProcessHeadEnd) -> None:
    load_event(head_end, "first", "12:00", 30, "T-1")
    load_event(head_end, "second", "15:00", 30, "T-2")
    head_end.advance(hours=1)
    reply = head_end.control(controls=control(METER, code=CANCEL, before="<issuerTrackingID>T-1</issuerTrackingID>"))
    assert (reply.result, "there is no load control event to cancel" in reply.said) == ("FAILED", True)
    assert states(head_end)["second"] == "scheduled"


def test_all_load_events_are_cancelled_at_once(head_end: InProcessHeadEnd) -> None:
    load_event(head_end, "first", "13:00", 30)
    load_event(head_end, "second", "15:00", 30)
    assert head_end.control(METER, code=CANCEL_ALL).result == "OK"
    assert (states(head_end)["first"], states(head_end)["second"]) == ("cancelled", "cancelled")
    head_end.advance(hours=4)
    assert [code for _, code in told(head_end)] == ["3.15.43.83", "3.15.43.83", "3.15.148.10"]


def test_a_text_is_shown_and_cancelled_by_its_control_type(head_end: InProcessHeadEnd) -> None:
    part = "<PanDisplay><duration>60</duration><textMessage>Peak at six</textMessage></PanDisplay>"
    head_end.control(controls=control(METER, code="3.13.112.77", before=part))
    head_end.advance(minutes=5)
    assert head_end.control(METER, code="3.13.112.8").result == "OK"
    assert told(head_end) == [("12:00", "3.13.112.58"), ("12:05", "3.13.112.10")]


def test_a_price_with_tiers_is_kept_and_listed_as_it_came(head_end: InProcessHeadEnd) -> None:
    tiers = "".join(
        f"<PanPricingDetails><price>{price}</price><priceTier>{tier}</priceTier></PanPricingDetails>"
        for tier, price in ((1, "0.21"), (2, "0.31"))
    )
    part = f"<PanPricing><duration>60</duration>{tiers}</PanPricing>"
    assert head_end.control(controls=control(METER, code="3.20.9.82", before=part)).result == "OK"
    (listed,) = controls_in(head_end.controls().payload)
    prices = [one.text for one in listed.element.iterfind(".//{*}price")]
    assert (prices, listed.devices) == (["0.21", "0.31"], {METER: "started"})
    assert told(head_end) == [("12:00", "3.20.9.83")]


def test_a_pairing_window_opens_and_closes_by_itself_or_when_told(head_end: InProcessHeadEnd) -> None:
    timing = "<primaryDeviceTiming><duration>10</duration></primaryDeviceTiming>"
    head_end.control(controls=control(METER, code="3.10.73.298", after=timing))
    head_end.advance(minutes=20)
    head_end.control(controls=control(METER, code="3.10.73.298", after=timing))
    head_end.advance(minutes=5)
    assert head_end.control(METER, code="3.10.73.299").result == "OK"
    assert told(head_end) == [
        ("12:00", "3.10.73.39"),
        ("12:10", "3.10.73.16"),
        ("12:20", "3.10.73.39"),
        ("12:25", "3.10.73.16"),
    ]
