"""`get_events`: what happened, as the head end tells it when it is asked."""

from typing import ClassVar

from pydantic import Field

from headend.scenario.action import Action
from headend.scenario.found import Found
from headend.scenario.instants import When
from headend.scenario.playing import Playing
from headend.scenario.reply_values import REPLY, reply_found
from headend.scenario.strict_form import Form, Text, Texts


class GetEventsForm(Form):
    """GetEndDeviceEvents: events in [start, end]."""

    shorthand: ClassVar = "meters"

    meters: Texts = Field((), description="mRIDs or names; none are all.")
    start: When | None = None
    end: When | None = None
    tracking_id: Text | None = Field(None, description="Only what the control with this issuerTrackingID has caused.")


def _play(form: GetEventsForm, playing: Playing) -> Found:
    start, end = playing.instant_or_none(form.start), playing.instant_or_none(form.end)
    called = playing.stage.caller.call(
        "GetEndDeviceEvents", lambda client: client.events(form.meters, start, end, form.tracking_id)
    )
    playing.sent.append((playing.step_name, called))
    return reply_found(called, f"get EndDeviceEvents, {', '.join(form.meters) or 'all meters'}")


GET_EVENTS = Action("get_events", "Ask for events.", GetEventsForm, _play, REPLY)
