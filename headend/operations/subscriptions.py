"""Who is told of what happens: those whom the settings name, and those who asked while the head end ran."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from headend.operations.declined import Declined, DeclineKind
from headend.operations.fleet.meter_targets import find_targets
from headend.operations.identifiers import identifier
from headend.operations.references import ObjectReference
from headend.receiver_url import check_receiver_url
from headend.store import StoredSubscription, UnitOfWork
from simulator.fleet import Fleet
from simulator.fleet.imported_meters import folded_mrid
from simulator.fleet.meter_groups import indices_of

MOST_A_MESSAGE: Final = 1_000
"""So many meters, events or objects a message where a subscription says nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a subscriber wants to be told of a noun, and in which form. Nothing given is everything, as it comes."""

    meters: tuple[str, ...] = ()
    """By mRID or name."""
    groups: tuple[str, ...] = ()
    """EndDeviceGroups, by mRID or name; their meters and those of `meters` add up."""
    reading_types: tuple[str, ...] = ()
    """18 numbers with 0 or * for any."""
    event_types: tuple[str, ...] = ()
    """Four numbers with 0 or * for any."""
    every: str | None = None
    """How often what meters collected by themselves is told (see `collection_times`); None: not."""
    batch_size: int | None = None
    """At most so many meters, events or objects a message."""
    is_compressed: bool = False

    @property
    def names_meters(self) -> bool:
        """Whether only some meters are meant."""
        return bool(self.meters or self.groups)

    @property
    def end_devices(self) -> tuple[ObjectReference, ...]:
        """The meters as a message would name them."""
        return tuple(ObjectReference("EndDevice", one) for one in self.meters)

    @property
    def end_device_groups(self) -> tuple[ObjectReference, ...]:
        """The groups as a message would name them."""
        return tuple(ObjectReference("EndDeviceGroup", one) for one in self.groups)

    @property
    def most_a_message(self) -> int:
        """How many meters, events or objects a message holds."""
        return self.batch_size or MOST_A_MESSAGE

    def as_json(self) -> dict[str, Any]:
        """What `of_json` takes: whatever differs from wanting everything."""
        plain = asdict(Wanted())
        given = {name: value for name, value in asdict(self).items() if value != plain[name]}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Wanted":
        """What `as_json` made."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
        }
        return cls(**values)


EVERYTHING: Final = Wanted()


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscriber of one noun."""

    mrid: str
    url: str
    noun: str
    created: datetime | None
    """None: by the settings, from the start on."""
    wanted: Wanted = EVERYTHING
    http_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """They carry credentials: not to be shown."""

    @property
    def is_plain(self) -> bool:
        """Whether it is told everything, as it comes."""
        return self.wanted == EVERYTHING

    @property
    def marks(self) -> tuple[str, ...]:
        """What tells its messages from those of others of the same URL: they have MessageIDs of their own."""
        return () if self.is_plain else (self.mrid,)

    def meters(self, fleet: Fleet) -> NDArray[np.int64] | None:
        """Whose news it wants, as fleet indices; None: everybody's. What the fleet does not know now is nobody."""
        return subscribed_meters(self.wanted, fleet) if self.wanted.names_meters else None

    def meter_mrids(self, fleet: Fleet) -> frozenset[str] | None:
        """The same by mRID, in the letters in which mRIDs are compared."""
        meters = self.meters(fleet)
        return None if meters is None else frozenset(folded_mrid(one.decode()) for one in fleet.mrids(meters))


def subscription_mrid(seed: int, url: str, noun: str, wanted: Wanted = EVERYTHING) -> str:
    """It follows from all that is asked for but the credentials, so asking twice gives the same one."""
    terms = () if wanted == EVERYTHING else (json.dumps(wanted.as_json(), sort_keys=True),)
    return identifier(seed, "subscription", noun, url, *terms)


def configured_subscription(
    seed: int, url: str, noun: str, wanted: Wanted = EVERYTHING, http_headers: Mapping[str, str] | None = None
) -> Subscription:
    """One of the settings."""
    return Subscription(subscription_mrid(seed, url, noun, wanted), url, noun, None, wanted, http_headers or {})


