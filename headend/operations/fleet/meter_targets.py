"""Which meters a request is about: its devices, usage points and groups, as indices into the fleet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from headend.operations.references import Lookup, ObjectReference, find_object
from headend.operations.refusal import Refusal
from headend.operations.reply import Error
from simulator.fleet import Fleet
from simulator.fleet.meter_groups import indices_of

T = TypeVar("T")

UNKNOWN_DEVICE = "2.4"
UNKNOWN_USAGE_POINT = "2.12"
UNKNOWN_OTHER = "2.15"
"""Groups and transformer tanks have no code of their own in Annex B: `invalid request ID` comes nearest."""

NO_MEMBER = "5.2"
"""An empty group has no code of its own either: nothing is attempted."""

Indices = NDArray[np.int64] | range
"""Fleet indices, in the order in which a reply lists them. A range costs nothing however many it spans."""

_FEW = 1_000
"""What is kept of so many meters is looked up by their mRIDs; of a longer range all that is kept is looked at."""


class KnownElsewhere(Protocol):
    """Knows objects that the fleet does not: see `master_meters.MasterMeters`."""

    def meters_of(self, reference: ObjectReference) -> NDArray[np.int64]:
        """The meters of an object. Raises Refusal."""


@dataclass(frozen=True, slots=True)
class Targets:
    """The meters that were found, each once, and one error for each reference that names nothing here or nobody."""

    meters: Indices
    errors: tuple[Error, ...] = ()


def required(targets: Targets, references: Sequence[ObjectReference]) -> Targets:
    """The targets. Raises Refusal where there is no meter among them: nobody hangs at a usage point, say (5.2)."""
    if len(targets.meters):
        return targets
    nobody = [Error(NO_MEMBER, f"{one} has no meter", object_id=one.object_id) for one in references]
    raise Refusal(*(targets.errors or nobody))


def find_targets(
    fleet: Fleet,
    end_devices: Sequence[ObjectReference] = (),
    usage_points: Sequence[ObjectReference] = (),
    groups: Sequence[ObjectReference] = (),
    elsewhere: KnownElsewhere | None = None,
    others: Sequence[ObjectReference] = (),
) -> Targets:
    """The union of all references, in their order. No reference at all means every meter of the fleet.

    elsewhere: who is asked for devices, usage points and transformers that the fleet does not know, and for `others`,
    such as customers, which it never knows.

    groups: EndDeviceGroup and TransformerTank stand for meters (`simulator.fleet.meter_groups`), UsagePointGroup for
    every meter at the usage points of those.
    """
    if not (end_devices or usage_points or groups or others):
        return Targets(fleet.all_meters())
    found: list[Indices] = []
    errors: list[Error] = []
    for reference in end_devices:
        index = _find(reference, fleet.index_of_mrid, fleet.index_of_name, UNKNOWN_DEVICE, errors, elsewhere)
        if isinstance(index, int):
            found.append(range(index, index + 1))
        elif index is not None:
            found.append(index)
    for reference in usage_points:
        point = _find(
            reference, fleet.usage_point_of_mrid, fleet.usage_point_of_name, UNKNOWN_USAGE_POINT, errors, elsewhere
        )
        if point is not None:
            found.append(fleet.meters_at(point) if isinstance(point, int) else point)
    for reference in groups:
        asked = elsewhere if reference.object_type == "TransformerTank" else None
        group = _find(reference, fleet.groups.of_mrid, fleet.groups.of_name, UNKNOWN_OTHER, errors, asked)
        if isinstance(group, np.ndarray):
            found.append(group)
        elif group is not None:
            members = fleet.groups.members(group)
            if not len(members):
                errors.append(Error(NO_MEMBER, f"{reference} has no member", object_id=reference.object_id))
            found.append(fleet.beside(members) if reference.object_type == "UsagePointGroup" else members)
    for reference in others:
        try:
            if elsewhere is not None:
                found.append(elsewhere.meters_of(reference))
        except Refusal as refusal:
            errors += refusal.errors
    return Targets(_each_once(found), tuple(errors))


def unknown_object(reference: ObjectReference, code: str) -> Error:
    """The error for a reference to an object that this head end does not hold."""
    return Error(code, f"{reference} is not known here", object_id=reference.object_id)


def _find(
    reference: ObjectReference,
    by_mrid: Lookup[T],
    by_name: Lookup[T],
    unknown_code: str,
    errors: list[Error],
    elsewhere: KnownElsewhere | None,
) -> T | NDArray[np.int64] | None:
    """What the fleet has under a reference, or the meters that somebody else knows for it."""
    try:
        return find_object(reference, by_mrid, by_name, unknown_code)
    except Refusal as refusal:
        if elsewhere is None or refusal.errors[0].code != unknown_code:
            errors += refusal.errors
            return None
    try:
        return elsewhere.meters_of(reference)
    except Refusal as refusal:
        errors += refusal.errors
        return None


def _each_once(runs: Sequence[Indices]) -> Indices:
    """The meters of all runs in their order; one that comes again is left out."""
    if not runs:
        return np.empty(0, np.int64)
    if len(runs) == 1 and len(runs[0]) > _FEW:
        return runs[0]
    together = np.concatenate([indices_of(run) for run in runs])
    _, first = np.unique(together, return_index=True)
    kept: NDArray[np.int64] = together[np.sort(first)]
    return kept
