"""`/control/v1/orderings`: what the head end does wrong when it sends, on demand."""

from datetime import datetime
from typing import Literal, Self

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Form
from headend.operations.orderings import OrderingKind, add_ordering, chosen
from headend.ordering_form import OrderingForm, OrderingMatchForm
from headend.store import StoredOrdering


class Match(Answer):
    """On what an ordering acts; null: on any."""

    noun: str | None
    verb: str | None
    meter: str | None = Field(description="Name of the meter.")
    destination: str | None
    correlation_id: str | None


class Ordering(Answer):
    """An ordering as it stands."""

    mrid: str
    kind: OrderingKind
    match: Match
    delay_s: float = Field(description="Seconds; 0 where the kind takes none.")
    times: int | None = Field(description="How often it acts; null: always.")
    used: int = Field(description="How often it has acted.")
    origin: Literal["settings", "control"] = Field(
        description="Where it was asked for; those of the settings are there again after a reset."
    )
    created: datetime | None = Field(description="Fleet time; null for those of the settings.")

    @classmethod
    def of(cls, one: StoredOrdering) -> Self:
        """The ordering as JSON."""
        return cls(
            mrid=one.mrid,
            kind=OrderingKind(one.kind),
            match=Match(
                noun=one.noun,
                verb=one.verb,
                meter=one.meter_name,
                destination=one.destination,
                correlation_id=one.correlation_id,
            ),
            delay_s=chosen(one).delay_s,
            times=one.times,
            used=one.used,
            origin="settings" if one.created is None else "control",
            created=one.created,
        )


class OrderingList(Answer):
    """Orderings, those of the settings, then the oldest first: of several that match the first acts."""

    orderings: list[Ordering]


class NewMatch(OrderingMatchForm, Form):
    """On what it is to act; what is left out may be anything."""


class NewOrdering(OrderingForm, Form):
    """What is to go wrong, where, and how often."""

    match: NewMatch | None = Field(None, description="Default: everything.")


_EXAMPLE = {"kind": "late", "match": {"noun": "EndDeviceEvents", "meter": "M00000003"}, "delay": "PT5M", "times": 1}


def orderings_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """GET, POST and DELETE orderings, DELETE orderings/{mrid}."""
    orderings = APIBlueprint("orderings", __name__, tag="Orderings")

    @orderings.get("/orderings")
    @orderings.output(OrderingList)
    def list_orderings() -> OrderingList:
        """Every ordering, also those that have acted as often as they were to."""
        with driven.store.reading() as work:
            return OrderingList(orderings=[Ordering.of(one) for one in driven.orderings.all(work)])

    @orderings.post("/orderings")
    @orderings.input(NewOrdering, arg_name="form", example=_EXAMPLE)
    @orderings.output(Ordering, status_code=201)
    def add(form: NewOrdering) -> Ordering:
        """Let something go wrong with what leaves from now on, also with what waits for its time already."""
        with driven.store.writing() as work:
            return Ordering.of(
                add_ordering(
                    driven.fleet_now(work),
                    driven.nouns,
                    driven.verbs,
                    form.wish(),
                    driven.clock.now(),
                    work,
                )
            )

    @orderings.delete("/orderings")
    @orderings.output({}, status_code=204)
    def clear() -> Response:
        """Forget all orderings, those of the settings until a reset. Magic names stay what they are."""
        with driven.store.writing() as work:
            driven.orderings.clear(work)
        return Response(status=204)

    @orderings.delete("/orderings/<mrid>")
    @orderings.output({}, status_code=204)
    def remove(mrid: str) -> Response:
        """Forget an ordering, one of the settings until a reset; what it has done to messages stays."""
        with driven.store.writing() as work:
            driven.orderings.remove(mrid, work)
        return Response(status=204)

    return orderings
