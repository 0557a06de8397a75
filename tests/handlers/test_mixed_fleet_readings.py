"""Reading a fleet of several kinds of meters: what each delivers, and what is said of the rest (2.10 and 5.6)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.readings import intervals, meters, registers

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.3")

FLEET_FILE = """
seed: 1
zone: Europe/Amsterdam
templates:
  - name: homes
    count: 4
    shares: {residential: 50, solar_prosumer: 50}
  - name: shops
    count: 3
    class: commercial
  - name: water
    count: 3
    class: water
"""
HOME, SHOP, WATER = "M00000000", "M00000004", "M00000007"
ALL = [f"M{index:08d}" for index in range(10)]
ENERGY = "0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
REVERSE = "0.0.7.4.19.1.12.0.0.0.0.0.0.0.0.0.72.0"
MAXIMUM = "11.8.0.0.1.1.8.0.0.0.0.0.0.0.0.3.38.0"
DAY = ("2026-02-27T23:00:00Z", "2026-02-28T23:00:00Z")


@pytest.fixture
def mixed(tmp_path: Path) -> Iterator[InProcessHeadEnd]:
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text(FLEET_FILE)
    with in_process(tmp_path, NOON, fleet=fleet) as head_end:
        yield head_end


def test_each_meter_delivers_the_registers_of_its_class(mixed: InProcessHeadEnd) -> None:
    found = {(one.meter, one.reading_type) for one in registers(mixed.read())}
    assert (HOME, "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0") in found
    assert (SHOP, "8.8.0.0.1.1.8.0.0.0.0.0.0.0.0.3.38.0") in found
    assert {reading_type for meter, reading_type in found if meter == WATER} == {
        "0.0.0.1.1.9.58.0.0.0.0.0.0.0.0.0.42.0"
    }


def test_meters_keep_their_order(mixed: InProcessHeadEnd) -> None:
    assert meters(mixed.read()) == ALL
    backwards = [WATER, SHOP, HOME]
    assert meters(mixed.read(*backwards)) == backwards


def test_meters_that_do_not_have_a_type_are_left_out(mixed: InProcessHeadEnd) -> None:
    reply = mixed.read(reading_types=[ENERGY], period=DAY)
    assert reply.result == "OK"
    assert meters(reply) == ALL[:7]


def test_a_named_meter_that_does_not_have_a_type_gets_its_error(mixed: InProcessHeadEnd) -> None:
    reply = mixed.read(HOME, WATER, reading_types=[ENERGY], period=DAY)
    assert (reply.result, reply.codes) == ("PARTIAL", ["5.6", "0.2"])
    assert meters(reply) == [HOME]
    assert reply.errors[0].object_id == mixed.head_end.fleet.meter(7).mrid


def test_if_no_named_meter_has_a_type_the_reply_has_failed(mixed: InProcessHeadEnd) -> None:
    reply = mixed.read(WATER, reading_types=[ENERGY], period=DAY)
    assert (reply.result, reply.codes) == ("FAILED", ["5.6"])


def test_a_type_that_no_meter_of_the_fleet_has_is_not_supported(mixed: InProcessHeadEnd) -> None:
    reply = mixed.read(reading_types=["0.0.7.4.1.7.58.0.0.0.0.0.0.0.0.0.42.0"], period=DAY)
    assert (reply.result, reply.codes) == ("FAILED", ["2.10"])


def test_one_type_that_is_missing_spoils_no_other(mixed: InProcessHeadEnd) -> None:
    reply = mixed.read(SHOP, reading_types=[ENERGY, REVERSE], period=DAY)
    assert (reply.result, reply.codes) == ("PARTIAL", ["5.6", "0.2"])
    assert {one.reading_type for one in intervals(reply)} == {ENERGY}


def test_a_maximum_is_stamped_when_it_happened(mixed: InProcessHeadEnd) -> None:
    reply = mixed.read(*ALL[:7], reading_types=[MAXIMUM], period=DAY)
    begin = datetime(2026, 2, 28, tzinfo=ZoneInfo("Europe/Amsterdam"))
    stamps = [one.stamp for one in registers(reply)]
    assert len(stamps) == 7
    assert len(set(stamps)) > 1
    assert all(0 < (stamp - begin).total_seconds() <= 86_400 for stamp in stamps)


def test_a_time_of_a_maximum_is_written_as_an_instant(mixed: InProcessHeadEnd) -> None:
    reply = mixed.read(SHOP, reading_types=["11.8.0.0.1.2.8.0.0.0.0.0.0.0.0.0.108.0"], period=DAY)
    value = reply.payload.findtext(".//{*}Readings/{*}value")
    assert datetime.fromisoformat(value).date().isoformat() == "2026-02-28"
