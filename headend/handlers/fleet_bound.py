"""Handlers that work on the fleet as it is when a request comes."""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from headend.handlers.exchange import Answer, Handler, Request
from headend.operations.fleet.fleet_in_force import FleetInForce
from headend.store import UnitOfWork
from simulator.fleet import Fleet

T = TypeVar("T")


class FleetBound(Generic[T]):
    """Something made for one fleet, kept until the fleet is another one."""

    def __init__(self, fleets: FleetInForce, make: Callable[[Fleet], T]) -> None:
        self._fleets = fleets
        self._make = make
        self._latest: tuple[Fleet, T] = (fleets.base, make(fleets.base))

    def at(self, now: datetime, work: UnitOfWork) -> T:
        """What belongs to the fleet of an instant."""
        fleet = self._fleets.at(now, work)
        made_for, made = self._latest
        if made_for is not fleet:
            # Two threads may both make one; either will do.
            made = self._make(fleet)
            self._latest = fleet, made
        return made


def fleet_bound(fleets: FleetInForce, make: Callable[[Fleet], Handler]) -> Handler:
    """A handler that `make` makes anew whenever the fleet has become another one."""
    bound = FleetBound(fleets, make)

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        return bound.at(now, work)(request, work, now)

    return handle


def bound_to(bound: FleetBound[T], make: Callable[[T], Handler]) -> Handler:
    """A handler made, for each request, of something that belongs to the fleet."""

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        return make(bound.at(now, work))(request, work, now)

    return handle
