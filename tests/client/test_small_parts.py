"""Message IDs, waiting, words for reading types."""

from datetime import UTC, datetime, timedelta
from itertools import islice

from headend.client import counted_ids, unique_ids
from headend.client.reading_words import reading_words
from headend.client.request_profiles import device
from headend.client.waiting import wait_for
from simulator.clock import ManualClock

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_counted_ids_are_the_same_in_every_run() -> None:
    assert list(islice(counted_ids("mdm"), 3)) == ["mdm-1", "mdm-2", "mdm-3"]


def test_unique_ids_differ_between_processes_instants_and_messages() -> None:
    sources = [unique_ids(NOW, 1), unique_ids(NOW, 2), unique_ids(NOW + timedelta(microseconds=1), 1)]
    assert len({message_id for ids in sources for message_id in islice(ids, 100)}) == 300


def test_a_uuid_is_an_mrid_and_everything_else_a_name() -> None:
    mrid = "D7D81100-b626-8001-9fb5-000000000003"
    assert [device(mrid), device("M00000003")] == [{"mRID": mrid}, {"Names": [{"name": "M00000003"}]}]


def test_waiting_ends_with_what_was_found() -> None:
    looks = iter([None, None, "there"])
    assert wait_for(lambda: next(looks), 60, ManualClock(NOW), poll_s=0) == "there"


def test_waiting_ends_at_the_deadline() -> None:
    clock = ManualClock(NOW)
    assert wait_for(lambda: clock.advance(timedelta(seconds=1)), 3, clock, poll_s=0) is None
    assert clock.now() == NOW + timedelta(seconds=3)


def test_waiting_for_no_time_looks_once() -> None:
    assert wait_for(lambda: "there", 0, ManualClock(NOW)) == "there"


def test_reading_types_are_told_in_words_with_their_unit() -> None:
    words = reading_words("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0")
    assert (words.quantity, words.unit) == ("fifteenMinute deltaData forward electricitySecondaryMetered energy", "Wh")


def test_a_reading_type_that_no_table_knows_stays_a_number() -> None:
    assert reading_words("1.2.3").quantity == "1.2.3"
