"""Which meters a request is about: its devices, usage points and groups, as indices into the fleet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headend.operations.references import Lookup, ObjectReference, find_index
from headend.operations.refusal import Refusal
from headend.operations.reply import Error
from simulator.fleet import Fleet

UNKNOWN_DEVICE = "2.4"
UNKNOWN_USAGE_POINT = "2.12"
UNKNOWN_OTHER = "2.15"
"""Groups and transformer tanks have no code of their own in Annex B: `invalid request ID` comes nearest."""

Indices = NDArray[np.int64] | range
"""Fleet indices, in the order in which a reply lists them. A range costs nothing however many it spans."""


@dataclass(frozen=True, slots=True)
class Targets:
    """The meters that were found, each once, and one error for each reference that names nothing here."""

    meters: Indices
    errors: tuple[Error, ...] = ()


def find_targets(
    fleet: Fleet,
    end_devices: Sequence[ObjectReference] = (),
    usage_points: Sequence[ObjectReference] = (),
    groups: Sequence[ObjectReference] = (),
) -> Targets:
    """The union of all references, in their order. No reference at all means every meter of the fleet.

    The fleet has no groups (of devices, of usage points, or transformer tanks), so each is reported as unknown.
    """
    if not end_devices and not usage_points and not groups:
        return Targets(range(fleet.spec.meters))
    found: dict[int, None] = {}
    errors: list[Error] = []
    for reference in end_devices:
        _collect(found, errors, reference, fleet.index_of_mrid, fleet.index_of_name, UNKNOWN_DEVICE)
    for reference in usage_points:
        _collect(
            found,
            errors,
            reference,
            fleet.index_of_usage_point_mrid,
            fleet.index_of_usage_point_name,
            UNKNOWN_USAGE_POINT,
        )
    errors += unknown_objects(groups, UNKNOWN_OTHER)
    return Targets(np.fromiter(found, dtype=np.int64, count=len(found)), tuple(errors))


def unknown_objects(references: Iterable[ObjectReference], code: str) -> list[Error]:
    """One error per reference to objects of which this head end holds none."""
    return [
        Error(code, f"{reference} is not known here", object_id=reference.object_id)
        for reference in references
    ]


def _collect(
    found: dict[int, None],
    errors: list[Error],
    reference: ObjectReference,
    by_mrid: Lookup,
    by_name: Lookup,
    unknown_code: str,
) -> None:
    try:
        found[find_index(reference, by_mrid, by_name, unknown_code)] = None
    except Refusal as refusal:
        errors += refusal.errors
