"""Events that a tester injects: any type at any meter, kept and told like all others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headend.operations.events.field_events import FieldEventSource
from headend.operations.events.inject_events import EventInjection, InjectedEvents, inject_events
from headend.operations.events.list_events import EndDeviceEventsQuery, list_events
from headend.operations.references import ObjectName, ObjectReference
from headend.operations.refusal import Refusal
from headend.store import EndDeviceEvent, Store, UnitOfWork
from simulator.cim.event_catalogue import ListedEvent, listed_events
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate
from tests.store.databases import database_url, postgresql_url, prepared_url, sqlite_url, store

__all__ = ["database_url", "postgresql_url", "prepared_url", "sqlite_url", "store"]

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FLEET = Fleet(
    FleetSpec(
        30,
        templates=(
            MeterTemplate(name="homes", count=20),
            MeterTemplate(name="gas", count=10, shares=(("gas", 10_000),)),
        ),
    )
)


def _named(name: str, kind: str = "EndDevice") -> tuple[ObjectReference, ...]:
    return (ObjectReference(kind, names=(ObjectName(name),)),)


ONE, GAS = _named("M00000003"), _named("M00000025")


@dataclass
class Told:
    """Keeps what is to be told, and when."""

    calls: list[tuple[list[EndDeviceEvent], datetime]] = field(default_factory=list)

    def __call__(self, _work: UnitOfWork, events: Sequence[EndDeviceEvent], at: datetime) -> None:
        self.calls.append((list(events), at))


def _inject(store: Store, told: Told | None = None, **injection: Any) -> InjectedEvents:
    given = {"event_type": "Security.-.TamperDetected", "meters": ONE} | injection
    with store.writing() as work:
        return inject_events(EventInjection(**given), FLEET, NOON, work, told or Told())


def _listed(store: Store, at: datetime = NOON) -> list[EndDeviceEvent]:
    with store.reading() as work:
        return list(list_events(EndDeviceEventsQuery(), FieldEventSource(FLEET), at, work).events)


def _refusal(store: Store, **injection: Any) -> tuple[list[str], str]:
    with pytest.raises(Refusal) as refused:
        _inject(store, **injection)
    return [error.code for error in refused.value.errors], " ".join(
        str(error.details) for error in refused.value.errors
    )


def test_an_injected_event_is_kept_and_listed(store: Store) -> None:
    injected = _inject(store)
    assert _listed(store) == list(injected.events)
    assert (injected.errors, injected.warnings) == ((), ())


def test_it_happens_now_at_the_meter_and_its_usage_point(store: Store) -> None:
    (event,) = _inject(store).events
    meter = FLEET.meter(3)
    assert (event.device_mrid, event.usage_point_mrid) == (meter.mrid, meter.usage_point_mrid)
    assert (event.type_code, event.created) == ("3.12.0.257", NOON)
    assert (event.severity, event.reason) == ("alarm", "tamper")


def test_it_carries_what_the_tester_says(store: Store) -> None:
    said = {
        "severity": "7",
        "reason": "seal broken",
        "details": (("photo", "4711"),),
        "issuer_id": "CIS",
        "issuer_tracking_id": "T-1",
        "user_id": "technician 12",
        "created": NOON - HOUR,
    }
    (event,) = _inject(store, **said).events
    assert {name: getattr(event, name) for name in said} == said
    assert _listed(store) == [event]


@pytest.fixture(scope="module")
def catalogue_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One database for the whole catalogue."""
    opened = Store.open(f"sqlite:///{tmp_path_factory.mktemp('catalogue') / 'events.db'}")
    yield opened
    opened.close()


@pytest.mark.parametrize("one", listed_events(), ids=lambda one: one.mnemonic)
def test_every_type_of_the_catalogue_can_be_injected(one: ListedEvent, catalogue_store: Store) -> None:
    assert [event.type_code for event in _inject(catalogue_store, event_type=one.mnemonic).events] == [
        one.of_device(3).code
    ]