@dataclass(frozen=True, slots=True)
class SubscriptionList:
    """The subscriptions of a head end."""

    configured: Sequence[Subscription]
    """Those of the settings."""
    seed: int

    def all(self, work: UnitOfWork) -> list[Subscription]:
        """All of them, those of the settings first; each once."""
        stored = [_subscription(one) for one in work.subscriptions.all()]
        found: dict[str, Subscription] = {}
        for one in (*self.configured, *stored):
            found.setdefault(one.mrid, one)
        return list(found.values())

    def of_noun(self, noun: str, work: UnitOfWork) -> list[Subscription]:
        """Who is told of a noun, in the same order."""
        return [one for one in self.all(work) if one.noun == noun]

    def get(self, mrid: str, work: UnitOfWork) -> Subscription | None:
        """The subscription with this mRID; also one that has ended while something is still to be sent for it."""
        known = self.of_settings(mrid)
        stored = None if known is not None else work.subscriptions.get(mrid)
        return known if stored is None else _subscription(stored)

    def add(
        self,
        work: UnitOfWork,
        url: str,
        noun: str,
        now: datetime,
        wanted: Wanted = EVERYTHING,
        http_headers: Mapping[str, str] | None = None,
        fleet: Fleet | None = None,
    ) -> tuple[Subscription, bool]:
        """Subscribe; the second part is False where there is this subscription already.

        fleet: the one in which meters and groups must be. Raises Declined: for an address, a meter or a group that
        cannot be, and where the same subscription is kept with other credentials.
        """
        try:
            check_receiver_url(url)
        except ValueError as error:
            raise Declined(
                DeclineKind.INVALID,
                f"url: {error}",
                "give the address of a Receive service, such as http://mdm:8081/services/ReceiveEndDeviceEvents",
            ) from None
        if fleet is not None:
            _check_meters(wanted, fleet)
        headers = dict(http_headers or {})
        mrid = subscription_mrid(self.seed, url, noun, wanted)
        known, is_new = self.of_settings(mrid), False
        if known is None:
            is_new = work.subscriptions.put(StoredSubscription(mrid, url, noun, now, wanted.as_json(), headers))
            stored = work.subscriptions.get(mrid)
            known = Subscription(mrid, url, noun, now, wanted, headers) if stored is None else _subscription(stored)
        if dict(known.http_headers) != headers:
            raise Declined(
                DeclineKind.CONFLICT,
                f"there is subscription {mrid} already, with other credentials",
                f"DELETE /control/v1/subscriptions/{mrid} first, then subscribe with the new ones",
            )
        return known, is_new

    def remove(self, work: UnitOfWork, mrid: str) -> None:
        """End a subscription; what is queued for it is still sent. Raises Declined."""
        mrid = mrid.lower()
        if self.of_settings(mrid) is not None:
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

    def of_settings(self, mrid: str) -> Subscription | None:
        """The one of the settings with this mRID."""
        return next((one for one in self.configured if one.mrid == mrid), None)


def _subscription(stored: StoredSubscription) -> Subscription:
    wanted = Wanted.of_json(stored.wanted)
    return Subscription(stored.mrid, stored.url, stored.noun, stored.created, wanted, stored.http_headers)


def subscribed_meters(wanted: Wanted, fleet: Fleet) -> NDArray[np.int64]:
    """The meters that are named, as fleet indices, as far as the fleet knows them."""
    return indices_of(find_targets(fleet, wanted.end_devices, (), wanted.end_device_groups).meters)


def unknown_meters(wanted: Wanted, fleet: Fleet) -> list[str]:
    """One sentence for each meter or group that a fleet does not know."""
    targets = find_targets(fleet, wanted.end_devices, (), wanted.end_device_groups) if wanted.names_meters else None
    return [] if targets is None else [str(error.details) for error in targets.errors]


def _check_meters(wanted: Wanted, fleet: Fleet) -> None:
    unknown = unknown_meters(wanted, fleet)
    if unknown:
        raise Declined(
            DeclineKind.INVALID,
            "; ".join(unknown),
            "GET /control/v1/meters lists the meters; create what is to come before subscribing to it",
        )
