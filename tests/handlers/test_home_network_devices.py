"""The life of a device of the home network, from its creation to its end (61968-9:2013, clause 5.10).

It is an EndDevice with isPan: known, linked and found like a meter, but it has no readings.
"""

import pytest

from tests.support.in_process import InProcessHeadEnd
from tests.support.master_data import done, execute, get, named, names, shown, texts, told
from tests.support.readings import events, meters
from tests.support.soap_requests import LOAD_PROFILE, control

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.10")

DISPLAY = (
    "<EndDevice><mRID>pan-1</mRID><installCode>83FED3407A939723</installCode><isPan>true</isPan>"
    f"<electronicAddress><mac>00:1A:22:33:44:55:66:77</mac></electronicAddress>{names('display')}"
    "<status><value>received</value></status></EndDevice>"
)
AT_HOME = named("EndDevice", "display") + named("UsagePoint", "UP00000003")
HOUR = ("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z")


@pytest.fixture
def home(head_end: InProcessHeadEnd) -> InProcessHeadEnd:
    """A display that is linked with the usage point of meter M00000003."""
    done(head_end, "create", "EndDeviceConfig", DISPLAY)
    done(head_end, "create", "MasterDataLinkageConfig", AT_HOME)
    return head_end


def count_of_meters(head_end: InProcessHeadEnd) -> bytes:
    return head_end.http("GET", "/control/v1/version").body.partition(b'"meters":')[2].partition(b",")[0]


def test_a_device_is_kept_with_what_pairing_needs(home: InProcessHeadEnd) -> None:
    found = told(home, "EndDeviceConfig", "display")
    assert texts(found, "installCode") + texts(found, "isPan") == ["83FED3407A939723", "true"]
    assert texts(found, "electronicAddress/mac") == ["00:1A:22:33:44:55:66:77"]


def test_a_device_is_no_meter_of_the_fleet(home: InProcessHeadEnd) -> None:
    assert count_of_meters(home).startswith(b"1000")
    reply = home.read("display")
    assert (reply.result, reply.codes) == ("FAILED", ["2.4"])
    assert "is a device of the home network" in reply.said


def test_the_meter_beside_it_is_read_by_their_usage_point_as_before(home: InProcessHeadEnd) -> None:
    assert meters(home.read(usage_points=["UP00000003"])) == ["M00000003"]
    reply = home.read(usage_points=["UP00000003"], reading_types=[LOAD_PROFILE], period=HOUR)
    assert (reply.result, meters(reply)) == ("OK", ["M00000003"])


def test_it_is_found_by_its_usage_point_and_by_its_customer(home: InProcessHeadEnd) -> None:
    done(home, "create", "CustomerConfig", named("Customer", "Anna"))
    parts = named("Customer", "Anna") + names("agreement") + named("UsagePoints", "UP00000003")
    done(home, "create", "CustomerAgreementConfig", f"<CustomerAgreement>{parts}</CustomerAgreement>")
    for selector in (named("UsagePoint", "UP00000003"), named("Customer", "Anna")):
        assert shown(get(home, "EndDeviceConfig", selector)) == {"EndDevice": ["M00000003", "display"]}


def test_it_is_paired_while_its_meter_has_the_window_open(home: InProcessHeadEnd) -> None:
    window = "<primaryDeviceTiming><duration>10</duration></primaryDeviceTiming>"
    assert home.control(controls=control("M00000003", code="3.10.73.298", after=window)).result == "OK"
    home.advance(minutes=5)
    paired = f"<EndDevice>{names('display')}<status><value>paired</value></status></EndDevice>"
    done(home, "change", "EndDeviceConfig", paired)
    assert [event.type for event in events(home.events("M00000003"))] == ["3.10.73.39"]
    assert home.control("display", code="3.10.73.298").codes == ["2.4"]


def test_its_status_changes_with_its_life(home: InProcessHeadEnd) -> None:
    for status in ("paired", "inService"):
        change = f"<EndDevice>{names('display')}<status><value>{status}</value></status></EndDevice>"
        done(home, "change", "EndDeviceConfig", change)
        assert texts(told(home, "EndDeviceConfig", "display"), "status/value") == [status]


def test_it_moves_to_another_home(home: InProcessHeadEnd) -> None:
    there = named("EndDevice", "display") + named("UsagePoint", "UP00000004")
    assert execute(home, "create", "MasterDataLinkageConfig", there).codes == ["6.1"]
    done(home, "change", "MasterDataLinkageConfig", there)
    assert shown(get(home, "EndDeviceConfig", named("UsagePoint", "UP00000003"))) == {"EndDevice": ["M00000003"]}
    assert meters(home.read(usage_points=["UP00000004"])) == ["M00000004"]


def test_it_is_removed_when_it_hangs_nowhere_any_more(home: InProcessHeadEnd) -> None:
    reply = execute(home, "delete", "EndDeviceConfig", named("EndDevice", "display"))
    assert (reply.result, reply.codes) == ("FAILED", ["6.1"])
    assert "is referred to by UsagePoint" in reply.said
    done(home, "delete", "MasterDataLinkageConfig", AT_HOME)
    home.advance(hours=1)
    done(home, "delete", "EndDeviceConfig", named("EndDevice", "display"))
    assert get(home, "EndDeviceConfig", named("EndDevice", "display")).codes == ["2.4"]
    assert meters(home.read(usage_points=["UP00000003"])) == ["M00000003"]
    done(home, "create", "EndDeviceConfig", DISPLAY)


def test_a_device_that_turns_out_to_be_a_meter_becomes_one_where_it_hangs(home: InProcessHeadEnd) -> None:
    change = f"<EndDevice><isPan>false</isPan>{names('display')}</EndDevice>"
    done(home, "change", "EndDeviceConfig", change)
    assert count_of_meters(home).startswith(b"1001")
    assert sorted(meters(home.read(usage_points=["UP00000003"]))) == ["M00000003", "display"]


def test_a_link_that_lies_ahead_does_no_harm_when_its_time_comes(head_end: InProcessHeadEnd) -> None:
    done(head_end, "create", "EndDeviceConfig", DISPLAY)
    ahead = "<ConfigurationEvent><effectiveDateTime>2026-03-03T00:00:00Z</effectiveDateTime></ConfigurationEvent>"
    done(head_end, "create", "MasterDataLinkageConfig", ahead + AT_HOME)
    head_end.advance(hours=24)
    assert meters(head_end.read(usage_points=["UP00000003"])) == ["M00000003"]
    assert shown(get(head_end, "EndDeviceConfig", named("UsagePoint", "UP00000003")))["EndDevice"] == [
        "M00000003",
        "display",
    ]
