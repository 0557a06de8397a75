"""Faults of the settings act like all others, and are there again after a reset."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.control.control_api import ControlApi
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.soap_requests import get_meter_readings

METER = "M00000003"
ONCE = {"kind": "http-status", "match": {"meter": METER}, "times": 1}
ASK = get_meter_readings(METER)


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[InProcessHeadEnd]:
    with in_process(
        tmp_path, NOON, faults=(ONCE,), orderings=({"kind": "never", "match": {"verb": "cancel"}},)
    ) as opened:
        yield opened


def listed(head_end: InProcessHeadEnd) -> list[tuple[str, str, int]]:
    found = ControlApi(head_end).get("faults")["faults"]
    return [(one["kind"], one["origin"], one["used"]) for one in found]


def test_one_acts_as_often_as_it_is_to_and_anew_after_a_reset(faulty: InProcessHeadEnd) -> None:
    for _ in range(2):
        assert listed(faulty) == [("http-status", "settings", 0)]
        assert faulty.broken("GetMeterReadings", ASK).status == 503
        assert faulty.read(METER).result == "OK"
        assert listed(faulty) == [("http-status", "settings", 1)]
        ControlApi(faulty).call("POST", "reset")


def test_it_is_cleared_until_the_next_reset_and_orderings_stay(faulty: InProcessHeadEnd) -> None:
    control = ControlApi(faulty)
    assert control.call("DELETE", "faults").status == 204
    assert listed(faulty) == []
    assert len(control.get("orderings")["orderings"]) == 1
    assert faulty.read(METER).result == "OK"
    control.call("POST", "reset")
    assert listed(faulty) == [("http-status", "settings", 0)]


def test_chance_draws_the_same_in_every_run(tmp_path: Path) -> None:
    runs = []
    fault = {"kind": "reply-code", "code": "5.1", "probability": 0.5}
    for number in range(2):
        directory = tmp_path / str(number)
        directory.mkdir()
        with in_process(directory, NOON, meters=10, faults=(fault,)) as one:
            runs.append([one.read(METER).result for _ in range(12)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {"OK", "FAILED"}
