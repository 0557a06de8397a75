"""`/control/v1/defects`: what goes wrong with the readings of single meters."""

from datetime import datetime
from typing import Annotated, Self

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Form, Instant
from headend.operations.clock_control import within_calendar
from headend.operations.defects import DefectRequest, DefectState, add_defect, list_defects, remove_defect
from simulator.defects import KINDS

_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Number = Annotated[int, Field(ge=-(10**12), le=10**12)]


class Defect(Answer):
    """Something that is wrong with the readings of a meter."""

    mrid: str
    meter_mrid: str
    meter_name: str
    kind: str
    start: datetime
    end: datetime
    parameters: dict[str, int]
    marked: bool = Field(description="Whether readings carry the ReadingQualities that a real head end would set.")
    explanation: str = Field(description="What it does, with its numbers.")

    @classmethod
    def of(cls, state: DefectState) -> Self:
        """The defect as JSON."""
        return cls(
            mrid=state.mrid,
            meter_mrid=state.meter_mrid,
            meter_name=state.meter_name,
            kind=state.kind,
            start=state.start,
            end=state.end,
            parameters=dict(state.parameters),
            marked=state.marked,
            explanation=state.explanation,
        )


class DefectList(Answer):
    """Defects, the oldest first."""

    defects: list[Defect]


class DefectQuery(Form):
    """Whose defects are wanted."""

    meter: _Name | None = Field(None, description="mRID or name; default: all that anybody put in.")


class NewDefect(Form):
    """What is to go wrong, at whom and when."""

    meter: _Name = Field(description="mRID or name.")
    kind: _Name = Field(description=f"One of {', '.join(KINDS)}.", examples=["gap"])
    start: Instant = Field(description="Past or future.")
    end: Instant | None = Field(None, description="Default: a second later, enough for what happens at an instant.")
    parameters: dict[str, _Number] = Field({}, description="Numbers of the kind; see docs/defects.md.")
    marked: bool = Field(True, description="false leaves out the ReadingQualities.")

    def request(self) -> DefectRequest:
        """What is asked for. Raises Declined for what lies beyond the calendar."""
        return DefectRequest(
            meter=self.meter,
            kind=self.kind,
            start=within_calendar(self.start, "the start of the defect"),
            end=None if self.end is None else within_calendar(self.end, "the end of the defect"),
            parameters=self.parameters,
            marked=self.marked,
        )


_EXAMPLE = {"meter": "M00000003", "kind": "gap", "start": "2026-03-02T00:00:00Z", "end": "2026-03-02T06:00:00Z"}


def defects_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """GET and POST defects, DELETE defects/{mrid}."""
    defects = APIBlueprint("defects", __name__, tag="Defects")

    @defects.get("/defects")
    @defects.input(DefectQuery, location="query", arg_name="query")
    @defects.output(DefectList)
    def list_all(query: DefectQuery) -> DefectList:
        """Every defect that was put in; those by chance are in the truth."""
        with driven.store.reading() as work:
            found = list_defects(driven.fleet_now(work), work, query.meter)
            return DefectList(defects=[Defect.of(one) for one in found])

    @defects.post("/defects")
    @defects.input(NewDefect, arg_name="form", example=_EXAMPLE)
    @defects.output(Defect, status_code=201)
    def add(form: NewDefect) -> Defect:
        """Let something go wrong with the readings of one meter, for past and future alike."""
        with driven.store.writing() as work:
            return Defect.of(add_defect(driven.fleet_now(work), form.request(), work))

    @defects.delete("/defects/<mrid>")
    @defects.output({}, status_code=204)
    def remove(mrid: str) -> Response:
        """Make it right again: the readings are those from before, to the byte."""
        with driven.store.writing() as work:
            remove_defect(mrid, work)
        return Response(status=204)

    return defects
