"""Looking through the fleet, a page at a time: by group, by class, by a piece of mRID or name."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from headend.operations.declined import Declined, DeclineKind
from headend.operations.fleet.meter_state import find_meter
from simulator.fleet import Fleet, Meter
from simulator.fleet.meter_groups import indices_of
from simulator.fleet.object_mrids import Kind
from simulator.near_miss import did_you_mean

_CHUNK: Final = 10_000
_MOST_LOOKED_AT: Final = 500_000
"""One page looks at so many meters at most: a search through ten million stays a row of short answers."""


@dataclass(frozen=True, slots=True)
class MeterFilter:
    """Which meters are wanted; None asks nothing."""

    group: str | None = None
    """mRID or name of a template, substation, feeder or transformer."""
    meter_class: str | None = None
    """Such as residential."""
    text: str | None = None
    """A piece of the name or the mRID, in any case."""


@dataclass(frozen=True, slots=True)
class MeterPage:
    """Some meters in the order of the fleet."""

    meters: tuple[Meter, ...]
    next: int | None
    """Where the next page begins; None: there is no more. A page may be short, even empty, and still have a next one:
    so many meters were looked at that did not fit."""


def meter_page(fleet: Fleet, wanted: MeterFilter, after: int, limit: int) -> MeterPage:
    """Up to `limit` meters that fit, beyond the first `after` candidates. Raises Declined."""
    candidates = _group_members(fleet, wanted.group)
    class_number = _class_number(fleet, wanted.meter_class)
    found: list[Meter] = []
    position = min(after, len(candidates))
    stop = min(len(candidates), position + _MOST_LOOKED_AT)
    while position < stop and len(found) < limit:
        chunk = indices_of(candidates[position : min(position + _CHUNK, stop)])
        for offset in _fitting(fleet, chunk, class_number, wanted.text):
            found.append(fleet.meter(int(chunk[offset])))
            if len(found) == limit:
                position += int(offset) + 1
                break
        else:
            position += len(chunk)
    return MeterPage(tuple(found), position if position < len(candidates) else None)


def meter_named(fleet: Fleet, text: str) -> Meter:
    """The meter with this mRID or name. Raises Declined."""
    meter = find_meter(fleet, text)
    if meter is None:
        run = f"; its meters are {fleet.meter(0).name} to {fleet.meter(len(fleet) - 1).name}" if len(fleet) else ""
        raise Declined(
            DeclineKind.NOT_FOUND,
            f"there is no meter {text!r} in this fleet of {len(fleet)} with seed {fleet.spec.seed}{run}",
            "GET /control/v1/meters lists the fleet; ?text= looks for a piece of a name or mRID",
        )
    return meter


def _fitting(fleet: Fleet, chunk: NDArray[np.int64], class_number: int | None, text: str | None) -> NDArray[np.int64]:
    """Positions in the chunk of the meters that fit, ascending."""
    fits = np.ones(len(chunk), bool)
    if class_number is not None:
        fits &= fleet.class_of(chunk) == class_number
    if text is not None:
        piece = text.casefold().encode()
        left = np.flatnonzero(fits)
        names, mrids = fleet.names(chunk[left]), fleet.mrids(chunk[left])
        fits[left] = [piece in name.lower() or piece in mrid.lower() for name, mrid in zip(names, mrids, strict=True)]
    return np.flatnonzero(fits)


def _group_members(fleet: Fleet, group: str | None) -> "range | NDArray[np.int64]":
    if group is None:
        return fleet.all_meters()
    members = fleet.group_members(group)
    if members is None:
        templates = [fleet.groups.at(Kind.TEMPLATE, number).name for number in fleet.groups.all_of(Kind.TEMPLATE)]
        raise Declined(
            DeclineKind.NOT_FOUND,
            f"there is no group {group!r} in this fleet{did_you_mean(group, templates)}",
            "name a template, substation, feeder or transformer; GET /control/v1/meters shows each meter's network",
        )
    return members


def _class_number(fleet: Fleet, name: str | None) -> int | None:
    if name is None:
        return None
    names = [one.name for one in fleet.classes]
    if name not in names:
        raise Declined(
            DeclineKind.NOT_FOUND,
            f"no meter of this fleet is of class {name!r}{did_you_mean(name, names)}",
            "the classes of a fleet are those of its templates",
        )
    return names.index(name)
