"""`/control/v1/controls`: what meters were told to do, and how far that has come."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Self

from apiflask import APIBlueprint
from pydantic import Field

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Form, Limit
from headend.operations.controls.cancel_controls import CancelControls
from headend.operations.controls.control_devices import Sender
from headend.operations.controls.control_life_cycle import ControlState, control_id, device_state, starts
from headend.operations.controls.find_controls import NamedControls
from headend.operations.controls.list_controls import ControlInState, control_named, latest_controls
from simulator.cim.end_device_control_type import EndDeviceControlType
from simulator.fleet import Fleet

_Name = Annotated[str, Field(min_length=1, max_length=200)]


class EndDeviceControl(Answer):
    """A control, and how it stands now."""

    mrid: str
    type: str = Field(description="EndDeviceControlType, such as 3.31.0.23.")
    mnemonic: str = Field(description="The type in words.")
    state: ControlState = Field(description="Of the control as a whole; each device has its own.")
    devices: dict[ControlState, int] = Field(description="At how many devices it is in which state.")
    accepted: datetime
    start: datetime = Field(description="When it is to begin; devices may be later.")
    changed: datetime | None = Field(description="When it got another timing.")
    closed: datetime | None
    issuer_id: str | None
    issuer_tracking_id: str | None
    reason: str | None
    source: str | None = Field(description="Header/Source of the request that created it.")
    correlation_id: str | None = Field(description="Of that request; replies and events carry it.")

    @classmethod
    def fields_of(cls, one: ControlInState, now: datetime) -> dict[str, object]:
        """The fields, by name."""
        control = one.control
        counted = Counter(device_state(control, outcome, now) for outcome in one.outcomes)
        return {
            "mrid": control.mrid,
            "type": control.type_code,
            "mnemonic": EndDeviceControlType.parse(control.type_code).mnemonic,
            "state": one.state,
            "devices": {state: counted[state] for state in ControlState if state in counted},
            "accepted": control.accepted,
            "start": starts(control),
            "changed": control.changed,
            "closed": control.closed,
            "issuer_id": control.issuer_id,
            "issuer_tracking_id": control.issuer_tracking_id,
            "reason": control.reason,
            "source": control.source,
            "correlation_id": control.correlation_id,
        }

    @classmethod
    def of(cls, one: ControlInState, now: datetime) -> Self:
        """The control as JSON."""
        return cls.model_validate(cls.fields_of(one, now))


class ControlOutcome(Answer):
    """What has come of a control at one device."""

    meter_mrid: str
    meter_name: str | None = Field(description="null: the fleet has it no more.")
    state: ControlState
    event: str | None = Field(description="EndDeviceEventType that tells of the result, also of one yet to come.")
    begins: datetime | None = Field(description="When the device is told; null: when the control was accepted.")
    done: datetime | None = Field(description="When the result is known; null: when the control was accepted.")


class EndDeviceControlOutcomes(EndDeviceControl):
    """A control with every device."""

    outcomes: list[ControlOutcome] = Field(description="In the order of the devices' mRIDs.")

    @classmethod
    def of_all(cls, one: ControlInState, fleet: Fleet, now: datetime) -> Self:
        """The control with its devices as JSON."""
        outcomes = []
        for outcome in one.outcomes:
            index = fleet.index_of_mrid(outcome.device_mrid)
            outcomes.append(
                ControlOutcome(
                    meter_mrid=outcome.device_mrid,
                    meter_name=None if index is None else fleet.meter(index).name,
                    state=device_state(one.control, outcome, now),
                    event=outcome.event_code,
                    begins=outcome.begins,
                    done=outcome.done,
                )
            )
        return cls.model_validate({**cls.fields_of(one, now), "outcomes": outcomes})


class ControlList(Answer):
    """Controls, the newest first."""

    controls: list[EndDeviceControl]
    total: int = Field(description="How many there are; the oldest are left out above the limit.")


class ControlQuery(Form):
    """Which controls are wanted."""

    meter: _Name | None = Field(None, description="Only those for this meter: mRID or name.")
    state: ControlState | None = Field(None, description="Only those that stand so as a whole.")
    limit: Limit = 100


def controls_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """GET controls, GET controls/{mrid}, POST controls/{mrid}/cancel."""
    controls = APIBlueprint("controls", __name__, tag="Controls")

    @controls.get("/controls")
    @controls.input(ControlQuery, location="query", arg_name="query")
    @controls.output(ControlList)
    def list_controls(query: ControlQuery) -> ControlList:
        """What meters were told to do."""
        with driven.store.reading() as work:
            now = driven.clock.now()
            fleet = driven.fleet_now(work)
            found, total = latest_controls(query.meter, query.state, query.limit, fleet, now, work)
        return ControlList(controls=[EndDeviceControl.of(one, now) for one in found], total=total)

    @controls.get("/controls/<mrid>")
    @controls.output(EndDeviceControlOutcomes)
    def get_control(mrid: str) -> EndDeviceControlOutcomes:
        """One control and what has come of it at each device."""
        with driven.store.reading() as work:
            now = driven.clock.now()
            return EndDeviceControlOutcomes.of_all(control_named(mrid, now, work), driven.fleet_now(work), now)

    @controls.post("/controls/<mrid>/cancel")
    @controls.output(EndDeviceControlOutcomes)
    def cancel(mrid: str) -> EndDeviceControlOutcomes:
        """Take it back at all devices at which it has not begun; refused where it has at every one."""
        with driven.store.writing() as work:
            now = driven.clock.now()
            control_named(mrid, now, work)
            fleet = driven.fleet_now(work)
            cancel_controls = CancelControls(driven.stories(fleet), driven.control_publication)
            cancel_controls(NamedControls([control_id(mrid)]), Sender(None, None), now, work)
            cancelled = EndDeviceControlOutcomes.of_all(control_named(mrid, now, work), fleet, now)
        driven.wake()
        return cancelled

    return controls
