"""Orderings are made, listed and taken away by /control/v1/orderings."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOON, STEPPED
from tests.control.control_api import ControlApi
from tests.support.in_process import in_process

LATE = {"kind": "late", "match": {"noun": "EndDeviceEvents", "verb": "created"}, "delay": "PT5M", "times": 2}


def orderings(control: ControlApi) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = control.get("orderings")["orderings"]
    return found


def test_an_ordering_is_told_as_it_stands(control: ControlApi) -> None:
    made = control.post("orderings", LATE)
    assert orderings(control) == [made]
    del made["mrid"]
    assert made == {
        "kind": "late",
        "match": {
            "noun": "EndDeviceEvents",
            "verb": "created",
            "meter": None,
            "destination": None,
            "correlation_id": None,
        },
        "delay_s": 300,
        "times": 2,
        "used": 0,
        "origin": "control",
        "created": "2026-03-02T12:00:00Z",
    }


@pytest.mark.parametrize(
    ("kind", "delay_s"), [("late", 60), ("swapped", 3600), ("before-acknowledgement", 10), ("twice", 0)]
)
def test_a_kind_has_its_usual_delay(control: ControlApi, kind: str, delay_s: float) -> None:
    assert control.post("orderings", {"kind": kind})["delay_s"] == delay_s


def test_a_meter_is_named_by_name_or_mrid_and_told_by_name(control: ControlApi) -> None:
    mrid = control.get("meters/M00000003")["mRID"]
    told = [control.post("orderings", {"kind": "twice", "match": {"meter": one}}) for one in (mrid, "M00000003")]
    assert [one["match"]["meter"] for one in told] == ["M00000003", "M00000003"]


def test_the_same_ordering_may_be_made_twice(control: ControlApi) -> None:
    assert control.post("orderings", LATE)["mrid"] != control.post("orderings", LATE)["mrid"]


def test_one_is_removed_and_the_others_stay(control: ControlApi) -> None:
    first, second = control.post("orderings", LATE), control.post("orderings", LATE)
    assert control.call("DELETE", f"orderings/{first['mrid']}").status == 204
    assert orderings(control) == [second]


def test_all_are_removed(control: ControlApi) -> None:
    control.post("orderings", LATE)
    control.post("orderings", LATE)
    assert control.call("DELETE", "orderings").status == 204
    assert orderings(control) == []


def test_a_reset_forgets_them(control: ControlApi) -> None:
    control.post("orderings", LATE)
    control.call("POST", "reset")
    assert orderings(control) == []


def test_an_unknown_one_is_not_found(control: ControlApi) -> None:
    answered = control.call("DELETE", "orderings/nobody")
    assert (answered.status, answered.body["detail"]) == (404, "there is no ordering 'nobody'")


@pytest.mark.parametrize(
    ("form", "status", "sentence"),
    [
        ({"kind": "sometimes"}, 422, "never, event-only"),
        ({"kind": "late", "match": {"noun": "MeterReading"}}, 422, "did you mean 'MeterReadings'?"),
        ({"kind": "late", "match": {"verb": "cancelled"}}, 422, "did you mean 'canceled'?"),
        ({"kind": "late", "match": {"meter": "nobody"}}, 404, "there is no meter 'nobody'"),
        ({"kind": "twice", "delay": "PT1M"}, 422, "the kind 'twice' takes no delay"),
        ({"kind": "late", "delay": "PT0S"}, 422, "a delay of 0 s is no delay of an ordering"),
        ({"kind": "late", "delay": "P31D"}, 422, "no delay of an ordering"),
        ({"kind": "late", "delay": "soon"}, 422, "ISO 8601"),
        ({"kind": "late", "times": 0}, 422, "times"),
        ({"kind": "late", "match": {"colour": "red"}}, 422, "colour"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused_and_nothing_kept(
    control: ControlApi, form: dict[str, Any], status: int, sentence: str
) -> None:
    answered = control.call("POST", "orderings", form)
    assert (answered.status, sentence in answered.body["detail"]) == (status, True), answered
    assert orderings(control) == []


def test_another_process_on_the_database_goes_by_it(control: ControlApi, tmp_path: Path, database_url: str) -> None:
    control.post("orderings", {"kind": "wrong-correlation"})
    with in_process(tmp_path, NOON, clock=STEPPED, database=database_url) as other:
        assert other.read("M00000001", fields={"CorrelationID": "x-1"}).header["CorrelationID"] != "x-1"
    assert orderings(control)[0]["used"] == 1
