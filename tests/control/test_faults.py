"""Faults are set, listed and taken away by /control/v1/faults, and refused with a reason."""

from typing import Any

import pytest

from tests.control.control_api import ControlApi

STATUS = {"kind": "http-status", "status": 502, "match": {"service": "GetMeterReadings"}, "times": 2}


def faults(control: ControlApi) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = control.get("faults")["faults"]
    return found


def test_a_fault_is_told_as_it_stands(control: ControlApi) -> None:
    made = control.post("faults", STATUS | {"probability": 0.5, "delay": "PT2S"})
    assert faults(control) == [made]
    del made["mrid"]
    nothing = dict.fromkeys(["direction", "operation", "noun", "verb", "meter", "destination", "correlation_id"])
    assert made == {
        "kind": "http-status",
        "match": {"service": "GetMeterReadings", **nothing},
        "probability": 0.5,
        "delay_s": 2,
        "parameters": {"status": 502, "retry_after": None},
        "times": 2,
        "used": 0,
        "origin": "control",
        "created": "2026-03-02T12:00:00Z",
    }


def test_what_is_left_out_is_told_with_its_default(control: ControlApi) -> None:
    told = [control.post("faults", {"kind": kind})["parameters"] for kind in ("truncated", "slow-drip", "stale-data")]
    assert told == [{"bytes": None, "fraction": 0.5}, {"bytes_per_second": 500}, {"age": 3600}]


def test_a_late_reply_has_the_usual_delay_of_the_ordering(control: ControlApi) -> None:
    assert control.post("faults", {"kind": "late-reply"})["delay_s"] == 60


def test_faults_and_orderings_do_not_mix(control: ControlApi) -> None:
    fault, ordering = control.post("faults", STATUS), control.post("orderings", {"kind": "never"})
    assert [one["mrid"] for one in faults(control)] == [fault["mrid"]]
    assert control.call("DELETE", f"faults/{ordering['mrid']}").status == 404
    assert control.call("DELETE", f"orderings/{fault['mrid']}").status == 404
    assert control.call("DELETE", "orderings").status == 204
    assert faults(control) == [fault]
    assert control.call("DELETE", "faults").status == 204
    assert faults(control) == []


def test_one_is_removed_and_the_others_stay(control: ControlApi) -> None:
    first, second = control.post("faults", STATUS), control.post("faults", STATUS)
    assert control.call("DELETE", f"faults/{first['mrid']}").status == 204
    assert faults(control) == [second]


def test_a_reset_forgets_them(control: ControlApi) -> None:
    control.post("faults", STATUS)
    control.call("POST", "reset")
    assert faults(control) == []


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"kind": "http-statu"}, "there is no kind 'http-statu'; did you mean 'http-status'"),
        ({"kind": "http-status", "code": "5.1"}, "takes no code; it takes status, retry_after"),
        ({"kind": "malformed-xml", "bytes": 5}, "takes no bytes; it takes none of its own"),
        ({"kind": "truncated", "bytes": 5, "fraction": 0.1}, "bytes or fraction, not both"),
        ({"kind": "reply-code"}, "the kind 'reply-code' needs code"),
        ({"kind": "reply-code", "code": "5.99"}, "there is no reply code '5.99'; did you mean '5.9'"),
        ({"kind": "schema-invalid", "how": "badly"}, "unknown-element"),
        ({"kind": "http-status", "status": 99}, "greater than or equal to 200"),
        ({"kind": "reset", "probability": 0}, "greater than 0"),
        ({"kind": "reset", "delay": "PT11M"}, "give more than 0 and at most 600 s"),
        ({"kind": "lost-reply", "delay": "PT1S"}, "takes no delay"),
        ({"kind": "stale-data", "age": "PT0S"}, "is none that data can have"),
        ({"kind": "http-status", "match": {"direction": "message"}}, "acts on answers only"),
        ({"kind": "http-status", "match": {"destination": "http://mdm.example"}}, "acts on answers only"),
        ({"kind": "duplicate", "match": {"service": "GetMeterReadings"}}, "acts on messages only"),
        ({"kind": "reset", "match": {"direction": "message", "service": "GetMeterReadings"}}, "has no service"),
        ({"kind": "reset", "match": {"direction": "answer", "destination": "http://mdm.example"}}, "has no answer"),
    ],
    ids=str,
)
def test_a_fault_that_cannot_be_is_refused_with_the_reason(
    control: ControlApi, fault: dict[str, Any], sentence: str
) -> None:
    answered = control.call("POST", "faults", fault)
    assert answered.status == 422
    assert sentence in " ".join(one["what"] for one in answered.body["errors"])


@pytest.mark.parametrize(
    ("match", "sentence"),
    [
        ({"service": "GetMeterReading"}, "there is no service 'GetMeterReading'; did you mean 'GetMeterReadings'"),
        ({"operation": "CreateMeterConfigs"}, "there is no operation 'CreateMeterConfigs'; did you mean"),
        ({"noun": "Readings"}, "there is no noun 'Readings'"),
        ({"verb": "gets"}, "there is no verb 'gets'"),
        ({"meter": "M9"}, "there is no meter 'M9'"),
    ],
    ids=str,
)
def test_a_match_names_what_there_is(control: ControlApi, match: dict[str, str], sentence: str) -> None:
    answered = control.call("POST", "faults", {"kind": "reset", "match": match})
    assert answered.status in (404, 422)
    assert sentence in answered.body["detail"]
