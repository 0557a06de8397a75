"""Which names of meters are magic."""

from pathlib import Path

import pytest

from headend.config import Settings
from headend.operations.magic_names import MAGIC_NAMES, MagicMeters, kind_of_name
from headend.operations.orderings import OrderingKind
from headend.store import Store
from simulator.fleet import Fleet, FleetSpec
from tests.support.magic_meters import magic_fleet


@pytest.mark.parametrize("name", MAGIC_NAMES)
@pytest.mark.parametrize("form", ["{}", "{}-1", "TOWN-{}-1", "Town {}", "E_{}-00001"])
def test_a_word_is_magic_wherever_it_stands_by_itself(form: str, name: str) -> None:
    assert kind_of_name(form.format(name)) is MAGIC_NAMES[name]


@pytest.mark.parametrize("name", ["TEMPLATE-1", "LATER-1", "LATE1", "late-1", "SWAPPED.1", "M00000001", ""])
def test_other_names_are_not(name: str) -> None:
    assert kind_of_name(name) is None


def test_every_kind_has_a_name() -> None:
    assert set(MAGIC_NAMES.values()) == set(OrderingKind)


@pytest.fixture
def empty(tmp_path: Path) -> Store:
    return Store.open(f"sqlite:///{tmp_path / 'headend.db'}")


def test_a_usual_fleet_has_no_magic_meters(empty: Store) -> None:
    with empty.reading() as work:
        assert not MagicMeters(Fleet(FleetSpec(1000))).may_be(work)


def test_a_list_of_meters_may_have_some(empty: Store, tmp_path: Path) -> None:
    fleet = Fleet(Settings(fleet=magic_fleet(tmp_path)).fleet_spec)
    with empty.reading() as work:
        assert MagicMeters(fleet).may_be(work)


def test_the_names_of_a_template_may_be_some(empty: Store, tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text("templates:\n  - name: slow\n    count: 3\n    names: {prefix: LATE-, digits: 3}\n")
    fleet = Fleet(Settings(fleet=file).fleet_spec)
    with empty.reading() as work:
        assert MagicMeters(fleet).may_be(work)
