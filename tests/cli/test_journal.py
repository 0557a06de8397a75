"""`headend journal`: what crossed the wire, from a shell."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from headend.threaded_server import serving
from tests.cli.conftest import Run
from tests.conftest import NOON, STEPPED
from tests.support.in_process import in_process
from tests.support.soap_requests import get_meter_readings


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A head end in which something has happened."""
    with in_process(tmp_path_factory.mktemp("journal"), NOON, clock=STEPPED) as opened:
        opened.control("M00000003", "M99", fields={"MessageID": "m-1"})
        opened.read("M00000004")
        opened.http("POST", "/services/GetMeterReading", [("Content-Type", "text/plain")], b"x")
        with serving(opened.head_end.wsgi, "127.0.0.1", 0, "test") as port:
            yield f"http://127.0.0.1:{port}"


def test_exchanges_are_listed_a_line_each(headend: Run, base_url: str) -> None:
    ended = headend("journal", "list", "--url", base_url)
    assert ended.code == 0
    assert "1   2026-03-02T12:00:00Z   in   create EndDeviceControls, 1 control, M00000003" in ended.stdout
    assert "M99 RCDSwitch.-.Disconnect: PARTIAL 2.4 0.2" in ended.stdout


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ((), [1, 2, 3]),
        (("--limit", "2"), [2, 3]),
        (("--after", "2"), [3]),
        (("--meter", "M99"), [1]),
        (("--code", "2."), [1]),
        (("--direction", "out"), []),
        (("--operation", "GetMeterReadings", "--result", "OK"), [2]),
        (("--status", "415"), [3]),
        (("--text", "M00000004"), [2]),
        (("--message-id", "m-1", "--verb", "create", "--noun", "EndDeviceControls"), [1]),
    ],
)
def test_a_list_is_of_what_was_asked_for(
    headend: Run, base_url: str, options: tuple[str, ...], numbers: list[int]
) -> None:
    ended = headend("journal", "list", "--url", base_url, "--json", *options)
    assert [one["number"] for one in json.loads(ended.stdout)] == numbers


def test_an_exchange_is_shown_whole(headend: Run, base_url: str) -> None:
    shown = headend("journal", "show", "3", "--url", base_url).stdout
    assert "near miss: GetMeterReadings at /services/GetMeterReadings\n  there is no service 'GetMeterReading'" in shown
    assert "\n  the body is not well-formed XML" in shown
    assert "broken rules" not in shown, "it would say the same"
    assert "\nrequest, 1 bytes\n" in shown
    assert "\nContent-Type: text/plain\n" in shown


def test_one_envelope_alone_is_printed_byte_for_byte(headend: Run, base_url: str) -> None:
    ended = headend("journal", "show", "2", "--only", "request", "--url", base_url)
    assert ended.stdout.encode() == get_meter_readings("M00000004")


def test_an_unknown_number_is_a_failed_check(headend: Run, base_url: str) -> None:
    ended = headend("journal", "show", "99", "--url", base_url)
    assert (ended.code, ended.stderr.partition(";")[0]) == (1, "headend journal show: the journal has no entry 99")


def test_what_is_there_is_not_waited_for(headend: Run, base_url: str) -> None:
    ended = headend("journal", "wait", "--meter", "M00000004", "--url", base_url)
    assert ended.code == 0
    assert "get MeterReadings, M00000004: OK" in ended.stdout


def test_waiting_in_vain_is_a_failed_check_that_says_what_came(headend: Run, base_url: str) -> None:
    ended = headend("journal", "wait", "--verb", "cancel", "--within", "0.01s", "--url", base_url)
    assert ended.code == 1
    assert "nothing was recorded within 0.01 s that is verb cancel; there is:" in ended.stderr


def test_an_export_is_replayed(headend: Run, base_url: str, tmp_path: Path) -> None:
    file = tmp_path / "journal.zip"
    assert headend("journal", "export", str(file), "--before-nothing", "--url", base_url).code == 2
    assert headend("journal", "export", str(file), "--operation", "GetMeterReadings", "--url", base_url).code == 0
    ended = headend("journal", "replay", str(file), "--url", base_url)
    assert ended.code == 0
    assert ended.stdout.splitlines()[-1] == "1 requests: 1 same, 0 differs, 0 not compared, 0 not sent"
    (one,) = json.loads(headend("journal", "replay", str(file), "--url", base_url, "--json").stdout)
    assert (one["outcome"], one["differences"]) == ("same", [])


def test_a_replay_that_differs_is_a_failed_check(headend: Run, base_url: str, tmp_path: Path) -> None:
    file = tmp_path / "journal.zip"
    assert headend("journal", "export", str(file), "--operation", "GetMeterReadings", "--url", base_url).code == 0
    with in_process(tmp_path, NOON, seed=2) as other, serving(other.head_end.wsgi, "127.0.0.1", 0, "test") as port:
        ended = headend("journal", "replay", str(file), "--url", f"http://127.0.0.1:{port}")
    assert ended.code == 1
    assert "/Meter/mRID: was " in ended.stdout


@pytest.mark.parametrize(("content", "told"), [(None, "No such file or directory"), ("x", "is no zip file")])
def test_what_cannot_be_replayed_is_bad_usage(headend: Run, tmp_path: Path, content: str | None, told: str) -> None:
    file = tmp_path / "x.zip"
    if content is not None:
        file.write_text(content)
    ended = headend("journal", "replay", str(file))
    assert ended.code == 2
    assert told in ended.stderr


def test_a_file_that_cannot_be_written_is_bad_usage(headend: Run, base_url: str, tmp_path: Path) -> None:
    ended = headend("journal", "export", str(tmp_path / "none" / "x.zip"), "--url", base_url)
    assert ended.code == 2
    assert "No such file or directory" in ended.stderr


def test_nobody_there_is_unreachable(headend: Run) -> None:
    assert headend("journal", "list", "--url", "http://127.0.0.1:9").code == 3


def test_all_is_forgotten(headend: Run, tmp_path: Path) -> None:
    with in_process(tmp_path, NOON) as opened, serving(opened.head_end.wsgi, "127.0.0.1", 0, "test") as port:
        opened.read("M00000003")
        url = f"http://127.0.0.1:{port}"
        assert headend("journal", "clear", "--url", url).code == 0
        assert json.loads(headend("journal", "list", "--url", url, "--json").stdout) == []
