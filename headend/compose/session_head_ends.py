"""Builds the head ends of sessions: the settings are the head end's own, but for what a session says otherwise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from headend.compose.shared_parts import SharedParts
from headend.config import Settings
from headend.delivery.dispatch_on_demand import DispatchOnDemand
from headend.operations.declined import Declined, DeclineKind
from headend.sessions.sessions import SessionBounds, SessionHeadEnd, Sessions
from headend.soap.application import WsgiApp
from headend.store import ExchangeStore, Store
from headend.store.session_register import SessionRegister, StoredSession
from headend.store.sessions_of import sessions_of
from simulator.fleet import Fleet, FleetSpec, InvalidFleet

if TYPE_CHECKING:
    from headend.compose.head_end import HeadEnd

BuildHeadEnd = Callable[[Settings, Fleet, Store, Callable[[], ExchangeStore]], "HeadEnd"]

_OF_THE_FLEET: Final = frozenset({"seed", "meters"})


def open_sessions(settings: Settings, shared: SharedParts, store: Store, build: BuildHeadEnd) -> Sessions:
    """The sessions of the head end that has these settings and this store; nothing is looked at before it is used."""
    register = sessions_of(store)

    def open_session(stored: StoredSession) -> SessionHeadEnd:
        return _opened(settings, shared, register, stored, build)

    def check(wanted: Mapping[str, Any]) -> None:
        _spec_of(_settings_of(settings, wanted))

    bounds = SessionBounds(settings.most_sessions, timedelta(hours=settings.keep_sessions_hours))
    return Sessions(register, open_session, check, bounds, shared.machine)


def _opened(
    settings: Settings, shared: SharedParts, register: SessionRegister, stored: StoredSession, build: BuildHeadEnd
) -> SessionHeadEnd:
    own = _settings_of(settings, stored.settings)
    fleet = _fleet_of(own, stored.settings, shared)
    store = register.open_store(stored)
    try:
        head_end = build(own, fleet, store, lambda: register.open_exchanges(stored))
        assert isinstance(head_end.dispatcher, DispatchOnDemand)
        return _OfSession(head_end, head_end.dispatcher)
    except BaseException:
        store.close()
        raise


def _settings_of(settings: Settings, wanted: Mapping[str, Any]) -> Settings:
    """Raises Declined."""
    if not wanted:
        return settings
    try:
        # Made anew, not copied: a copy would not be looked through, and remember the fleet of the first.
        return Settings(**{**{name: getattr(settings, name) for name in settings.model_fields_set}, **wanted})
    except ValidationError as error:
        problem = error.errors(include_input=False)[0]
        told = f"{problem['loc'][0]}: {problem['msg'].removeprefix('Value error, ')}"
        raise _does_not_fit(told) from None


def _fleet_of(settings: Settings, wanted: Mapping[str, Any], shared: SharedParts) -> Fleet:
    """Raises Declined."""
    if not _OF_THE_FLEET & wanted.keys():
        return shared.fleet
    return Fleet(_spec_of(settings))


def _spec_of(settings: Settings) -> FleetSpec:
    """Raises Declined."""
    try:
        return settings.fleet_spec
    except InvalidFleet as error:
        raise _does_not_fit(str(error)) from None


def _does_not_fit(told: str) -> Declined:
    return Declined(DeclineKind.INVALID, told, "leave it out to have what the head end has; see docs/sessions.md")


@dataclass(frozen=True, slots=True)
class _OfSession:
    """See SessionHeadEnd."""

    head_end: "HeadEnd"
    dispatcher: DispatchOnDemand

    @property
    def wsgi(self) -> WsgiApp:
        return self.head_end.wsgi

    def begin(self) -> None:
        self.head_end.news.begin()
        self.dispatcher.start()

    def heed(self) -> None:
        self.dispatcher.heed()

    def look(self) -> None:
        self.dispatcher.look()

    def tidy_up(self) -> int:
        return self.head_end.housekeeping.tidy_up()

    def close(self) -> None:
        self.head_end.close()
