"""`headend read`: one on-demand read."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headend.cli.calling import open_client
from headend.cli.exit_codes import ExitCode
from headend.cli.options import DEFAULT_URL, Json, Meters, Timeout, Url
from headend.cli.stopping import client_errors, stop
from headend.cli.times import InvalidTime, instant_text, is_relative, parse_instant

if TYPE_CHECKING:
    from rich.console import RenderableType

    from headend.client import HeadEndClient, MeterReading, Moment, Reading, ReadingsReply


def read(
    meters: Meters,
    reading_types: Annotated[
        list[str] | None, typer.Option("--reading-type", help="18 numbers of a reading type; may be given repeatedly.")
    ] = None,
    start: Annotated[str | None, typer.Option("--from", help="Begin of the period.", metavar="INSTANT")] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="End of the period; now if left out.", metavar="INSTANT")
    ] = None,
    compressed: Annotated[
        bool,
        typer.Option("--compressed", help="Ask for a compressed payload, as a head end sends it where it is large."),
    ] = False,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Read meters: their registers as they stand, or what they recorded in a period.

    An INSTANT has a zone (2026-06-15T00:00:00Z), or is now, today, yesterday or a time ago (-90m, -6h, -2d); the
    words go by the head end's clock, and days begin at midnight UTC. Readings are stamped at their end, and the
    period is (from, to].

    Exit codes: 0 all was read; 1 something was not (what was is on stdout, the errors are on stderr); 2 bad usage;
    3 nobody answers.
    """
    from headend.cli.output import print_json, remark
    from headend.client.answer_json import error_json

    if end is not None and start is None:
        stop("read", "--to needs --from: a period has a begin", ExitCode.BAD_USAGE)
    with client_errors("read"), open_client("read", url, timeout) as client:
        begin, close = _period(client, meters, start, end)
        reply = client.read(meters, reading_types or (), begin, close, compressed=compressed)
    if json:
        print_json(
            {
                "result": reply.result,
                "errors": [error_json(error) for error in reply.errors],
                "MeterReading": [_meter_json(meter) for meter in reply.readings],
            }
        )
    else:
        _print_tables(reply)
    for error in reply.errors:
        if error.level != "INFORM":
            remark("read", error)
    if reply.result != "OK":
        remark("read", f"the reply's Result is {reply.result}")
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _period(
    client: "HeadEndClient", meters: list[str], start: str | None, end: str | None
) -> tuple[datetime | None, datetime | None]:
    """Words mean the head end's time, which in a simulation is not ours; every reply tells it."""
    from simulator.clock import RealClock

    texts = [text for text in (start, end) if text is not None]
    now = RealClock().now()
    try:
        for text in texts:  # before anybody is called
            parse_instant(text, now)
        if any(map(is_relative, texts)):
            now = client.read(meters[:1]).timestamp or now
        begin, close = (None if text is None else parse_instant(text, now) for text in (start, end))
    except InvalidTime as error:
        stop("read", error, ExitCode.BAD_USAGE)
    if begin is not None and close is not None and close <= begin:
        stop(
            "read",
            f"the period ends at {instant_text(close)}, not after its begin {instant_text(begin)}",
            ExitCode.BAD_USAGE,
        )
    return begin, close


def _print_tables(reply: "ReadingsReply") -> None:
    """One table of all registers, one for each load profile."""
    from headend.cli.output import console, table
    from headend.client.reading_words import reading_words

    out = console()
    registers = table(None, "Meter", "Time", "Value", "Reading", numbers=["Value"])
    for meter in reply.readings:
        for reading in meter.registers():
            words = reading_words(reading.reading_type)
            stamp = instant_text(reading.stamp)
            registers.add_row(_name(meter), stamp, f"{reading.value} {words.unit}", words.quantity)
        for moment in meter.moments:
            told = reading_words(moment.reading_type).quantity
            registers.add_row(_name(meter), instant_text(moment.stamp), instant_text(moment.value), told)
    if registers.row_count:
        out.print(registers)
    for meter in reply.readings:
        for reading_type, readings in groupby(meter.intervals(), lambda reading: reading.reading_type):
            for line in _profile(meter, reading_type, list(readings), out.width):
                out.print(line)
    if not registers.row_count and not any(meter.readings for meter in reply.readings):
        out.print("no readings")


def _profile(
    meter: "MeterReading", reading_type: str, readings: list["Reading"], width: int
) -> Iterator["RenderableType"]:
    from rich.text import Text

    from headend.cli.output import table
    from headend.client.reading_words import reading_words
    from headend.sparkline import sparkline

    words = reading_words(reading_type)
    yield Text(f"{_name(meter)}  {words.quantity}", style="bold")
    made = table(None, "Time (end)", words.unit or "Value", numbers=[words.unit or "Value"])
    for reading in readings:
        made.add_row(instant_text(reading.stamp), str(reading.value))
    yield made
    yield sparkline([float(reading.value) for reading in readings], width - 2)
    yield f"{len(readings)} intervals, together {sum(reading.value for reading in readings)} {words.unit}\n"


def _name(meter: "MeterReading") -> str:
    return meter.name or meter.mrid or "?"


def _meter_json(meter: "MeterReading") -> dict[str, Any]:
    return {
        "Meter": {"mRID": meter.mrid, "name": meter.name},
        "UsagePoint": {"mRID": meter.usage_point_mrid, "name": meter.usage_point_name},
        "IntervalReadings": [_reading_json(reading) for reading in meter.intervals()],
        "Readings": [
            *(_reading_json(reading) for reading in meter.registers()),
            *(_moment_json(moment) for moment in meter.moments),
        ],
    }


def _moment_json(moment: "Moment") -> dict[str, Any]:
    return {
        "timeStamp": instant_text(moment.stamp),
        "value": instant_text(moment.value),
        "ReadingType": moment.reading_type,
    }


def _reading_json(reading: "Reading") -> dict[str, Any]:
    return {
        "timeStamp": instant_text(reading.stamp),
        # A number, for jq; fifteen digits of a decimal survive a float.
        "value": int(reading.value) if reading.value == int(reading.value) else float(reading.value),
        "ReadingType": reading.reading_type,
        "ReadingQualities": list(reading.qualities),
    }
