"""Which reading types a meter delivers, and what refuses the others."""

from collections.abc import Mapping

import pytest

from simulator.cim.code_tables import rows
from simulator.cim.reading_type import InvalidReadingType, ReadingType
from simulator.meter_class import METER_CLASSES
from simulator.quantities import ChannelKind, UnsupportedQuantity, channel, default_reading_types, delivers, obstacle
from tests.simulator.mixed_fleet import first_of, read

pytestmark = pytest.mark.clause("61968-9:2013 Annex C")
INTERVAL, REGISTER = ChannelKind.INTERVAL, ChannelKind.REGISTER


@pytest.mark.parametrize(
    ("code", "kind", "period_s", "decimals"),
    [
        ("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", INTERVAL, 900, 0),
        ("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0", INTERVAL, 900, 3),
        ("0.0.3.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", INTERVAL, 60, 0),
        ("0.0.6.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", INTERVAL, 300, 0),
        ("0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.6.72.0", INTERVAL, 3_600, 6),
        ("0.0.81.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", INTERVAL, 21_600, 0),
        ("0.0.4.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", INTERVAL, 86_400, 0),
        ("0.0.100.4.1.1.12.0.0.1200.0.0.0.0.0.0.72.0", INTERVAL, 1_200, 0),
        ("11.0.0.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0", INTERVAL, 86_400, 3),
        ("11.0.4.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0", INTERVAL, 86_400, 3),
        ("0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0", REGISTER, None, 3),
        ("0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.-3.72.0", REGISTER, None, 0),
        ("0.0.0.0.1.1.12.0.0.0.0.0.0.0.0.3.72.0", REGISTER, None, 3),
        ("0.0.0.9.1.1.12.0.0.0.0.0.0.0.0.3.72.0", REGISTER, None, 3),
        ("0.0.2.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0", REGISTER, 900, 0),
        ("0.0.4.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0", REGISTER, 86_400, 0),
        ("11.0.0.9.1.1.12.0.0.0.0.0.0.0.0.3.72.0", REGISTER, 86_400, 3),
        ("13.0.0.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0", INTERVAL, None, 3),
        ("32.0.0.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0", INTERVAL, None, 3),
        ("0.0.2.4.1.1.37.0.0.0.0.0.0.0.0.3.38.0", INTERVAL, 900, 3),
        ("0.0.53.6.1.1.8.0.0.0.0.0.0.0.0.3.38.0", INTERVAL, 900, 3),
        ("0.0.65.4.1.1.8.0.0.0.0.0.0.0.0.3.38.0", INTERVAL, 900, 3),
        ("0.0.102.4.1.1.8.0.0.1800.300.0.0.0.0.3.38.0", INTERVAL, 300, 3),
        ("0.0.0.12.1.1.37.0.0.0.0.0.0.0.0.3.38.0", REGISTER, None, 3),
        ("8.8.0.0.1.1.8.0.0.0.0.0.0.0.0.3.38.0", REGISTER, None, 3),
        ("0.0.0.12.0.1.54.0.0.0.0.0.0.0.128.0.29.0", REGISTER, None, 3),
        ("0.2.2.0.0.1.54.0.0.0.0.0.0.0.128.0.29.0", INTERVAL, 900, 3),
        ("0.0.0.1.1.7.58.0.0.0.0.0.0.0.0.0.42.0", REGISTER, None, 3),
        ("0.0.0.1.1.9.58.0.0.0.0.0.0.0.0.3.134.0", REGISTER, None, 3),
        ("0.0.0.6.0.7.162.0.0.0.0.0.0.0.0.0.39.0", REGISTER, None, 0),
    ],
)
def test_a_reading_type_is_decoded(code: str, kind: ChannelKind, period_s: int | None, decimals: int) -> None:
    decoded = channel(ReadingType.parse(code))
    assert (decoded.kind, decoded.period_s, decoded.decimals) == (kind, period_s, decimals)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("0.0.2.4.1.8.58.0.0.0.0.0.0.0.0.0.42.0", "commodity 8 (propane)"),
        ("0.0.2.4.1.7.12.0.0.0.0.0.0.0.0.0.72.0", "measurement_kind 12 (energy): no meter of this commodity"),
        ("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.38.0", "unit 38 (W): energy is not given in it"),
        ("0.0.2.4.0.1.12.0.0.0.0.0.0.0.0.0.72.0", "flow_direction 0 (none): active energy flows forward"),
        ("0.0.2.4.15.1.12.0.0.0.0.0.0.0.0.0.72.0", "flow_direction 15 (quadrant1): active energy"),
        ("0.0.2.4.15.1.12.0.0.0.0.0.0.0.0.0.71.0", "flow_direction 15 (quadrant1): what is apparent"),
        ("0.0.2.4.19.7.58.0.0.0.0.0.0.0.0.0.42.0", "flow_direction 19 (reverse): gas and water flow to the customer"),
        ("0.2.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", "aggregate 2 (average)"),
        ("0.0.2.4.1.1.12.0.0.0.0.7.0.0.0.0.72.0", "has no rate 7"),
        ("0.0.2.4.1.1.12.0.0.0.0.0.1.0.0.0.72.0", "cpp 1 (cppA)"),
        ("0.0.0.1.1.1.12.0.0.0.0.0.0.7.0.0.72.0", "has no consumption tier 7"),
        ("0.0.0.1.4.1.12.0.0.0.0.0.0.1.0.0.72.0", "only what is counted upwards in base units has steps"),
        ("0.0.2.4.1.1.37.0.0.0.0.0.0.1.0.0.38.0", "consumption_tier 1"),
        ("0.0.2.4.1.1.12.0.0.0.0.0.0.0.512.0.72.0", "phases 512 (s1): the meters tell the phases A, B and C apart"),
        ("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.978", "currency 978 (EUR)"),
        ("0.0.2.4.1.1.12.3.1.0.0.0.0.0.0.0.72.0", "interharmonic 3/1"),
        ("0.0.2.4.1.1.12.0.0.1.1.0.0.0.0.0.72.0", "argument 1/1: energy takes no argument"),
        ("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.9.72.0", "multiplier 9 (giga)"),
        ("0.0.0.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", "deltaData needs the length of its intervals"),
        ("0.0.2.12.1.1.12.0.0.0.0.0.0.0.0.0.72.0", "accumulation 12 (instantaneous)"),
        ("0.0.2.0.1.1.12.0.0.0.0.0.0.0.0.0.72.0", "accumulation 0 (none)"),
        ("0.0.53.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", "a demand block measures power"),
        ("0.0.15.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", "measuring_period 15 (present): it has no fixed length"),
        ("0.0.100.4.1.1.12.0.0.7.0.0.0.0.0.0.72.0", "7 s is not a whole part of a day"),
        ("22.0.0.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", "macro_period 22 (seasonal)"),
        ("11.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", "macro_period 11 (daily): a daily value has no shorter"),
        ("0.0.2.4.0.1.54.0.0.0.0.0.0.0.128.0.29.0", "accumulation 4 (deltaData): voltage does not build up"),
        ("0.26.2.6.0.1.54.0.0.0.0.0.0.0.128.0.29.0", "aggregate 26 (sum): voltage has a mean, minima and maxima"),
        ("0.0.0.6.19.1.54.0.0.0.0.0.0.0.128.0.29.0", "flow_direction 19 (reverse): voltage has no direction"),
        ("0.8.0.3.1.1.8.0.0.0.0.0.0.0.0.0.108.0", "a sum of maxima did not happen at one time"),
    ],
)
def test_what_no_meter_delivers_is_refused_with_the_field_and_the_reason(code: str, words: str) -> None:
    with pytest.raises(UnsupportedQuantity) as refusal:
        channel(ReadingType.parse(code))
    assert words in str(refusal.value)
    assert code in str(refusal.value)


