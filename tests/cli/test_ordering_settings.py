"""Orderings in the settings: the same model as in the control API, and mistakes told with their line."""

from datetime import timedelta
from pathlib import Path

import pytest

from headend.config import InvalidSettings, Settings, load_settings
from headend.operations.mischief import MischiefMatch, MischiefWish
from headend.operations.orderings import OrderingKind


def settings(directory: Path, text: str) -> Settings:
    file = directory / "headend.yaml"
    file.write_text(f"port: 0\norderings:\n{text}")
    return load_settings(file, {})


def test_what_is_asked_for_is_read(tmp_path: Path) -> None:
    text = """\
  - kind: late
    match: {noun: EndDeviceEvents, verb: created, meter: M00000003}
    delay: PT5M
    times: 2
"""
    (one,) = settings(tmp_path, text).orderings
    match = MischiefMatch(noun="EndDeviceEvents", verb="created", meter="M00000003")
    assert one.wish() == MischiefWish(OrderingKind.LATE, match, timedelta(minutes=5).total_seconds(), 2)


def test_a_kind_alone_is_for_everything(tmp_path: Path) -> None:
    (one,) = settings(tmp_path, "  - kind: never\n").orderings
    assert one.wish() == MischiefWish(OrderingKind.NEVER, MischiefMatch(), None, None)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("  - kind: layt\n", "line 2: orderings.0.kind: there is no kind 'layt'.*late"),
        ("  - {kind: twice, delay: PT1M}\n", "the kind 'twice' takes no delay"),
        ("  - {kind: late, delay: 5 minutes}\n", "orderings.0.delay: a duration is ISO 8601"),
        ("  - {kind: late, delay: P31D}\n", "at most 2592000 s"),
        ("  - {kind: late, times: 0}\n", "orderings.0.times"),
        ("  - {kind: late, match: {noun: EndDeviceEvent}}\n", "noun 'EndDeviceEvent'.*EndDeviceEvents"),
        ("  - {kind: late, match: {verb: creatd}}\n", "verb 'creatd'.*created"),
        ("  - {kind: late, match: {metre: M1}}\n", "orderings.0.match.metre"),
        ("  - {match: {noun: EndDeviceEvents}}\n", "orderings.0.kind: Field required"),
    ],
)
def test_a_mistake_is_told_where_it_stands(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InvalidSettings, match=sentence):
        settings(tmp_path, text)
