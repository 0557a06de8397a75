"""Kinds of meters: of one cohort and one class, they deliver the same since the same day; a reply treats them alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.cim.reading_type import ReadingType
from simulator.fleet import Fleet, Indices
from simulator.fleet.fleet_template import MeterTemplate
from simulator.meter_class import MeterClass
from simulator.quantities import channel, default_reading_types, delivers


@dataclass(frozen=True, slots=True)
class MeterKind:
    """The meters of one cohort (see `Fleet.cohort_of`) and one class; `template` is None for imported meters."""

    template: MeterTemplate | None
    meter_class: MeterClass

    @property
    def occurs(self) -> bool:
        """Whether such meters can be: a template has some classes only."""
        return self.template is None or self.meter_class in self.template.classes

    def default_reading_types(self) -> tuple[ReadingType, ...]:
        """What such a meter delivers when nobody says otherwise: what its template says, or else its class."""
        if self.template is None or not self.template.reading_types:
            return default_reading_types(self.meter_class)
        return tuple(one for one in self.template.reading_types if delivers(channel(one), self.meter_class))


def meter_kinds(fleet: Fleet) -> tuple[MeterKind, ...]:
    """Every combination, at the position that `kind_of` gives."""
    placed = [one.template for one in fleet.layout.templates]
    templates = [*placed, *[None] * (len(fleet.installed_by_cohort) - len(placed))]
    return tuple(MeterKind(template, meter_class) for template in templates for meter_class in fleet.classes)


def installed_of_kinds(fleet: Fleet) -> tuple[int, ...]:
    """When the meters of each kind were installed, in epoch seconds, at the positions of `meter_kinds`."""
    return tuple(np.repeat(fleet.installed_by_cohort, len(fleet.classes)).tolist())


def kind_of(fleet: Fleet, indices: Indices) -> NDArray[np.int64]:
    """The kind of each meter, as a position in `meter_kinds`."""
    meters = np.asarray(indices, np.int64)
    kinds: NDArray[np.int64] = fleet.cohort_of(meters) * len(fleet.classes) + fleet.class_of(meters)
    return kinds
