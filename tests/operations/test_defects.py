"""Defects put in, listed and taken away by who operates the head end."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headend.operations.defects import DefectRequest, DefectState, add_defect, list_defects, remove_defect
from headend.operations.refusal import Refusal
from headend.store import Store
from simulator.fleet import Fleet, FleetSpec

FLEET = Fleet(FleetSpec(10, seed=3, zone="Europe/Amsterdam"))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'headend.db'}")
    yield opened
    opened.close()


def add(store: Store, kind: str = "spike", meter: str = "M00000003", **changes: object) -> DefectState:
    with store.writing() as work:
        return add_defect(FLEET, DefectRequest(meter=meter, kind=kind, **({"start": NOON} | changes)), work)  # type: ignore[arg-type]


def refused(store: Store, **changes: object) -> tuple[str, str]:
    with pytest.raises(Refusal) as refusal:
        add(store, **changes)  # type: ignore[arg-type]
    (error,) = refusal.value.errors
    return error.code, error.details or ""


def test_a_defect_tells_all_its_numbers_and_explains_itself(store: Store) -> None:
    state = add(store, parameters={"factor": 9})
    assert (state.meter_name, state.start, state.end) == ("M00000003", NOON, NOON + timedelta(seconds=1))
    assert state.parameters == {"factor": 9}
    assert "show 9 times what flowed" in state.explanation


def test_a_parameter_that_nobody_named_has_its_default(store: Store) -> None:
    assert add(store).parameters == {"factor": 50}


def test_a_meter_is_named_by_its_name_or_its_mrid(store: Store) -> None:
    assert add(store, meter=FLEET.meter(3).mrid).meter_mrid == add(store).meter_mrid


def test_the_same_said_twice_is_two_defects(store: Store) -> None:
    assert add(store).mrid != add(store).mrid


def test_an_mrid_follows_from_what_was_said(store: Store, tmp_path: Path) -> None:
    other = Store.open(f"sqlite:///{tmp_path / 'other.db'}")
    assert add(store).mrid == add(other).mrid
    other.close()


def test_defects_are_listed_the_oldest_first_all_or_those_of_one_meter(store: Store) -> None:
    later = add(store)
    earlier = add(store, "gap", meter="M00000005", start=NOON - timedelta(days=1), end=NOON)
    with store.reading() as work:
        assert list_defects(FLEET, work) == [earlier, later]
        assert list_defects(FLEET, work, "M00000003") == [later]


def test_a_defect_that_is_removed_is_not_listed(store: Store) -> None:
    state = add(store)
    with store.writing() as work:
        remove_defect(state.mrid, work)
        assert list_defects(FLEET, work) == []


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"meter": "nobody"}, "2.4", "no meter 'nobody'; the first of this fleet is 'M00000000', the last 'M00000009'"),
        ({"kind": "spke"}, "1.8", "no kind of defect is called 'spke'; did you mean 'spike'?"),
        ({"parameters": {"facter": 3}}, "1.8", "spike has no parameter 'facter'; did you mean 'factor'?"),
        ({"parameters": {"factor": 1}}, "1.8", "factor of spike is 2 to 10000, not 1"),
        ({"kind": "gap", "parameters": {"factor": 3}}, "1.8", "gap has no parameter 'factor'; it has none"),
        ({"end": NOON}, "1.8", "spike ends after it begins"),
        ({"start": datetime(2001, 1, 1, tzinfo=UTC)}, "1.8", "M00000003 was installed at 20"),
        ({"kind": "clock_set_back"}, "1.8", "was going wrong for at least twice as long, not 1 s"),
    ],
)
def test_what_cannot_be_is_refused(store: Store, changes: dict[str, object], code: str, words: str) -> None:
    found, details = refused(store, **changes)
    assert found == code
    assert words in details


def test_removing_what_is_not_there_offers_what_is(store: Store) -> None:
    state = add(store)
    with store.writing() as work, pytest.raises(Refusal, match="did you mean"):
        remove_defect(state.mrid[:-1] + "x", work)


def test_removing_from_nothing_says_so(store: Store) -> None:
    with store.writing() as work, pytest.raises(Refusal, match="there is none at all"):
        remove_defect("x", work)
