"""`headend meters`: the fleet that a head end with these settings has. No head end has to run."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from headend.cli.driving import driving
from headend.cli.exit_codes import ExitCode
from headend.cli.offline import fleet_settings, fleet_time, stored
from headend.cli.options import DEFAULT_URL, Config, FleetFile, FleetFlags, FleetSize, Json, Seed, Timeout, Url
from headend.cli.stopping import stop

if TYPE_CHECKING:
    from rich.table import Table

    from headend.operations.fleet.meter_state import MeterState
    from headend.store import EndDeviceEvent
    from simulator.cim.reading_type import ReadingType
    from simulator.device import DeviceState
    from simulator.device.aspect import Value
    from simulator.fleet import Fleet, Meter

app = typer.Typer(help="The fleet: which meters there are, and how one stands.", no_args_is_help=True)

_LATEST = 5
"""So many interruptions and events a table shows; JSON has all."""


@app.command("list")
def list_meters(
    config: Config = None,
    meters: FleetSize = None,
    fleet_file: FleetFile = None,
    seed: Seed = None,
    group: Annotated[
        str | None,
        typer.Option("--group", help="Only those of a template, substation, feeder or transformer: mRID or name."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    json: Json = False,
) -> None:
    """List the meters of the fleet. It is arithmetic: give the settings that `serve` gets, no head end has to run."""
    from headend.cli.output import console, print_json, remark, table
    from simulator.fleet import Fleet

    settings = fleet_settings("meters list", FleetFlags(config, meters, seed, fleet=fleet_file))
    fleet = Fleet(settings.fleet_spec)
    members = range(len(fleet)) if group is None else fleet.group_members(group)
    if members is None:
        stop("meters list", f"there is no group {group!r} in this fleet", ExitCode.CHECK_FAILED)
    shown = [fleet.meter(int(index)) for index in members[:limit]]
    if json:
        print_json(
            [
                {**_meter_json(meter), **_place_json(fleet, meter), "firmware": fleet.firmware_at(meter.index)}
                for meter in shown
            ]
        )
    else:
        made = table(None, "Name", "mRID", "Class", "UsagePoint")
        for meter in shown:
            made.add_row(meter.name, meter.mrid, fleet.class_at(meter.index).name, meter.usage_point_name)
        console().print(made)
    if len(shown) < len(members):
        remark("meters list", f"{len(shown)} of {len(members)} meters; --limit shows more")


@app.command("show")
def show_meter(
    meter: Annotated[str, typer.Argument(help="mRID or name.", metavar="METER", show_default=False)],
    config: Config = None,
    meters: FleetSize = None,
    fleet_file: FleetFile = None,
    seed: Seed = None,
    database: Annotated[
        str | None,
        typer.Option("--database", help="Where the head end keeps state.", show_default="sqlite:///headend.db"),
    ] = None,
    clock: Annotated[str | None, typer.Option("--clock", help="As for `serve`.", show_default="real")] = None,
    json: Json = False,
) -> None:
    """Show one meter: who it is, how its switch and its register stand, what happened to it.

    Give the settings that `serve` gets. What clients changed is read from the database if there is one; no head end
    has to run. Exit code 1: the fleet has no such meter.
    """
    from headend.cli.output import console, print_json
    from headend.operations.fleet.meter_state import find_meter, meter_state
    from simulator.clock import RealClock
    from simulator.fleet import Fleet

    settings = fleet_settings("meters show", FleetFlags(config, meters, seed, database, clock, fleet_file))
    fleet = Fleet(settings.fleet_spec)
    found = find_meter(fleet, meter)
    if found is None:
        sentence = f"there is no meter {meter!r} in this fleet of {len(fleet)} with seed {fleet.spec.seed}"
        stop("meters show", sentence, ExitCode.CHECK_FAILED)
    machine_now = RealClock().now().replace(microsecond=0)
    with stored("meters show", settings) as store:
        now = fleet_time(settings, store, machine_now)
        if store is None:
            state = meter_state(fleet, found, now, None)
        else:
            with store.reading() as work:
                state = meter_state(fleet, found, now, work)
        address = None if store is None else store.address
    if json:
        print_json({**_state_json(state, address), **_place_json(fleet, found)})
        return
    out = console()
    for part in _tables(fleet, state, address):
        out.print(part)


@app.command("change")
def change_meter(
    meter: Annotated[str, typer.Argument(help="mRID or name.", metavar="METER", show_default=False)],
    switch: Annotated[
        Literal["connected", "disconnected"] | None,
        typer.Option("--switch", help="Move it by hand, as a technician does.", metavar="connected|disconnected"),
    ] = None,
    firmware: Annotated[
        str | None, typer.Option("--firmware", help="Begin an update to this version.", metavar="VERSION")
    ] = None,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Do something at a meter of a running head end that no message of the standard does.

    Exit codes: 0 done; 1 refused; 2 bad usage; 3 nobody answers.
    """
    from headend.cli.output import print_json, remark

    if switch is None and firmware is None:
        stop("meters change", "nothing is to be changed: give --switch, --firmware, or both", ExitCode.BAD_USAGE)
    with driving("meters change", url, timeout) as control:
        state = control.change_meter(meter, switch=switch, firmware=firmware)
    if json:
        print_json(state)
    else:
        typer.echo(state["switch"])
        remark("meters change", f"{state['name']} is {state['switch']}, firmware {state['firmware'] or 'unknown'}")


