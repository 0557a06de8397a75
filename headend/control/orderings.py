"""`/control/v1/orderings`: what the head end does wrong when it sends, on demand."""

from typing import Final, Self

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Form
from headend.control.mischief_json import Match, Mischief, match_columns, mischief_columns
from headend.mischief_form import MischiefMatchForm
from headend.operations.mischief import add_mischief
from headend.operations.orderings import OrderingKind
from headend.ordering_form import OrderingForm
from headend.store import StoredMischief

_KINDS: Final = frozenset(OrderingKind)


class Ordering(Mischief):
    """An ordering as it stands."""

    kind: OrderingKind
    match: Match

    @classmethod
    def of(cls, one: StoredMischief) -> Self:
        """The ordering as JSON."""
        return cls(kind=OrderingKind(one.kind), match=Match(**match_columns(one)), **mischief_columns(one))


class OrderingList(Answer):
    """Orderings, those of the settings, then the oldest first: of several that match the first acts."""

    orderings: list[Ordering]


class NewMatch(MischiefMatchForm, Form):
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
            return OrderingList(orderings=[Ordering.of(one) for one in driven.mischief.all(work) if one.kind in _KINDS])

    @orderings.post("/orderings")
    @orderings.input(NewOrdering, arg_name="form", example=_EXAMPLE)
    @orderings.output(Ordering, status_code=201)
    def add(form: NewOrdering) -> Ordering:
        """Let something go wrong with what leaves from now on, also with what waits for its time already."""
        with driven.store.writing() as work:
            return Ordering.of(
                add_mischief(driven.fleet_now(work), driven.names, "ordering", form.wish(), driven.clock.now(), work)
            )

    @orderings.delete("/orderings")
    @orderings.output({}, status_code=204)
    def clear() -> Response:
        """Forget all orderings, those of the settings until a reset. Magic names stay what they are."""
        with driven.store.writing() as work:
            driven.mischief.clear(_KINDS, work)
        return Response(status=204)

    @orderings.delete("/orderings/<mrid>")
    @orderings.output({}, status_code=204)
    def remove(mrid: str) -> Response:
        """Forget an ordering, one of the settings until a reset; what it has done to messages stays."""
        with driven.store.writing() as work:
            driven.mischief.remove(mrid, _KINDS, "ordering", work)
        return Response(status=204)

    return orderings
