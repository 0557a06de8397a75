"""`/control/v1/outages`: nodes of the network that fail and come back."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, model_validator

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Form, Instant
from headend.duration_field import Duration
from headend.operations.clock_control import within_calendar
from headend.operations.events.field_facts import stored_outage
from headend.operations.outages import OutageRequest, OutageState, end_outage, list_outages, start_outage
from simulator.outages import MOST_RECLOSINGS, MOST_STEPS, PROMPT, REALISTIC, Restoration

REPORTINGS = {"prompt": PROMPT, "realistic": REALISTIC}
"""How meters tell of it: all at once, or as over a radio mesh that loses and delays."""

_LONGEST = timedelta(days=1000 * 366)
"""Beyond the calendar wherever it begins, and not beyond what a datetime can say."""


class OutageNode(Answer):
    """What has no power."""

    mrid: str
    name: str
    node_class: str = Field(serialization_alias="class", description="CIM class, such as Feeder.")
    meters: int = Field(description="How many electricity meters it feeds.")


class Outage(Answer):
    """A node without power."""

    mrid: str
    node: OutageNode
    start: datetime
    end: datetime | None = Field(description="When restoration begins; null: not known.")
    restored: datetime | None = Field(description="When the last meter has power again; null: not known.")
    reason: str | None
    steps: int = Field(description="In so many parts the node comes back.")
    every_s: int = Field(description="So long after one another.")
    reclosings_s: list[int] = Field(description="Momentary interruptions before it, each so long.")

    @classmethod
    def of(cls, state: OutageState) -> Self:
        """The outage as JSON."""
        return cls(
            mrid=state.mrid,
            node=OutageNode(
                mrid=state.node_mrid, name=state.node_name, node_class=state.node_class, meters=state.meters
            ),
            start=state.start,
            end=state.end,
            restored=state.restored,
            reason=state.reason,
            steps=state.outage.restoration.steps,
            every_s=state.outage.restoration.every_s,
            reclosings_s=list(state.outage.reclosings_s),
        )


class OutageList(Answer):
    """All outages, those that are over, too."""

    outages: list[Outage]


class NewOutage(Form):
    """What is to fail, and how."""

    node: str = Field(
        min_length=1,
        description="mRID or name of a substation, feeder, transformer, usage point or meter.",
        examples=["F00000000"],
    )
    start: Instant | None = Field(None, description="Default: now.")
    end: Instant | None = Field(None, description="When restoration begins. Default: when somebody ends it.")
    duration: Duration | None = Field(None, description="Instead of `end`: how long it lasts.")
    steps: int = Field(1, ge=1, le=MOST_STEPS, description="In so many parts the node comes back.")
    every_s: int = Field(0, ge=0, le=86_400, description="So long after one another.")
    reclosings_s: list[Annotated[int, Field(ge=1, le=3_600)]] = Field(
        [], max_length=MOST_RECLOSINGS, description="Momentary interruptions before it, each so long."
    )
    reporting: Literal["prompt", "realistic"] = Field(
        "prompt", description="How meters tell of it: at once, or with lost and late messages as over radio."
    )
    reason: str | None = Field(None, max_length=1000)

    @model_validator(mode="after")
    def _ends_once(self) -> Self:
        if self.end is not None and self.duration is not None:
            raise ValueError("end and duration say the same thing; give one of them")
        return self

    def request(self, now: datetime) -> OutageRequest:
        """What is asked for, at an instant of the fleet. Raises Declined for what lies beyond the calendar."""
        start = within_calendar(self.start or now, "the start of the outage")
        end = self.end if self.duration is None else start + min(self.duration, _LONGEST)
        return OutageRequest(
            node=self.node,
            start=self.start,
            end=None if end is None else within_calendar(end, "the end of the outage"),
            reclosings_s=tuple(self.reclosings_s),
            restoration=Restoration(self.steps, self.every_s),
            reporting=REPORTINGS[self.reporting],
            reason=self.reason,
        )


_FORGOTTEN: dict[int | str, dict[str, Any]] = {
    204: {"description": "It had not begun, or begins in this very instant: it never was."}
}


def outages_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """GET and POST outages, DELETE outages/{mrid}."""
    outages = APIBlueprint("outages", __name__, tag="Outages")

    @outages.get("/outages")
    @outages.output(OutageList)
    def list_all() -> OutageList:
        """Every outage, the oldest first; those that are over, too."""
        with driven.store.reading() as work:
            return OutageList(outages=[Outage.of(state) for state in list_outages(driven.fleet_now(work), work)])

    @outages.post("/outages")
    @outages.input(NewOutage, arg_name="form", example={"node": "F00000000", "duration": "PT45M"})
    @outages.output(Outage, status_code=201)
    def start(form: NewOutage) -> Outage:
        """Let a node of the network fail.

        Readings, events and reachability of every meter under it follow, for an outage of the past, too. Outages may
        overlap: a meter has power where none of them takes it.
        """
        with driven.store.writing() as work:
            now = driven.clock.now()
            fleet = driven.fleet_now(work)
            state = start_outage(fleet, form.request(now), now, work)
            driven.field_publication.publish_outage(state.outage, now, work)
            if state.start >= now:  # what has happened without it stays
                driven.stories(fleet).power_changed(state.outage.node.meters(fleet), now, work)
        driven.wake()
        return Outage.of(state)

    @outages.delete("/outages/<mrid>")
    @outages.output(Outage)
    @outages.doc(responses=_FORGOTTEN)
    def end(mrid: str) -> Outage | Response:
        """Let restoration begin now, also before the end that was planned."""
        with driven.store.writing() as work:
            now = driven.clock.now()
            fleet = driven.fleet_now(work)
            before = work.outages.get(mrid)
            outage = None if before is None else stored_outage(fleet, before)
            state = end_outage(fleet, mrid, now, work)
            if state is not None:
                driven.field_publication.publish_end(state.outage, now, work)
            if outage is not None:
                driven.stories(fleet).power_changed(outage.node.meters(fleet), now, work)
        driven.wake()
        return Response(status=204) if state is None else Outage.of(state)

    return outages
