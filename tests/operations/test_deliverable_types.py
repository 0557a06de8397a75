"""Which registers of a tariff meters deliver: those that their class counts by, or a tariff that they have or had."""

import pytest

from headend.operations.readings.deliverable_types import Deliverable, find_deliverable
from headend.operations.references import ObjectReference
from headend.operations.reply import ObjectId
from simulator.counted_tariffs import counted_tariffs
from simulator.meter_kinds import kind_of
from simulator.tariffs import TariffCalendar, TariffInForce
from tests.simulator.mixed_fleet import FLEET, first_of

pytestmark = pytest.mark.clause("61968-9:2013 Annex C")

HOME, SHOP = first_of("residential"), first_of("commercial")
RATE_6 = "0.0.0.1.1.1.12.0.0.0.0.6.0.0.0.3.72.0"
TIER_5 = "0.0.0.1.1.1.12.0.0.0.0.0.0.5.0.3.72.0"
RATE_3 = "0.0.0.1.1.1.12.0.0.0.0.3.0.0.0.3.72.0"
SIX_RATES = TariffCalendar.daily(tuple((rate * 100, rate) for rate in range(1, 7)), (10, 20, 30, 40))
WITH_TARIFF = {HOME: (TariffInForce(0, SIX_RATES), TariffInForce(1_000_000_000, None))}


def asked(code: str, meters: range, tariffs=WITH_TARIFF, *, by_name: bool = True) -> Deliverable:
    counted = counted_tariffs(FLEET, meters, tariffs)
    return find_deliverable(FLEET, [ObjectReference("ReadingType", code)], meters, counted, by_name=by_name)


@pytest.mark.parametrize("code", [RATE_6, TIER_5, RATE_3], ids=["a rate", "a step", "a rate of other classes"])
def test_a_register_that_a_tariff_ever_counted_is_delivered(code: str) -> None:
    found = asked(code, range(HOME, HOME + 1))
    assert not found.errors
    assert found.of_kind[kind_of(FLEET, [HOME])[0]] == (0,)


@pytest.mark.parametrize("code", [RATE_6, TIER_5], ids=["a rate", "a step"])
def test_without_such_a_tariff_nobody_delivers_it(code: str) -> None:
    for meters, tariffs in ((range(HOME, HOME + 1), {}), (range(HOME + 1, HOME + 2), WITH_TARIFF)):
        found = asked(code, meters, tariffs)
        assert [one.code for one in found.errors] == ["2.10"]
        assert not found.channels


def test_a_named_meter_of_a_class_without_it_gets_its_error() -> None:
    found = asked(RATE_6, range(HOME, SHOP + 1, SHOP - HOME))
    assert [(one.code, one.object_id) for one in found.errors] == [
        ("5.6", ObjectId(FLEET.meter(SHOP).mrid, "uuid", "Meter"))
    ]
    assert "the tariff of a commercial meter has no rate 6" in found.errors[0].details
    assert found.of_kind[kind_of(FLEET, [SHOP])[0]] == ()


def test_meters_of_one_class_are_treated_alike() -> None:
    found = asked(RATE_6, range(HOME, HOME + 5))
    assert not found.errors
    assert found.of_kind[kind_of(FLEET, [HOME + 4])[0]] == (0,)
