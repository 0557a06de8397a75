"""The tariffs of a PricingStructure's document, as meters count by them (docs/tariffs.md)."""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from headend.operations.master_data.documents import Document, parts_of, text_of
from simulator.tariffs import (
    ConsumptionTariffInterval,
    DatedTariff,
    InvalidTariff,
    TariffProfile,
    TimeTariffInterval,
    tariff_of,
)


def dated_tariffs(document: Mapping[str, Any]) -> tuple[DatedTariff, ...]:
    """What the Tariffs of a PricingStructure come to. Raises InvalidTariff, which names element and rule."""
    return tuple(
        DatedTariff(
            tariff_of([_profile(one) for one in parts_of(tariff, "TariffProfiles")]),
            _date(tariff, "startDate"),
            _date(tariff, "endDate"),
        )
        for tariff in parts_of(document, "Tariffs")
    )


def _profile(profile: Document) -> TariffProfile:
    return TariffProfile(
        text_of(profile, "tariffCycle"),
        tuple(_time_interval(one) for one in parts_of(profile, "TimeTariffIntervals")),
        tuple(_consumption_interval(one) for one in parts_of(profile, "ConsumptionTariffIntervals")),
    )


def _time_interval(interval: Document) -> TimeTariffInterval:
    said = text_of(interval, "startTime")
    try:
        start = None if said is None else time.fromisoformat(said).replace(tzinfo=None)
    except ValueError:
        raise InvalidTariff(f"TimeTariffInterval/startTime: {said!r} is no time of a day") from None
    return TimeTariffInterval(_number(interval, "sequenceNumber"), start)


def _consumption_interval(interval: Document) -> ConsumptionTariffInterval:
    said = text_of(interval, "startValue")
    try:
        start = None if said is None else Decimal(said)
    except InvalidOperation:
        raise InvalidTariff(f"ConsumptionTariffInterval/startValue: {said!r} is no number") from None
    inner = tuple(_time_interval(one) for one in parts_of(interval, "TouTariffIntervals"))
    return ConsumptionTariffInterval(_number(interval, "sequenceNumber"), start, inner)


def _number(document: Document, name: str) -> int | None:
    said = text_of(document, name)
    return None if said is None else int(said)


def _date(document: Document, name: str) -> date | None:
    """An xs:date, whose zone does not matter: it is a local day."""
    said = text_of(document, name)
    if said is None:
        return None
    try:
        return date.fromisoformat(said[:10])
    except ValueError:
        raise InvalidTariff(f"Tariff/{name}: {said!r} is no day of a calendar") from None
