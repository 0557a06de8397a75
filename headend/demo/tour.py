"""The steps of the tour. Each checks something real; what is expected follows from fleet, clock and contract."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Final

from headend.client import ControlsReply, MeterReading, ReadingsReply, reply_in
from headend.demo.account import Account
from headend.demo.stage import METERS, START, Stage
from headend.mdm import NotReceived

METER: Final = "M00000042"
NEIGHBOURS: Final = ("M00000007", METER, "M00000999")
UNKNOWN: Final = "M99999999"

LOAD_PROFILE: Final = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
"""Forward active energy of 15 minutes, Wh."""
REGISTER: Final = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
"""Forward active energy since the installation, kWh."""
REGISTER_PROFILE: Final = "0.0.2.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
"""The same register every 15 minutes, kWh."""

TODAY: Final = START.replace(hour=0)
YESTERDAY: Final = TODAY - timedelta(days=1)
RECONNECTED: Final = START + timedelta(hours=6)
END: Final = RECONNECTED + timedelta(hours=3)

DISCONNECTED_EVENT: Final = "3.31.0.68"
CONNECTED_EVENT: Final = "3.31.0.42"
DELIVERY_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Step:
    """A title, and what is played under it."""

    title: str
    play: Callable[[Stage, Account], None]


def read_the_contract(stage: Stage, account: Account) -> None:
    account.say("A client needs nothing but the served WSDL. zeep reads it and finds these operations:")
    expected = {
        "GetMeterReadings": ["GetMeterReadings"],
        "ExecuteEndDeviceControls": [
            f"{verb}EndDeviceControls" for verb in ("Cancel", "Change", "Close", "Create", "Delete")
        ],
        "GetEndDeviceEvents": ["GetEndDeviceEvents"],
    }
    for service, operations in expected.items():
        found = sorted(stage.client.zeep_client(service).service._operations)
        account.check(f"{service}?wsdl", ", ".join(found), ", ".join(operations))


def read_registers(stage: Stage, account: Account) -> None:
    account.say("On demand, without a period: the registers as they stand, at the fleet's time.")
    reply = stage.client.read(NEIGHBOURS, [REGISTER])
    rows = [
        (meter.name or "", f"{reading.stamp:%Y-%m-%d %H:%M} UTC", f"{reading.value} kWh")
        for meter in reply.readings
        for reading in meter.registers()
    ]
    account.table(("Meter", "Time", "Register"), rows)
    account.check("Result", reply.result, "OK")
    account.check("meters in the reply", tuple(meter.name for meter in reply.readings), NEIGHBOURS)
    stamps = {reading.stamp for meter in reply.readings for reading in meter.readings}
    account.check("time of every reading", stamps, {START})
    account.check("Result as zeep reads it from the reply", _result_by_zeep(reply), "OK")


def read_a_day(stage: Stage, account: Account) -> None:
    account.say(f"Yesterday's load profile of {METER}: quarter-hours, each stamped at its end.")
    reply = stage.client.read([METER], [LOAD_PROFILE], YESTERDAY, TODAY)
    values = _values(_only(reply), YESTERDAY, TODAY)
    account.chart("Wh per quarter-hour, 00:00 to 24:00", values)
    account.check("Result", reply.result, "OK")
    account.check("intervals", len(values), 96)
    stamps = [reading.stamp for reading in _only(reply).intervals()]
    every_quarter = [YESTERDAY + timedelta(minutes=15 * number) for number in range(1, 97)]
    account.holds("one stamp a quarter-hour", stamps == every_quarter)


def balance_the_fleet(stage: Stage, account: Account) -> None:
    account.say(
        f"All {METERS} meters, which takes no target at all: does what flowed in a day agree with the registers?"
    )
    midnights = stage.client.read([], [REGISTER], YESTERDAY - timedelta(minutes=1), TODAY)
    profiles = stage.client.read([], [LOAD_PROFILE], YESTERDAY, TODAY)
    flowed_wh = {meter.mrid: sum(reading.value for reading in meter.intervals()) for meter in profiles.readings}
    advanced_wh = {meter.mrid: _advance_wh(meter) for meter in midnights.readings}
    count = sum(len(meter.readings) for meter in profiles.readings)
    account.say(f"{count:,} intervals, together {sum(flowed_wh.values()) / 1000:,} kWh")
    agreeing = sum(flowed_wh.get(mrid) == advanced for mrid, advanced in advanced_wh.items())
    account.check("meters whose 96 intervals sum up to the advance of the register, to the watt-hour", agreeing, METERS)


def name_an_unknown_meter(stage: Stage, account: Account) -> None:
    account.say(f"{UNKNOWN} is no meter of this fleet; the one beside it is still read.")
    reply = stage.client.read([METER, UNKNOWN], [REGISTER])
    errors = [error for error in reply.errors if error.level != "INFORM"]
    for error in reply.errors:
        account.say(f"{error.level} {error}")
    account.check("Result", reply.result, "PARTIAL")
    account.check("errors", [(error.code, error.object_id) for error in errors], [("2.4", UNKNOWN)])
    account.check("meters that were read", [meter.name for meter in reply.readings], [METER])


def disconnect(stage: Stage, account: Account) -> None:
    account.say(f"{METER} is disconnected; the event that tells of it is posted to the receiver.")
    _switch(stage, account, stage.client.disconnect([METER]), DISCONNECTED_EVENT, START)


def see_the_load_drop(stage: Stage, account: Account) -> None:
    now = stage.advance(RECONNECTED - START)
    account.say(f"Six hours pass in no time: the fleet's clock now shows {now:%H:%M}.")
    begin = START - timedelta(hours=12)
    reply = stage.client.read([METER], [LOAD_PROFILE, REGISTER_PROFILE], begin, now)
    before, after = _values(_only(reply), begin, START), _values(_only(reply), START, now)
    account.chart("Wh per quarter-hour, 00:00 to 18:00", before + after)
    account.check("time of the reply", reply.timestamp, RECONNECTED)
    account.holds("energy flowed until 12:00", sum(before) > 0)
    account.check("quarter-hours after it", len(after), 24)
    account.check("Wh in all of them", f"{sum(after):g}", "0")
    registers = {reading.stamp: reading.value for reading in _only(reply).registers()}
    account.check("kWh on the register at 18:00, as at 12:00", registers.get(now), registers.get(START))


def reconnect(stage: Stage, account: Account) -> None:
    account.say(f"{METER} gets its supply back.")
    _switch(stage, account, stage.client.connect([METER]), CONNECTED_EVENT, RECONNECTED)
    now = stage.advance(END - RECONNECTED)
    reply = stage.client.read([METER], [LOAD_PROFILE], TODAY, now)
    values = _values(_only(reply), TODAY, now)
    account.chart(f"Wh per quarter-hour, 00:00 to {now:%H:%M}", values)
    account.check("quarter-hours since 18:00 in which energy flows again", sum(value > 0 for value in values[72:]), 12)


def list_the_events(stage: Stage, account: Account) -> None:
    account.say(f"What happened to {METER} today, asked for afterwards:")
    reply = stage.client.events([METER], TODAY, END)
    rows = [(f"{event.created:%H:%M}", event.type_code, event.words, event.device_name or "") for event in reply.events]
    account.table(("Time", "Code", "Event", "Meter"), rows)
    account.check("Result", reply.result, "OK")
    account.check(
        "events and when they happened",
        [f"{event.type_code} at {event.created:%H:%M}" for event in reply.events],
        [f"{DISCONNECTED_EVENT} at 12:00", f"{CONNECTED_EVENT} at 18:00"],
    )
    published = [event.mrid for received in stage.mdm.received for event in received.events]
    account.holds("they are the ones that were published", [event.mrid for event in reply.events] == published)


def break_the_contract(stage: Stage, account: Account) -> None:
    account.say("A request with two mistakes. The reply says of each where it is and which rule it breaks.")
    request = files("headend.demo").joinpath("broken-request.xml").read_bytes()
    exchange = stage.client.send("GetMeterReadings", "GetMeterReadings, broken", request)
    reply = reply_in(exchange)
    lines = request.decode().splitlines()
    remarks = [(_line_of(error.details), f"{error.code} {error.details}") for error in reply.errors]
    account.quote(lines, remarks)
    account.check("Result", reply.result, "FAILED")
    account.check("it answers this very message", reply.correlation_id, "broken-1")
    wrong = [number for number, line in enumerate(lines, start=1) if "nmae" in line or "15.06.2026" in line]
    account.check("lines that the errors name", [line for line, _ in remarks], wrong)
    named = [(error.details or "").partition(" (")[0].rpartition("/")[2] for error in reply.errors]
    account.check("elements that the errors name", named, ["nmae", "end"])
    told = any("did you mean name?" in (error.details or "") for error in reply.errors)
    account.holds("the misspelt one is told what was meant", told)


TOUR: Final = (
    Step("The contract", read_the_contract),
    Step("Read registers on demand", read_registers),
    Step("Read a day of intervals", read_a_day),
    Step("Intervals and registers agree", balance_the_fleet),
    Step("One unknown meter among known ones", name_an_unknown_meter),
    Step("Disconnect, and hear of it", disconnect),
    Step("The load drops to zero", see_the_load_drop),
    Step("Reconnect", reconnect),
    Step("List the events", list_the_events),
    Step("A message that breaks the contract", break_the_contract),
)


def _switch(stage: Stage, account: Account, reply: ControlsReply, event_type: str, when: datetime) -> None:
    account.check("Result", reply.result, "OK")
    account.check("controls that were carried out", len(reply.ids), 1)
    try:
        received = stage.mdm.wait_for("EndDeviceEvents", correlation_id=reply.tracking_id, timeout_s=DELIVERY_TIMEOUT_S)
    except NotReceived as error:
        account.failed("event at the receiver", f"one within {DELIVERY_TIMEOUT_S:g} s", str(error))
        return
    account.heard(received)
    account.check("CorrelationID of the event message: the request's", received.correlation_id, reply.correlation_id)
    account.check(
        "what it tells of",
        [(event.type_code, event.device_name, event.created) for event in received.events],
        [(event_type, METER, when)],
    )


def _only(reply: ReadingsReply) -> MeterReading:
    """The one meter of a reply; one without readings where there is none, so that the checks say what is missing."""
    return reply.readings[0] if reply.readings else MeterReading(None, None, None, None, ())


def _advance_wh(meter: MeterReading) -> Decimal | None:
    """By how much the register went on from one midnight to the next; None where there are not two values."""
    values = [reading.value for reading in meter.registers()]
    return (values[1] - values[0]) * 1000 if len(values) == 2 else None


def _values(meter: MeterReading, start: datetime, end: datetime) -> list[float]:
    """Interval values stamped in (start, end]."""
    return [float(reading.value) for reading in meter.intervals() if start < reading.stamp <= end]


def _result_by_zeep(reply: ReadingsReply) -> str:
    """zeep goes through the whole reply by the WSDL and objects to whatever the contract does not have."""
    import zeep.exceptions

    try:
        return str(reply.exchange.zeep_object().Reply.Result)
    except zeep.exceptions.Error as error:
        return f"zeep objects: {error}"


def _line_of(details: str | None) -> int:
    found = re.search(r"\(line (\d+)\)", details or "")
    return int(found[1]) if found else 0
