"""`event`, `outage`, `restore`: what happens in the field."""

from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from headend.scenario.action import Action
from headend.scenario.found import Found
from headend.scenario.instants import Span, When, span_words
from headend.scenario.playing import BadStep, Playing
from headend.scenario.strict_form import Form, Text, Texts

_ANSWER: Final = {"answer": "what the control API answers", "refused": "why it would not: status, detail, remedy"}
_OUTAGE: Final = {**_ANSWER, "outage": "mRID of the outage"}


class EventForm(Form):
    """An event type and the devices at which it happens."""

    type: Text = Field(description="A code, *.26.0.85 for each device's own type, or a name.")
    meters: Texts = Field((), description="mRIDs or names.")
    usage_points: Texts = ()
    groups: Texts = Field((), description="Templates, substations, feeders, transformers.")
    created: When | None = Field(None, description="When it happens; default: now.")
    severity: Text | None = None
    reason: Text | None = None
    details: dict[str, Text] = Field({}, description="EndDeviceEventDetails: names and values.")


class OutageForm(Form):
    """A node of the network that fails."""

    shorthand: ClassVar = "node"

    node: Text = Field(description="mRID or name of a substation, feeder, transformer, usage point or meter.")
    start: When | None = None
    duration: Span | None = Field(None, description="How long it lasts; default: until `restore`.")
    steps: int | None = Field(None, description="In so many parts the node comes back.")
    every_s: int | None = Field(None, description="So long after one another.")
    reclosings_s: list[int] | None = Field(None, description="Momentary interruptions before it.")
    reporting: Literal["prompt", "realistic"] | None = None
    reason: Text | None = None


class RestoreForm(Form):
    """An outage that ends."""

    shorthand: ClassVar = "outage"

    outage: Text | None = Field(None, description="mRID, as `outage` of its step; the last one if left out.")


def _event(form: EventForm, playing: Playing) -> Found:
    how: dict[str, Any] = {
        "usage_points": list(form.usage_points),
        "groups": list(form.groups),
        "created": playing.instant_or_none(form.created),
        "severity": form.severity,
        "reason": form.reason,
        "details": form.details,
    }
    answer = playing.stage.control.send_events(
        form.type, form.meters, **{name: value for name, value in how.items() if value}
    )
    where = ", ".join([*form.meters, *form.usage_points, *form.groups])
    return Found(words=f"event {form.type} at {where}", values={"answer": answer})


def _outage(form: OutageForm, playing: Playing) -> Found:
    how = form.model_dump(exclude={"node", "start"})
    outage = playing.stage.control.start_outage(form.node, start=playing.instant_or_none(form.start), **how)
    playing.outages.append(outage["mrid"])
    meters = outage["node"]["meters"]
    lasting = "" if form.duration is None else f" for {span_words(form.duration)}"
    return Found(
        words=f"outage of {form.node}, {meters} meter{'' if meters == 1 else 's'}{lasting}",
        values={"answer": outage, "outage": outage["mrid"]},
    )


def _restore(form: RestoreForm, playing: Playing) -> Found:
    mrid = form.outage
    if mrid is None:
        if not playing.outages:
            raise BadStep("no step before has begun an outage that could end")
        mrid = playing.outages[-1]
    if mrid in playing.outages:
        playing.outages.remove(mrid)
    outage = playing.stage.control.end_outage(mrid)
    node = "" if outage is None else f" of {outage['node']['name']}"
    return Found(words=f"the outage{node} ends", values={"answer": outage, "outage": mrid})


EVENT = Action("event", "Let something happen at meters.", EventForm, _event, _ANSWER)
OUTAGE = Action("outage", "Let a node of the network fail.", OutageForm, _outage, _OUTAGE)
RESTORE = Action("restore", "End an outage.", RestoreForm, _restore, _OUTAGE)
