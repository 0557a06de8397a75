"""The same fleet, had nobody a bypass: what its meters register is what really flows."""

from copy import copy
from dataclasses import replace

from simulator.fleet import Fleet


def honest_fleet(fleet: Fleet) -> Fleet:
    """A fleet with the same meters, keys and weather, in which all that flows passes the meters.

    It is for reading alone: its classes are not those of its templates any more. The fleet itself where nobody has a
    bypass.
    """
    if not any(one.bypassed for one in fleet.classes):
        return fleet
    honest = copy(fleet)
    honest.layout = copy(fleet.layout)
    honest.layout.classes = tuple(replace(one, bypassed=0) if one.bypassed else one for one in fleet.classes)
    return honest
