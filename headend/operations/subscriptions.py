"""Who is told of what happens: those whom the settings name, and those who asked while the head end ran."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from headend.operations.declined import Declined, DeclineKind
from headend.operations.identifiers import identifier
from headend.receiver_url import check_receiver_url
from headend.store import StoredSubscription, UnitOfWork


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscriber of one noun."""

    mrid: str
    url: str
    noun: str
    created: datetime | None
    """None: by the settings, from the start on."""


@dataclass(frozen=True, slots=True)
class SubscriptionList:
    """The subscriptions of a head end. An mRID follows from URL and noun, so asking twice gives the same one."""

    configured: Sequence[tuple[str, str]]
    """URL and noun of those in the settings."""
    seed: int

    def all(self, work: UnitOfWork) -> list[Subscription]:
        """All of them, those of the settings first."""
        stored = [Subscription(one.mrid, one.url, one.noun, one.created) for one in work.subscriptions.all()]
        return [*self._configured(), *stored]

    def add(self, work: UnitOfWork, url: str, noun: str, now: datetime) -> tuple[Subscription, bool]:
        """Subscribe; the second part is False where there is this subscription already. Raises Declined."""
        try:
            check_receiver_url(url)
        except ValueError as error:
            raise Declined(
                DeclineKind.INVALID,
                f"url: {error}",
                "give the address of a Receive service, such as http://mdm:8081/services/ReceiveEndDeviceEvents",
            ) from None
        mrid = self._mrid(url, noun)
        for known in self._configured():
            if known.mrid == mrid:
                return known, False
        is_new = work.subscriptions.put(StoredSubscription(mrid, url, noun, now))
        stored = work.subscriptions.get(mrid)
        created = now if stored is None else stored.created
        return Subscription(mrid, url, noun, created), is_new

    def remove(self, work: UnitOfWork, mrid: str) -> None:
        """End a subscription; what is queued for it is still sent. Raises Declined."""
        mrid = mrid.lower()
        if any(known.mrid == mrid for known in self._configured()):
            raise Declined(
                DeclineKind.CONFLICT,
                f"subscription {mrid} stands in the settings",
                "take it out of headend.yaml (or leave out --publish-to) and start the head end again",
            )
        if not work.subscriptions.remove(mrid):
            raise Declined(
                DeclineKind.NOT_FOUND,
                f"there is no subscription {mrid!r}",
                "GET /control/v1/subscriptions lists them with their mRIDs",
            )

    def _configured(self) -> list[Subscription]:
        return [Subscription(self._mrid(url, noun), url, noun, None) for url, noun in self.configured]

    def _mrid(self, url: str, noun: str) -> str:
        return identifier(self.seed, "subscription", noun, url)
