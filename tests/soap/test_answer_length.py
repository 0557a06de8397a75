"""How an answer leaves: a short one in one piece that says its length, a long one while it is being made."""

from tests.support.in_process import InProcessHeadEnd
from tests.support.raw_http import HttpAnswer
from tests.support.soap_requests import get_meter_readings

DAY = ("2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z")


def ask(head_end: InProcessHeadEnd, *meters: str) -> HttpAnswer:
    message = get_meter_readings(*meters, period=DAY)
    return head_end.http("POST", "/services/GetMeterReadings", [("Content-Type", "text/xml")], message)


def test_the_readings_of_one_meter_come_with_their_length(quiet_head_end: InProcessHeadEnd) -> None:
    answer = ask(quiet_head_end, "M00000005")
    assert answer.header("Content-Length") == str(len(answer.body))


def test_the_readings_of_many_meters_begin_before_their_length_is_known(quiet_head_end: InProcessHeadEnd) -> None:
    meters = [f"M{index:08d}" for index in range(20)]
    assert ask(quiet_head_end, *meters).header("Content-Length") is None
