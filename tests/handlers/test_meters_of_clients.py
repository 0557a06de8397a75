"""Meters that clients create, link, exchange and take away while the head end runs, and their readings then."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from headend.operations.fleet.fleet_in_force import FleetInForce
from headend.store import FleetChange, FleetChangeKind
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.master_data_requests import acting, asking, effective, one
from tests.support.readings import intervals, registers
from tests.support.reply import Reply
from tests.support.soap_requests import DISCONNECT, ENERGY, LOAD_PROFILE

pytestmark = pytest.mark.clause("61968-9:2013 5.10")

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MORNING = ("2026-03-02T06:00:00Z", "2026-03-02T12:00:00Z")
INSTALLED = "<lifecycle><installationDate>2026-03-01</installationDate></lifecycle>"


def register_values(reply: Reply) -> list[Decimal]:
    return [each.value for each in registers(reply)]


def interval_values(reply: Reply) -> list[int]:
    return [int(each.value) for each in intervals(reply)]


def create_meter(head_end: InProcessHeadEnd, mrid: str, name: str, inside: str = INSTALLED) -> Reply:
    return head_end.post("ExecuteMeterConfig", acting("create", "MeterConfig", one("Meter", mrid, name, inside=inside)))


def link(head_end: InProcessHeadEnd, verb: str, meter: str, point: str, at: str) -> Reply:
    both = effective(at) + one("Meter", "", meter) + one("UsagePoint", "", point)
    return head_end.post("ExecuteMasterDataLinkageConfig", acting(verb, "MasterDataLinkageConfig", both))


@pytest.fixture
def with_meter(head_end: InProcessHeadEnd) -> InProcessHeadEnd:
    """A head end whose client created meter A-1, called New, installed yesterday."""
    assert create_meter(head_end, "A-1", "New").result == "OK"
    return head_end


def test_a_created_meter_can_be_read_by_name_and_mrid(with_meter: InProcessHeadEnd) -> None:
    by_name = with_meter.read("New", reading_types=[ENERGY])
    by_mrid = with_meter.read(mrids=["A-1"], reading_types=[ENERGY])
    assert by_name.result == by_mrid.result == "OK"
    assert register_values(by_name) == register_values(by_mrid)
    (value,) = register_values(by_name)
    assert value > 0


@pytest.mark.parametrize(
    "identity",
    ["<Names><name/></Names>", f"<Names><name>{'x' * 257}</name></Names>", f"<mRID>{'x' * 257}</mRID>"],
    ids=["an empty name", "a name that is too long", "an mRID that is too long"],
)
def test_a_meter_that_no_list_could_have_is_refused_and_takes_nothing_from_others(
    head_end: InProcessHeadEnd, identity: str
) -> None:
    refused = head_end.post("ExecuteMeterConfig", acting("create", "MeterConfig", f"<Meter>{identity}</Meter>"))
    assert (refused.result, refused.codes) == ("FAILED", ["1.8"])
    assert "mRIDs and names have 1 to 256 characters" in refused.said
    assert head_end.read("M00000003").result == "OK"


def test_a_meter_cannot_be_given_an_empty_name(with_meter: InProcessHeadEnd) -> None:
    empty = "<Meter><mRID>A-1</mRID><Names><name/></Names></Meter>"
    assert with_meter.post("ExecuteMeterConfig", acting("change", "MeterConfig", empty)).codes == ["1.8"]
    assert with_meter.read("New").result == "OK"


def test_a_meter_in_the_log_that_cannot_be_leaves_the_fleet_to_all_others(head_end: InProcessHeadEnd) -> None:
    bad = FleetChange(
        kind=FleetChangeKind.ADDED, mrid="B-1", at=NOON, name="", usage_point_mrid="p", installed=NOON.date()
    )
    with head_end.head_end.store.writing() as work:
        work.fleet_changes.add([bad])
    assert create_meter(head_end, "A-1", "New").result == "OK"
    assert head_end.read("New", "M00000003").result == "OK"


def test_a_created_meter_has_intervals_that_are_the_difference_of_its_registers(with_meter: InProcessHeadEnd) -> None:
    period = ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")
    intervals = interval_values(with_meter.read("New", reading_types=[LOAD_PROFILE], period=period))
    first, last = register_values(
        with_meter.read("New", reading_types=[ENERGY], period=("2026-02-28T12:00:00Z", "2026-03-02T01:00:00Z"))
    )
    assert len(intervals) == 96
    assert first == 0
    assert int(last * 1000) == sum(intervals)


def test_a_created_meter_is_one_of_all_meters(with_meter: InProcessHeadEnd) -> None:
    assert with_meter.http("GET", "/control/v1/version").body.find(b'"meters":1001') >= 0
    assert b"New" in with_meter.http("GET", "/control/v1/meters?text=New").body


def test_a_created_meter_obeys_commands(with_meter: InProcessHeadEnd) -> None:
    assert with_meter.control("New", code=DISCONNECT).result == "OK"
    with_meter.advance(hours=1)
    assert interval_values(
        with_meter.read("New", reading_types=[LOAD_PROFILE], period=("2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z"))
    ) == [0, 0, 0, 0]


def test_what_a_meter_measures_follows_from_its_mrid(tmp_path: Path, with_meter: InProcessHeadEnd) -> None:
    with in_process(tmp_path / "..", NOON, database=f"sqlite:///{tmp_path / 'other.db'}") as other:
        create_meter(other, "B-9", "Another")
        create_meter(other, "A-1", "Renamed")
        assert register_values(other.read("Renamed", reading_types=[ENERGY])) == register_values(
            with_meter.read("New", reading_types=[ENERGY])
        )


@pytest.mark.parametrize(
    ("inside", "reading_type"),
    [
        ("<type>gas</type>", "0.0.0.1.1.7.58.0.0.0.0.0.0.0.0.0.42.0"),
        ("<EndDeviceInfo><capability><waterMetering>true</waterMetering></capability></EndDeviceInfo>", None),
        ("<type>of our own</type>", ENERGY),
    ],
    ids=["class in Meter/type", "capability", "anything else is residential"],
)
def test_the_class_of_a_created_meter_follows_from_its_document(
    head_end: InProcessHeadEnd, inside: str, reading_type: str | None
) -> None:
    assert create_meter(head_end, "G-1", "Other", inside).result == "OK"
    energy = head_end.read("Other", reading_types=[ENERGY])
    if reading_type == ENERGY:
        assert energy.result == "OK"
    else:
        assert energy.codes == ["5.6"]


def test_a_meter_from_before_the_fleet_is_refused(head_end: InProcessHeadEnd) -> None:
    old = INSTALLED.replace("2026", "1999")
    reply = create_meter(head_end, "A-1", "New", old)
    assert (reply.result, reply.codes) == ("FAILED", ["1.8"])
    assert "installationDate" in reply.said


def test_two_processes_on_one_database_have_the_same_fleet(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON) as first, in_process(tmp_path, NOON) as second:
        assert create_meter(first, "A-1", "New").result == "OK"
        assert second.read("New").result == "OK"
        assert second.post("ExecuteMeterConfig", acting("delete", "MeterConfig", one("Meter", "A-1"))).result == "OK"
        assert first.read("New").codes == ["2.4"]


def test_a_restart_brings_the_meters_back(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON) as first:
        create_meter(first, "A-1", "New")
        before = register_values(first.read("New", reading_types=[ENERGY]))
    with in_process(tmp_path, NOON) as second:
        assert register_values(second.read("New", reading_types=[ENERGY])) == before


def test_a_reset_takes_them_away(with_meter: InProcessHeadEnd) -> None:
    with_meter.http("POST", "/control/v1/reset", [("Content-Type", "application/json")], b"{}")
    assert with_meter.read("New").codes == ["2.4"]
    assert create_meter(with_meter, "A-2", "New").result == "OK"
    assert with_meter.read("New").result == "OK"


def test_a_deleted_meter_is_unknown_and_may_come_again(with_meter: InProcessHeadEnd) -> None:
    before = register_values(with_meter.read("New", reading_types=[ENERGY]))
    with_meter.post("ExecuteMeterConfig", acting("delete", "MeterConfig", one("Meter", "A-1")))
    assert with_meter.read("New").codes == ["2.4"]
    assert create_meter(with_meter, "A-1", "New").result == "OK"
    assert register_values(with_meter.read("New", reading_types=[ENERGY])) == before


def test_a_renamed_meter_goes_by_its_new_name(with_meter: InProcessHeadEnd) -> None:
    change = acting("change", "MeterConfig", one("Meter", "A-1", "Newer"))
    assert with_meter.post("ExecuteMeterConfig", change).result == "OK"
    assert with_meter.read("New").codes == ["2.4"]
    assert with_meter.read("Newer").result == "OK"


def test_a_meter_of_the_settings_can_be_renamed(head_end: InProcessHeadEnd) -> None:
    mrid = head_end.head_end.fleet.meter(7).mrid
    change = acting("change", "MeterConfig", one("Meter", mrid, inside="<serialNumber>77</serialNumber>"))
    assert head_end.post("ExecuteMeterConfig", change).result == "OK"
    told = head_end.post("GetMeterConfig", asking("MeterConfig", one("Meter", "", "M00000007")))
    assert told.payload.findtext(".//{*}serialNumber") == "77"
    assert told.payload.findtext(".//{*}type") == "residential"


# Links and exchanges.


def test_a_usage_point_that_a_client_created_is_known_though_it_is_empty(head_end: InProcessHeadEnd) -> None:
    head_end.post("ExecuteUsagePointConfig", acting("create", "UsagePointConfig", one("UsagePoint", "U-1", "Home")))
    reply = head_end.read(usage_points=["Home"])
    assert (reply.result, reply.codes) == ("OK", [])
    assert len(reply.payload) == 0


def test_a_linked_meter_is_read_by_its_usage_point(with_meter: InProcessHeadEnd) -> None:
    with_meter.post("ExecuteUsagePointConfig", acting("create", "UsagePointConfig", one("UsagePoint", "U-1", "Home")))
    assert link(with_meter, "create", "New", "Home", "2026-03-02T09:00:00Z").result == "OK"
    reply = with_meter.read(usage_points=["Home"], reading_types=[LOAD_PROFILE], period=MORNING)
    assert reply.payload.findtext(".//{*}UsagePoint/{*}mRID") == "U-1"
    assert len(interval_values(reply)) == 12  # from 9 o'clock on


def exchange(head_end: InProcessHeadEnd, at: str = "2026-03-02T10:07:00Z") -> None:
    """Meter New takes the place of M00000003 in the middle of a quarter of an hour."""
    assert link(head_end, "delete", "M00000003", "UP00000003", at).result == "OK"
    assert link(head_end, "create", "New", "UP00000003", at).result == "OK"


AROUND = ("2026-03-02T09:45:00Z", "2026-03-02T10:30:00Z")


def test_a_read_by_usage_point_follows_an_exchange_in_the_middle_of_an_interval(with_meter: InProcessHeadEnd) -> None:
    whole = interval_values(with_meter.read("M00000003", reading_types=[LOAD_PROFILE], period=AROUND))
    exchange(with_meter)
    reply = with_meter.read(usage_points=["UP00000003"], reading_types=[LOAD_PROFILE], period=AROUND)
    old, new = reply.payload.iterfind("{*}MeterReading")
    assert [each.findtext("{*}Meter/{*}Names/{*}name") for each in (old, new)] == ["M00000003", "New"]
    stamps = [[one.text for one in each.iterfind(".//{*}timeStamp")] for each in (old, new)]
    assert stamps == [
        ["2026-03-02T10:00:00Z", "2026-03-02T10:15:00Z"],
        ["2026-03-02T10:15:00Z", "2026-03-02T10:30:00Z"],
    ]
    before, until = (int(one.text or "") for one in old.iterfind(".//{*}value"))
    assert before == whole[0]
    assert 0 <= until <= whole[1]  # what flowed in the seven minutes before the exchange


def test_asked_for_now_a_usage_point_answers_by_the_meter_that_hangs_there(with_meter: InProcessHeadEnd) -> None:
    exchange(with_meter)
    reply = with_meter.read(usage_points=["UP00000003"])
    assert (reply.result, reply.payload.findtext(".//{*}Meter/{*}mRID")) == ("OK", "A-1")


def test_a_meter_that_hangs_nowhere_is_not_asked_but_its_past_is_told(with_meter: InProcessHeadEnd) -> None:
    exchange(with_meter)
    assert with_meter.read("M00000003").codes == ["5.2"]
    past = with_meter.read("M00000003", reading_types=[LOAD_PROFILE], period=MORNING)
    assert (past.result, len(interval_values(past))) == ("OK", 17)  # until 10:15, in which it was taken down


def test_its_register_stands_still_from_then_on(with_meter: InProcessHeadEnd) -> None:
    exchange(with_meter)
    with_meter.advance(days=3)
    link(with_meter, "create", "M00000003", "UP00000005", "2026-03-05T12:00:00Z")
    still = with_meter.read("M00000003", reading_types=[ENERGY])
    (before,) = register_values(still)
    with_meter.advance(hours=6)
    (after,) = register_values(with_meter.read("M00000003", reading_types=[ENERGY]))
    assert after > before


def test_a_link_that_lies_ahead_holds_when_its_time_comes(with_meter: InProcessHeadEnd) -> None:
    link(with_meter, "delete", "M00000003", "UP00000003", "2026-03-02T18:00:00Z")
    link(with_meter, "create", "New", "UP00000003", "2026-03-02T18:00:00Z")
    assert with_meter.read(usage_points=["UP00000003"]).payload.findtext(".//{*}Meter/{*}Names/{*}name") == "M00000003"
    with_meter.advance(hours=7)
    assert with_meter.read(usage_points=["UP00000003"]).payload.findtext(".//{*}Meter/{*}Names/{*}name") == "New"


def test_a_closed_meter_is_out_of_use(with_meter: InProcessHeadEnd) -> None:
    with_meter.post("ExecuteMeterConfig", acting("close", "MeterConfig", one("Meter", "A-1")))
    reply = with_meter.read("New")
    assert (reply.result, reply.codes) == ("FAILED", ["5.2"])
    assert "2026-03-02T12:00:00" in reply.said


def test_a_firmware_id_is_the_firmware_that_the_device_runs(with_meter: InProcessHeadEnd) -> None:
    objects = one("Meter", "A-2", "Smart", inside='<SimpleEndDeviceFunction ref="f-1"/>')
    objects += "<SimpleEndDeviceFunction><mRID>f-1</mRID><firmwareID>1.4.2</firmwareID></SimpleEndDeviceFunction>"
    assert with_meter.post("ExecuteMeterConfig", acting("create", "MeterConfig", objects)).result == "OK"
    assert b'"firmware":"1.4.2"' in with_meter.http("GET", "/control/v1/meters/Smart").body
    newer = "<SimpleEndDeviceFunction><mRID>f-1</mRID><firmwareID>1.5.0</firmwareID></SimpleEndDeviceFunction>"
    change = acting("change", "EndDeviceConfig", newer)
    assert with_meter.post("ExecuteEndDeviceConfig", change).result == "OK"
    assert b'"firmware":"1.5.0"' in with_meter.http("GET", "/control/v1/meters/Smart").body


# Tariffs.


TARIFF = (
    "<PricingStructure><mRID>P-1</mRID><Names><name>Evening</name></Names><Tariffs><TariffProfiles>"
    "<TimeTariffIntervals><sequenceNumber>1</sequenceNumber><startTime>00:00:00</startTime></TimeTariffIntervals>"
    "<TimeTariffIntervals><sequenceNumber>2</sequenceNumber><startTime>08:00:00</startTime></TimeTariffIntervals>"
    "</TariffProfiles></Tariffs></PricingStructure>"
)
RATES = [f"0.0.0.1.1.1.12.0.0.0.0.{rate}.0.0.0.3.72.0" for rate in (0, 1, 2)]


def test_a_pricing_structure_decides_which_register_counts(head_end: InProcessHeadEnd) -> None:
    created = head_end.post("ExecutePricingStructureConfig", acting("create", "PricingStructureConfig", TARIFF))
    assert (created.result, created.codes) == ("OK", [])
    point = head_end.head_end.fleet.meter(7).usage_point_mrid
    naming = one("UsagePoint", point, inside="<PricingStructures><mRID>P-1</mRID></PricingStructures>")
    assert head_end.post("ExecuteUsagePointConfig", acting("change", "UsagePointConfig", naming)).result == "OK"
    before = register_values(head_end.read("M00000007", reading_types=RATES))
    head_end.advance(hours=8)  # from noon to 20 o'clock: the second rate all the time
    after = register_values(head_end.read("M00000007", reading_types=RATES))
    total, first, second = (new - old for new, old in zip(after, before, strict=True))
    assert total > 0
    assert (first, second) == (0, total)


def test_a_tariff_that_no_register_can_count_by_is_kept_and_said_to_be_without_effect(
    head_end: InProcessHeadEnd,
) -> None:
    odd = TARIFF.replace("<TariffProfiles>", "<TariffProfiles><tariffCycle>whenever</tariffCycle>")
    created = head_end.post("ExecutePricingStructureConfig", acting("create", "PricingStructureConfig", odd))
    assert (created.result, created.codes) == ("OK", ["1.8"])
    assert "whenever" in created.said
    told = head_end.post("GetPricingStructureConfig", asking("PricingStructureConfig", one("PricingStructure", "P-1")))
    assert told.payload.findtext(".//{*}tariffCycle") == "whenever"


# What the head end knows by itself.


def test_a_get_tells_how_the_switch_of_a_meter_stands(head_end: InProcessHeadEnd) -> None:
    def stands() -> tuple[str | None, str | None]:
        config = head_end.post("GetMeterConfig", asking("MeterConfig", one("Meter", "", "M00000003"))).payload
        point = one("UsagePoint", "", "UP00000003")
        usage_point = head_end.post("GetUsagePointConfig", asking("UsagePointConfig", point)).payload
        return (
            config.findtext("{*}ConnectDisconnectFunction/{*}isConnected"),
            usage_point.findtext(".//{*}connectionState"),
        )

    assert stands() == ("true", "connected")
    head_end.disconnect("M00000003")
    assert stands() == ("false", "physicallyDisconnected")


def test_the_firmware_of_a_meter_of_the_settings_is_set_by_its_function(head_end: InProcessHeadEnd) -> None:
    config = head_end.post("GetMeterConfig", asking("MeterConfig", one("Meter", "", "M00000003"))).payload
    pointer = config.find("{*}Meter/{*}SimpleEndDeviceFunction")
    assert pointer is not None
    function = pointer.get("ref") or ""
    newer = one("SimpleEndDeviceFunction", function, inside="<firmwareID>9.9</firmwareID>")
    assert head_end.post("ExecuteEndDeviceConfig", acting("change", "EndDeviceConfig", newer)).result == "OK"
    assert b'"firmware":"9.9"' in head_end.http("GET", "/control/v1/meters/M00000003").body
    config = head_end.post("GetMeterConfig", asking("MeterConfig", one("Meter", "", "M00000003"))).payload
    assert config.findtext("{*}SimpleEndDeviceFunction/{*}firmwareID") == "9.9"


def test_a_request_that_began_before_a_change_does_not_undo_it(with_meter: InProcessHeadEnd) -> None:
    head_end = with_meter.head_end
    fleets = FleetInForce(head_end.fleet)
    with head_end.store.reading() as early:
        early.fleet_changes.bounds()  # what it sees is fixed from its first statement on
        create_meter(with_meter, "A-2", "Newer")
        with head_end.store.reading() as late:
            latest = fleets.at(NOON, late)
        assert latest.index_of_name("Newer") is not None
        assert fleets.at(NOON - timedelta(milliseconds=1), early) is latest
