"""Conditions: ideal unless somebody says otherwise, for the fleet or for one template."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simulator.communication import PERFECT, Communication, InvalidCommunication, ReachabilityWindow
from simulator.conditions import IDEAL, PRESETS, REALISTIC, Conditions
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.condition_keys import ASPECTS, COMMUNICATION, CONDITIONS
from simulator.fleet.fleet_file import InvalidFleetFile, read_fleet
from simulator.fleet.fleet_template import MeterTemplate

Read = Callable[[str], FleetSpec]

NIGHTLY = Conditions(communication=Communication(windows=(ReachabilityWindow.parse("22:00-02:00"),)))

TEMPLATES = "templates: [{name: any, count: 1}]"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def of(text: str) -> FleetSpec:
        file = tmp_path / "fleet.yaml"
        file.write_text(text, "utf-8")
        return read_fleet(file)

    return of


def test_a_fleet_is_ideal_unless_somebody_says_otherwise() -> None:
    fleet = Fleet(FleetSpec(5))
    assert fleet.conditions == (IDEAL,)
    assert fleet.conditions_of(range(5)).tolist() == [0] * 5


def test_the_ideal_is_perfect_in_every_aspect() -> None:
    assert IDEAL == Conditions() == PRESETS["ideal"]
    assert IDEAL.communication == PERFECT
    assert PERFECT.is_prompt


def test_a_template_may_have_conditions_of_its_own() -> None:
    templates = (
        MeterTemplate(name="own", count=2, conditions=NIGHTLY),
        MeterTemplate(name="usual", count=2),
        MeterTemplate(name="same", count=1, conditions=NIGHTLY),
    )
    fleet = Fleet(FleetSpec(5, templates=templates, conditions=REALISTIC))
    assert [fleet.conditions[position] for position in fleet.conditions_of(np.array([4, 0, 2]))] == [
        NIGHTLY,
        NIGHTLY,
        REALISTIC,
    ]
    assert len(fleet.conditions) == 2
    assert fleet.conditions_at(3) == REALISTIC


def test_conditions_that_no_meter_has_are_not_among_those_of_the_fleet() -> None:
    only = MeterTemplate(name="own", count=2, conditions=NIGHTLY)
    assert Fleet(FleetSpec(2, templates=(only,), conditions=REALISTIC)).conditions == (NIGHTLY,)


def test_an_empty_fleet_has_conditions() -> None:
    assert Fleet(FleetSpec(0, conditions=REALISTIC)).conditions == (REALISTIC,)


# In the fleet file


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_named(read: Read, name: str) -> None:
    assert read(f"conditions: {name}\n{TEMPLATES}").conditions == PRESETS[name]


def test_a_file_without_conditions_is_ideal(read: Read) -> None:
    assert read(TEMPLATES).conditions == IDEAL


def test_a_key_of_an_aspect_replaces_that_of_the_preset(read: Read) -> None:
    spec = read(f"conditions: {{preset: realistic, communication: {{read_success: 90.5}}}}\n{TEMPLATES}")
    assert spec.conditions.communication.read_success == 9_050
    assert spec.conditions.communication.tries == REALISTIC.communication.tries


def test_without_a_preset_the_aspects_begin_ideal(read: Read) -> None:
    spec = read(f'conditions: {{communication: {{windows: ["22:00-02:00"]}}}}\n{TEMPLATES}')
    assert spec.conditions == NIGHTLY


def test_an_aspect_may_be_that_of_a_preset(read: Read) -> None:
    spec = read(f"conditions: {{preset: realistic, communication: ideal}}\n{TEMPLATES}")
    assert spec.conditions.communication == PERFECT


def test_conditions_of_a_template_begin_with_those_of_the_fleet(read: Read) -> None:
    spec = read("conditions: realistic\ntemplates: [{name: any, count: 1, conditions: {communication: {tries: 9}}}]")
    conditions = spec.templates[0].conditions
    assert conditions is not None
    assert (conditions.communication.tries, conditions.communication.dark) == (9, REALISTIC.communication.dark)


def test_a_template_without_conditions_leaves_them_to_the_fleet(read: Read) -> None:
    assert read(f"conditions: realistic\n{TEMPLATES}").templates[0].conditions is None


def test_every_key_of_communication_reaches_it_in_its_unit(read: Read) -> None:
    described = """
    windows: ["06:00-9:30", "22:00-24:00"]
    latency_median_ms: 800
    latency_spread_ms: 700
    read_success: 99.95
    tries: 4
    retry_after_s: 20
    collect_every_min: 60
    collected_within_day: 98
    late_spread_h: 6
    dark: 0.25
    dark_longest_days: 3
    drifting: 2
    drift_most_s_per_day: 8
    sync_every_days: 30
