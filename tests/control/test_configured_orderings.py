"""Orderings of the settings act like all others, and are there again after a reset."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOON
from tests.control.control_api import ControlApi
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.soap_requests import get_meter_readings

WRONG_ONCE = {"kind": "wrong-correlation", "match": {"meter": "M00000003", "verb": "get"}, "times": 1}
MARKED = {"CorrelationID": "x-1"}


def opened(directory: Path) -> Any:
    return in_process(directory, NOON, orderings=(WRONG_ONCE,))


@pytest.fixture
def nasty(tmp_path: Path) -> Iterator[InProcessHeadEnd]:
    with opened(tmp_path) as head_end:
        yield head_end


def correlation_of(head_end: InProcessHeadEnd, meter: str) -> str | None:
    return head_end.post("GetMeterReadings", get_meter_readings(meter, fields=MARKED)).header["CorrelationID"]


def listed(head_end: InProcessHeadEnd) -> list[tuple[str, str, int]]:
    found = ControlApi(head_end).get("orderings")["orderings"]
    return [(one["kind"], one["origin"], one["used"]) for one in found]


def test_one_acts_as_often_as_it_is_to(nasty: InProcessHeadEnd) -> None:
    assert correlation_of(nasty, "M00000004") == "x-1"
    assert correlation_of(nasty, "M00000003") != "x-1"
    assert correlation_of(nasty, "M00000003") == "x-1"
    assert listed(nasty) == [("wrong-correlation", "settings", 1)]


def test_it_stands_before_those_that_are_asked_for_later(nasty: InProcessHeadEnd) -> None:
    ControlApi(nasty).post("orderings", {"kind": "late", "delay": "PT1S"})
    assert [kind for kind, _origin, _used in listed(nasty)] == ["wrong-correlation", "late"]


def test_a_reset_lets_it_begin_anew(nasty: InProcessHeadEnd) -> None:
    correlation_of(nasty, "M00000003")
    ControlApi(nasty).call("POST", "reset")
    assert listed(nasty) == [("wrong-correlation", "settings", 0)]
    assert correlation_of(nasty, "M00000003") != "x-1"


@pytest.mark.parametrize("path", ["orderings", "orderings/{mrid}"])
def test_it_can_be_removed_until_the_next_reset(nasty: InProcessHeadEnd, path: str) -> None:
    control = ControlApi(nasty)
    mrid = control.get("orderings")["orderings"][0]["mrid"]
    assert control.call("DELETE", path.format(mrid=mrid)).status == 204
    assert listed(nasty) == []
    assert correlation_of(nasty, "M00000003") == "x-1"
    assert control.call("DELETE", f"orderings/{mrid}").status == 404
    control.call("POST", "reset")
    assert listed(nasty) == [("wrong-correlation", "settings", 0)]


def test_what_it_has_done_counts_over_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as first:
        assert correlation_of(first, "M00000003") != "x-1"
    with opened(tmp_path) as second:
        assert correlation_of(second, "M00000003") == "x-1"
