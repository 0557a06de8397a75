"""`call`: any operation of the contract, its message made of names and values."""

from pathlib import Path
from typing import Any

from pydantic import Field

from headend.compose.served_contract import SERVED_PATTERNS, served_contract
from headend.contract import ServiceDescription
from headend.scenario.action import Action
from headend.scenario.found import Found
from headend.scenario.playing import BadStep, Playing
from headend.scenario.reply_values import REPLY, reply_found
from headend.scenario.strict_form import REFERENCE, Form, Text
from headend.scenario.yaml_source import Place, WrittenNumber
from simulator.near_miss import did_you_mean


class CallForm(Form):
    """A message; elements by their names, as zeep takes them. Its Header is filled in."""

    operation: Text = Field(description="Such as GetMeterConfig.")
    header: dict[str, Any] = Field({}, description="Elements of the Header that differ, or come beside the usual ones.")
    request: dict[str, Any] | None = Field(None, description="Content of Request.")
    payload: dict[str, Any] | None = Field(None, description="Content of Payload.")


def service_of(operation: str) -> ServiceDescription:
    """The service that has an operation. Raises BadStep."""
    services = [one for one in served_contract().services.values() if one.pattern in SERVED_PATTERNS]
    for service in services:
        if any(one.name == operation for one in service.operations):
            return service
    known = [one.name for service in services for one in service.operations]
    near = did_you_mean(operation, known)
    raise BadStep(f"the contract has no operation {operation!r}{near if 'did you mean' in near else ''}")


def _play(form: CallForm, playing: Playing) -> Found:
    service = service_of(form.operation).name
    parts = {"Request": form.request, "Payload": form.payload}
    message = {name: _as_written(content) for name, content in parts.items() if content is not None}
    called = playing.stage.caller.call(
        form.operation, lambda client: client.call(service, form.operation, _as_written(form.header), **message)
    )
    playing.sent.append((playing.step_name, called))
    return reply_found(called, form.operation)


def _as_written(value: Any) -> Any:
    """Numbers with a point as the text that they were: 2.10 is no 2.1 in a message."""
    if isinstance(value, WrittenNumber):
        return value.text
    if isinstance(value, dict):
        return {name: _as_written(one) for name, one in value.items()}
    return [_as_written(one) for one in value] if isinstance(value, list) else value


def _problems(form: CallForm, _directory: Path) -> list[tuple[Place, str]]:
    if REFERENCE.search(form.operation):
        return []
    try:
        service_of(form.operation)
    except BadStep as error:
        return [(("operation",), str(error))]
    return []


CALL = Action("call", "Call any operation of the contract.", CallForm, _play, REPLY, problems=_problems)
