"""Which reading types a meter delivers, and what refuses the others."""

import pytest

from simulator.cim.reading_type import ReadingType
from simulator.quantities import ChannelKind, UnsupportedQuantity, channel, default_reading_types

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
    ],
)
def test_a_reading_type_is_decoded(code: str, kind: ChannelKind, period_s: int | None, decimals: int) -> None:
    decoded = channel(ReadingType.parse(code))
    assert (decoded.kind, decoded.period_s, decoded.decimals) == (kind, period_s, decimals)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("0.0.2.4.1.7.58.0.0.0.0.0.0.0.0.0.42.0", "commodity 7 (naturalGas)"),
        ("0.0.2.4.1.1.37.0.0.0.0.0.0.0.0.0.38.0", "measurement_kind 37 (power): the meters deliver 12 (energy)"),
        ("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.73.0", "unit 73 (VArh)"),
        ("0.0.2.4.19.1.12.0.0.0.0.0.0.0.0.0.72.0", "flow_direction 19 (reverse)"),
        ("0.2.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", "aggregate 2 (average)"),
        ("0.0.2.4.1.1.12.0.0.0.0.1.0.0.0.0.72.0", "tou 1 (touA)"),
        ("0.0.2.4.1.1.12.0.0.0.0.0.1.0.0.0.72.0", "cpp 1 (cppA)"),
        ("0.0.2.4.1.1.12.0.0.0.0.0.0.1.0.0.72.0", "consumption_tier 1"),
        ("0.0.2.4.1.1.12.0.0.0.0.0.0.0.128.0.72.0", "phases 128 (phaseA)"),
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
        ("13.0.0.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", "macro_period 13 (monthly)"),
        ("11.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", "macro_period 11 (daily): a daily value has no shorter"),
    ],
)
def test_what_no_meter_delivers_is_refused_with_the_field_and_the_reason(code: str, words: str) -> None:
    with pytest.raises(UnsupportedQuantity) as refusal:
        channel(ReadingType.parse(code))
    assert words in str(refusal.value)
    assert code in str(refusal.value)


def test_a_meter_delivers_its_register_and_its_load_profile() -> None:
    assert [str(reading_type) for reading_type in default_reading_types()] == [
        "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0",
        "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0",
    ]


def test_every_default_reading_type_is_delivered() -> None:
    assert [channel(reading_type).kind for reading_type in default_reading_types()] == [REGISTER, INTERVAL]
