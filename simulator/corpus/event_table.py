"""The events of a month as rows: what meters told by themselves."""

from typing import Final

import numpy as np

from simulator.cim.end_device_event_type import EndDeviceEventType
from simulator.fleet import Fleet
from simulator.spontaneous_events import can_happen, spontaneous_events
from simulator.tables import Column, Instants, Kind, Table, Texts

EVENT_COLUMNS: Final = (
    Column("meter", Kind.TEXT, "name of the meter"),
    Column("event_type", Kind.TEXT, "EndDeviceEventType: four numbers"),
    Column("words", Kind.TEXT, "what they say"),
    Column("created", Kind.INSTANT, "when it happened in the device, UTC"),
    Column("heard", Kind.INSTANT, "when the head end has it, UTC"),
)


def write_events(table: Table, fleet: Fleet, start: int, end: int) -> None:
    """Append what happened in (start, end], epoch seconds, to a table of EVENT_COLUMNS, in the order of time."""
    if not can_happen(fleet):
        return
    events = spontaneous_events(fleet, range(len(fleet)), start, end)
    if not len(events):
        return
    codes = events.type_codes()
    words = {code: EndDeviceEventType.parse(code).mnemonic.encode() for code in set(codes)}
    table.write(
        Texts(np.array(fleet.names(events.meters), np.object_).tolist()),
        Texts([code.encode() for code in codes]),
        Texts([words[code] for code in codes]),
        Instants(events.instants),
        Instants(events.heard),
    )
