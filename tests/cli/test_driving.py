"""`headend clock`, `reset`, `deliveries` and `subscriptions`: a running head end is driven from a shell."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Ended, Run
from tests.conftest import STEPPED
from tests.support.patience import eventually
from tests.support.served import ServedHeadEnd, serve
from tests.support.soap_requests import control, meter_read_schedule

NOBODY = "http://127.0.0.1:9/nobody"


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHeadEnd]:
    with serve(tmp_path_factory.mktemp("driven"), STEPPED) as running:
        yield running


@pytest.fixture
def drive(headend: Run, driven: ServedHeadEnd) -> Run:
    """Runs a command against a head end as on its first day."""
    assert headend("reset", "--subscriptions", "--url", driven.base_url).code == 0

    def run(*arguments: str) -> Ended:
        return headend(*arguments, "--url", driven.base_url)

    return run


def test_the_time_is_on_stdout_and_how_it_runs_on_stderr(drive: Run) -> None:
    ended = drive("clock", "get")
    assert (ended.code, ended.stdout) == (0, "2026-03-02T12:00:00Z\n")
    assert "it stands still until it is moved" in ended.stderr


@pytest.mark.parametrize("by", ["1h", "60m", "3600s", "PT1H", "PT60M"])
def test_the_time_advances(drive: Run, by: str) -> None:
    assert drive("clock", "advance", by).stdout == "2026-03-02T13:00:00Z\n"


def test_the_time_is_set(drive: Run) -> None:
    assert drive("clock", "set", "2026-03-03T02:00:00+02:00").stdout == "2026-03-03T00:00:00Z\n"


def test_the_rate_is_set_and_the_clock_frozen_again(drive: Run) -> None:
    assert "60 times as fast" in drive("clock", "set", "--rate", "60").stderr
    assert json.loads(drive("clock", "freeze", "--json").stdout)["frozen"] is True


def test_setting_the_time_back_is_exit_code_1(drive: Run) -> None:
    ended = drive("clock", "set", "2026-03-01T00:00:00Z")
    assert (ended.code, "time does not run backwards" in ended.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("clock", "advance", "soon"), "'soon' is no span of time"),
        (("clock", "advance", "0.5h"), "'0.5h' is no span of time"),
        (("clock", "set"), "give an instant, or --rate"),
        (("clock", "set", "noon"), "'noon' is no instant"),
        (("clock", "set", "2026-03-03T00:00:00"), "has no zone"),
        (("deliveries", "list", "--state", "sent"), "Invalid value"),
    ],
)
def test_what_cannot_be_meant_is_exit_code_2(drive: Run, arguments: tuple[str, ...], sentence: str) -> None:
    ended = drive(*arguments)
    assert (ended.code, sentence in ended.stderr) == (2, True), ended.stderr


def test_a_reset_prints_the_time_it_went_back_to(drive: Run) -> None:
    drive("clock", "advance", "2d")
    assert drive("reset").stdout == "2026-03-02T12:00:00Z\n"


def test_schedules_are_listed(drive: Run, driven: ServedHeadEnd) -> None:
    (mrid,) = driven.post("ExecuteMeterReadSchedule", meter_read_schedule("Create", "M00000005")).ids
    assert mrid[:8] in drive("schedules", "list").stdout
    (listed,) = json.loads(drive("schedules", "list", "--json").stdout)
    assert (listed["mrid"], listed["state"], listed["meters"]) == (mrid, "active", 1)


def test_subscriptions_come_and_go(drive: Run) -> None:
    mrid = drive("subscriptions", "add", NOBODY).stdout.strip()
    assert NOBODY in drive("subscriptions", "list").stdout
    assert drive("subscriptions", "remove", mrid).code == 0
    assert json.loads(drive("subscriptions", "list", "--json").stdout) == []


def test_orderings_come_and_go(drive: Run) -> None:
    mrid = drive("orderings", "add", "late", "--meter", "M00000003", "--delay", "5m", "--times", "2").stdout.strip()
    table = drive("orderings", "list").stdout
    assert [text in table for text in ("late", "meter M00000003", "300", "0 of 2")] == [True] * 4
    assert drive("orderings", "remove", mrid).code == 0
    assert json.loads(drive("orderings", "list", "--json").stdout) == []


def test_all_orderings_are_forgotten_at_once(drive: Run) -> None:
    drive("orderings", "add", "twice", "--noun", "EndDeviceEvents", "--verb", "created", "--to", NOBODY)
    drive("orderings", "add", "never", "--correlation-id", "x-1")
    assert drive("orderings", "remove").stdout == "all orderings are forgotten\n"
    assert json.loads(drive("orderings", "list", "--json").stdout) == []


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("add", "sometimes"), 1, "never, event-only"),
        (("add", "late", "--meter", "nobody"), 1, "there is no meter 'nobody'"),
        (("add", "late", "--delay", "soon"), 2, "'soon' is no span of time"),
        (("remove", "nobody"), 1, "there is no ordering 'nobody'"),
    ],
)
def test_an_ordering_that_cannot_be_is_refused(
    drive: Run, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    ended = drive("orderings", *arguments)
    assert (ended.code, sentence in ended.stderr) == (code, True), ended.stderr


def test_faults_come_and_go(drive: Run) -> None:
    options = ("--meter", "M00000003", "--times", "2", "--probability", "0.5")
    mrid = drive("faults", "add", "http-status", "--status", "502", *options).stdout.strip()
    table = drive("faults", "list").stdout
    assert [text in table for text in ("http-status", "status 502", "meter M00000003", "0 of 2")] == [True] * 4
    assert drive("faults", "clear", mrid).code == 0
    drive("faults", "add", "stale-data", "--age", "2h", "--noun", "EndDeviceEvents")
    (made,) = json.loads(drive("faults", "list", "--json").stdout)
    assert (made["kind"], made["parameters"]) == ("stale-data", {"age": 7200})
    assert drive("faults", "clear").stdout == "all faults are forgotten\n"
    assert json.loads(drive("faults", "list", "--json").stdout) == []


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("add", "http-statu"), 1, "did you mean 'http-status'"),
        (("add", "reset", "--status", "503"), 1, "takes no status"),
        (("add", "stale-data", "--age", "soon"), 2, "--age: 'soon' is no span of time"),
        (("clear", "nobody"), 1, "there is no fault 'nobody'"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(drive: Run, arguments: tuple[str, ...], code: int, sentence: str) -> None:
    ended = drive("faults", *arguments)
    assert (ended.code, sentence in ended.stderr) == (code, True), ended.stderr


def test_what_was_done_to_a_delivery_on_purpose_is_listed(drive: Run, driven: ServedHeadEnd) -> None:
    drive("subscriptions", "add", NOBODY)
    drive("orderings", "add", "never", "--to", NOBODY)
    driven.disconnect("M00000004")
    (dead,) = eventually(lambda: [one for one in deliveries(drive) if one["state"] == "dead"], "it is not sent")
    assert (dead["deviation"]["kind"], "never by ordering" in drive("deliveries", "list").stdout) == ("never", True)


def test_a_subscription_says_what_it_wants(drive: Run, tmp_path: Path) -> None:
    secrets = tmp_path / "credentials.yaml"
    secrets.write_text("user: head\npassword: s3cret\n")
    options = ["--noun", "MeterReadings", "--every", "PT15M", "--meter", "M00000001", "--batch-size", "50"]
    ended = drive("subscriptions", "add", NOBODY, *options, "--credentials", str(secrets), "--json")
    made = json.loads(ended.stdout)
    told = {name: made[name] for name in ("noun", "every", "meters", "batch_size", "credentials")}
    assert told == {
        "noun": "MeterReadings",
        "every": "PT15M",
        "meters": ["M00000001"],
        "batch_size": 50,
        "credentials": ["Authorization"],
    }
    assert "M00000001, every PT15M" in drive("subscriptions", "list").stdout.replace("\n", " ")


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["--meter", "M99999999"], 1, "M99999999"),
        (["--soap-version", "1.2"], 1, "is not spoken here"),
        (["--credentials", "nowhere.yaml"], 2, "nowhere.yaml"),
    ],
)
def test_a_subscription_that_cannot_be_is_told_why(drive: Run, options: list[str], code: int, sentence: str) -> None:
    ended = drive("subscriptions", "add", NOBODY, *options)
    assert (ended.code, sentence in ended.stderr) == (code, True)


def test_an_unknown_subscription_is_exit_code_1(drive: Run) -> None:
    assert drive("subscriptions", "remove", "nobody").code == 1


def test_deliveries_are_listed_with_what_came_of_them(drive: Run, driven: ServedHeadEnd) -> None:
    drive("subscriptions", "add", NOBODY)
    driven.disconnect("M00000001")
    tried = eventually(lambda: [one for one in deliveries(drive) if one["attempts"]], "it was tried")
    table = drive("deliveries", "list", "--to", NOBODY).stdout
    assert (tried[0]["destination"], "created EndDeviceEvents" in table) == (NOBODY, True)


def test_a_delivery_is_shown_with_what_came_of_it(drive: Run, driven: ServedHeadEnd) -> None:
    drive("subscriptions", "add", NOBODY)
    driven.disconnect("M00000004")
    (tried, *_) = eventually(lambda: [one for one in deliveries(drive) if one["outcome"]], "it was tried")
    number = str(tried["id"])
    assert "not connected" in drive("deliveries", "show", number).stdout
    assert json.loads(drive("deliveries", "show", number, "--json").stdout)["message_id"] == tried["message_id"]
    assert drive("deliveries", "show", "999999").code == 1


def test_a_delivery_is_retried_and_dropped(drive: Run, driven: ServedHeadEnd) -> None:
    drive("subscriptions", "add", NOBODY)
    driven.disconnect("M00000002")
    (one,) = eventually(lambda: [one for one in deliveries(drive) if one["attempts"]], "it was tried")
    number = str(one["id"])
    eventually(lambda: drive("deliveries", "retry", number).code == 0, "it is retried between two attempts")
    eventually(lambda: drive("deliveries", "drop", number).code == 0, "it is dropped between two attempts")
    assert drive("deliveries", "retry", number).code == 1


def deliveries(drive: Run) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(drive("deliveries", "list", "--json").stdout)
    return found


def test_nobody_there_is_exit_code_3(headend: Run) -> None:
    ended = headend("clock", "get", "--url", "http://127.0.0.1:9")
    assert (ended.code, "Connection refused" in ended.stderr) == (3, True)


def test_an_outage_starts_and_ends(drive: Run) -> None:
    mrid = drive("outage", "start", "F00000000", "--duration", "2h").stdout.strip()
    assert "Feeder F00000000" in drive("outage", "list").stdout
    drive("clock", "advance", "1h")
    assert "power is back at 2026-03-02T13:00:00Z" in drive("outage", "end", mrid).stdout


def test_an_outage_that_had_not_begun_never_was(drive: Run) -> None:
    mrid = json.loads(drive("outage", "start", "F00000000", "--json").stdout)["mrid"]
    assert "never was" in drive("outage", "end", mrid).stdout
    assert json.loads(drive("outage", "list", "--json").stdout) == []


def test_an_unknown_node_is_exit_code_1(drive: Run) -> None:
    ended = drive("outage", "start", "F0")
    assert (ended.code, "did you mean 'F00000000'?" in ended.stderr) == (1, True)


def test_events_are_sent_and_listed(drive: Run) -> None:
    sent = drive("events", "send", "Security.-.TamperDetected", "M00000042", "--detail", "side=left")
    assert (sent.code, sent.stdout) == (0, "1\n")
    assert "side left" in drive("events", "list", "--meter", "M00000042").stdout


def test_an_unknown_meter_beside_a_known_one_is_told_and_exit_code_1(drive: Run) -> None:
    ended = drive("events", "send", "3.12.0.257", "M00000042", "X1")
    assert (ended.code, ended.stdout, "X1" in ended.stderr) == (1, "1\n", True)


def test_a_detail_without_a_value_is_exit_code_2(drive: Run) -> None:
    assert drive("events", "send", "3.12.0.257", "M00000042", "--detail", "side").code == 2


def test_a_control_is_listed_shown_and_cancelled(drive: Run, driven: ServedHeadEnd) -> None:
    timing = "<primaryDeviceTiming><interval><start>2026-03-02T14:00:00Z</start></interval></primaryDeviceTiming>"
    driven.control(controls=control("M00000042", before="<mRID>c</mRID>", after=timing))
    assert "scheduled" in drive("controls", "list", "--meter", "M00000042").stdout
    assert json.loads(drive("controls", "show", "c", "--json").stdout)["outcomes"][0]["state"] == "scheduled"
    assert "1 cancelled" in drive("controls", "cancel", "c").stdout
    again = drive("controls", "cancel", "c")
    assert (again.code, "was cancelled before" in again.stderr) == (1, True)
    assert json.loads(drive("controls", "list", "--state", "cancelled", "--json").stdout)[0]["mrid"] == "c"


def test_an_unknown_control_is_exit_code_1(drive: Run) -> None:
    assert drive("controls", "show", "nobody").code == 1


def test_a_switch_is_moved_by_hand(drive: Run) -> None:
    ended = drive("meters", "change", "M00000003", "--switch", "disconnected")
    assert (ended.code, ended.stdout) == (0, "disconnected\n")
    assert json.loads(drive("meters", "change", "M00000003", "--switch", "connected", "--json").stdout)["switch"] == (
        "connected"
    )


def test_what_cannot_be_done_at_a_meter_is_told(drive: Run) -> None:
    assert drive("meters", "change", "M99", "--switch", "connected").code == 1
    nothing = drive("meters", "change", "M00000003")
    assert (nothing.code, "give --switch, --firmware, or both" in nothing.stderr) == (2, True)
