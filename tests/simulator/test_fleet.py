"""Identity is arithmetic: from the index to every identifier and back, whatever the size of the fleet."""

import tracemalloc
from datetime import date
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.fleet import MOST_METERS, Fleet, FleetSpec, InvalidFleet
from simulator.local_time import UnknownZone

MILLIONS = 10_000_000
FLEET = Fleet(FleetSpec(MILLIONS, seed=1))
indices = st.integers(0, MILLIONS - 1)


@given(index=indices)
@settings(deadline=None, max_examples=100)
def test_every_identifier_leads_back_to_its_meter(index: int) -> None:
    meter = FLEET.meter(index)
    assert [
        FLEET.index_of_mrid(meter.mrid),
        FLEET.index_of_name(meter.name),
        FLEET.usage_point_of_mrid(meter.usage_point_mrid),
        FLEET.usage_point_of_name(meter.usage_point_name),
    ] == [index] * 4


@given(some=st.lists(indices, max_size=40).map(lambda few: few * 4))  # a few are not written like many
@settings(deadline=None, max_examples=50)
def test_identifiers_in_bulk_equal_those_of_single_meters(some: list[int]) -> None:
    meters = [FLEET.meter(index) for index in some]
    array = np.array(some, np.int64)
    assert FLEET.mrids(array) == [meter.mrid.encode() for meter in meters]
    assert FLEET.names(array) == [meter.name.encode() for meter in meters]
    assert FLEET.usage_point_mrids(array) == [meter.usage_point_mrid.encode() for meter in meters]
    assert FLEET.usage_point_names(array) == [meter.usage_point_name.encode() for meter in meters]


def test_a_range_of_meters_is_as_good_as_an_array() -> None:
    assert FLEET.names(range(3)) == [b"M00000000", b"M00000001", b"M00000002"]


def test_names_carry_the_index() -> None:
    meter = FLEET.meter(42)
    assert (meter.name, meter.usage_point_name) == ("M00000042", "UP00000042")


def test_names_of_ten_million_meters_have_one_length_and_differ() -> None:
    sample = FLEET.names(np.arange(0, MILLIONS, 997))
    assert {len(name) for name in sample} == {9}
    assert len(set(sample)) == len(sample)


@pytest.mark.clause("RFC 9562, section 5.8")
@given(index=indices)
@settings(deadline=None, max_examples=50)
def test_an_mrid_is_a_uuid_of_version_8(index: int) -> None:
    uuid = UUID(FLEET.meter(index).mrid)
    assert (uuid.version, uuid.variant) == (8, "specified in RFC 4122")


@pytest.mark.clause("RFC 9562, section 4")
def test_letters_of_an_mrid_count_the_same_in_both_cases() -> None:
    assert FLEET.index_of_mrid(FLEET.meter(0xABCDE).mrid.upper()) == 0xABCDE


def test_a_usage_point_is_not_a_meter() -> None:
    meter = FLEET.meter(1)
    assert FLEET.index_of_mrid(meter.usage_point_mrid) is None
    assert FLEET.usage_point_of_mrid(meter.mrid) is None


def test_an_mrid_of_another_fleet_is_unknown() -> None:
    assert Fleet(FleetSpec(MILLIONS, seed=2)).index_of_mrid(FLEET.meter(5).mrid) is None


def test_the_size_of_a_fleet_does_not_change_its_meters() -> None:
    assert Fleet(FleetSpec(10, seed=1)).meter(9) == FLEET.meter(9)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "M1",
        "M0000042",
        "M000000042",
        "M10000000",
        "m00000042",
        "X00000042",
        "M0000_042",
        "M      42",
        "M+0000042",
        "M0000004٢",
        "UP0000042",
        "M00000042 ",
    ],
)
def test_what_is_no_name_of_the_fleet_is_unknown(text: str) -> None:
    assert FLEET.index_of_name(text) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda mrid: mrid[:-1],
        lambda mrid: mrid + "0",
        lambda mrid: mrid.replace("-", ""),
        lambda mrid: "{" + mrid + "}",
        lambda mrid: mrid[:-12] + "000000989680",  # the index 10 000 000 of a fleet that ends one before
        lambda mrid: mrid[:-12] + "00000000000g",
        lambda mrid: mrid[:-12] + "00000000_001",
        lambda mrid: mrid[:-12] + "-00000000001",
    ],
)
def test_what_is_no_mrid_of_the_fleet_is_unknown(change) -> None:
    assert FLEET.index_of_mrid(change(FLEET.meter(1).mrid)) is None


@given(text=st.text(max_size=40))
@settings(deadline=None, max_examples=100)
def test_any_text_is_either_an_identifier_or_unknown(text: str) -> None:
    assert FLEET.index_of_mrid(text) is None
    found = FLEET.index_of_name(text)
    assert found is None or FLEET.meter(found).name == text


@pytest.mark.parametrize("index", [-1, MILLIONS])
def test_a_meter_outside_the_fleet_is_an_index_error(index: int) -> None:
    with pytest.raises(IndexError, match=f"no meter {index} in a fleet of {MILLIONS}"):
        FLEET.meter(index)


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"meters": -1}, "0 to 100000000 meters, not -1"),
        ({"meters": MOST_METERS + 1}, "0 to 100000000 meters"),
        ({"meters": 1, "seed": -1}, "a seed is"),
        ({"meters": 1, "seed": 2**64}, "a seed is"),
        ({"meters": 1, "installed": date(1999, 12, 31)}, "the years 2000 to 2199, not on 1999-12-31"),
    ],
)
def test_a_fleet_that_cannot_be_is_refused(settings_, words: str) -> None:
    with pytest.raises(InvalidFleet) as refusal:
        FleetSpec(**settings_)
    assert words in str(refusal.value)


def test_an_unknown_zone_is_refused_with_a_near_miss() -> None:
    with pytest.raises(UnknownZone, match=r"'Europe/Amsterdm'; did you mean Europe/Amsterdam"):
        FleetSpec(1, zone="Europe/Amsterdm")


@pytest.mark.parametrize("zone", ["", "Europe", "../UTC", "/etc/localtime"])
def test_what_is_no_zone_name_is_refused(zone: str) -> None:
    with pytest.raises(UnknownZone):
        FleetSpec(1, zone=zone)


def test_a_fleet_of_no_meters_is_a_fleet() -> None:
    fleet = Fleet(FleetSpec(0))
    assert len(fleet) == 0
    assert fleet.index_of_name("M00000000") is None


def test_a_fleet_of_ten_million_takes_no_memory() -> None:
    tracemalloc.start()
    try:
        fleet = Fleet(FleetSpec(MILLIONS, seed=9))
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(fleet) == MILLIONS
    assert size < 100_000


def test_meters_have_keys_of_their_own() -> None:
    assert len(set(FLEET.keys(range(10_000)).tolist())) == 10_000
