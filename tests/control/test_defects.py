"""Readings of a meter go wrong by /control/v1/defects, and right again."""

import pytest

from tests.control.control_api import ControlApi
from tests.support.readings import intervals
from tests.support.soap_requests import LOAD_PROFILE

GAP = {"meter": "M00000003", "kind": "gap", "start": "2026-03-02T00:00:00Z", "end": "2026-03-02T06:00:00Z"}
MORNING = ("2026-03-02T00:00:00Z", "2026-03-02T12:00:00Z")


def values_of_the_morning(control: ControlApi) -> int:
    return len(intervals(control.head_end.read("M00000003", reading_types=[LOAD_PROFILE], period=MORNING)))


def test_a_gap_is_put_in_explained_and_taken_away_again(control: ControlApi) -> None:
    made = control.post("defects", GAP)
    assert (made["meter_name"], made["kind"], made["marked"]) == ("M00000003", "gap", True)
    assert control.get("defects?meter=M00000003")["defects"] == [made]
    assert values_of_the_morning(control) == 24
    assert control.call("DELETE", f"defects/{made['mrid']}").status == 204
    assert values_of_the_morning(control) == 48
    assert control.get("defects")["defects"] == []


@pytest.mark.parametrize(
    ("wrong", "status", "told"),
    [
        ({"meter": "nobody"}, 404, "there is no meter 'nobody'"),
        ({"kind": "gab"}, 422, "gap"),
        ({"end": "2026-03-01T00:00:00Z"}, 422, "end"),
        ({"parameters": {"height": 3}}, 422, "height"),
    ],
    ids=["unknown meter", "unknown kind", "ends before it starts", "unknown parameter"],
)
def test_a_defect_that_cannot_be_is_refused_with_its_rule(
    control: ControlApi, wrong: dict[str, object], status: int, told: str
) -> None:
    answer = control.call("POST", "defects", {**GAP, **wrong})
    assert (answer.status, told in answer.body["detail"]) == (status, True), answer.body
    assert control.get("defects")["defects"] == []


def test_a_defect_that_nobody_put_in_cannot_be_taken_away(control: ControlApi) -> None:
    assert control.call("DELETE", "defects/none").status == 404
