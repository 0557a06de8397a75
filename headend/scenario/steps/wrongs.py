"""`defect`, `ordering`, `fault`: what goes wrong on purpose, in readings, with messages, and on the way."""

from typing import Any, ClassVar, Final

from pydantic import Field

from headend.client import ControlRefused
from headend.fault_form import FaultForm
from headend.ordering_form import OrderingForm
from headend.scenario.action import Action
from headend.scenario.found import Found
from headend.scenario.instants import When
from headend.scenario.playing import NotOffered, Playing
from headend.scenario.steps.control import api_json
from headend.scenario.strict_form import Form, Text

_ANSWER: Final = {
    "answer": "what the control API answers",
    "mrid": "of what was made",
    "refused": "why it would not: status, detail, remedy",
}


_NOT_THERE: Final = (404, 405)


class DefectForm(Form):
    """What goes wrong with the readings of a meter."""

    meter: Text = Field(description="mRID or name.")
    kind: Text = Field(description="Such as gap or spike; see docs/defects.md.")
    start: When
    end: When | None = None
    parameters: dict[str, Any] = Field({}, description="Numbers of the kind.")
    marked: bool = Field(True, description="false leaves out the ReadingQualities.")


class WrongMatchForm(Form):
    """On which messages it acts; what is left out may be anything."""

    noun: Text | None = None
    verb: Text | None = None
    meter: Text | None = None
    destination: Text | None = None
    correlation_id: Text | None = None


class OrderingStepForm(Form):
    """What the head end does wrong when it sends."""

    shorthand: ClassVar = "kind"

    kind: Text = Field(description="Such as late or twice; see docs/orderings.md.")
    match: WrongMatchForm | None = Field(None, description="Default: everything.")
    delay: Text | None = Field(None, description="ISO 8601, for late, swapped and before-acknowledgement.")
    times: int | None = Field(None, ge=1, description="Default: always.")


class FaultMatchStepForm(WrongMatchForm):
    """On which answers and messages it acts; what is left out may be anything."""

    direction: Text | None = Field(None, description="answer or message.")
    service: Text | None = None
    operation: Text | None = None


class FaultStepForm(Form):
    """What breaks when the head end answers or sends."""

    shorthand: ClassVar = "kind"

    kind: Text = Field(description="Such as http-status or reset; see docs/faults.md.")
    match: FaultMatchStepForm | None = Field(None, description="Default: everything.")
    probability: float | None = Field(None, gt=0, le=1, description="Default: certain.")
    times: int | None = Field(None, ge=1, description="Default: always.")
    delay: Text | None = Field(None, description="ISO 8601.")
    status: int | None = Field(None, description="Of http-status.")
    retry_after: int | None = Field(None, description="Of http-status: seconds.")
    bytes: int | None = Field(None, description="Of truncated, reset and random-data.")
    fraction: float | None = Field(None, description="Of truncated.")
    bytes_per_second: int | None = Field(None, description="Of slow-drip.")
    how: Text | None = Field(None, description="Of schema-invalid.")
    code: Text | None = Field(None, description="Of reply-code.")
    result: Text | None = Field(None, description="Of reply-code: FAILED or PARTIAL.")
    level: Text | None = Field(None, description="Of reply-code.")
    details: Text | None = Field(None, description="Of reply-code.")
    age: Text | None = Field(None, description="Of stale-data: ISO 8601.")


def _defect(form: DefectForm, playing: Playing) -> Found:
    answer = playing.stage.control.add_defect(
        form.meter,
        form.kind,
        playing.instant(form.start),
        end=playing.instant_or_none(form.end),
        parameters=api_json(form.parameters),
        marked=form.marked,
    )
    return Found(
        words=f"defect {form.kind} in the readings of {form.meter}", values={"answer": answer, "mrid": answer["mrid"]}
    )


def _ordering(form: OrderingStepForm, playing: Playing) -> Found:
    said = form.model_dump(exclude_none=True)
    OrderingForm(**said)  # says what is wrong with it, also where the head end is another version
    answer = playing.stage.control.call("POST", "orderings", {"match": {}, **said})
    return Found(words=f"ordering {form.kind}{_on(form.match)}", values={"answer": answer, "mrid": answer["mrid"]})


def _fault(form: FaultStepForm, playing: Playing) -> Found:
    said = form.model_dump(exclude_none=True)
    FaultForm(**said)  # as above
    control = playing.stage.control
    try:
        control.call("GET", "faults")
    except ControlRefused as error:
        if error.status in _NOT_THERE:
            raise NotOffered("this head end has no faults on demand (/control/v1/faults)") from None
        raise
    answer = control.call("POST", "faults", said)
    return Found(words=f"fault {form.kind}{_on(form.match)}", values={"answer": answer, "mrid": answer["mrid"]})


def _on(match: WrongMatchForm | None) -> str:
    said = {} if match is None else match.model_dump(exclude_none=True)
    return f" on {', '.join(f'{name} {value}' for name, value in said.items())}" if said else ""


DEFECT = Action("defect", "Let something go wrong with readings.", DefectForm, _defect, _ANSWER)
ORDERING = Action("ordering", "Let messages come late, twice, never ...", OrderingStepForm, _ordering, _ANSWER)
FAULT = Action("fault", "Let answers and messages break.", FaultStepForm, _fault, _ANSWER)
