"""What happens in a session happens nowhere else, and happens as it does in the head end itself."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sessions.session_head_end import SessionHeadEnd, session_head_end, without_traces
from tests.support.soap_requests import get_meter_readings

METER = "M00000003"
NOBODY = {"url": "http://127.0.0.1:9/nobody"}


@pytest.fixture
def head_end(tmp_path: Path, database_url: str) -> Iterator[SessionHeadEnd]:
    with session_head_end(tmp_path, database_url) as opened, without_traces(opened):
        yield opened


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SessionHeadEnd]:
    """On SQLite, for tests that change nothing in it."""
    with session_head_end(tmp_path_factory.mktemp("quiet")) as opened:
        yield opened


def test_sessions_and_the_head_end_do_not_see_each_other(head_end: SessionHeadEnd) -> None:
    """State, events, what is queued for subscribers, the clock, and the journal."""
    one = head_end.session("one")
    head_end.json("POST", "subscriptions", NOBODY, "one")
    assert one.disconnect(METER).result == "OK"
    assert head_end.json("POST", "clock/advance", {"by": "PT1H", "wait": False}, "one")["now"] == "2026-03-02T13:00:00Z"

    def seen(session: str | None) -> tuple[object, ...]:
        return (
            head_end.json("GET", f"meters/{METER}", session=session)["switch"],
            len(head_end.json("GET", "subscriptions", session=session)["subscriptions"]),
            len(head_end.json("GET", "deliveries", session=session)["deliveries"]),
            len(head_end.json("GET", "controls", session=session)["controls"]),
            head_end.json("GET", "clock", session=session)["now"],
            len(head_end.json("GET", "journal", session=session)["exchanges"]),
        )

    untouched = ("connected", 0, 0, 0, "2026-03-02T12:00:00Z", 0)
    assert seen("one") == ("disconnected", 1, 1, 1, "2026-03-02T13:00:00Z", 1)
    assert seen("other") == untouched
    assert seen(None) == untouched


def test_a_reset_stays_in_its_session(head_end: SessionHeadEnd) -> None:
    for name in ("one", "other"):
        head_end.session(name).disconnect(METER)
    head_end.json("POST", "reset", session="one")
    assert head_end.json("GET", f"meters/{METER}", session="one")["switch"] == "connected"
    assert head_end.json("GET", f"meters/{METER}", session="other")["switch"] == "disconnected"


def test_the_same_calls_get_the_same_bytes_everywhere(quiet: SessionHeadEnd) -> None:
    def answered(path: str) -> bytes:
        answer = quiet.exchange(
            "POST", f"{path}/services/GetMeterReadings", [("Content-Type", "text/xml")], get_meter_readings(METER)
        )
        return answer.body

    assert answered("") == answered("/s/one") == answered("/s/a-quite-different.name_17")


def test_the_journal_of_a_session_tells_paths_that_count_from_the_session(quiet: SessionHeadEnd) -> None:
    quiet.session("recorded").read(METER)
    (entry,) = quiet.json("GET", "journal", session="recorded")["exchanges"]
    assert entry["service"] == "GetMeterReadings"
    assert quiet.json("GET", "journal/1", session="recorded")["path"] == "/services/GetMeterReadings"


def test_addresses_lead_back_into_the_session(quiet: SessionHeadEnd) -> None:
    session = quiet.session("linked")
    listing = json.loads(session.get("/services/", [("Accept", "application/json")]).body)
    assert {one["address"].partition("/services/")[0] for one in listing["services"]} == {
        "http://head-end.test/s/linked"
    }
    wsdl = session.get("/services/GetMeterReadings?wsdl").body
    assert b'location="http://head-end.test/s/linked/services/GetMeterReadings"' in wsdl
    assert session.get("/services/xsd/Message.xsd").status == 200
    assert session.get("/").header("Location") == "/s/linked/services/"
    assert session.get("").header("Location") == "/s/linked/services/"


def test_the_control_api_of_a_session_describes_where_it_is(quiet: SessionHeadEnd) -> None:
    described = quiet.json("GET", "openapi.json", session="described")
    assert described["servers"] == [{"url": "/s/described"}]
    assert "servers" not in quiet.json("GET", "openapi.json")
    assert quiet.control("GET", "docs", session="described").status == 200
    problem = json.loads(quiet.control("GET", "colck", session="described").body)
    assert problem["type"].startswith("/s/described/control/v1/docs#problem-")


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/version"])
def test_a_session_answers_for_its_health(quiet: SessionHeadEnd, path: str) -> None:
    assert quiet.session("healthy").get(path).status == 200


def test_a_session_has_no_sessions(quiet: SessionHeadEnd) -> None:
    answer = quiet.control("GET", "sessions", session="nested")
    assert answer.status == 409
    assert "without /s/NAME in front" in json.loads(answer.body)["remedy"]
    assert quiet.session("nested").get("/s/deeper/services/").status == 404
