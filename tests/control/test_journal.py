"""/control/v1/journal: what crossed the wire, from outside."""

import json
import threading
import zipfile
from io import BytesIO
from typing import Any

import pytest

from tests.control.control_api import JSON, ControlApi
from tests.support.client import XML
from tests.support.soap_requests import get_meter_readings


def listed(control: ControlApi, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = control.get(f"journal?{query}")["exchanges"]
    return found


def test_an_exchange_is_listed_with_what_it_is_found_by(control: ControlApi) -> None:
    control.head_end.control("M00000003", "M99", fields={"MessageID": "m-1", "Source": "mdm"})
    (one,) = listed(control)
    sizes = one.pop("request_bytes"), one.pop("response_bytes")
    assert all(size > 500 for size in sizes)
    del one["names"]
    assert one == {
        "number": 1,
        "direction": "in",
        "at": "2026-03-02T12:00:00Z",
        "machine_at": "2026-03-02T12:00:00Z",
        "took_s": 0.0,
        "peer": "",
        "path": "/services/ExecuteEndDeviceControls",
        "service": "ExecuteEndDeviceControls",
        "operation": "CreateEndDeviceControls",
        "soap_action": None,
        "verb": "create",
        "noun": "EndDeviceControls",
        "source": "mdm",
        "message_id": "m-1",
        "correlation_id": None,
        "status": 200,
        "result": "PARTIAL",
        "codes": ["2.4", "0.2"],
        "asked": "create EndDeviceControls, 1 control, M00000003 RCDSwitch.-.Disconnect, M99 RCDSwitch.-.Disconnect",
        "answered": "PARTIAL 2.4 0.2",
        "failure": None,
        "outcome": None,
        "notes": [],
    }


def test_exchanges_come_page_by_page_in_both_orders(control: ControlApi) -> None:
    for number in range(5):
        control.head_end.read(f"M0000000{number}")
    first = control.get("journal?limit=2")
    assert ([one["number"] for one in first["exchanges"]], first["next"]) == ([1, 2], 2)
    assert [one["number"] for one in listed(control, "after=2&limit=3")] == [3, 4, 5]
    newest = control.get("journal?limit=2&newest_first=true")
    assert ([one["number"] for one in newest["exchanges"]], newest["next"]) == ([5, 4], 4)
    last = control.get("journal?limit=3&newest_first=true&before=4")
    assert ([one["number"] for one in last["exchanges"]], last["next"]) == ([3, 2, 1], None)
    assert (last["recording"], last["kept"], last["dropped"], last["waiting"]) == (True, 5, 0, 0)


def test_a_meter_is_found_by_its_mrid_where_only_its_name_was_said(control: ControlApi) -> None:
    mrid = control.get("meters/M00000003")["mRID"]
    control.head_end.control("M00000003")
    control.head_end.control("M00000004")
    assert [one["number"] for one in listed(control, f"meter={mrid}")] == [1]


def test_an_exchange_is_shown_with_its_envelopes(control: ControlApi) -> None:
    asked = get_meter_readings("M00000003")
    control.head_end.post("GetMeterReadings", asked)
    whole = control.get("journal/1")
    assert whole["request"]["text"].startswith('<soap:Envelope xmlns:soap="')
    assert "\n      <Header" in whole["request"]["text"]
    assert {"name": "Content-Type", "value": XML} in whole["request"]["headers"]
    assert (whole["request"]["length"], whole["request"]["kept"]) == (len(asked), len(asked))
    assert control.get("journal/1?indent=false")["request"]["text"] == asked.decode()
    assert (whole["validation"], whole["near_miss"], whole["links"], whole["lint"]) == ([], None, [], [])


def test_what_was_wrong_is_shown(control: ControlApi) -> None:
    control.head_end.http("POST", "/services/GetMeterReading", [("Content-Type", "text/plain")], b"<a/>")
    whole = control.get("journal/1")
    assert whole["near_miss"]["path"] == "/services/GetMeterReadings"
    assert len(whole["near_miss"]["differs"]) == 4
    assert whole["validation"][0]["part"] == "request"


def test_what_belongs_together_is_shown(control: ControlApi) -> None:
    for _ in range(2):
        control.head_end.disconnect("M00000003", fields={"MessageID": "m-1", "Source": "mdm"})
    (link,) = control.get("journal/1")["links"]
    assert (link["relation"], link["number"]) == ("same message", 2)


def test_the_envelopes_come_byte_for_byte_and_are_never_run(control: ControlApi) -> None:
    asked = get_meter_readings("M00000003")
    answer = control.head_end.http("POST", "/services/GetMeterReadings", [("Content-Type", XML)], asked)
    for part, body in (("request", asked), ("response", answer.body)):
        shown = control.raw("GET", f"/control/v1/journal/1/{part}")
        assert (shown.status, shown.body) == (200, body)
        assert (shown.header("Content-Type") or "").startswith("text/xml")
        assert shown.header("Content-Security-Policy") == "sandbox; default-src 'none'"
        assert shown.header("X-Content-Type-Options") == "nosniff"


def test_an_answer_that_never_came_is_not_found(control: ControlApi) -> None:
    control.post("orderings", {"kind": "never", "match": {}})
    control.head_end._exchange("POST", "/services/GetMeterReadings", [("Content-Type", XML)], get_meter_readings("M1"))
    assert control.call("GET", "journal/1/response").status == 404
    assert control.get("journal/1")["response"] is None
    assert control.call("GET", "journal/2").status == 404


def test_a_wait_answers_with_what_came(control: ControlApi) -> None:
    threading.Timer(0.1, lambda: control.head_end.read("M00000003")).start()
    found = control.post("journal/wait", {"match": {"meter": "M00000003"}, "timeout": "PT20S"})["exchanges"]
    assert [one["operation"] for one in found] == ["GetMeterReadings"]


def test_a_wait_in_vain_says_what_came_instead(control: ControlApi) -> None:
    control.head_end.read("M00000003")
    answered = control.call("POST", "journal/wait", {"match": {"verb": "create"}, "timeout": "PT0.01S"})
    assert answered.status == 408
    assert answered.body["type"].endswith("#problem-timeout")
    assert "1. get MeterReadings, M00000003: OK, 1 meter, 1 reading" in answered.body["detail"]


@pytest.mark.parametrize("timeout", ["PT301S", "-PT1S", "P1Y", 5])
def test_a_wait_is_bounded(control: ControlApi, timeout: Any) -> None:
    assert control.call("POST", "journal/wait", {"match": {}, "timeout": timeout}).status == 422


def test_waits_leave_threads_for_what_they_wait_for(control: ControlApi) -> None:
    codes: list[int] = []

    def wait() -> None:
        codes.append(control.call("POST", "journal/wait", {"match": {"verb": "x"}, "timeout": "PT1S"}).status)

    threads = [threading.Thread(target=wait) for _ in range(9)]  # of 16 threads
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [408] * 8 + [409]


def test_a_misspelt_criterion_is_refused_with_what_was_meant(control: ControlApi) -> None:
    answered = control.call("GET", "journal?metre=M1")
    assert answered.status == 422
    assert "did you mean 'meter'?" in answered.body["detail"]


def test_a_criterion_twice_is_refused(control: ControlApi) -> None:
    answered = control.call("GET", "journal?meter=M1&meter=M2")
    assert (answered.status, answered.body["detail"]) == (422, "query.meter: it is given more than once")


def test_clearing_forgets_all_and_numbers_go_on(control: ControlApi) -> None:
    control.head_end.read("M00000003")
    assert control.call("DELETE", "journal").status == 204
    assert listed(control) == []
    control.head_end.read("M00000003")
    assert [one["number"] for one in listed(control)] == [2]


def test_a_reset_clears_it_unless_told_not_to(control: ControlApi) -> None:
    control.head_end.read("M00000003")
    control.post("reset?keep_journal=true")
    assert len(listed(control)) == 1
    control.post("reset")
    assert listed(control) == []


def test_all_of_it_comes_as_a_zip_file(control: ControlApi) -> None:
    for meter in ("M00000003", "M00000004"):
        control.head_end.read(meter)
    answer = control.raw("GET", "/control/v1/journal.zip?meter=M00000004")
    assert (answer.status, answer.header("Content-Type")) == (200, "application/zip")
    with zipfile.ZipFile(BytesIO(answer.body)) as archive:
        (line,) = archive.read("index.jsonl").splitlines()
        assert json.loads(line)["asked"] == "get MeterReadings, M00000004"
        assert archive.read("000002-in-GetMeterReadings-request.xml") == get_meter_readings("M00000004")


def test_a_page_of_somebody_else_may_not_clear_it(control: ControlApi) -> None:
    answer = control.raw("DELETE", "/control/v1/journal", [("Origin", "http://evil.example"), JSON])
    assert answer.status == 403
