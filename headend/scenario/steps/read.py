"""`read`: readings, now or of a period."""

from typing import ClassVar

from pydantic import Field

from headend.scenario.action import Action
from headend.scenario.found import Found
from headend.scenario.instants import When
from headend.scenario.playing import Playing
from headend.scenario.reply_values import REPLY, reply_found
from headend.scenario.steps.truth_check import UNEQUAL, TruthKind, as_implied, unequal_readings
from headend.scenario.strict_form import Form, Text, Texts


class ReadForm(Form):
    """GetMeterReadings: registers as they stand, or what is stamped in (start, end]."""

    shorthand: ClassVar = "meters"

    meters: Texts = Field((), description="mRIDs or names; none are all.")
    reading_types: Texts = Field((), description="18 numbers each; none: whatever the meters deliver.")
    start: When | None = None
    end: When | None = None
    compressed: bool = Field(False, description="Ask for a compressed payload.")
    reply_to: Text | None = Field(None, description="Have the readings sent later: `mdm`, or a URL.")
    truth: TruthKind | None = Field(
        None, description="Hold every reading to what flowed, was registered or is reported; see docs/truth.md."
    )


def _play(form: ReadForm, playing: Playing) -> Found:
    start, end = playing.instant_or_none(form.start), playing.instant_or_none(form.end)
    called = playing.stage.caller.call(
        "GetMeterReadings",
        lambda client: client.read(
            form.meters,
            form.reading_types,
            start,
            end,
            compressed=form.compressed,
            reply_to=playing.reply_url(form.reply_to, "MeterReadings"),
        ),
    )
    playing.sent.append((playing.step_name, called))
    found = reply_found(called, f"get MeterReadings, {', '.join(form.meters[:3]) or 'all meters'}{_more(form.meters)}")
    if form.truth is None:
        return found
    readings = found.values["readings"]
    wrong = unequal_readings(readings, form.truth, playing)
    return Found(
        words=found.words,
        values={**found.values, "unequal": wrong},
        envelope=found.envelope,
        exchange=found.exchange,
        implied=(*found.implied, as_implied(wrong, len(readings), form.truth)),
    )


def _more(meters: tuple[str, ...]) -> str:
    return f", {len(meters) - 3} more" if len(meters) > 3 else ""


READ = Action("read", "Read meters.", ReadForm, _play, {**REPLY, **UNEQUAL})
