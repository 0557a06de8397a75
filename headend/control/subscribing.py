"""One more receiver for a head end that runs, whoever asks for it."""

from headend.control.driven_head_end import DrivenHeadEnd
from headend.operations.schedules.standing_readings import follow_subscriptions, standing_definition
from headend.operations.subscriptions import Subscription
from headend.store import UnitOfWork
from headend.subscription_form import SubscriptionForm


def subscribe(driven: DrivenHeadEnd, form: SubscriptionForm, work: UnitOfWork) -> tuple[Subscription, bool]:
    """Publish to a receiver from now on; the subscription, and whether it is new. Raises Declined."""
    now = driven.clock.now()
    scheduled = driven.scheduled(now, work)
    one, is_new = driven.subscriptions.add(
        work, form.url, form.noun, now, form.wanted(), form.http_headers(), scheduled.fleet
    )
    if is_new and one.wanted.every is not None:
        standing_definition(one, scheduled.fleet)
        follow_subscriptions(scheduled, now, work)
    return one, is_new


def unsubscribe(driven: DrivenHeadEnd, mrid: str, work: UnitOfWork) -> None:
    """Publish no more to a receiver; what is queued for it is still sent. Raises Declined."""
    now = driven.clock.now()
    driven.subscriptions.remove(work, mrid)
    follow_subscriptions(driven.scheduled(now, work), now, work)
