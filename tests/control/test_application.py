"""The control API as a whole: described, guarded, and out of the way of whoever does not use it."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.control.control_api import JSON, ControlApi
from tests.support.in_process import in_process

ADVANCE = b'{"by": "PT0S"}'


def test_the_description_is_openapi_3_1(quiet: ControlApi) -> None:
    assert quiet.get("openapi.json")["openapi"].startswith("3.1")


def test_every_reference_of_the_description_leads_somewhere(quiet: ControlApi) -> None:
    text = quiet.raw("GET", "/control/v1/openapi.json").body.decode()
    spec = json.loads(text)
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert named <= set(spec["components"]["schemas"])


def test_every_operation_says_in_a_sentence_what_it_does(quiet: ControlApi) -> None:
    spec = quiet.get("openapi.json")
    summaries = [operation["summary"] for path in spec["paths"].values() for operation in path.values()]
    assert all(summary.endswith(".") for summary in summaries), summaries


def test_the_page_shows_every_operation_and_loads_nothing(quiet: ControlApi) -> None:
    page = quiet.raw("GET", "/control/v1/docs").body.decode()
    HTMLParser().feed(page)
    assert all(f"<code>{path}</code>" in page for path in quiet.get("openapi.json")["paths"])
    assert not re.search(r"<script|<link|src=|@import|https?://(?!127\.0\.0\.1|mdm)", page)


def test_the_page_of_the_documentation_tells_of_every_operation(quiet: ControlApi) -> None:
    table = (Path(__file__).parents[2] / "docs" / "control-api.md").read_text("utf-8")
    told = re.findall(r"^\| `([A-Z|]+) ([^ ?`]+)", table, re.MULTILINE)
    described = {
        (method.upper(), re.sub(r"{\w+}", "{}", path.removeprefix("/control/v1/")))
        for path, operations in quiet.get("openapi.json")["paths"].items()
        for method in operations
    }
    assert {(method, re.sub(r"{\w+}", "{}", path)) for method, path in told} == described


def test_the_type_of_a_problem_leads_to_its_explanation(quiet: ControlApi) -> None:
    page, _, anchor = quiet.call("GET", "colck").body["type"].partition("#")
    assert f"id='{anchor}'" in quiet.raw("GET", page).body.decode()


def test_a_misspelt_address_is_told_what_was_meant(quiet: ControlApi) -> None:
    assert "did you mean '/control/v1/clock'?" in quiet.call("GET", "colck").body["detail"]


def test_a_wrong_method_is_told_the_right_one(quiet: ControlApi) -> None:
    answer = quiet.raw("DELETE", "/control/v1/clock")
    assert answer.status == 405
    assert "takes GET or PUT, not DELETE" in json.loads(answer.body)["detail"]


@pytest.mark.parametrize("body", [b"", b'{"by":', b"\xff", b"by=PT1H"])
def test_a_body_that_is_no_json_is_told_where(quiet: ControlApi, body: bytes) -> None:
    answer = quiet.raw("POST", "/control/v1/clock/advance", [JSON], body)
    assert answer.status == 400
    assert "the body is no JSON: " in json.loads(answer.body)["detail"]


@pytest.mark.parametrize("body", [b"[]", b"1", b'"PT1H"', b"null"])
def test_json_that_is_no_object_is_refused(quiet: ControlApi, body: bytes) -> None:
    assert quiet.raw("POST", "/control/v1/clock/advance", [JSON], body).status == 422


def test_a_body_comes_as_json(quiet: ControlApi) -> None:
    form = ("Content-Type", "application/x-www-form-urlencoded")
    assert quiet.raw("POST", "/control/v1/clock/advance", [form], ADVANCE).status == 415


def test_a_web_page_of_elsewhere_cannot_drive_it(quiet: ControlApi) -> None:
    stranger = ("Origin", "http://evil.example")
    assert quiet.raw("POST", "/control/v1/clock/advance", [JSON, stranger], ADVANCE).status == 403


def test_a_page_of_its_own_can_drive_it(quiet: ControlApi) -> None:
    own = ("Origin", "http://head-end.test")
    assert quiet.raw("POST", "/control/v1/clock/advance", [JSON, own], ADVANCE).status == 200


def test_a_body_without_end_is_cut_off(quiet: ControlApi) -> None:
    assert quiet.raw("POST", "/control/v1/clock/advance", [JSON], b" " * 2_000_000).status == 413


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, control=False) as opened:
        answer = opened.get("/control/v1/clock")
        assert (answer.status, b"setting control" in answer.body) == (404, True)
        assert opened.http("POST", "/control/v1/reset").status == 404


def test_a_head_end_that_nobody_drives_does_not_load_it(tmp_path: Path) -> None:
    program = (
        "import sys; from headend.compose import open_head_end; from headend.config import Settings;"
        "open_head_end(Settings(database=sys.argv[1])).close();"
        "print([name for name in ('apiflask', 'flask', 'marshmallow') if name in sys.modules])"
    )
    command = [sys.executable, "-c", program, f"sqlite:///{tmp_path / 'headend.db'}"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=Path(__file__).parents[2])
    assert run.stdout == "[]\n"
