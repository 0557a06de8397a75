"""`headend read`."""

import json
import subprocess
import sys

import pytest

from tests.cli.conftest import Run
from tests.support.served import ServedHeadEnd

METER = "M00000710"
LOAD_PROFILE = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"


def test_registers_come_as_a_table(headend: Run, served: ServedHeadEnd) -> None:
    ended = headend("read", METER, "--url", served.base_url)
    assert ended.code == 0
    line = next(line for line in ended.stdout.splitlines() if METER in line)
    assert "2026-03-02T12:00:00Z" in line
    assert "kWh" in line


def test_registers_come_as_json(headend: Run, served: ServedHeadEnd) -> None:
    ended = headend("read", METER, "--json", "--url", served.base_url)
    answer = json.loads(ended.stdout)
    (meter,) = answer["MeterReading"]
    assert (answer["result"], meter["Meter"]["name"]) == ("OK", METER)
    assert isinstance(meter["Readings"][0]["value"], float | int)


def test_a_compressed_reply_shows_the_same(headend: Run, served: ServedHeadEnd) -> None:
    meters = [f"M{number:08}" for number in range(700, 830)]
    arguments = ("read", *meters, "--from", "-2d", "--reading-type", LOAD_PROFILE, "--json", "--url", served.base_url)
    plain, asked = headend(*arguments), headend(*arguments, "--compressed")
    assert (asked.code, asked.stdout) == (0, plain.stdout)


def test_a_load_profile_has_a_sparkline_and_a_sum(headend: Run, served: ServedHeadEnd) -> None:
    arguments = ("read", METER, "--reading-type", LOAD_PROFILE, "--from", "-2h", "--url", served.base_url)
    shown = headend(*arguments).stdout
    values = [
        reading["value"]
        for reading in json.loads(headend(*arguments, "--json").stdout)["MeterReading"][0]["IntervalReadings"]
    ]
    assert len(values) == 8
    assert f"8 intervals, together {sum(values)} Wh" in shown
    assert any(len(line) == 8 and set(line) <= set("▁▂▃▄▅▆▇█") for line in shown.splitlines())


def test_words_for_times_go_by_the_head_ends_clock(headend: Run, served: ServedHeadEnd) -> None:
    ended = headend(
        "read", METER, "--reading-type", LOAD_PROFILE, "--from", "yesterday", "--to", "today", "--json",
        "--url", served.base_url,
    )  # fmt: skip
    stamps = [reading["timeStamp"] for reading in json.loads(ended.stdout)["MeterReading"][0]["IntervalReadings"]]
    assert (stamps[0], stamps[-1], len(stamps)) == ("2026-03-01T00:15:00Z", "2026-03-02T00:00:00Z", 96)


def test_a_partial_reply_gives_what_was_read_and_exit_code_1(headend: Run, served: ServedHeadEnd) -> None:
    ended = headend("read", METER, "no-such-meter", "--json", "--url", served.base_url)
    assert ended.code == 1
    assert len(json.loads(ended.stdout)["MeterReading"]) == 1
    assert "2.4 invalid meter: EndDevice name 'no-such-meter' is not known here" in ended.stderr


def test_a_failed_reply_is_exit_code_1(headend: Run, served: ServedHeadEnd) -> None:
    ended = headend("read", "no-such-meter", "--url", served.base_url)
    assert (ended.code, "Result is FAILED" in ended.stderr) == (1, True)


def test_a_fault_is_exit_code_1(headend: Run, served_with_faults: ServedHeadEnd) -> None:
    ended = headend("read", "no-such-meter", "--url", served_with_faults.base_url)
    assert (ended.code, ended.stderr.startswith("headend read: SOAP fault Client: 2.4")) == (1, True)


def test_nobody_there_is_exit_code_3_and_one_sentence(headend: Run) -> None:
    ended = headend("read", METER, "--url", "http://127.0.0.1:9")
    assert (ended.code, ended.stdout) == (3, "")
    assert ended.stderr.startswith("headend read: cannot reach http://127.0.0.1:9")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "gestern"], "'gestern' is no instant; it can be"),
        (["--from", "2026-03-01T00:00:00"], "has no zone"),
        (["--to", "today"], "--to needs --from"),
        (["--from", "2026-03-02T00:00:00Z", "--to", "2026-03-01T00:00:00Z"], "not after its begin"),
        (["--url", "127.0.0.1:8080"], "'127.0.0.1:8080' is no base URL"),
        (["--timeout", "soon"], "'soon' is no duration"),
    ],
)
def test_bad_usage_is_exit_code_2_and_says_what_is_allowed(headend: Run, arguments: list[str], told: str) -> None:
    ended = headend("read", METER, *arguments)
    assert (ended.code, ended.stdout) == (2, "")
    assert told in ended.stderr


def test_a_pipe_gets_no_colours_and_no_folded_lines(served: ServedHeadEnd) -> None:
    command = [sys.executable, "-m", "headend", "read", METER, "--url", served.base_url]
    out = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "\x1b" not in out
    (line,) = [line for line in out.splitlines() if METER in line]
    assert line.rstrip().endswith("bulkQuantity forward electricitySecondaryMetered energy")
