"""`control`, `meter`, `reset`: the control API as it is."""

from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from headend.scenario.action import Action
from headend.scenario.found import Found
from headend.scenario.instants import instant_text
from headend.scenario.playing import Playing
from headend.scenario.strict_form import Form, Text
from headend.scenario.yaml_source import WrittenNumber

_REFUSED: Final = {"refused": "why it would not: status, detail, remedy"}


class ControlForm(Form):
    """Any call of the control API."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: Text = Field(description="Below /control/v1, such as deliveries.")
    query: dict[str, Text] = Field({})
    body: Any = Field(None, description="Sent as JSON.")


class MeterForm(Form):
    """A meter as it stands."""

    shorthand: ClassVar = "meter"

    meter: Text = Field(description="mRID or name.")


class ResetForm(Form):
    """The head end as on the first day; orderings, outages, events and the like are forgotten."""

    subscriptions: bool = Field(False, description="Forget subscriptions, too.")
    keep_journal: bool = False


def _control(form: ControlForm, playing: Playing) -> Found:
    path = form.path.strip("/").removeprefix("control/v1/")
    answer = playing.stage.control.call(form.method, path, api_json(form.body), form.query)
    return Found(words=f"{form.method} /control/v1/{path}", values={"answer": answer})


def _meter(form: MeterForm, playing: Playing) -> Found:
    answer = playing.stage.control.meter(form.meter)
    return Found(words=f"{form.meter} is {answer['switch']}", values={"switch": answer["switch"], "answer": answer})


def _reset(form: ResetForm, playing: Playing) -> Found:
    reading = playing.stage.control.reset(subscriptions=form.subscriptions, keep_journal=form.keep_journal)
    playing.outages.clear()
    return Found(words=f"reset; it is {instant_text(reading.now)}", values={"now": reading.now})


def api_json(value: Any) -> Any:
    """A value of a scenario as JSON carries it."""
    if isinstance(value, WrittenNumber):
        return float(value)
    if isinstance(value, dict):
        return {name: api_json(one) for name, one in value.items()}
    return [api_json(one) for one in value] if isinstance(value, list | tuple) else value


CONTROL = Action(
    "control", "Call the control API.", ControlForm, _control, {"answer": "the JSON that it answers", **_REFUSED}
)
METER = Action(
    "meter",
    "Look how a meter stands.",
    MeterForm,
    _meter,
    {"switch": "connected, disconnected, armed ...", "answer": "all that GET meters/{id} tells", **_REFUSED},
)
RESET = Action("reset", "Take the head end back to the first day.", ResetForm, _reset, {"now": "the time", **_REFUSED})
