"""Groups that nobody is in, and usage points without a meter, as targets of controls (61968-9:2013, clause 5.4)."""

from pathlib import Path

import pytest

from headend.operations.controls.control_devices import ControlDevices, ControlRequest, Sender
from headend.operations.controls.device_stories import DeviceStories
from headend.operations.controls.publish_controls import ControlPublication
from headend.operations.events.publish_events import EventPublication
from headend.operations.references import ObjectName, ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import Reply
from headend.store import Store
from simulator.fleet import Fleet
from simulator.fleet.growing_fleet import GrowingFleet
from tests.simulator.fleet_changes import base_fleet
from tests.support.device_stories import NOON
from tests.support.subscribed import told_by


def group(name: str, object_type: str = "EndDeviceGroup") -> ObjectReference:
    return ObjectReference(object_type, None, (ObjectName(name),))


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """The transformer TX-1 fed one meter, which was removed."""
    growing = GrowingFleet(base_fleet(tmp_path))
    growing.remove(growing.fleet.meter(10).mrid)
    return growing.fleet


def disconnect(
    store: Store, fleet: Fleet, *groups: ObjectReference, usage_points: tuple[ObjectReference, ...] = ()
) -> Reply:
    told = ControlPublication(told_by(fleet))
    stories = DeviceStories(fleet, EventPublication(told_by(fleet)), told.renew)
    with store.writing() as work:
        request = ControlRequest(type_code="3.31.0.23", groups=groups, usage_points=usage_points)
        return ControlDevices(stories, told).create([request], Sender(None, None), NOON, work)


@pytest.mark.parametrize("object_type", ["EndDeviceGroup", "UsagePointGroup"])
def test_a_control_for_a_group_without_members_is_refused(store: Store, fleet: Fleet, object_type: str) -> None:
    with pytest.raises(Refusal, match=rf"5.2 {object_type} name 'TX-1' has no member") as refused:
        disconnect(store, fleet, group("TX-1", object_type))
    (error,) = refused.value.errors
    assert error.object_id is not None
    assert error.object_id.value == "TX-1"


def test_a_group_without_members_beside_another_gives_partial(store: Store, fleet: Fleet) -> None:
    reply = disconnect(store, fleet, group("TX-1"), group("ten"))
    assert (reply.result, [error.code for error in reply.errors]) == ("PARTIAL", ["5.2", "0.2"])


def test_a_usage_point_without_a_meter_is_refused(store: Store, tmp_path: Path) -> None:
    growing = GrowingFleet(base_fleet(tmp_path))
    meter = growing.fleet.meter(3)
    growing.remove(meter.mrid)
    point = ObjectReference("UsagePoint", meter.usage_point_mrid)
    with pytest.raises(Refusal, match=r"5.2 UsagePoint mRID .* has no meter"):
        disconnect(store, growing.fleet, usage_points=(point,))
