"""The fleet's time in a test: it stands, and a move of it waits for what it causes."""

from datetime import UTC, datetime, timedelta

import pytest

from headend.operations.declined import Declined
from headend.testing import Answer, FakeMdm, HeadEnd

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def headend(kit: HeadEnd) -> HeadEnd:
    kit.reset(subscriptions=True)
    return kit


def test_it_moves_as_far_as_it_is_told(headend: HeadEnd) -> None:
    assert headend.clock.now == NOON
    assert headend.clock.advance(timedelta(days=1), hours=1, minutes=2, seconds=3).now == datetime(
        2026, 3, 3, 13, 2, 3, tzinfo=UTC
    )
    assert headend.clock.set(datetime(2026, 3, 4, tzinfo=UTC)).now == headend.clock.now


@pytest.mark.parametrize(
    ("move", "sentence"),
    [
        (lambda clock: clock.advance(hours=-1), "time does not run backwards"),
        (lambda clock: clock.set(NOON - timedelta(1)), "time does not run backwards"),
        (lambda clock: clock.set(datetime(2026, 3, 4)), "has no zone"),  # noqa: DTZ001
    ],
)
def test_a_move_that_cannot_be_is_told(headend: HeadEnd, move, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Declined, match=sentence):
        move(headend.clock)


def test_a_move_returns_when_what_became_due_has_arrived(headend: HeadEnd) -> None:
    with FakeMdm() as mdm:
        headend.publish_to(mdm, "MeterReadings", every=timedelta(hours=1))
        moved = headend.clock.advance(hours=3)
        assert (moved.settled, moved.undelivered) == (True, ())
        assert str(moved) == "it is 2026-03-02T15:00:00+00:00; all that was due is delivered"
        assert len(mdm.received) == 3


def test_what_did_not_arrive_is_told(headend: HeadEnd) -> None:
    with FakeMdm(answer=Answer.failed("5.1")) as mdm:
        headend.publish_to(mdm, "EndDeviceEvents")
        headend.client().disconnect(headend.meters[0])
        moved = headend.clock.advance(minutes=1)
        (missing,) = moved.undelivered
        assert (missing.noun, missing.verb, missing.state) == ("EndDeviceEvents", "created", "retrying")
        assert str(moved).startswith("it is 2026-03-02T12:01:00+00:00; not delivered:\n  created EndDeviceEvents to ")
        mdm.reset()
        mdm.answer(Answer.ok())
        mdm.wait_for("EndDeviceEvents")  # the retry comes in the machine's time, and soon


def test_nobody_waits_longer_than_he_wants_to(headend: HeadEnd) -> None:
    with FakeMdm(answer=Answer.slow(30)) as mdm:
        headend.publish_to(mdm, "EndDeviceEvents")
        headend.client().disconnect(headend.meters[0])
        moved = headend.clock.advance(minutes=1, timeout_s=0.05)
        assert not moved.settled
        assert [one.state for one in moved.undelivered] == ["in_flight"]


def test_a_clock_that_runs_can_be_stopped() -> None:
    with HeadEnd(meters=3, clock="x1000") as headend:
        stopped = headend.clock.freeze()
        assert headend.clock.now == stopped
