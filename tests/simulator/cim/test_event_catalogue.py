"""The catalogue of event types: found by code, name and group, and which event ends what another one began."""

import pytest

from simulator.cim.end_device_event_type import EndDeviceEventType
from simulator.cim.event_catalogue import (
    UnknownEventType,
    event_groups,
    event_pairs,
    find_event_type,
    find_events,
    find_group,
    is_listed,
    listed_events,
    topic_of,
)


def test_every_listed_event_is_a_valid_type_of_its_usual_device() -> None:
    assert all(one.of_device(one.usual_type).mnemonic == one.mnemonic for one in listed_events())


def test_no_two_rows_have_one_code_or_one_name() -> None:
    assert len({one.key for one in listed_events()}) == len({one.mnemonic for one in listed_events()}) == 433


@pytest.mark.clause("61968-9:2013 Annex E")
@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("Power.Voltage.SagStarted", "Power.Voltage.SagStopped"),
        ("Power.-.Failed", "Power.-.Restored"),
        ("Power.Voltage.MinLimitReached", "Power.Voltage.Normal"),
        ("Power.Voltage.MaxLimitReached", "Power.Voltage.MaxLimitReachedCleared"),
        ("Communication.-.Failed", "Communication.-.Re-established"),
        ("Network.Radio.LossDetected", "Network.Radio.Registered"),
        ("Battery.Charge.MinLimitReached", "Battery.Charge.Normal"),
        ("Security.Flow.Reversed", "Security.Flow.Cleared"),
    ],
)
def test_what_begins_has_the_end_of_its_own_domain_and_sub_domain(begins: str, ends: str) -> None:
    found = find_events(begins)[0].ends_with
    assert found is not None
    assert found.mnemonic == ends


def test_what_no_row_ends_has_no_end() -> None:
    assert find_events("Security.-.TamperDetected")[0].ends_with is None


def test_an_end_begins_nothing() -> None:
    assert not set(event_pairs()) & set(event_pairs().values())


def test_groups_hold_every_listed_event() -> None:
    assert {one for members in event_groups().values() for one in members} == set(listed_events())


@pytest.mark.parametrize("name", ["PowerQuality", "power_quality", "power quality", "POWER-QUALITY"])
def test_a_group_is_found_whatever_its_case_and_separators(name: str) -> None:
    assert find_group(name) == event_groups()["PowerQuality"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("3.26.0.85", "3.26.0.85"),
        ("*.26.0.85", "4.26.0.85"),
        (" 24.26.0.85 ", "24.26.0.85"),
        ("Power.-.Failed", "4.26.0.85"),
        ("power.-.failed", "4.26.0.85"),
        ("3.26.0.243", "3.26.0.243"),
    ],
)
def test_an_event_type_is_found_by_code_and_by_name(words: str, code: str) -> None:
    assert find_event_type(words, device_type=4).code == code


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("Power.-.Faild", "did you mean Power.-.Failed"),
        ("3.26.0.850", "did you mean 3.26.0.85"),
        ("3.26.0", "has 3; did you mean 3.26.0.85"),
        ("3.99.0.85", "domain of event type 3.99.0.85 is 99"),
        ("-1.26.0.85", "which table enddevice-type does not list"),
        ("", "there is no event type ''"),
    ],
)
def test_what_names_no_event_type_is_refused_with_near_misses(words: str, hint: str) -> None:
    with pytest.raises(UnknownEventType) as refused:
        find_event_type(words)
    assert hint in str(refused.value)


def test_a_word_near_a_group_is_answered_with_the_group() -> None:
    with pytest.raises(UnknownEventType, match="did you mean Tamper"):
        find_events("tampr")


def test_rates_and_lists_take_listed_codes_only() -> None:
    with pytest.raises(UnknownEventType, match="in no list of Annex E"):
        find_events("3.26.0.243")


def test_a_combination_that_no_list_has_is_told_from_the_listed_ones() -> None:
    listed, unlisted = EndDeviceEventType.parse("24.26.0.85"), EndDeviceEventType.parse("3.26.0.243")
    assert (is_listed(listed), is_listed(unlisted)) == (True, False)
    assert (topic_of(listed), topic_of(unlisted)) == ("Power", None)
