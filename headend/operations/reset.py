"""The fleet as delivered: what happened to it is forgotten, and its time begins anew."""

from headend.operations.clock_control import ClockControl, ClockState
from headend.operations.events.publish_field_events import FieldPublication
from headend.operations.schedules.publish_scheduled_readings import ScheduledAt
from headend.operations.schedules.standing_readings import follow_subscriptions
from headend.store import UnitOfWork


def reset(
    work: UnitOfWork,
    clock: ClockControl,
    field: FieldPublication,
    scheduled: ScheduledAt,
    *,
    with_subscriptions: bool = False,
) -> ClockState:
    """Forget interruptions, controls, events, messages, nonces and replies, and take the clock back to its setting.

    Subscriptions say how the head end is set up, and stay unless they are meant, too. Afterwards the same requests get
    the same bytes as on the first day.
    """
    work.fleet_state.clear()
    if with_subscriptions:
        for subscription in work.subscriptions.all():
            work.subscriptions.remove(subscription.mrid)
    state = clock.begin_anew(work)
    field.begin(state.now, work)  # now, and not when somebody next looks: what happens in between is told
    follow_subscriptions(scheduled(state.now, work), state.now, work)
    return state
