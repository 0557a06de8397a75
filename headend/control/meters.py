"""`/control/v1/meters`: the fleet, and how a meter stands."""

from typing import Literal

from apiflask import APIBlueprint
from pydantic import Field

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Form, Limit
from headend.control.meter_json import MeterJson, MeterStateJson
from headend.operations.declined import Declined, DeclineKind
from headend.operations.fleet.change_meter import move_switch, start_firmware_update
from headend.operations.fleet.meter_list import MeterFilter, meter_named, meter_page
from headend.operations.fleet.meter_state import meter_state


class MeterList(Answer):
    """A page of meters, in the order of the fleet."""

    meters: list[MeterJson]
    next: int | None = Field(
        description="Give it as `after` for the next page, also after a short or empty one; null: this is the last."
    )
    fleet_size: int = Field(description="How many meters the fleet has, wanted or not.")


class MeterQuery(Form):
    """Which meters are wanted."""

    group: str | None = Field(None, description="mRID or name of a template, substation, feeder or transformer.")
    meter_class: str | None = Field(None, alias="class", description="Such as residential.")
    text: str | None = Field(None, min_length=1, description="A piece of the name or the mRID, in any case.")
    after: int = Field(0, ge=0, lt=2**63, description="`next` of the page before.")
    limit: Limit = 100


class MeterChange(Form):
    """What is done at the meter itself; at least one of them."""

    switch: Literal["connected", "disconnected"] | None = Field(
        None, description="Moved by hand, as a technician does; the meter tells of it, and no control is made."
    )
    firmware: str | None = Field(
        None, min_length=1, max_length=64, description="An update to this version begins; its stages are events."
    )


def meters_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """GET meters, GET meters/{id}, PATCH meters/{id}."""
    meters = APIBlueprint("meters", __name__, tag="Meters")

    @meters.get("/meters")
    @meters.input(MeterQuery, location="query", arg_name="query")
    @meters.output(MeterList)
    def list_meters(query: MeterQuery) -> MeterList:
        """The meters of the fleet, a page at a time."""
        wanted = MeterFilter(query.group, query.meter_class, query.text)
        with driven.store.reading() as work:
            fleet = driven.fleet_now(work)
        page = meter_page(fleet, wanted, query.after, query.limit)
        return MeterList(
            meters=[MeterJson.of(fleet, meter) for meter in page.meters], next=page.next, fleet_size=len(fleet)
        )

    @meters.get("/meters/<meter>")
    @meters.output(MeterStateJson)
    def get_meter(meter: str) -> MeterStateJson:
        """How a meter stands now: its switch, its registers, what happened to it. By mRID or name."""
        with driven.store.reading() as work:
            fleet = driven.fleet_now(work)
            found = meter_named(fleet, meter)
            state = meter_state(fleet, found, driven.clock.now(), work)
        return MeterStateJson.of_state(fleet, state)

    @meters.patch("/meters/<meter>")
    @meters.input(MeterChange, arg_name="change", example={"switch": "disconnected"})
    @meters.output(MeterStateJson)
    def change_meter(meter: str, change: MeterChange) -> MeterStateJson:
        """Do something at a meter that no message of the standard does; answers how it stands then."""
        if change.switch is None and change.firmware is None:
            raise Declined(DeclineKind.INVALID, "nothing is to be changed", "give switch, firmware, or both")
        with driven.store.writing() as work:
            now = driven.clock.now()
            fleet = driven.fleet_now(work)
            found = meter_named(fleet, meter)
            stories = driven.stories(fleet)
            if change.switch is not None:
                move_switch(found, change.switch == "disconnected", now, stories, driven.publication, work)
            if change.firmware is not None:
                start_firmware_update(found, change.firmware, now, stories, work)
            state = meter_state(fleet, found, now, work)
        driven.wake()
        return MeterStateJson.of_state(fleet, state)

    return meters
