"""GetEndDeviceControls lists what meters were told to do (61968-9:2013, clause 5.4 and Annex J)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.support.controls import controls_in
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.soap_requests import CONNECT, DISCONNECT, control

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.4")

METER, OTHER = "M00000005", "M00000006"


@pytest.fixture(scope="module")
def commanded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    """A head end that has accepted three controls: a for now, b for 14:00 at two meters, c in words of its own."""
    path: Path = tmp_path_factory.mktemp("commanded")
    later = "<primaryDeviceTiming><interval><start>2026-03-02T14:00:00Z</start></interval></primaryDeviceTiming>"
    price = "<PanPricing><PanPricingDetails><price>0.31</price></PanPricingDetails></PanPricing>"
    numbers = "<issuerID>CIS</issuerID><issuerTrackingID>T-1</issuerTrackingID><reason>move</reason>"
    with in_process(path, NOON) as opened:
        opened.control(controls=control(METER, code=CONNECT, before="<mRID>a</mRID>"))
        opened.control(controls=control(METER, OTHER, before=f"<mRID>b</mRID>{numbers}", after=later))
        opened.control(controls=control(OTHER, code="3.20.9.82", before=f"<mRID>c</mRID>{price}"))
        yield opened


def named(element: str, name: str) -> str:
    return f"<{element}><Names><name>{name}</name></Names></{element}>"


def schedule(start: str, end: str) -> str:
    span = f"<end>2026-03-02T{end}:00Z</end><start>2026-03-02T{start}:00Z</start>"
    return f"<TimeSchedule><scheduleInterval>{span}</scheduleInterval></TimeSchedule>"


SELECTIONS = {
    "nothing is all": ("", "", "abc"),
    "a device": (named("EndDevice", METER), "", "ab"),
    "either device": (named("EndDevice", METER) + named("EndDevice", OTHER), "", "abc"),
    "a usage point": (named("UsagePoint", "UP00000006"), "", "bc"),
    "a group": (named("EndDeviceGroup", "T00000000"), "", "abc"),
    "a group of usage points": (named("UsagePointGroup", "T00000000"), "", "abc"),
    "a device without any": (named("EndDevice", "M00000099"), "", ""),
    "an mRID": ("<EndDeviceControl><mRID>b</mRID></EndDeviceControl>", "", "b"),
    "an mRID as a name": (named("EndDeviceControl", "b"), "", "b"),
    "a Request/ID": ("", "<ID>a</ID><ID>c</ID>", "ac"),
    "an issuer": ("<EndDeviceControl><issuerID>CIS</issuerID></EndDeviceControl>", "", "b"),
    "a tracking number": ("<EndDeviceControl><issuerTrackingID>T-1</issuerTrackingID></EndDeviceControl>", "", "b"),
    "a reason": ("<EndDeviceControl><reason>move</reason></EndDeviceControl>", "", "b"),
    "either control": (
        "<EndDeviceControl><mRID>a</mRID></EndDeviceControl><EndDeviceControl><reason>move</reason></EndDeviceControl>",
        "",
        "ab",
    ),
    "a type": (f"<EndDeviceControlType><mRID>{DISCONNECT}</mRID></EndDeviceControlType>", "", "b"),
    "a type of any device": ("<EndDeviceControlType><mRID>*.31.0.18</mRID></EndDeviceControlType>", "", "a"),
    "a device and a type": (
        named("EndDevice", OTHER) + f"<EndDeviceControlType><mRID>{DISCONNECT}</mRID></EndDeviceControlType>",
        "",
        "b",
    ),
    "a period": (schedule("13:00", "14:00"), "", "b"),
    "a period with nothing in it": (schedule("15:00", "16:00"), "", ""),
    "two periods": (schedule("13:00", "14:00") + schedule("11:00", "12:00"), "", "abc"),
    "the period of the request": (
        "",
        "<StartTime>2026-03-02T13:00:00Z</StartTime><EndTime>2026-03-02T15:00:00Z</EndTime>",
        "b",
    ),
}


@pytest.mark.parametrize("name", SELECTIONS)
def test_a_profile_selects(commanded: InProcessHeadEnd, name: str) -> None:
    profile, request, expected = SELECTIONS[name]
    reply = commanded.controls(profile, request=request)
    assert reply.result == "OK"
    assert [one.mrid for one in controls_in(reply.payload)] == list(expected)


def test_a_control_shows_its_devices_with_what_came_of_it(commanded: InProcessHeadEnd) -> None:
    a, b, c = controls_in(commanded.controls().payload)
    assert (a.devices, a.events) == ({METER: "done"}, {METER: "3.31.0.42"})
    assert b.devices == {METER: "scheduled", OTHER: "scheduled"}
    assert c.text("PanPricing/PanPricingDetails/price") == "0.31"


def test_only_the_devices_that_were_asked_for_are_shown(commanded: InProcessHeadEnd) -> None:
    b, _ = controls_in(commanded.controls(named("EndDevice", OTHER)).payload)
    assert b.devices == {OTHER: "scheduled"}


def test_the_reply_says_how_each_control_stands(commanded: InProcessHeadEnd) -> None:
    reply = commanded.controls()
    assert [(error.code, error.level, error.object_id) for error in reply.errors] == [
        ("0.0", "INFORM", "a"),
        ("0.0", "INFORM", "b"),
        ("0.0", "INFORM", "c"),
    ]
    assert "EndDeviceControl b is scheduled" in reply.said


REFUSED = {
    "an unknown device": (named("EndDevice", "nobody"), "FAILED", "2.4"),
    "an unknown device among known ones": (named("EndDevice", "nobody") + named("EndDevice", METER), "PARTIAL", "2.4"),
    "an unknown usage point": (named("UsagePoint", "nobody"), "FAILED", "2.12"),
    "an unknown group": (named("EndDeviceGroup", "nobody"), "FAILED", "2.15"),
    "an unknown control": ("<EndDeviceControl><mRID>z</mRID></EndDeviceControl>", "FAILED", "2.15"),
    "an unknown control among known ones": (
        "<EndDeviceControl><mRID>z</mRID></EndDeviceControl><EndDeviceControl><mRID>a</mRID></EndDeviceControl>",
        "PARTIAL",
        "2.15",
    ),
    "an unknown type": ("<EndDeviceControlType><mRID>3.31.0.999</mRID></EndDeviceControlType>", "FAILED", "1.8"),
    "a customer": ("<Customer><mRID>k</mRID></Customer>", "FAILED", "2.22"),
    "a period that ends before it starts": (schedule("14:00", "13:00"), "FAILED", "1.8"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_known_is_said(commanded: InProcessHeadEnd, name: str) -> None:
    profile, result, code = REFUSED[name]
    reply = commanded.controls(profile)
    assert (reply.result, reply.codes[0]) == (result, code)


def test_an_option_that_means_nothing_is_said_aloud(commanded: InProcessHeadEnd) -> None:
    reply = commanded.controls(
        request="<Option><m:name xmlns:m='http://iec.ch/TC57/2011/schema/message'>x</m:name></Option>"
    )
    assert (reply.result, "Request/Option 'x'" in reply.said) == ("OK", True)
