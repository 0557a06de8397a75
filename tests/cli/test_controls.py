"""`headend connect` and `headend disconnect`."""

import json

import pytest

from tests.cli.conftest import Run
from tests.support.served import ServedHeadEnd


@pytest.mark.clause("61968-9:2013 5.4")
def test_a_disconnect_shows_the_event_of_each_meter(headend: Run, served: ServedHeadEnd) -> None:
    ended = headend("disconnect", "M00000720", "M00000721", "--url", served.base_url)
    assert ended.code == 0
    assert [line.split()[1:3] for line in ended.stdout.splitlines() if "RCDSwitch" in line] == [
        ["M00000720", "3.31.0.68"],
        ["M00000721", "3.31.0.68"],
    ]


@pytest.mark.clause("61968-9:2013 5.4")
def test_a_connect_gives_its_event_as_json(headend: Run, served: ServedHeadEnd) -> None:
    ended = headend("connect", "M00000722", "--json", "--url", served.base_url)
    answer = json.loads(ended.stdout)
    (event,) = answer["EndDeviceEvent"]
    assert (ended.code, answer["result"], len(answer["EndDeviceControl"])) == (0, "OK", 1)
    assert (event["EndDeviceEventType"], event["Asset"]["name"]) == ("3.31.0.42", "M00000722")
    assert event["EndDeviceEventDetails"] == {"contactorPosition": "Closed"}


def test_a_meter_may_be_named_twice_in_two_ways(headend: Run, served: ServedHeadEnd) -> None:
    mrid = json.loads(headend("meters", "show", "M00000723", "--json", "--database", "sqlite:///none.db").stdout)[
        "mRID"
    ]
    ended = headend("disconnect", "M00000723", mrid.upper(), "--url", served.base_url, "--wait", "0")
    assert (ended.code, ended.stdout.count("3.31.0.68")) == (0, 1)


def test_an_unknown_meter_beside_a_known_one_is_exit_code_1(headend: Run, served: ServedHeadEnd) -> None:
    ended = headend("disconnect", "M00000724", "no-such-meter", "--url", served.base_url)
    assert (ended.code, ended.stdout.count("3.31.0.68")) == (1, 1)
    assert "'no-such-meter' is not known here" in ended.stderr


def test_no_known_meter_is_exit_code_1_at_once(headend: Run, served: ServedHeadEnd) -> None:
    ended = headend("connect", "no-such-meter", "--url", served.base_url)
    assert (ended.code, ended.stdout) == (1, "")
    assert "Result is FAILED" in ended.stderr


def test_nobody_there_is_exit_code_3(headend: Run) -> None:
    assert headend("connect", "M00000720", "--url", "http://127.0.0.1:9").code == 3


def test_a_wait_that_is_no_duration_is_exit_code_2(headend: Run) -> None:
    ended = headend("connect", "M00000720", "--wait", "long")
    assert (ended.code, "--wait: 'long' is no duration" in ended.stderr) == (2, True)
