"""A head end that is not ours: other paths, other namespaces, no control API, WSDLs in a directory or of no use."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from headend.conformance.case import chosen
from headend.conformance.check import Outcome
from headend.conformance.parameters import Parameters
from headend.conformance.run import Run
from headend.conformance.runner import play
from headend.conformance.stage import open_stage
from headend.conformance.suites import SUITES
from headend.contract import Contract
from headend.threaded_server import serving
from simulator.clock import RealClock
from tests.conformance import breaks as b
from tests.conformance.judged import QUICK, Judged
from tests.support.client import HeadEndClient
from tests.support.in_process import WsgiExchange
from tests.support.master_data import done
from tests.support.master_data_requests import one

METERS = ("M00000003", "M00000004")
ELSEWHERE = {"path": "/ami/{service}/soap", "wsdl": "/contract/{service}.wsdl", "meters": METERS}


@pytest.fixture(scope="module")
def foreign(standing: Judged) -> Iterator[str]:
    """It calls its services otherwise, and has nothing beside them; gives its base URL."""

    def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        service = re.fullmatch(r"/ami/(\w+)/soap", path)
        wsdl = re.fullmatch(r"/contract/(.*)", path)
        if service is not None:
            environ["PATH_INFO"] = f"/services/{service[1]}"
        elif wsdl is not None:
            environ["PATH_INFO"] = f"/services/{wsdl[1]}"
        else:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"nothing here"]
        return standing.head_end.wsgi(environ, start_response)

    with serving(call, "127.0.0.1", 0, "test") as port:
        yield f"http://127.0.0.1:{port}"


def run(base_url: str, *wanted: str, directory: Path | None = None, **parameters: Any) -> Run:
    options = replace(QUICK, wsdl_directory=directory)
    with open_stage(base_url, Parameters.model_validate(parameters), options, RealClock()) as stage:
        return play(chosen(SUITES, wanted), SUITES, stage)


def failed(made: Run) -> list[str]:
    return [
        f"{case.id}: {check.sentence} {check.seen}"
        for case in made.cases
        for check in case.checks
        if check.counts_as_failure(strict=False)
    ]


def test_it_is_judged_as_far_as_it_can_be(foreign: str) -> None:
    made = run(foreign, "reading", "header", "events", **ELSEWHERE)
    assert failed(made) == []
    skipped = {case.id for case in made.cases if case.outcome is Outcome.SKIPPED}
    assert {"events.published", "reading.gap"} <= skipped
    assert "reading.partial" not in skipped


def test_its_time_is_learned_from_its_answers(foreign: str) -> None:
    """It is 2026-03 there; a judge that goes by its own clock would ask for days that have not come."""
    made = run(foreign, "reading.intervals-of-a-day", "reading.unknown-meter", **ELSEWHERE)
    assert failed(made) == []


def test_its_meters_are_found_by_get_meter_config_where_they_answer(foreign: str, standing: Judged) -> None:
    """A meter that was closed is known, too, and answers no read."""
    closed = "M-CLOSED"
    client = HeadEndClient(WsgiExchange(standing.head_end.wsgi))
    for verb in ("create", "close"):
        done(client, verb, "MeterConfig", one("Meter", "", closed))
    parameters = Parameters.model_validate({"path": ELSEWHERE["path"], "wsdl": ELSEWHERE["wsdl"]})
    with open_stage(foreign, parameters, QUICK, RealClock()) as stage:
        made = play(chosen(SUITES, ["reading.registers-on-demand"]), SUITES, stage)
        used = {meter.name for meter in stage.meters}
    done(client, "delete", "MeterConfig", one("Meter", "", closed))
    assert (made.cases[0].outcome, failed(made)) == (Outcome.PASSED, [])
    assert "M00000003" in used
    assert closed not in used
    assert [note for note in made.notes if re.search(r"GetMeterConfig gave \d+, of which \d+ are used", note)]


def test_its_wsdls_may_be_in_a_directory(foreign: str, tmp_path: Path) -> None:
    Contract.load().export(tmp_path)
    made = run(foreign, "reading.registers-on-demand", directory=tmp_path, path=ELSEWHERE["path"], meters=METERS)
    assert failed(made) == []
    assert made.cases[0].outcome is Outcome.PASSED


def test_messages_follow_the_namespaces_of_its_wsdls(target: Judged) -> None:
    """What is not read by our head end shows that zeep wrote what the WSDL says."""
    target.broken = b.contract_files("http://iec.ch/TC57/2011/GetMeterReadingsMessage", "http://www.iec.ch/own")
    made = run(target.base_url, "reading.registers-on-demand")
    assert b'"http://www.iec.ch/own"' in made.cases[0].exchanges[0].request.body


def test_schemas_that_cannot_be_used_are_replaced_by_ours_with_a_note(target: Judged) -> None:
    target.broken = b.contract_files('type="tns:EndDevice"', 'type="tns:Nothing"')
    made = run(target.base_url, "reading.unknown-meter")
    assert failed(made) == []
    assert [note for note in made.notes if "judged by our own schemas" in note]


def test_an_operation_that_is_not_offered_is_skipped_with_its_name(target: Judged) -> None:
    target.broken = b.missing_service("ExecuteMeterReadSchedule")
    made = run(target.base_url, "schedules.unknown-meter")
    (check,) = made.cases[0].checks
    assert (check.outcome, check.reason) == (
        Outcome.SKIPPED,
        "the head end does not offer CreateMeterReadSchedule",
    )


def test_a_derived_noun_that_is_not_offered_does_not_apply(target: Judged) -> None:
    target.broken = b.missing_service("ExecuteComModuleConfig")
    made = run(target.base_url, "master-data.life-of-communication-module")
    assert made.cases[0].outcome is Outcome.NOT_APPLICABLE


def test_credentials_go_with_every_call(target: Judged) -> None:
    seen: set[str] = set()
    whole = target.head_end.wsgi

    def look(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        seen.add(environ.get("HTTP_AUTHORIZATION", ""))
        return whole(environ, start_response)

    with serving(look, "127.0.0.1", 0, "test") as port:
        made = run(f"http://127.0.0.1:{port}", "reading.unknown-meter", headers={"Authorization": "Basic c2VjcmV0"})
    assert failed(made) == []
    assert "Basic c2VjcmV0" in seen
