"""Request/Option: what clients send beside a profile, for which the standard has no names."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.readings import intervals, meters, registers
from tests.support.soap_requests import ENERGY, LOAD_PROFILE, request_option

pytestmark = pytest.mark.clause("61968-100:2013, Message.xsd; 61968-9:2013, Annex J")

METER = "M00000003"
DAY = ("2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z")

SILENT_FLEET = """\
templates:
  - {name: good, count: 1, names: {prefix: G, digits: 1}}
  - name: silent
    count: 1
    names: {prefix: S, digits: 1}
    conditions: {communication: {read_success: 0, tries: 3, retry_after_s: 7}}
"""


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    with in_process(tmp_path_factory.mktemp("strict"), NOON, strict=True) as opened:
        yield opened


@pytest.fixture
def silent_fleet(tmp_path: Path) -> Path:
    file = tmp_path / "fleet.yaml"
    file.write_text(SILENT_FLEET, "utf-8")
    return file


# Options without effect.


def test_an_unknown_option_is_a_warning_and_the_request_is_done_all_the_same(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(METER, request=request_option("MaximumExecutonTime", "5"))
    (warning,) = reply.errors
    assert (reply.result, meters(reply)) == ("OK", [METER])
    assert (warning.code, warning.level, warning.object_id) == ("1.8", "WARNING", "MaximumExecutonTime")
    assert warning.details.endswith("has no effect; did you mean 'MaximumExecutionTime'?")


def test_an_unknown_option_is_a_warning_on_events_too(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.events(METER, request=request_option("Colour"))
    assert (reply.result, [error.level for error in reply.errors]) == ("OK", ["WARNING"])
    known = reply.said.partition("it is one of ")[2].split(", ")
    assert {"LatestValue", "MaximumExecutionTime"} <= set(known)


def test_an_option_that_is_for_something_else_is_a_warning(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.events(METER, request=request_option("LatestValue", "true"))
    assert (reply.result, reply.said) == (
        "OK",
        "Request/Option 'LatestValue' has no effect on a request for EndDeviceEvents",
    )


def test_a_warning_stands_among_the_errors_of_a_partial_reply(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(METER, "nobody", request=request_option("Colour"))
    assert (reply.result, reply.codes) == ("PARTIAL", ["2.4", "1.8", "0.2"])


def test_an_option_that_comes_often_is_spoken_of_once(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(METER, request=request_option("Colour", "red") + request_option("Colour", "blue"))
    assert reply.codes == ["1.8"]


def test_a_thousand_unknown_options_are_counted_and_not_all_listed(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(METER, request="".join(request_option(f"o{number}") for number in range(1000)))
    assert (len(reply.errors), reply.errors[-1].details) == (101, "900 more options have no effect")


@pytest.mark.parametrize("ask", ["read", "events"])
def test_a_strict_head_end_refuses_an_unknown_option(strict: InProcessHeadEnd, ask: str) -> None:
    reply = getattr(strict, ask)(METER, request=request_option("Colour"))
    assert (reply.result, reply.codes, reply.errors[0].level) == ("FAILED", ["1.8"], "FATAL")
    assert reply.errors[0].object_id == "Colour"


def test_a_strict_head_end_takes_known_options(strict: InProcessHeadEnd) -> None:
    assert strict.read(METER, request=request_option("MaximumExecutionTime", "15")).codes == []
    assert strict.events(METER, request=request_option("MaximumExecutionTime", "15")).codes == []


# Values.


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MaximumExecutionTime", None),
        ("MaximumExecutionTime", "0"),
        ("MaximumExecutionTime", "-1"),
        ("MaximumExecutionTime", "soon"),
        ("MaximumExecutionTime", "NaN"),
        ("MaximumExecutionTime", "1e3"),
        ("MaximumExecutionTime", "9" * 50),
        ("LatestValue", None),
        ("LatestValue", "yes"),
    ],
)
def test_a_value_that_an_option_cannot_have_is_refused(
    quiet_head_end: InProcessHeadEnd, name: str, value: str | None
) -> None:
    reply = quiet_head_end.read(METER, request=request_option(name, value))
    assert (reply.result, reply.codes, reply.errors[0].object_id) == ("FAILED", ["1.8"], name)
    assert f"Request/Option {name!r} has the value {value or ''!r}; it takes " in reply.said


def test_an_option_with_two_values_is_refused(quiet_head_end: InProcessHeadEnd) -> None:
    twice = request_option("MaximumExecutionTime", "5") + request_option("MaximumExecutionTime", "6")
    reply = quiet_head_end.read(METER, request=twice)
    assert (reply.result, reply.codes) == ("FAILED", ["1.8"])
    assert "'5' and as '6'" in reply.said


# MaximumExecutionTime.


@pytest.mark.parametrize(
    ("minutes", "waited"),
    [("0.1", 6.0), ("0.05", 3.0), ("1", 21.0)],
    ids=["less than the meter's tries", "still less", "more than they take"],
)
def test_a_silent_meter_is_waited_for_no_longer_than_the_maximum_execution_time(
    tmp_path: Path, silent_fleet: Path, minutes: str, waited: float
) -> None:
    seconds: list[float] = []
    with in_process(tmp_path, NOON, seconds.append, fleet=silent_fleet) as head_end:
        reply = head_end.read("G0", "S0", request=request_option("MaximumExecutionTime", minutes))
    assert (reply.result, meters(reply), reply.codes) == ("PARTIAL", ["G0"], ["4.1", "0.2"])
    assert reply.errors[0].details == f"S0 gave no answer within {waited:g} s"
    assert seconds == [waited]


def test_the_wait_of_the_head_end_is_never_made_longer(tmp_path: Path, silent_fleet: Path) -> None:
    seconds: list[float] = []
    with in_process(tmp_path, NOON, seconds.append, fleet=silent_fleet, sync_wait_s=2) as head_end:
        head_end.read("S0", request=request_option("MaximumExecutionTime", "10"))
    assert seconds == [2.0]


# LatestValue.


def test_the_latest_values_without_a_period_are_those_of_all_series(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(METER, request=request_option("LatestValue", "true"))
    assert [(one.reading_type, one.stamp) for one in registers(reply)] == [(ENERGY, NOON)]
    assert [(one.reading_type, one.stamp) for one in intervals(reply)] == [(LOAD_PROFILE, NOON)]


def test_the_latest_value_of_a_period_is_the_last_one_in_it(quiet_head_end: InProcessHeadEnd) -> None:
    whole = quiet_head_end.read(METER, period=DAY)
    latest = quiet_head_end.read(METER, period=DAY, request=request_option("LatestValue", "1"))
    assert intervals(latest) == intervals(whole)[-1:]
    assert registers(latest) == registers(whole)[-1:]
    assert registers(latest)[0].stamp == datetime(2026, 3, 1, tzinfo=UTC)


def test_of_several_periods_the_latest_value_is_that_of_the_last_one_that_has_any(
    quiet_head_end: InProcessHeadEnd,
) -> None:
    named = f"<EndDevice><Names><name>{METER}</name></Names></EndDevice>"
    spans = [DAY, ("2026-03-01T03:00:00Z", "2026-03-01T04:00:00Z")]
    profile = named + "".join(
        f"<TimeSchedule><scheduleInterval><end>{end}</end><start>{start}</start></scheduleInterval></TimeSchedule>"
        for start, end in spans
    )
    reply = quiet_head_end.read(profile=profile, request=request_option("LatestValue", "true"))
    assert [one.stamp for one in intervals(reply)] == [datetime(2026, 3, 1, 4, tzinfo=UTC)]
    assert [one.stamp for one in registers(reply)] == [datetime(2026, 3, 1, tzinfo=UTC)]


def test_the_option_said_to_be_false_changes_nothing(quiet_head_end: InProcessHeadEnd) -> None:
    assert quiet_head_end.read(METER, request=request_option("LatestValue", "false")).payload is not None
    plain = quiet_head_end.read(METER, period=DAY)
    said = quiet_head_end.read(METER, period=DAY, request=request_option("LatestValue", "false"))
    assert intervals(said) == intervals(plain)
