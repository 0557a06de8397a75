"""Rates of spontaneous events in a fleet file."""

from pathlib import Path

import pytest

from simulator.event_rates import REALISTIC, EventRate, EventRates
from simulator.fleet.fleet_file import InvalidFleetFile, read_fleet


def _rates(folder: Path, conditions: str) -> EventRates:
    file = folder / "fleet.yaml"
    file.write_text(f"templates: [{{name: any, count: 1}}]\nconditions:\n{conditions}", "utf-8")
    return read_fleet(file).conditions.events


def test_rates_are_times_a_year_of_groups_names_and_codes(tmp_path: Path) -> None:
    text = "  events:\n    rates:\n      Tamper: 0.05\n      Power.Voltage.SagStarted: 12\n      '*.26.38.150': 0.001\n"
    assert _rates(tmp_path, text) == EventRates(
        (EventRate("Tamper", 50), EventRate("Power.Voltage.SagStarted", 12_000), EventRate("*.26.38.150", 1))
    )


def test_a_rate_may_say_how_long_it_lasts(tmp_path: Path) -> None:
    text = "  events: {rates: {Power.Voltage.SagStarted: {per_year: 2, duration_s: 30}}}"
    assert _rates(tmp_path, text) == EventRates((EventRate("Power.Voltage.SagStarted", 2_000, 30),))


def test_rates_replace_those_of_the_preset(tmp_path: Path) -> None:
    text = "  preset: realistic\n  events: {rates: {Battery.-.Failed: 1}}"
    assert _rates(tmp_path, text) == REALISTIC.with_rates(EventRate("Battery.-.Failed", 1_000))


def test_events_alone_may_be_realistic(tmp_path: Path) -> None:
    assert _rates(tmp_path, "  events: realistic") == REALISTIC


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ("{tampr: 1}", "line 3: conditions.events.rates.tampr: there is no event type 'tampr'; did you mean Tamper?"),
        ("{Tamper: often}", "rates.Tamper: a number of times a year is needed, not 'often'"),
        ("{Tamper: true}", "rates.Tamper: a number of times a year is needed, not True"),
        ("{Tamper: .inf}", "rates.Tamper: a number of times a year is needed, not inf"),
        ("{Tamper: 0.0005}", "rates.Tamper: a rate has at most three decimals, not 0.0005"),
        ("{Tamper: 1001}", "rates.Tamper: Tamper: a meter has 0 to 1000 of them a year, not 1001"),
        ("{Tamper: {per_yaer: 1}}", "rates.Tamper.per_yaer: there is no such key; did you mean 'per_year'?"),
        ("{Tamper: {duration_s: 1}}", "rates.Tamper.per_year is missing"),
        ("{Tamper: {per_year: 1, duration_s: 1.5}}", "Tamper.duration_s: a whole number is needed, not 1.5"),
        ("{Tamper: 1, Tamper: 2}", "rates.Tamper is there twice"),
        ("[Tamper]", "rates is a mapping of keys to values"),
    ],
)
def test_what_is_wrong_is_said_with_line_key_and_rule(tmp_path: Path, rates: str, words: str) -> None:
    with pytest.raises(InvalidFleetFile) as refused:
        _rates(tmp_path, f"  events: {{rates: {rates}}}\n")
    assert words in str(refused.value)
