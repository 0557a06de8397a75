"""`headend connect` and `headend disconnect`: one control, from the request to its event."""

from typing import Annotated, Any

import typer

from headend.cli.calling import open_client, seconds
from headend.cli.exit_codes import ExitCode
from headend.cli.options import DEFAULT_URL, Json, Meters, Timeout, Url
from headend.cli.stopping import client_errors, stop

Wait = Annotated[str, typer.Option("--wait", help="Longest wait for the events, such as 30s.", metavar="TIME")]


def connect(
    meters: Meters, url: Url = DEFAULT_URL, wait: Wait = "30s", timeout: Timeout = "60s", json: Json = False
) -> None:
    """Restore the supply of meters; waits for their events.

    Exit codes: 0 every meter reports success; 1 one was refused, failed or sent no event in time; 2 bad usage;
    3 nobody answers.
    """
    from headend.client import CONNECT

    _control("connect", CONNECT, meters, url, wait, timeout, json)


def disconnect(
    meters: Meters, url: Url = DEFAULT_URL, wait: Wait = "30s", timeout: Timeout = "60s", json: Json = False
) -> None:
    """Cut the supply of meters; waits for their events.

    Exit codes: 0 every meter reports success; 1 one was refused, failed or sent no event in time; 2 bad usage;
    3 nobody answers.
    """
    from headend.client import DISCONNECT

    _control("disconnect", DISCONNECT, meters, url, wait, timeout, json)


def _control(command: str, control_type: str, meters: list[str], url: str, wait: str, timeout: str, json: bool) -> None:
    from headend.cli.output import console, event_table, print_json, remark
    from headend.client.answer_json import error_json, event_json
    from simulator.cim.end_device_control_type import EndDeviceControlType

    wait_s = seconds(command, "--wait", wait)
    with client_errors(command), open_client(command, url, timeout) as client:
        reply = client.control(control_type, meters)
        refused = {error.object_id for error in reply.errors}
        accepted = [meter for meter in meters if meter not in refused] if reply.result != "FAILED" else []
        events = client.wait_for_events(reply.tracking_id, accepted, wait_s) if accepted else ()
    if json:
        answer: dict[str, Any] = {
            "result": reply.result,
            "errors": [error_json(error) for error in reply.errors],
            "EndDeviceControl": list(reply.ids),
            "EndDeviceEvent": [event_json(event) for event in events],
        }
        print_json(answer)
    elif events:
        console().print(event_table(events))
    for error in reply.errors:
        if error.level != "INFORM":
            remark(command, error)
    if reply.result != "OK":
        stop(command, f"the reply's Result is {reply.result}", ExitCode.CHECK_FAILED)
    heard = {name.casefold() for event in events for name in (event.device_mrid, event.device_name) if name}
    if silent := [meter for meter in accepted if meter.casefold() not in heard]:
        stop(command, f"accepted, but no event within {wait} of {', '.join(silent)}", ExitCode.CHECK_FAILED)
    success = {event.code for event in EndDeviceControlType.parse(control_type).success_events}
    if failed := [event for event in events if event.type_code not in success]:
        names = ", ".join(f"{event.device_name or event.device_mrid} ({event.words})" for event in failed)
        stop(command, f"not carried out: {names}", ExitCode.CHECK_FAILED)
