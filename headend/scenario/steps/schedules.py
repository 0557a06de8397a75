"""`schedule` and `cancel_schedule`: readings that come by themselves."""

from typing import ClassVar

from pydantic import Field

from headend.durations import parse_span
from headend.scenario.action import Action
from headend.scenario.found import Found
from headend.scenario.instants import When
from headend.scenario.playing import Playing
from headend.scenario.reply_values import REPLY, reply_found
from headend.scenario.strict_form import Form, Text, Texts

_PATTERNS = ("hourly", "daily", "weekly", "monthly")


class ScheduleForm(Form):
    """CreateMeterReadSchedule."""

    shorthand: ClassVar = "meters"

    meters: Texts = Field(description="mRIDs or names.")
    reading_types: Texts = Field((), description="18 numbers each; none: whatever the meters deliver.")
    every: Text | None = Field("daily", description="hourly, daily, weekly, monthly, a span; null: once, at the end.")
    start: When | None = None
    end: When | None = None
    deliver_to: Text | None = Field(None, description="Who gets the readings beside all subscribers: `mdm`, or a URL.")


class CancelScheduleForm(Form):
    """CancelMeterReadSchedule."""

    shorthand: ClassVar = "id"

    id: Text = Field(description="What `ids` of the schedule's reply named.")


def _schedule(form: ScheduleForm, playing: Playing) -> Found:
    every = form.every if form.every is None or form.every in _PATTERNS else parse_span(form.every)
    start, end = playing.instant_or_none(form.start), playing.instant_or_none(form.end)
    to = playing.stage.receiver.receive_url("MeterReadings") if form.deliver_to == "mdm" else form.deliver_to
    called = playing.stage.caller.call(
        "CreateMeterReadSchedule",
        lambda client: client.schedule(
            form.meters, form.reading_types, every=every, start=start, end=end, deliver_to=to
        ),
    )
    playing.sent.append((playing.step_name, called))
    return reply_found(called, f"create MeterReadSchedule, {form.every or 'once'}, {', '.join(form.meters)}")


def _cancel(form: CancelScheduleForm, playing: Playing) -> Found:
    called = playing.stage.caller.call("CancelMeterReadSchedule", lambda client: client.cancel_schedule(form.id))
    playing.sent.append((playing.step_name, called))
    return reply_found(called, "cancel MeterReadSchedule")


SCHEDULE = Action("schedule", "Have meters read again and again.", ScheduleForm, _schedule, REPLY)
CANCEL_SCHEDULE = Action("cancel_schedule", "End a schedule.", CancelScheduleForm, _cancel, REPLY)
