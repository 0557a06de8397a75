"""What a head end knows of objects by itself: how a switch stands, which firmware a device runs.

It stands in what is told of them, in the place of what was said once: ConnectDisconnectFunction/isConnected, firmwareID
of the functions of a device, UsagePoint/connectionState.
"""

from collections.abc import Sequence
from datetime import datetime

from headend.operations.controls.stored_commands import transition_of
from headend.operations.master_data.classes import ends_between, ends_of
from headend.operations.master_data.documents import Document, text_of
from headend.operations.master_data.fleet_objects import (
    CONNECT_DISCONNECT_FUNCTION,
    END_DEVICE,
    FIRMWARE_FAMILIES,
    USAGE_POINT,
)
from headend.operations.master_data.working_set import Known, WorkingSet
from headend.store import Window
from simulator.device import state_at


def live_facts(objects: Sequence[Known], working: WorkingSet) -> dict[str, Document]:
    """What is to be told of some objects instead of what their documents say, by mRID; of most it is nothing."""
    devices = {one.mrid: _devices(one, working) for one in objects}
    mrids = {mrid for its in devices.values() for mrid in its}
    windows = working.work.interruptions.of(mrids)
    stored = working.work.device_states.of(mrids)
    found: dict[str, Document] = {}
    for one in objects:
        is_off = [_is_open(windows.get(mrid, ()), working.now) for mrid in devices[one.mrid]]
        if one.object.family == USAGE_POINT and any(is_off):
            found[one.mrid] = {"connectionState": ["physicallyDisconnected"]}
        elif one.object.family == CONNECT_DISCONNECT_FUNCTION and is_off:
            found[one.mrid] = {"isConnected": ["false" if any(is_off) else "true"]}
        elif one.object.family in FIRMWARE_FAMILIES:
            transitions = [transition_of(each) for mrid in devices[one.mrid] for each in stored.get(mrid, ())]
            said = text_of(one.object.document, "firmwareID")
            runs = state_at(sorted(transitions, key=lambda each: each.at), working.now, said).firmware
            if runs is not None and runs != said:
                found[one.mrid] = {"firmwareID": [runs]}
    return found


def _devices(one: Known, working: WorkingSet) -> list[str]:
    """mRIDs, as the fleet spells them, of the devices that say how an object is."""
    family = one.object.family
    if family == USAGE_POINT:
        ends = ends_between(USAGE_POINT, END_DEVICE)
    elif family == CONNECT_DISCONNECT_FUNCTION or family in FIRMWARE_FAMILIES:
        ends = tuple(end for end in ends_of(family) if not end.is_one and end.far == END_DEVICE)
    else:
        return []
    devices = (device for end in ends for device in working.far_of(end, one.mrid, working.now))
    return [text_of(device.object.document, "mRID") or device.mrid for device in devices]


def _is_open(windows: Sequence[Window], now: datetime) -> bool:
    return any(one.start <= now and (one.end is None or one.end > now) for one in windows)