def test_a_name_is_the_type_of_each_device_itself(store: Store) -> None:
    assert [event.type_code for event in _inject(store, meters=ONE + GAS).events] == ["3.12.0.257", "4.12.0.257"]


def test_a_code_is_taken_as_it_is(store: Store) -> None:
    injected = _inject(store, event_type="3.12.0.257", meters=GAS)
    assert [event.type_code for event in injected.events] == ["3.12.0.257"]
    assert injected.warnings == (
        "event type 3.12.0.257 is of device type 3; meters of class gas are of type 4: write *.12.0.257",
    )


@pytest.mark.parametrize(
    ("words", "meters", "warning"),
    [
        ("3.26.0.243", ONE, "event type 3.26.0.243 (Power.-.Stopped) is in no list of Annex E"),
        ("*.26.38.223", GAS, "meters of class gas have no Power.Voltage.SagStarted"),
        ("Power.Phase.Inactive", ONE, "meters of class residential have no Power.Phase.Inactive"),
    ],
)
def test_what_a_real_fleet_would_not_do_is_done_with_a_warning(
    store: Store, words: str, meters: tuple[ObjectReference, ...], warning: str
) -> None:
    injected = _inject(store, event_type=words, meters=meters)
    assert (len(injected.events), injected.warnings) == (1, (warning,))


def test_every_meter_of_a_group_has_its_event(store: Store) -> None:
    events = _inject(store, meters=(), groups=_named("homes", "EndDeviceGroup")).events
    assert [event.device_mrid for event in events] == [FLEET.meter(index).mrid for index in range(20)]


def test_the_same_event_twice_is_two_events(store: Store) -> None:
    first, second = _inject(store).events + _inject(store).events
    assert first.mrid != second.mrid
    assert len(_listed(store)) == 2


def test_it_is_told_at_once(store: Store) -> None:
    told = Told()
    events = _inject(store, told, created=NOON - HOUR).events
    assert told.calls == [(list(events), NOON)]


def test_what_lies_ahead_is_told_and_listed_at_its_time(store: Store) -> None:
    told = Told()
    events = _inject(store, told, created=NOON + HOUR).events
    assert told.calls == [(list(events), NOON + HOUR)]
    assert _listed(store) == []
    assert _listed(store, NOON + HOUR) == list(events)


def test_an_unknown_meter_is_an_error_beside_the_others(store: Store) -> None:
    injected = _inject(store, meters=ONE + _named("nobody"))
    assert len(injected.events) == 1
    assert [error.code for error in injected.errors] == ["2.4"]


@pytest.mark.parametrize(
    ("injection", "code", "words"),
    [
        ({"event_type": "Security.-.TamperDetcted"}, "1.8", "did you mean Security.-.TamperDetected"),
        ({"event_type": "3.12.0.2570"}, "1.8", "did you mean 3.12.0.257"),
        ({"event_type": ""}, "1.8", "there is no event type ''"),
        ({"meters": ()}, "1.7", "no device is named"),
        ({"meters": _named("nobody")}, "2.4", "name 'nobody' is not known here"),
        ({"usage_points": _named("UP9", "UsagePoint"), "meters": ()}, "2.12", "name 'UP9'"),
        ({"created": datetime(2019, 1, 1, tzinfo=UTC)}, "1.8", "installed before 2020-01-01T00:00:00+00:00"),
        ({"reason": "a\x00b"}, "1.8", "reason: 'a\\x00b' has a character that no XML can carry"),
        ({"details": (("a", "\ud800"),)}, "1.8", "EndDeviceEventDetails/a"),
    ],
)
def test_what_cannot_be_is_refused(store: Store, injection: dict[str, Any], code: str, words: str) -> None:
    codes, said = _refusal(store, **injection)
    assert codes == [code]
    assert words in said
    assert _listed(store) == []