def _tables(fleet: "Fleet", state: "MeterState", address: str | None) -> "Iterator[Table | str]":
    from headend.cli.output import event_words, table
    from headend.cli.times import instant_text
    from headend.client.reading_words import reading_words

    about = table(None, state.meter.name, "")
    about.add_row("mRID", state.meter.mrid)
    about.add_row("UsagePoint", f"{state.meter.usage_point_name}\n{state.meter.usage_point_mrid}")
    for what, text in _place_json(fleet, state.meter).items():
        if text:
            about.add_row(what.capitalize(), ", ".join(text) if isinstance(text, list) else text)
    about.add_row("Time", instant_text(state.now))
    since = state.interruptions[-1] if state.interruptions else None
    moved = None if since is None else since.end or since.start
    about.add_row("Switch", state.switch.value + ("" if moved is None else f" since {instant_text(moved)}"))
    about.add_row("Power", "yes" if state.has_power else "no: an outage")
    for what, text in _device_words(state.device).items():
        about.add_row(what, text)
    for register in state.registers:
        unit = reading_words(register.reading_type.mrid).unit
        about.add_row("Register", f"{register.value} {unit}")
    for reading_type in state.reading_types:
        about.add_row("Reading type", f"{reading_type.describe()}\n{reading_type.mrid}")
    about.add_row("State from", address or "no database: as delivered")
    yield about
    if state.interruptions:
        windows = table("Interruptions", "From", "To", "Cause")
        for window in state.interruptions[-_LATEST:]:
            windows.add_row(
                instant_text(window.start),
                instant_text(window.end) if window.end else "lasts",
                window.cause,
            )
        yield windows
    if state.events:
        events = table("Events", "Time", "Code", "Event")
        for event in state.events[-_LATEST:]:
            words = event_words(_words(event), event.details)
            events.add_row(instant_text(event.created), event.type_code, words)
        yield events


def _state_json(state: "MeterState", address: str | None) -> dict[str, Any]:
    from headend.cli.times import instant_text

    return {
        **_meter_json(state.meter),
        "time": instant_text(state.now),
        "switch": state.switch.value,
        "power": state.has_power,
        "firmware": state.device.firmware,
        "device": _device_json(state.device),
        "registers": [
            {
                "ReadingType": register.reading_type.mrid,
                "words": register.reading_type.describe(),
                "timeStamp": instant_text(register.stamp),
                "value": float(register.value),
            }
            for register in state.registers
        ],
        "ReadingType": [_reading_type_json(reading_type) for reading_type in state.reading_types],
        "interruptions": [
            {
                "start": instant_text(window.start),
                "end": window.end and instant_text(window.end),
                "cause": window.cause,
            }
            for window in state.interruptions
        ],
        "EndDeviceEvent": [
            {
                "mRID": event.mrid,
                "createdDateTime": instant_text(event.created),
                "EndDeviceEventType": event.type_code,
                "words": _words(event),
                "issuerTrackingID": event.issuer_tracking_id,
            }
            for event in state.events
        ],
        "database": address,
    }


def _reading_type_json(reading_type: "ReadingType") -> dict[str, Any]:
    return {"mRID": reading_type.mrid, "words": reading_type.describe()}


def _meter_json(meter: "Meter") -> dict[str, Any]:
    return {
        "mRID": meter.mrid,
        "name": meter.name,
        "UsagePoint": {"mRID": meter.usage_point_mrid, "name": meter.usage_point_name},
    }


def _place_json(fleet: "Fleet", meter: "Meter") -> dict[str, Any]:
    """What sort of meter it is, and what feeds it from the substation down."""
    template = fleet.template_at(meter.index)
    return {
        "class": fleet.class_at(meter.index).name,
        "template": None if template is None else template.name,
        "network": [group.name for group in fleet.groups.above(meter.index)],
    }


def _device_words(device: "DeviceState") -> dict[str, str]:
    """What commands made of a device, for a table: only what is not as usual."""
    from headend.cli.times import instant_text

    def listed(value: "Value | None") -> str | None:
        return None if value is None else ", ".join(f"{name} {text}" for name, text in value.items())

    words = {
        "Armed": device.armed_for and f"for {device.armed_for}",
        "Switch commands": None if device.switch_enabled else "disabled",
        "Supply limit": "enabled" if device.capacity_limit else None,
        "Emergency limit": "enabled" if device.emergency_capacity_limit else None,
        "Load control": listed(device.load_control),
        "Display": listed(device.display),
        "Price": listed(device.price),
        "Pairing until": device.pairing_until and instant_text(device.pairing_until),
        "Home network": None if device.home_network_enabled else "disabled",
        "Firmware": device.firmware,
        "Firmware update": listed(device.firmware_update),
        "Demand reset": device.demand_reset and instant_text(device.demand_reset),
    }
    return {what: text for what, text in words.items() if text}


def _device_json(device: "DeviceState") -> dict[str, Any]:
    from headend.cli.times import instant_text

    return {
        "switchEnabled": device.switch_enabled,
        "armedFor": device.armed_for,
        "capacityLimit": device.capacity_limit,
        "emergencyCapacityLimit": device.emergency_capacity_limit,
        "loadControl": device.load_control,
        "display": device.display,
        "price": device.price,
        "pairingUntil": device.pairing_until and instant_text(device.pairing_until),
        "homeNetworkEnabled": device.home_network_enabled,
        "firmwareUpdate": device.firmware_update,
        "demandReset": device.demand_reset and instant_text(device.demand_reset),
    }


def _words(event: "EndDeviceEvent") -> str:
    from simulator.cim.end_device_event_type import EndDeviceEventType

    return EndDeviceEventType.parse(event.type_code).mnemonic