def test_a_household_meter_delivers_its_register_and_its_load_profile() -> None:
    assert [str(reading_type) for reading_type in default_reading_types()] == [
        "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0",
        "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0",
    ]


@pytest.mark.parametrize("name", METER_CLASSES)
def test_a_class_delivers_all_of_its_default_reading_types(name: str) -> None:
    meter_class = METER_CLASSES[name]
    assert [obstacle(channel(one), meter_class) for one in default_reading_types(meter_class)] == [None] * len(
        default_reading_types(meter_class)
    )


def test_business_meters_deliver_demand_and_reactive_energy_by_default() -> None:
    words = " ".join(one.describe() for one in default_reading_types(METER_CLASSES["industrial"]))
    assert "maximum billingPeriod" in words
    assert "quadrant1" in words


@pytest.mark.parametrize(
    ("code", "name", "reason"),
    [
        ("0.0.2.4.19.1.12.0.0.0.0.0.0.0.0.0.72.0", "residential", "has no register of reverse"),
        ("0.0.2.4.16.1.12.0.0.0.0.0.0.0.0.0.73.0", "residential", "has no register of q2"),
        ("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", "gas", "measures another commodity"),
        ("0.0.2.4.1.1.12.0.0.0.0.0.0.0.64.0.72.0", "residential", "has not got three phases"),
        ("0.0.2.4.1.2.12.0.0.0.0.0.0.0.0.0.72.0", "residential", "has not got three phases"),
        ("0.0.0.6.0.1.43.0.0.0.0.0.0.0.0.0.109.0", "street_lighting", "has no switch"),
        ("0.0.0.9.1.1.12.0.0.0.0.3.0.0.0.0.72.0", "residential", "has no rate 3"),
    ],
)
def test_a_meter_refuses_what_it_cannot_measure(code: str, name: str, reason: str) -> None:
    found = channel(ReadingType.parse(code))
    assert not delivers(found, METER_CLASSES[name])
    assert reason in str(obstacle(found, METER_CLASSES[name]))


# The examples that were seen in public; these are of devices and registers that no meter here has.
_REFUSED = (
    "batteryCarryover", "EUR", "USD", "CNY", "consumptionTier4", "cppC", "interharmonic", "energyDensity",
    "mfgAssignedConfigurationID", "bulkQuantity forward electricitySecondaryMetered energy phasesABC (kVAh)",
    "excess", "insulativeOil", "(Vh)", "touK", "touO",
)  # fmt: skip
EXAMPLES = [row for row in rows("reading-type-examples") if row["decode_ok"] == "yes"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda row: row["mrid"])
def test_an_example_is_answered_or_refused_as_a_quantity(example: Mapping[str, str]) -> None:
    reading_type = ReadingType.parse(example["mrid"])
    if any(word in example["name"] for word in _REFUSED):
        with pytest.raises(UnsupportedQuantity):
            channel(reading_type)
        return
    found = channel(reading_type)
    name = next(name for name, one in METER_CLASSES.items() if delivers(found, one))
    (values,) = read([example["mrid"]], "2026-03-01T00:00", "2026-05-02T00:00", first_of(name))
    assert values.size > 0


@pytest.mark.parametrize(
    "example", [row for row in rows("reading-type-examples") if row["decode_ok"] == "no"], ids=lambda row: row["mrid"]
)
def test_an_example_with_private_codes_is_no_reading_type(example: Mapping[str, str]) -> None:
    with pytest.raises(InvalidReadingType):
        ReadingType.parse(example["mrid"])
