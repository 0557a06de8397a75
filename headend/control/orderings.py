"""`/control/v1/orderings`: what the head end does wrong when it sends, on demand."""

from datetime import datetime, timedelta
from typing import Annotated, Self

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Duration, Form
from headend.operations.declined import Declined, DeclineKind
from headend.operations.orderings import (
    MOST_DELAY_S,
    OrderingKind,
    OrderingMatch,
    add_ordering,
    chosen,
    remove_ordering,
)
from headend.store import StoredOrdering

_Text = Annotated[str, Field(min_length=1, max_length=2000)]


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
    created: datetime = Field(description="Fleet time.")

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
            created=one.created,
        )


class OrderingList(Answer):
    """Orderings, the oldest first: of several that match the oldest acts."""

    orderings: list[Ordering]


class NewMatch(Form):
    """On what it is to act; what is left out may be anything."""

    noun: _Text | None = Field(None, examples=["EndDeviceEvents"])
    verb: _Text | None = Field(
        None,
        description="Of a message, such as created or reply; of the answer in a call that of its request, or reply.",
    )
    meter: _Text | None = Field(None, description="mRID or name of a meter that is named in it.")
    destination: _Text | None = Field(None, description="URL of the receiver; leaves out the answers in calls.")
    correlation_id: _Text | None = Field(None, description="Header/CorrelationID that it would have.")


class NewOrdering(Form):
    """What is to go wrong, where, and how often."""

    kind: OrderingKind = Field(description="See docs/orderings.md.")
    match: NewMatch | None = Field(None, description="Default: everything.")
    delay: Duration | None = Field(None, description="For late, swapped and before-acknowledgement.")
    times: int | None = Field(None, ge=1, le=10**9, description="Default: always.")


_EXAMPLE = {"kind": "late", "match": {"noun": "EndDeviceEvents", "meter": "M00000003"}, "delay": "PT5M", "times": 1}


def orderings_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """GET, POST and DELETE orderings, DELETE orderings/{mrid}."""
    orderings = APIBlueprint("orderings", __name__, tag="Orderings")

    @orderings.get("/orderings")
    @orderings.output(OrderingList)
    def list_orderings() -> OrderingList:
        """Every ordering, also those that have acted as often as they were to."""
        with driven.store.reading() as work:
            return OrderingList(orderings=[Ordering.of(one) for one in work.orderings.all()])

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
                    form.kind,
                    OrderingMatch() if form.match is None else OrderingMatch(**form.match.model_dump()),
                    None if form.delay is None else _seconds(form.delay),
                    form.times,
                    driven.clock.now(),
                    work,
                )
            )

    @orderings.delete("/orderings")
    @orderings.output({}, status_code=204)
    def clear() -> Response:
        """Forget all orderings. Magic names stay what they are."""
        with driven.store.writing() as work:
            work.orderings.clear()
        return Response(status=204)

    @orderings.delete("/orderings/<mrid>")
    @orderings.output({}, status_code=204)
    def remove(mrid: str) -> Response:
        """Forget an ordering; what it has done to messages stays."""
        with driven.store.writing() as work:
            remove_ordering(mrid, work)
        return Response(status=204)

    return orderings


def _seconds(delay: timedelta) -> float:
    seconds = delay / timedelta(seconds=1)
    if not 0 < seconds <= MOST_DELAY_S:
        raise Declined(
            DeclineKind.INVALID,
            f"a delay of {seconds:g} s is no delay of an ordering",
            f"give more than 0 and at most {MOST_DELAY_S:g} s",
        )
    return seconds
