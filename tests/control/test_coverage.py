"""/control/v1/coverage: what the exchanges of the journal have exercised."""

from pathlib import Path

from tests.conftest import NOON, STEPPED
from tests.control.control_api import ControlApi
from tests.support.in_process import in_process


def test_what_was_asked_and_answered_counts(control: ControlApi) -> None:
    control.head_end.read("M00000003", "M99")
    control.head_end.disconnect("M00000003")
    found = control.get("coverage")
    assert (found["exchanges"], found["last"]) == (2, 2)
    assert found["operations"]["seen"] == {"create EndDeviceControls": 1, "get MeterReadings": 1}
    assert found["control_types"]["seen"] == {"*.31.0.23": 1}
    assert found["reply_codes"]["seen"]["2.4"] == 1
    assert found["reading_types"]["percent"] is None
    assert found["results"] == {"create EndDeviceControls": ["OK"], "get MeterReadings": ["PARTIAL"]}


def test_what_is_missing_is_the_rest_of_what_is_served(control: ControlApi) -> None:
    control.head_end.read("M00000003")
    operations = control.get("coverage")["operations"]
    assert operations["exercised"] == 1
    assert operations["offered"] == len(operations["missing"]) + 1
    assert "create EndDeviceControls" in operations["missing"]
    assert operations["percent"] == round(100 / operations["offered"], 1)


def test_only_what_matches_and_came_since_counts(control: ControlApi) -> None:
    control.head_end.read("M00000003")
    control.head_end.read("M00000004")
    control.head_end.disconnect("M00000003")
    assert control.get("coverage?meter=M00000003")["exchanges"] == 2
    assert list(control.get("coverage?after=2")["operations"]["seen"]) == ["create EndDeviceControls"]
    assert (control.get("coverage?after=3")["exchanges"], control.get("coverage?after=3")["last"]) == (0, None)


def test_without_a_journal_nothing_is_known(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, clock=STEPPED, journal=False) as opened:
        problem = ControlApi(opened).call("GET", "coverage")
    assert problem.status == 409
    assert "the setting journal is off" in problem.body["detail"]
