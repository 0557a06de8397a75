"""Controls and what became of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headend.store import Conflict, ControlOutcome, ControlSelection, EndDeviceControl, ServiceWork, Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
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


def test_the_next_number_is_higher_than_any_that_there_was(store: Store) -> None:
    with store.writing() as work:
        assert work.controls.next_number() == 0
        work.controls.add(CONTROL)
        work.controls.delete("control-1", NOON)
        assert work.controls.next_number() == 1


def later(control: str, **fields: object) -> EndDeviceControl:
    """Another control, accepted an hour after the first."""
    return replace(CONTROL, mrid=control, accepted=NOON + timedelta(hours=1), **fields)  # type: ignore[arg-type]


@pytest.fixture
def two(store: Store) -> Store:
    """control-1 for a and b, and control-2 for b, which somebody else created."""
    with store.writing() as work:
        work.controls.add(CONTROL, [ControlOutcome("a", "succeeded"), ControlOutcome("b", "succeeded")], "<one/>")
        other = later("control-2", source="CIS", issuer_id=None, issuer_tracking_id="4712", reason="test")
        work.controls.add(other, [ControlOutcome("b", "failed")])
    return store


@pytest.mark.parametrize(
    ("selection", "found"),
    [
        (ControlSelection(), [1, 2]),
        (ControlSelection(mrids=["control-2", "nobody"]), [2]),
        (ControlSelection(mrids=[]), []),
        (ControlSelection(devices=["a"]), [1]),
        (ControlSelection(devices=["b", "a"]), [1, 2]),
        (ControlSelection(devices=["a"], mrids=["control-2"]), []),
        (ControlSelection(source="MDM", correlation_id="correlation-1"), [1]),
        (ControlSelection(source=None, correlation_id="correlation-1"), []),
        (ControlSelection(issuer_ids=["billing"]), [1]),
        (ControlSelection(issuer_tracking_ids=["4711", "4712"]), [1, 2]),
        (ControlSelection(reasons=["test"]), [2]),
    ],
)
def test_a_selection_finds_controls_the_oldest_first(two: Store, selection: ControlSelection, found: list[int]) -> None:
    with two.reading() as work:
        assert [one.mrid for one in work.controls.find(selection)] == [f"control-{number}" for number in found]


def test_a_control_is_kept_with_its_document(two: Store) -> None:
    with two.reading() as work:
        assert work.controls.documents(["control-1", "control-2"]) == {"control-1": "<one/>"}


def test_a_deleted_control_is_gone_but_for_its_mrid(two: Store) -> None:
    with two.writing() as work:
        work.controls.delete("control-1", NOON)
    with two.reading() as work:
        assert (work.controls.get("control-1"), work.controls.outcomes_of("control-1")) == (None, [])
        assert [one.mrid for one in work.controls.find(ControlSelection())] == ["control-2"]
        assert work.controls.documents(["control-1"]) == {}
        assert work.controls.is_taken("control-1")


def test_a_closed_control_says_when(two: Store) -> None:
    with two.writing() as work:
        work.controls.close("control-1", NOON)
    with two.reading() as work:
        assert work.controls.get("control-1") == replace(CONTROL, closed=NOON)


def test_a_changed_control_is_the_newest_of_its_devices(two: Store) -> None:
    now, reaches = NOON + timedelta(hours=2), NOON + timedelta(hours=9)
    with two.writing() as work:
        for mrid in ("control-1", "control-2"):
            work.controls.change_outcomes(mrid, [ControlOutcome("b", "succeeded", reaches=reaches)])
        assert [one.mrid for one, _ in work.controls.live(["b"], now)["b"]] == ["control-1", "control-2"]
        work.controls.change(replace(CONTROL, scheduled=reaches, changed=now))
        assert [one.mrid for one, _ in work.controls.live(["b"], now)["b"]] == ["control-2", "control-1"]
    with two.reading() as work:
        assert work.controls.get("control-1") == replace(CONTROL, scheduled=reaches, changed=now)


def test_devices_count_once_for_each_control(two: Store) -> None:
    with two.reading() as work:
        assert work.controls.count_outcomes(["control-1", "control-2", "nobody"]) == 3


def kept(number: int, at: datetime, *outcomes: ControlOutcome) -> tuple[EndDeviceControl, tuple[ControlOutcome, ...]]:
    control = EndDeviceControl(mrid=f"control-{number}", type_code="3.31.0.23", accepted=at)
    return control, outcomes or (ControlOutcome("meter", "succeeded"),)


def hourly(store: Store, count: int) -> None:
    """As many controls, one an hour, each over at once."""
    with store.writing() as work:
        for number in range(count):
            work.controls.add(*kept(number, NOON + number * HOUR))


def over(store: Store, *, before: datetime, keep: int = 1000, now: datetime = NOON + 1000 * HOUR) -> list[str]:
    with store.reading() as work:
        return [mrid for _, mrid in work.controls.over(before=before, keep=keep, now=now, limit=1000)]


def test_what_is_over_is_found_by_age(store: Store) -> None:
    hourly(store, 4)
    assert over(store, before=NOON + HOUR) == ["control-0", "control-1"]


def test_what_is_over_is_found_by_number(store: Store) -> None:
    hourly(store, 4)
    assert over(store, before=NOON - HOUR, keep=3) == ["control-0"]


def test_the_newest_control_is_never_over_for_its_number_would_be_given_again(store: Store) -> None:
    hourly(store, 2)
    assert over(store, before=NOON + 100 * HOUR) == ["control-0"]


def test_a_page_begins_behind_a_number(store: Store) -> None:
    hourly(store, 5)
    with store.reading() as work:
        first = work.controls.over(before=NOON + 9 * HOUR, keep=1000, now=NOON, limit=2)
        second = work.controls.over(before=NOON + 9 * HOUR, keep=1000, now=NOON, limit=2, after=first[-1][0])
    assert [mrid for _, mrid in (*first, *second)] == ["control-0", "control-1", "control-2", "control-3"]


@pytest.mark.parametrize("what", ["done", "reaches", "begins", "ends"])
def test_what_goes_on_at_any_device_is_not_over(store: Store, what: str) -> None:
    later = replace(ControlOutcome("b", "succeeded"), **{what: NOON + 10 * HOUR})
    with store.writing() as work:
        work.controls.add(*kept(0, NOON, ControlOutcome("a", "succeeded"), later))
        work.controls.add(*kept(1, NOON))
    assert over(store, before=NOON + 9 * HOUR) == []
    assert over(store, before=NOON, keep=1, now=NOON + 9 * HOUR) == []
    assert over(store, before=NOON, keep=1, now=NOON + 10 * HOUR) == ["control-0"]


def test_a_control_counts_from_its_last_change_and_from_its_end(store: Store) -> None:
    hourly(store, 4)
    with store.writing() as work:
        work.controls.change(replace(kept(0, NOON)[0], changed=NOON + 5 * HOUR))
        work.controls.close("control-1", NOON + 6 * HOUR)
    assert over(store, before=NOON + 4 * HOUR) == ["control-2", "control-3"]


def test_a_control_that_was_cancelled_long_before_its_time_is_over(store: Store) -> None:
    far = EndDeviceControl("control-0", "3.31.0.23", NOON, NOON + 900 * HOUR, NOON + 900 * HOUR)
    with store.writing() as work:
        work.controls.add(far, [ControlOutcome("a", "cancelled", None, NOON + HOUR)])
        work.controls.add(*kept(1, NOON))
    assert over(store, before=NOON + HOUR) == ["control-0"]


def test_a_control_that_carries_out_a_service_work_stays(store: Store) -> None:
    hourly(store, 3)
    with store.writing() as work:
        work.service_works.add(
            ServiceWork(
                mrid="w", kind="x", document={}, revision=1, accepted=NOON, changed=NOON, control_mrid="control-0"
            ),
            {},
        )
    assert over(store, before=NOON + 9 * HOUR) == ["control-1"]


def test_a_forgotten_control_leaves_nothing_behind_and_its_mrid_is_free(store: Store) -> None:
    hourly(store, 3)
    with store.writing() as work:
        work.controls.delete("control-1", NOON)
        assert work.controls.forget(["control-0", "control-1"], NOON, 500) == 3  # two controls, one outcome
        assert not work.controls.is_taken("control-0")
        assert not work.controls.is_taken("control-1")
        assert work.controls.outcomes_of("control-0") == []
        assert work.controls.get("control-2") is not None


def test_a_control_of_many_devices_is_unknown_at_once_and_gone_piece_by_piece(store: Store) -> None:
    many = [ControlOutcome(f"meter-{number}", "succeeded") for number in range(7)]
    with store.writing() as work:
        work.controls.add(*kept(0, NOON, *many), "as it came")
        work.controls.add(*kept(1, NOON))
    with store.writing() as work:
        assert work.controls.forget(["control-0"], NOON, 5) == 5
    with store.reading() as work:
        assert work.controls.get("control-0") is None
        assert work.controls.find(ControlSelection(devices=["meter-6"])) == []
        assert work.controls.documents(["control-0"]) == {}
    assert over(store, before=NOON) == ["control-0"]
    with store.writing() as work:
        assert work.controls.forget(["control-0"], NOON, 5) == 3
        assert not work.controls.is_taken("control-0")
