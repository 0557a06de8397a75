"""Controls and what became of them."""

from datetime import UTC, datetime, timedelta

import pytest

from headend.store import Conflict, ControlOutcome, EndDeviceControl, Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONTROL = EndDeviceControl(
    mrid="control-1",
    type_code="3.31.0.23",
    accepted=NOON,
    scheduled=NOON + timedelta(hours=1),
    executed=None,
    issuer_id="billing",
    issuer_tracking_id="4711",
    reason="non-payment",
    correlation_id="correlation-1",
    source="MDM",
)


def test_a_control_comes_back_as_it_was_given(store: Store) -> None:
    with store.writing() as work:
        work.controls.add(CONTROL)
    with store.reading() as work:
        assert work.controls.get("control-1") == CONTROL


def test_a_control_that_nobody_gave_is_none(store: Store) -> None:
    with store.reading() as work:
        assert work.controls.get("control-1") is None
        assert work.controls.outcomes_of("control-1") == []


def test_outcomes_come_back_by_device(store: Store) -> None:
    outcomes = [ControlOutcome("b", "failed", "3.31.0.84"), ControlOutcome("a", "succeeded", "3.31.0.68")]
    with store.writing() as work:
        work.controls.add(CONTROL, outcomes)
    with store.reading() as work:
        assert work.controls.outcomes_of("control-1") == [outcomes[1], outcomes[0]]


def test_outcomes_may_come_later(store: Store) -> None:
    with store.writing() as work:
        work.controls.add(CONTROL, [ControlOutcome("a", "succeeded")])
    with store.writing() as work:
        work.controls.add_outcomes("control-1", [ControlOutcome("b", "succeeded")])
        assert [outcome.device_mrid for outcome in work.controls.outcomes_of("control-1")] == ["a", "b"]


def test_a_control_for_ten_thousand_devices_is_one_unit_of_work(store: Store) -> None:
    with store.writing() as work:
        work.controls.add(CONTROL, (ControlOutcome(f"meter-{number}", "succeeded") for number in range(10_000)))
    with store.reading() as work:
        assert len(work.controls.outcomes_of("control-1")) == 10_000


def test_an_mrid_is_given_once(store: Store) -> None:
    with store.writing() as work:
        work.controls.add(CONTROL)
    with pytest.raises(Conflict, match="control-1"), store.writing() as work:
        work.controls.add(CONTROL)


def test_a_device_has_one_outcome_of_a_control(store: Store) -> None:
    with pytest.raises(Conflict, match="control-1"), store.writing() as work:
        work.controls.add(CONTROL, [ControlOutcome("a", "succeeded"), ControlOutcome("a", "failed")])


def test_outcomes_of_an_unknown_control_are_refused(store: Store) -> None:
    with pytest.raises(Conflict, match="nobody"), store.writing() as work:
        work.controls.add_outcomes("nobody", [ControlOutcome("a", "succeeded")])


def test_controls_are_counted(store: Store) -> None:
    with store.writing() as work:
        assert work.controls.count() == 0
        work.controls.add(CONTROL)
        assert work.controls.count() == 1
