"""`/control/v1/faults`: what the head end breaks, on demand."""

from typing import Any, Self

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Form
from headend.control.mischief_json import Match, Mischief, match_columns, mischief_columns
from headend.fault_form import FaultForm, FaultMatchForm
from headend.operations.faults import KINDS_OF_FAULTS, FaultKind, fault_of
from headend.operations.mischief import Direction, add_mischief
from headend.store import StoredMischief


class FaultMatch(Match):
    """On what a fault acts; null: on any."""

    direction: Direction | None
    service: str | None
    operation: str | None


class Fault(Mischief):
    """A fault as it stands."""

    kind: FaultKind
    match: FaultMatch
    probability: float | None = Field(description="Of acting on what it matches; null: certain.")
    parameters: dict[str, Any] = Field(description="What its kind takes, with defaults; spans are seconds.")

    @classmethod
    def of(cls, one: StoredMischief) -> Self:
        """The fault as JSON."""
        return cls(
            kind=FaultKind(one.kind),
            match=FaultMatch(
                direction=None if one.direction is None else Direction(one.direction),
                service=one.service,
                operation=one.operation,
                **match_columns(one),
            ),
            probability=one.probability,
            parameters=dict(fault_of(one).parameters),
            **mischief_columns(one),
        )


class FaultList(Answer):
    """Faults, those of the settings, then the oldest first: of several that match the first acts."""

    faults: list[Fault]


class NewFaultMatch(FaultMatchForm, Form):
    """On what it is to act; what is left out may be anything."""


class NewFault(FaultForm, Form):
    """What is to break, where, how often and how."""

    match: NewFaultMatch | None = Field(None, description="Default: everything.")


_EXAMPLE = {"kind": "http-status", "status": 503, "match": {"service": "GetMeterReadings"}, "times": 2}


def faults_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """GET, POST and DELETE faults, DELETE faults/{mrid}."""
    faults = APIBlueprint("faults", __name__, tag="Faults")

    @faults.get("/faults")
    @faults.output(FaultList)
    def list_faults() -> FaultList:
        """Every fault, also those that have acted as often as they were to."""
        with driven.store.reading() as work:
            return FaultList(faults=[Fault.of(one) for one in driven.mischief.all(work) if one.kind in KINDS_OF_FAULTS])

    @faults.post("/faults")
    @faults.input(NewFault, arg_name="form", example=_EXAMPLE)
    @faults.output(Fault, status_code=201)
    def add(form: NewFault) -> Fault:
        """Let something break that leaves from now on."""
        with driven.store.writing() as work:
            return Fault.of(
                add_mischief(driven.fleet_now(work), driven.names, "fault", form.wish(), driven.clock.now(), work)
            )

    @faults.delete("/faults")
    @faults.output({}, status_code=204)
    def clear() -> Response:
        """Forget all faults, those of the settings until a reset."""
        with driven.store.writing() as work:
            driven.mischief.clear(KINDS_OF_FAULTS, work)
        return Response(status=204)

    @faults.delete("/faults/<mrid>")
    @faults.output({}, status_code=204)
    def remove(mrid: str) -> Response:
        """Forget a fault, one of the settings until a reset."""
        with driven.store.writing() as work:
            driven.mischief.remove(mrid, KINDS_OF_FAULTS, "fault", work)
        return Response(status=204)

    return faults
