"""Which reading types the meters of a request deliver: 2.10 where no meter of the fleet does, 5.6 for single ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from headend.operations.fleet.meter_targets import Indices
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level, ObjectId
from simulator.cim.reading_type import PARTS, InvalidReadingType, ReadingType
from simulator.cim.reading_type_words import reading_type_in_words
from simulator.counted_tariffs import CLASSES_ALONE, CountedTariffs
from simulator.fleet import Fleet
from simulator.meter_class import MeterClass
from simulator.meter_kinds import MeterKind, kind_of, meter_kinds
from simulator.quantities import Channel, UnsupportedQuantity, channel, delivers, obstacle
from simulator.tariffs import TariffCalendar

_MOST_ERRORS = 100
"""So many meters are named that do not deliver a type; of the others the last error gives the number."""
_MOST_LOOKED_AT = 10_000
"""Of a longer range of meters it is not looked up of which kind each one is."""


@dataclass(frozen=True, slots=True)
class Deliverable:
    """What a request can have."""

    channels: tuple[Channel, ...]
    of_kind: tuple[tuple[int, ...], ...]
    """For each kind of meters (see `simulator.meter_kinds`): which of the channels they get."""
    errors: tuple[Error, ...] = ()


def kinds_among(fleet: Fleet, meters: Indices) -> list[int]:
    """The kinds that occur among some meters; of a long range, all that the fleet may have."""
    if isinstance(meters, range) and len(meters) > _MOST_LOOKED_AT:
        kinds = meter_kinds(fleet)
        return [
            position
            for position, kind in enumerate(kinds)
            if kind.occurs and (kind.template is not None or fleet.layout.own_groups)
        ]
    found: list[int] = np.unique(kind_of(fleet, np.asarray(meters, np.int64))).tolist()
    return found


def delivered_by_default(fleet: Fleet) -> Deliverable:
    """What each kind of meters delivers when a request names no reading type."""
    channels: dict[str, Channel] = {}
    codes_of_kind: dict[MeterKind, list[str]] = {}  # a list of meters that came on many days has many equal ones
    kinds = meter_kinds(fleet)
    for kind in dict.fromkeys(kinds):
        types = kind.default_reading_types() if kind.occurs else ()
        for reading_type in types:
            channels.setdefault(reading_type.mrid, channel(reading_type))
        codes_of_kind[kind] = [reading_type.mrid for reading_type in types]
    numbers = {code: number for number, code in enumerate(channels)}
    numbers_of_kind = {kind: tuple(sorted({numbers[code] for code in codes})) for kind, codes in codes_of_kind.items()}
    of_kind = tuple(numbers_of_kind[kind] for kind in kinds)
    return Deliverable(tuple(channels.values()), of_kind)


def find_deliverable(
    fleet: Fleet,
    references: Sequence[ObjectReference],
    meters: Indices,
    counted: CountedTariffs = CLASSES_ALONE,
    *,
    by_name: bool,
) -> Deliverable:
    """What the references come to: 2.6 for one that is no reading type, 2.10 for one that no meter here delivers.

    by_name: the meters were named one by one, so each that lacks a type gets its 5.6. Where they were not, as
    in a group, it is left out of that type without a word, unless all of them lack it.

    counted: tariffs of the meters. Those of a class are treated alike: they have every register that the tariff of one
    of them ever counted; in the others it stands at zero.
    """
    channels: dict[str, Channel] = {}
    errors: list[Error] = []
    for reference in references:
        try:
            found = _channel(fleet, reference, counted)
        except InvalidReadingType as error:
            errors.append(Error("2.6", f"{reference}: {error}", object_id=reference.object_id))
            continue
        except Refusal as refusal:
            errors += refusal.errors
            continue
        except UnsupportedQuantity as error:
            errors.append(Error("2.10", f"{reference}: {error}", object_id=reference.object_id))
            continue
        lacking = list(_lacking(fleet, found, reference, meters, counted, by_name=by_name))
        errors += lacking
        if not lacking or any(delivers(found, one, counted.get(one, ())) for one in _classes(fleet, meters)):
            channels[found.reading_type.mrid] = found
    chosen = tuple(channels.values())
    of_class = {
        meter_class: tuple(
            number for number, one in enumerate(chosen) if delivers(one, meter_class, counted.get(meter_class, ()))
        )
        for meter_class in fleet.classes
    }
    of_kind = tuple(of_class[kind.meter_class] for kind in meter_kinds(fleet))
    return Deliverable(chosen, of_kind, tuple(errors))


def _channel(fleet: Fleet, reference: ObjectReference, counted: CountedTariffs) -> Channel:
    """Raises Refusal (2.29), InvalidReadingType, UnsupportedQuantity."""
    tariffs = frozenset[TariffCalendar]().union(*counted.values())
    found = channel(_reading_type(reference), tariffs)
    if not any(delivers(found, one, counted.get(one, ())) for one in fleet.classes):
        raise UnsupportedQuantity(
            f"reading type {found.reading_type}: no meter of this fleet delivers it; "
            f"{obstacle(found, fleet.classes[0])}"
        )
    return found


def _reading_type(reference: ObjectReference) -> ReadingType:
    """By mRID, or by a name: its words, or its code (clients put it there). Raises Refusal (2.29) where they differ."""
    words = [name.name for name in reference.names]
    found = {one: word for word in reversed(words) if (one := reading_type_in_words(word)) is not None}
    if reference.mrid or not found:
        code = reference.mrid or next((word for word in words if _is_code(word)), words[0] if words else "")
        found[ReadingType.parse(code)] = code
    if len(found) > 1:
        each = " and ".join(f"{word!r}" for word in reversed(found.values()))
        raise Refusal.because("2.29", f"{reference}: {each} are different reading types", reference.object_id)
    return next(iter(found))


def _is_code(word: str) -> bool:
    return word.count(".") == PARTS - 1


def _classes(fleet: Fleet, meters: Indices) -> list[MeterClass]:
    kinds = meter_kinds(fleet)
    return list(dict.fromkeys(kinds[position].meter_class for position in kinds_among(fleet, meters)))


def _lacking(
    fleet: Fleet,
    found: Channel,
    reference: ObjectReference,
    meters: Indices,
    counted: CountedTariffs,
    *,
    by_name: bool,
) -> Iterator[Error]:
    """5.6 for what the meters of the request do not deliver."""
    classes = _classes(fleet, meters)
    obstacles = {one: obstacle(found, one, counted.get(one, ())) for one in classes}
    if not any(obstacles.values()):
        return
    if not by_name:
        if all(obstacles.values()):
            reasons = "; ".join(sorted({why for why in obstacles.values() if why is not None}))
            yield Error("5.6", f"{reference}: {reasons}", object_id=reference.object_id)
        return
    indices = np.asarray(meters, np.int64)
    positions = fleet.class_of(indices)
    lacks = np.array([obstacles.get(one) is not None for one in fleet.classes])
    without = indices[lacks[positions]]
    for index in without[:_MOST_ERRORS].tolist():
        meter = fleet.meter(index)
        why = obstacles[fleet.class_at(index)]
        yield Error(
            "5.6",
            f"meter {meter.name} does not deliver {found.reading_type}: {why}",
            Level.WARNING,
            ObjectId(meter.mrid, "uuid", "Meter"),
        )
    if len(without) > _MOST_ERRORS:
        rest = len(without) - _MOST_ERRORS
        yield Error("5.6", f"{rest} more meters do not deliver {found.reading_type}", Level.WARNING)
