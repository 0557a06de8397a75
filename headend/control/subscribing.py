"""More receivers for a head end that runs, whoever asks for it."""

from collections.abc import Iterable

from headend.control.driven_head_end import DrivenHeadEnd
from headend.operations.schedules.standing_readings import follow_subscriptions, standing_definition
from headend.operations.subscriptions import Subscription
from headend.store import UnitOfWork
from headend.subscription_form import SubscriptionForm


def subscribe(
    driven: DrivenHeadEnd, forms: Iterable[SubscriptionForm], work: UnitOfWork
) -> list[tuple[Subscription, bool]]:
    """Publish to receivers from now on; the subscriptions, and whether each is new. Raises Declined."""
    now = driven.clock.now()
    scheduled = driven.scheduled(now, work)
    made: list[tuple[Subscription, bool]] = []
    for form in forms:
        one, is_new = driven.subscriptions.add(
            work, form.url, form.noun, now, form.wanted(), form.http_headers(), scheduled.fleet
        )
        if is_new and one.wanted.every is not None:
            standing_definition(one, scheduled.fleet)
            follow_subscriptions(scheduled, now, work)
        made.append((one, is_new))
    return made


def unsubscribe(driven: DrivenHeadEnd, mrid: str, work: UnitOfWork) -> None:
    """Publish no more to a receiver; what is queued for it is still sent. Raises Declined."""
    now = driven.clock.now()
    driven.subscriptions.remove(work, mrid)
    follow_subscriptions(driven.scheduled(now, work), now, work)
