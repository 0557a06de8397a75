"""Publication: who is told that objects of a noun were created, changed ... here (the event pattern of 61968-100).

A message is queued in the unit of work that caused it, so that both are kept or neither. What is queued is a recipe;
`headend.handlers.published_messages` makes the text of it when it is sent.

A subscription that wants less than everything gets messages of its own, which hold only that.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from headend.operations.identifiers import identifier
from headend.operations.subscriptions import Subscription, SubscriptionList
from headend.store import Json, NewMessage, UnitOfWork
from simulator.fleet import Fleet

LatestFleet = Callable[[], Fleet]
"""The fleet as it was when somebody last looked: at the latest when the request at hand came. Not as the unit of work
sees it that is under way, for it may come to nothing."""

Narrowed = Callable[[Subscription], Iterable[Json]]
"""The recipes of what a subscription wants of a message, one for each message that it gets."""


@dataclass(frozen=True, slots=True)
class Publication:
    """Tells subscribers, by noun."""

    subscriptions: SubscriptionList
    latest_fleet: LatestFleet

    @property
    def seed(self) -> int:
        """What identifiers follow from."""
        return self.subscriptions.seed

    def subscribers(self, noun: str, work: UnitOfWork) -> tuple[Subscription, ...]:
        """Who is told of what happens to objects of a noun: those of the settings, then those who asked since.

        Not those who are told by the clock: what others ask for is no news to them.
        """
        return tuple(one for one in self.subscriptions.of_noun(noun, work) if one.wanted.every is None)

    def meter_mrids(self, subscription: Subscription) -> frozenset[str] | None:
        """Whose news a subscription wants, see Subscription."""
        return subscription.meter_mrids(self.latest_fleet())

    def queue(
        self,
        work: UnitOfWork,
        verb: str,
        noun: str,
        recipe: Json,
        created: datetime,
        cause: Sequence[object],
        correlation_id: str | None = None,
        not_before: datetime | None = None,
        also: Sequence[str] = (),
        narrowed: Narrowed | None = None,
        only: Subscription | None = None,
    ) -> None:
        """Queue one message for each subscriber of the noun, and for the URLs of `also`; each gets one.

        verb: in the past tense. created: its Timestamp, in the fleet's time. cause: what tells this message from all
        others of its verb and noun, such as the mRID and revision of the object; its MessageID follows from it.
        not_before: when it may leave, in the fleet's time; None: at `created`. also: URLs of others who are told.
        narrowed: what those get who do not want everything; None: there is nothing to leave out. only: the one
        subscriber whom it is for.
        """
        for url, subscription in self._receivers(noun, also, only, work):
            recipes: Iterable[Json] = [recipe]
            if subscription is not None and not subscription.is_plain and narrowed is not None:
                recipes = narrowed(subscription)
            marks = () if subscription is None else subscription.marks
            work.outbox.add_all(
                NewMessage(
                    destination=url,
                    verb=verb,
                    noun=noun,
                    message_id=identifier(
                        self.seed, "publication", url, verb, noun, *cause, *((*marks, number) if marks else ())
                    ),
                    correlation_id=correlation_id,
                    recipe=each,
                    created=created,
                    not_before=not_before,
                    subscription_mrid=None if subscription is None else subscription.mrid,
                )
                for number, each in enumerate(recipes)
            )

    def _receivers(
        self, noun: str, also: Sequence[str], only: Subscription | None, work: UnitOfWork
    ) -> list[tuple[str, Subscription | None]]:
        """Who gets a message. Whoever asked for it and is told everything anyway gets it once, with his credentials."""
        if only is not None:
            return [(only.url, only)]
        subscribers = self.subscribers(noun, work)
        plain = {one.url: one for one in subscribers if one.is_plain}
        asked = [(url, plain.get(url)) for url in dict.fromkeys(also)]
        told = {one.mrid for _, one in asked if one is not None}
        return [*asked, *((one.url, one) for one in subscribers if one.mrid not in told)]
