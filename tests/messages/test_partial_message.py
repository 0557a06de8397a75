"""The part of a message: half of its objects, or of what its only object repeats."""

import pytest
from lxml import etree

from headend.messages.partial_message import partial_message
from tests.support.in_process import InProcessHeadEnd
from tests.support.raw_http import HttpAnswer
from tests.support.readings import intervals, registers
from tests.support.reply import Reply
from tests.support.soap_requests import ENERGY, LOAD_PROFILE
from tests.support.wire_rules import checked_reply

DAY = ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")


def part_of(reply: Reply) -> Reply:
    """The part, which keeps every rule of the wire as the whole does."""
    document = partial_message(reply.raw)
    assert document is not None
    headers = (("Content-Type", "text/xml; charset=utf-8"),)
    return checked_reply("/services/GetMeterReadings", HttpAnswer(200, headers, document))


@pytest.mark.parametrize(("meters", "left"), [(2, 1), (3, 2), (4, 2)])
def test_half_of_the_meters_are_in_the_part(quiet_head_end: InProcessHeadEnd, meters: int, left: int) -> None:
    names = [f"M{number:08}" for number in range(meters)]
    part = part_of(quiet_head_end.read(*names, reading_types=[ENERGY]))
    assert (part.result, part.codes) == ("PARTIAL", ["0.1"])
    assert len(registers(part)) == left


def test_half_of_the_intervals_of_a_single_meter_are_in_the_part(quiet_head_end: InProcessHeadEnd) -> None:
    whole = quiet_head_end.read("M00000001", reading_types=[LOAD_PROFILE], period=DAY)
    assert (len(intervals(whole)), len(intervals(part_of(whole)))) == (96, 48)


def test_a_reply_with_nothing_to_take_away_is_partial_all_the_same(quiet_head_end: InProcessHeadEnd) -> None:
    part = part_of(quiet_head_end.read("M00000001", reading_types=[ENERGY]))
    assert (part.result, len(registers(part))) == ("PARTIAL", 1)


def test_a_failed_reply_has_no_parts(quiet_head_end: InProcessHeadEnd) -> None:
    assert partial_message(quiet_head_end.read("nobody").raw) is None


def test_a_fault_has_no_parts(quiet_head_end: InProcessHeadEnd) -> None:
    assert partial_message(quiet_head_end.post("GetMeterReadings", b"<x/>").raw) is None


def test_the_part_of_two_reading_types_keeps_what_its_readings_refer_to(quiet_head_end: InProcessHeadEnd) -> None:
    whole = quiet_head_end.read("M00000001", reading_types=[ENERGY, LOAD_PROFILE], period=DAY)
    of_part = [etree.QName(one).localname for one in part_of(whole).payload]
    assert of_part == [etree.QName(one).localname for one in whole.payload]
