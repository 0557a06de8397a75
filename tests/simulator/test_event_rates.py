"""Rates of spontaneous events: which types of which device they give, and what cannot be."""

import pytest

from simulator.cim.event_catalogue import event_pairs, listed_events
from simulator.event_rates import NONE, REALISTIC, EventRate, EventRates, InvalidEventRate
from simulator.event_suitability import DeviceSort

SINGLE_PHASE = DeviceSort(3, 1, has_switch=True)
THREE_PHASE = DeviceSort(3, 3, has_switch=False)
GAS = DeviceSort(4, 0, has_switch=True)
WATER = DeviceSort(24, 0, has_switch=False)


def _names(rates: EventRates, device: DeviceSort) -> set[str]:
    return {kind.begins.mnemonic for kind in rates.kinds(device)}


def _per_year(rates: EventRates, device: DeviceSort) -> float:
    return sum(kind.rate_of / kind.per_years for kind in rates.kinds(device))


def test_nothing_happens_by_itself_unless_somebody_says_so() -> None:
    assert not NONE
    assert NONE.kinds(SINGLE_PHASE) == ()


@pytest.mark.parametrize("one", listed_events(), ids=lambda one: one.mnemonic)
def test_every_type_of_the_catalogue_can_be_given_a_rate(one) -> None:  # type: ignore[no-untyped-def]
    rates = EventRates((EventRate(one.mnemonic, 1_000),))
    assert any(_names(rates, device) == {one.mnemonic} for device in (SINGLE_PHASE, THREE_PHASE, GAS, WATER))


@pytest.mark.parametrize("device", [SINGLE_PHASE, THREE_PHASE, GAS, WATER])
def test_the_rate_of_a_group_is_that_of_its_events_together(device: DeviceSort) -> None:
    assert _per_year(EventRates((EventRate("Memory", 1_500),)), device) == pytest.approx(1.5)


def test_a_group_leaves_out_ends_and_what_others_cause() -> None:
    names = _names(EventRates((EventRate("Power", 1_000), EventRate("RCDSwitch", 1_000))), THREE_PHASE)
    assert not names & {"Power.-.Failed", "Power.-.Restored", "RCDSwitch.-.Disconnected", "Power.Voltage.SagStopped"}


def test_a_type_that_is_named_by_itself_is_no_part_of_a_group() -> None:
    rates = EventRates((EventRate("Tamper", 1_000), EventRate("Security.-.TamperDetected", 0)))
    assert "Security.-.TamperDetected" not in _names(rates, SINGLE_PHASE)


@pytest.mark.parametrize(
    ("name", "devices"),
    [
        ("Power.Phase.Inactive", {THREE_PHASE}),
        ("Power.Voltage.Imbalanced", {THREE_PHASE}),
        ("Power.PhaseBVoltage.SagStarted", {THREE_PHASE}),
        ("Power.Voltage.SagStarted", {SINGLE_PHASE, THREE_PHASE}),
        ("Demand.Threshold.Exceeded", {SINGLE_PHASE, THREE_PHASE}),
        ("RCDSwitch.-.ConnectFailed", {SINGLE_PHASE, GAS}),
        ("Metrology.BTU.OutofRange", {GAS}),
        ("Pressure.Threshold.MinLimitReached", {GAS}),
        ("WaterSupply.-.Failed", {WATER}),
        ("Battery.-.Failed", {SINGLE_PHASE, THREE_PHASE, GAS, WATER}),
        ("Security.Flow.Reversed", {SINGLE_PHASE, THREE_PHASE, GAS, WATER}),
    ],
)
def test_events_happen_where_they_make_sense(name: str, devices: set[DeviceSort]) -> None:
    rates = EventRates((EventRate(name, 1_000),))
    assert {one for one in (SINGLE_PHASE, THREE_PHASE, GAS, WATER) if rates.kinds(one)} == devices


def test_a_sag_is_short_and_an_empty_battery_lasts_for_days() -> None:
    durations = {kind.begins.mnemonic: kind.duration_s for kind in REALISTIC.kinds(SINGLE_PHASE)}
    assert durations["Power.Voltage.SagStarted"] < 60 < 86_400 < durations["Battery.Charge.MinLimitReached"]


def test_what_has_no_end_has_no_duration() -> None:
    assert all((kind.duration_s > 0) == (kind.begins in event_pairs()) for kind in REALISTIC.kinds(THREE_PHASE))


def test_changed_rates_replace_those_of_the_same_events_however_they_are_named() -> None:
    changed = REALISTIC.with_rates(EventRate("*.26.38.223", 0))
    assert _names(REALISTIC, SINGLE_PHASE) - _names(changed, SINGLE_PHASE) == {"Power.Voltage.SagStarted"}


def test_realistic_meters_report_a_handful_of_things_a_year() -> None:
    assert 3 < _per_year(REALISTIC, SINGLE_PHASE) < 6
    assert 0.5 < _per_year(REALISTIC, GAS) < 2


@pytest.mark.parametrize(
    ("events", "per_1000_years", "duration_s", "rule"),
    [
        ("tampr", 1, None, "did you mean Tamper"),
        ("Power.Voltage.SagStartd", 1, None, "did you mean Power.Voltage.SagStarted"),
        ("Tamper", -1, None, "0 to 1000 of them a year, not -0.001"),
        ("Tamper", 1_000_001, None, "not 1000"),
        ("Security.-.TamperDetected", 1, 60, "no end of its own"),
        ("Power.Voltage.SagStarted", 1, 0, "1 to 2592000 seconds, not 0"),
        ("Power.Voltage.SagStarted", 1, 2_592_001, "not 2592001"),
    ],
)
def test_a_rate_that_cannot_be_says_why(events: str, per_1000_years: int, duration_s: int | None, rule: str) -> None:
    with pytest.raises(InvalidEventRate) as refused:
        EventRate(events, per_1000_years, duration_s)
    assert rule in str(refused.value)
