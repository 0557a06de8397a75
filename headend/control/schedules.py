"""`/control/v1/schedules`: when meters are read without being asked."""

from datetime import datetime
from typing import Any, Self

from apiflask import APIBlueprint
from pydantic import Field

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.operations.schedules.list_schedules import ListedSchedule, all_schedules
from headend.operations.schedules.recurrence import stored_time_schedule
from headend.operations.schedules.schedule_states import ScheduleState


class Schedule(Answer):
    """A MeterReadSchedule."""

    mrid: str
    state: ScheduleState = Field(
        description="Never deleted. expired: its last time is over. closed: late values still follow."
    )
    meters: int = Field(description="How many it reads.")
    reading_types: list[str] = Field(description="As they were named; empty: all that the meters deliver by default.")
    time_schedules: list[Any] = Field(description="As they were given; empty: daily at local midnight.")
    source: str | None = Field(description="Header/Source of the request that created it.")
    correlation_id: str | None
    message_id: str | None
    reply_address: str | None = Field(description="Where readings go besides to subscribers of MeterReadings.")
    created: datetime = Field(description="Fleet time.")
    told_until: datetime = Field(description="Fleet time up to which its readings have been queued.")
    next_due: datetime | None = Field(description="Fleet time at which there is something to queue again.")

    @classmethod
    def of(cls, one: ListedSchedule) -> Self:
        """The schedule as JSON."""
        schedule = one.schedule
        types = (each.mrid or each.names[0].name for each in one.definition.reading_types if each.mrid or each.names)
        return cls(
            mrid=schedule.mrid,
            state=one.state,
            meters=one.meters,
            reading_types=list(types),
            time_schedules=[stored_time_schedule(each) for each in one.definition.time_schedules],
            source=schedule.source,
            correlation_id=schedule.correlation_id,
            message_id=schedule.message_id,
            reply_address=schedule.reply_address,
            created=schedule.created,
            told_until=schedule.told_until,
            next_due=schedule.next_due,
        )


class ScheduleList(Answer):
    """All schedules, oldest first."""

    schedules: list[Schedule]


def schedules_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """GET schedules."""
    schedules = APIBlueprint("schedules", __name__, tag="Schedules")

    @schedules.get("/schedules")
    @schedules.output(ScheduleList)
    def list_schedules() -> ScheduleList:
        """Every schedule that was not deleted. They are made, changed and ended by messages of MeterReadSchedule."""
        with driven.store.reading() as work:
            found = all_schedules(driven.fleet_now(work), driven.clock.now(), work)
        return ScheduleList(schedules=[Schedule.of(one) for one in found])

    return schedules
