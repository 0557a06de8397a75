"""The flows of meters of one class at the instants of a request.

Forward and reverse energy and volume have a cascade of their own. Reactive energy follows an active flow: up
to a midnight it is a fixed part of it, the meter's tan phi; through the day it spreads by its own hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator import noise
from simulator.cascade import day_curve, slot_curve
from simulator.cascade.day_curve import AlikeDays, Share
from simulator.cascade.day_energy import DayEnergies
from simulator.cascade.day_groups import DayGroup, DayGroups
from simulator.cascade.flow import Flow, flow_keys
from simulator.cascade.shared_days import day_types
from simulator.fleet import Fleet
from simulator.local_time import epoch_day
from simulator.meter_class import MeterClass, Reactive
from simulator.noise import Purpose, Words
from simulator.profiles import Profile, rungs

# How many rows, pairs of a meter and a day, are worked on together: their arrays should stay in the cache.
_ROWS_AT_A_TIME: Final = 1024
_ROWS_OF_SLOTS_AT_A_TIME: Final = 128  # each with 288 slots
# Of years of days a single meter fills the cache, but then its months cost a hundred small array operations each.
_LEAST_METERS_AT_A_TIME: Final = 16
_BITS_OF_TAN_PHI: Final = 10


@dataclass(frozen=True, slots=True)
class _Output:
    """One flow that was asked for."""

    column: int  # which of the flows it is
    source: Flow  # whose energy it is, or follows
    reactive: Reactive | None
    purpose_index: int  # of the draw of tan phi
    hours: Words | None


@dataclass(frozen=True, slots=True)
class _Source:
    """Energy of days, and what comes before the installation."""

    before: Words  # (meters, days)
    after: Words  # (meters, days)
    before_installation: Words  # (meters, 1)


class ClassFlows:
    """What a class needs at a set of instants, worked out once for any number of its meters."""

    __slots__ = (
        "_alike",
        "_at_installation",
        "_days",
        "_energies",
        "_families",
        "_fleet",
        "_meter_class",
        "rows_at_a_time",
    )

    def __init__(self, fleet: Fleet, meter_class: MeterClass, flows: Sequence[Flow], days: DayGroups) -> None:
        self._fleet = fleet
        self._meter_class = meter_class
        self._days = days
        # A family is what spreads over the day by one profile: both directions of energy, or a volume.
        self._families: list[tuple[Profile, list[_Output]]] = []
        for leader in (Flow.FORWARD, Flow.VOLUME):
            outputs = [
                output
                for column, flow in enumerate(flows)
                if (output := self._output(column, flow, leader)) is not None
            ]
            if outputs:
                self._families.append((self._profile(leader), outputs))
        self._alike = [
            [
                AlikeDays(group.days, group.midnights, day_types(fleet, profile, group.days), group.clock)
                for group in days.groups
            ]
            for profile, _ in self._families
        ]
        self._energies: dict[Flow, DayEnergies] = {}
        self._at_installation: dict[Flow, DayEnergies] = {}
        if len(days.days):
            installed = np.array([epoch_day(fleet.spec.installed)])
            for source in {output.source for _, outputs in self._families for output in outputs}:
                profile = self._profile(source)
                self._energies[source] = DayEnergies(fleet, profile, days.days)
                if (fleet.spec.installed.month, fleet.spec.installed.day) != (1, 1):
                    self._at_installation[source] = DayEnergies(fleet, profile, installed)
        by_slots = any(profile.by_slots for profile, _ in self._families)
        most_days = max((len(group.days) for group in days.groups), default=1)
        at_a_time, least = (_ROWS_OF_SLOTS_AT_A_TIME, 1) if by_slots else (_ROWS_AT_A_TIME, _LEAST_METERS_AT_A_TIME)
        self.rows_at_a_time = max(least, at_a_time // most_days)

    def _output(self, column: int, flow: Flow, leader: Flow) -> _Output | None:
        shape = self._meter_class.flows.get(flow)
        if shape is None:
            return None
        source = shape.source if isinstance(shape, Reactive) else flow
        if (source is Flow.VOLUME) != (leader is Flow.VOLUME):
            return None
        if isinstance(shape, Reactive):
            return _Output(column, source, shape, int(flow), np.array(shape.hours, np.uint64))
        return _Output(column, source, None, int(flow), None)

    def _profile(self, flow: Flow) -> Profile:
        shape = self._meter_class.flows[flow]
        if isinstance(shape, Reactive):
            raise TypeError(f"class {self._meter_class.name}: {flow.name} needs a profile")
        return shape

    def fill(self, keys: Words, results: Sequence[Words]) -> None:
        """The flows since the fleet's installation of meters by key, into `results`, each (meters, instants).

        A flow that the class has not is left as it is.
        """
        if not len(self._days.days):
            return
        for (profile, outputs), alike in zip(self._families, self._alike, strict=True):
            sources = {source: self._source(keys, source) for source in {output.source for output in outputs}}
            energies = [_followed(output, keys, sources[output.source]) for output in outputs]
            for group, days in zip(self._days.groups, alike, strict=True):
                self._fill_group(profile, keys, group, days, outputs, energies, results)
            for output in outputs:
                unit = self._profile(output.source).unit
                if unit != 1:
                    results[output.column] *= np.uint64(unit)

    def _fill_group(
        self,
        profile: Profile,
        keys: Words,
        group: DayGroup,
        alike: AlikeDays,
        outputs: Sequence[_Output],
        energies: Sequence[_Source],
        results: Sequence[Words],
    ) -> None:
        befores = [energy.before[:, group.rows] - energy.before_installation for energy in energies]
        if group.plan is None:
            for output, before in zip(outputs, befores, strict=True):
                results[output.column][:, group.columns] = before
            return
        shares = [
            Share(
                energy.after[:, group.rows] - energy.before[:, group.rows], output.source is Flow.REVERSE, output.hours
            )
            for output, energy in zip(outputs, energies, strict=True)
        ]
        if profile.by_slots:
            within = slot_curve.energy_since_midnight(self._fleet, profile, keys, alike, shares, group.plan.offsets)
        else:
            within = day_curve.energy_since_midnight(profile, keys, alike, shares, group.plan)
        for output, before, energy in zip(outputs, befores, within, strict=True):
            energy += before[..., np.newaxis]
            results[output.column][:, group.columns] = energy.reshape(len(keys), -1)

    def _source(self, keys: Words, flow: Flow) -> _Source:
        own_keys = flow_keys(keys, flow)
        energy = self._energies[flow].of(own_keys)
        begun = self._at_installation.get(flow)  # none where the year began with it
        before_installation = np.zeros((1, 1), np.uint64) if begun is None else begun.of(own_keys).before
        return _Source(energy.before, energy.after, before_installation)


def _followed(output: _Output, keys: Words, source: _Source) -> _Source:
    """The energy of an output: that of its source, or the part of it that is reactive."""
    if output.reactive is None:
        return source
    draw = noise.draw(noise.key_for(keys, Purpose.REACTIVE), np.array([output.purpose_index], np.int64))
    tan_phi = rungs(output.reactive.tan_phi)[noise.top_byte(draw)][:, np.newaxis]
    return _Source(
        *(
            np.right_shift(energy * tan_phi, _BITS_OF_TAN_PHI)
            for energy in (source.before, source.after, source.before_installation)
        )
    )
