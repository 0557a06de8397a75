"""Faults in the settings: the same model as in the control API, and mistakes told with their line."""

from pathlib import Path

import pytest

from headend.config import InvalidSettings, Settings, load_settings
from headend.operations.faults import FaultKind
from headend.operations.mischief import Direction, MischiefMatch, MischiefWish


def settings(directory: Path, text: str) -> Settings:
    file = directory / "headend.yaml"
    file.write_text(f"port: 0\nfaults:\n{text}")
    return load_settings(file, {})


def test_what_is_asked_for_is_read(tmp_path: Path) -> None:
    text = """\
  - kind: stale-data
    match: {direction: answer, service: GetMeterReadings, meter: M00000003}
    probability: 0.25
    delay: PT2S
    times: 2
    age: PT3H
"""
    (one,) = settings(tmp_path, text).faults
    match = MischiefMatch(direction=Direction.ANSWER, service="GetMeterReadings", meter="M00000003")
    assert one.wish() == MischiefWish(FaultKind.STALE_DATA, match, 2.0, 2, 0.25, {"age": 10_800.0})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("  - kind: resett\n", "line 2: faults.0.kind: there is no kind 'resett'.*reset"),
        ("  - {kind: reset, status: 503}\n", "the kind 'reset' takes no status"),
        ("  - {kind: reset, match: {service: GetMeterReading}}\n", "service 'GetMeterReading'.*GetMeterReadings"),
        ("  - {kind: reset, match: {sevice: GetMeterReadings}}\n", "faults.0.match.sevice"),
        ("  - {match: {noun: EndDeviceEvents}}\n", "faults.0.kind: Field required"),
    ],
)
def test_a_mistake_is_told_where_it_stands(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InvalidSettings, match=sentence):
        settings(tmp_path, text)