"""
    assert read(f"conditions:\n  communication:{described}{TEMPLATES}").conditions.communication == Communication(
        windows=(ReachabilityWindow(360, 570), ReachabilityWindow(1_320, 1_440)),
        latency_median_ms=800,
        latency_spread_ms=700,
        read_success=9_995,
        tries=4,
        retry_after_ms=20_000,
        collect_every_s=3_600,
        collected_within_day=9_800,
        late_spread_s=21_600,
        dark=25,
        dark_longest_days=3,
        drifting=200,
        drift_most_s_per_day=8,
        sync_every_days=30,
    )


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ("relistic", "line 1: conditions: there is no preset 'relistic'; did you mean 'realistic'?"),
        ("5", "line 1: conditions: there is no preset 5"),
        ("[ideal]", "line 1: conditions: there is no preset ['ideal']"),
        ("{present: ideal}", "line 1: conditions.present: there is no such key; did you mean 'preset'?"),
        ("{comunication: {}}", "conditions.comunication: there is no such key; did you mean 'communication'?"),
        ("\n  communication: {trys: 2}", "line 2: conditions.communication.trys: there is no such key; did you mean"),
        ("\n  communication:\n    tries: 0", "line 3: conditions.communication: tries is 1 to 16, not 0"),
        ("\n  communication:\n    tries: many", "line 3: conditions.communication.tries: a whole number is needed"),
        ("\n  communication: {dark: 101}", "line 2: conditions.communication.dark: 0 to 100 percent is needed"),
        ("\n  communication: {dark: 0.123}", "conditions.communication.dark: a percentage has at most two decimals"),
        ("\n  communication: {windows: [25:00-26:00]}", "windows: a window opens at 00:00 to 23:59"),
        ("\n  communication: {windows: [noon]}", "windows: a window is two times of day such as"),
        ("\n  communication: {windows: 06:00-07:00}", "windows: a list of windows is needed"),
        (
            "\n  communication: {collected_within_day: 90}",
            "communication: collected_within_day below 100 percent needs",
        ),
        ("\n  communication: {latency_median_ms: 11000}", "communication: retry_after (10000 ms) is at least"),
        ("\n  communication: relistic", "line 2: conditions.communication: there is no preset 'relistic'"),
    ],
)
def test_what_is_wrong_is_said_with_line_key_and_rule(read: Read, conditions: str, words: str) -> None:
    with pytest.raises(InvalidFleetFile) as refusal:
        read(f"conditions: {conditions}\n{TEMPLATES}")
    assert words in str(refusal.value)


def test_what_is_wrong_in_a_template_is_said_with_its_number(read: Read) -> None:
    with pytest.raises(InvalidFleetFile, match=r"line 1: templates\[0\]\.conditions: there is no preset"):
        read("templates: [{name: any, count: 1, conditions: perfect}]")


def test_every_aspect_and_key_can_be_described_and_says_what_it_is() -> None:
    assert set(ASPECTS) == set(Conditions.__dataclass_fields__)
    assert all("description" in key for key in COMMUNICATION.values())
    assert CONDITIONS.keys() == {"preset", *ASPECTS}


# What cannot be


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"read_success": 10_001}, "read_success is 0 to 100 percent, not 100.01"),
        ({"dark_longest_days": 15}, "dark_longest_days is 1 to 14, not 15"),
        ({"collect_every_s": -1}, "collect_every_s is 0 to 86400, not -1"),
    ],
)
def test_impossible_communication_is_refused(setting: dict[str, int], words: str) -> None:
    with pytest.raises(InvalidCommunication, match=words):
        Communication(**setting)


def test_a_window_without_length_is_refused() -> None:
    with pytest.raises(InvalidCommunication, match="06:00-06:00 has none"):
        ReachabilityWindow.parse("06:00-06:00")
