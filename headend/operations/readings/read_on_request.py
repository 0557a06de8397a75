"""Create MeterReadings: an on-demand read in the early dialect (61968-9:2013, clause 5.3).

The client creates the readings that it wants to see; they are acknowledged at once (OK, 0.3) and follow as created
MeterReadings with the CorrelationID of the request, when the head end has heard from the meters or given up. They go to
the ReplyAddress, where that is a URL, and to the subscribers of MeterReadings. What is queued is what was asked for and
when; it is read anew, to the same bytes, whenever it is sent. A meter that gives no answer is not among the readings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

import numpy as np

from headend.operations.header import Header, is_http_address
from headend.operations.identifiers import identifier
from headend.operations.publication import Publication
from headend.operations.readings.meter_readings_query import MeterReadingsQuery
from headend.operations.readings.narrowed_readings import has_values, readings_of_devices, readings_of_types
from headend.operations.readings.read_meters import ReadingsRecipe, ReadMeters
from headend.operations.references import ObjectName, ObjectReference, Period
from headend.operations.refusal import Refusal, TimedOut
from headend.operations.reply import Error, Level, ObjectId, Reply
from headend.operations.subscriptions import Subscription
from headend.store import Json, UnitOfWork
from simulator.fleet import Fleet
from simulator.fleet.meter_groups import indices_of

NOUN = "MeterReadings"
VERB = "created"

_ON_REQUEST = "on request"


@dataclass(frozen=True, slots=True)
class ReadOnRequest:
    """Takes such requests, and makes the readings of those that it took."""

    meters: ReadMeters
    publication: Publication
    strict: bool = False
    """Refuse what nobody would get."""

    @property
    def fleet(self) -> Fleet:
        """Whose meters are read."""
        return self.meters.fleet

    def take(self, query: MeterReadingsQuery, header: Header, digest: bytes, now: datetime, work: UnitOfWork) -> Reply:
        """Queue the readings. The reply has one Error for each object that is not known, and is then PARTIAL.

        digest: of the request; it tells the message from others of the same instant. Raises Refusal: 1.7 where no
        meter is named, 1.5 where nobody would be told and the head end is strict, else as `ReadMeters.read` does.
        """
        if not query.names_targets:
            raise Refusal.because("1.7", "no MeterReading names a Meter or a UsagePoint, so nothing is to be read")
        try:
            answer = self.meters.read(query, now, work)
            errors = [one for one in answer.reply.errors if one.level is Level.FATAL and not one.code.startswith("4")]
            after = answer.after
        except TimedOut as silence:  # which is not known yet when the request is acknowledged
            errors, after = [], silence.after
        reply_address = _reply_address(header)
        is_told = reply_address is not None or bool(self.publication.subscribers(NOUN, work))
        self.publication.queue(
            work,
            VERB,
            NOUN,
            {_ON_REQUEST: _json(query), "asked": now.isoformat()},
            now + after,
            (now.isoformat(), digest.hex()),
            header.answer_correlation_id,
            also=() if reply_address is None else (reply_address,),
            narrowed=lambda subscription: self._narrowed(query, now, subscription, work),
        )
        remarks = [] if is_told else [_nobody_is_told()]
        if remarks and self.strict:
            raise Refusal.because("1.5", str(remarks[0].details))
        acknowledged = Error("0.3", "the readings follow as created MeterReadings", Level.INFORM)
        transaction = identifier(self.fleet.spec.seed, "read on request", now.isoformat(), digest.hex())
        return Reply.of_parts(
            True, errors, (ObjectId(transaction, "transaction", NOUN),), remarks=(acknowledged, *remarks)
        )

    def readings(self, recipe: Json, work: UnitOfWork) -> ReadingsRecipe | None:
        """The readings of a message that was queued here; None if no meter answered.

        Raises TypeError for a recipe of another.
        """
        if not (isinstance(recipe, dict) and is_on_request(recipe)):
            raise TypeError(f"this is no recipe of readings on request: {str(recipe)[:100]}")
        try:
            found = self.meters.read(_query(recipe[_ON_REQUEST]), asked_at(recipe), work).recipe
        except TimedOut:
            return None
        if "devices" in recipe:
            found = readings_of_devices(found, cast(list[str], recipe["devices"]), self.fleet)
        return readings_of_types(found, cast(list[str], recipe.get("types", [])))

    def _narrowed(
        self, query: MeterReadingsQuery, now: datetime, subscription: Subscription, work: UnitOfWork
    ) -> Iterator[Json]:
        """What a subscription gets of the readings of a request: nothing where none of its meters answered."""
        wanted = subscription.wanted
        recipe: dict[str, Json] = {_ON_REQUEST: _json(query), "asked": now.isoformat(), "types": wanted.reading_types}
        found = self.readings(recipe, work)
        if found is None:
            return
        meters, whose = indices_of(found.meters), subscription.meters(self.fleet)
        if whose is not None:
            meters = meters[np.isin(meters, whose)]
        if not has_values(replace(found, meters=meters)):
            return
        devices = [mrid.decode() for mrid in self.fleet.mrids(meters)]
        for first in range(0, len(devices), wanted.most_a_message):
            yield {**recipe, "devices": devices[first : first + wanted.most_a_message]}


def is_on_request(recipe: Json) -> bool:
    """Whether a queued message of MeterReadings comes from a request of this sort."""
    return isinstance(recipe, dict) and _ON_REQUEST in recipe


def asked_at(recipe: Any) -> datetime:
    """The instant of the fleet's time at which the readings of a recipe were asked for."""
    return datetime.fromisoformat(recipe["asked"])


def _reply_address(header: Header) -> str | None:
    """Where the client wants the readings. Who wants no acknowledgment gets no later answer either (61968-100)."""
    address = header.reply_address
    return address if header.ack_required is not False and is_http_address(address) else None


def _nobody_is_told() -> Error:
    details = (
        "nobody gets the readings: Header/ReplyAddress is no http or https URL that may be used, and nobody subscribes "
        "to MeterReadings"
    )
    return Error("1.5", details, Level.WARNING)


def _json(query: MeterReadingsQuery) -> dict[str, Any]:
    return {
        "end_devices": _references_json(query.end_devices),
        "usage_points": _references_json(query.usage_points),
        "reading_types": _references_json(query.reading_types),
        "periods": [[_text(period.start), _text(period.end)] for period in query.periods],
    }


def _query(recipe: Any) -> MeterReadingsQuery:
    return MeterReadingsQuery(
        end_devices=_references(recipe["end_devices"]),
        usage_points=_references(recipe["usage_points"]),
        reading_types=_references(recipe["reading_types"]),
        periods=tuple(Period(_instant(start), _instant(end)) for start, end in recipe["periods"]),
    )


def _references_json(references: Sequence[ObjectReference]) -> list[Any]:
    return [
        [one.object_type, one.mrid, [[name.name, name.name_type, name.authority] for name in one.names]]
        for one in references
    ]


def _references(recipe: list[Any]) -> tuple[ObjectReference, ...]:
    return tuple(
        ObjectReference(object_type, mrid, tuple(ObjectName(*name) for name in names))
        for object_type, mrid, names in recipe
    )


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
