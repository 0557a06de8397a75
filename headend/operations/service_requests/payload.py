"""What a message says of works, without its XML."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from headend.operations.master_data.documents import Document, parts_of, reference_to, text_of
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal

WORK: Final = "MeterServiceWork"
NOUN: Final = "MeterServiceRequests"

KINDS: Final = (
    "construction",
    "disconnect",
    "inspection",
    "maintenance",
    "meter",
    "other",
    "reconnect",
    "repair",
    "service",
    "test",
)
"""WorkKind, as the profile lists them."""


@dataclass(frozen=True, slots=True)
class SaidWork:
    """One MeterServiceWork of a payload, or the whole of one that is kept."""

    document: Document
    wanted: datetime | None = None
    """requestDateTime: when it is to be done; absent or past is at once."""
    stands_since: datetime | None = None
    """status/dateTime."""

    @property
    def reference(self) -> ObjectReference:
        """How it names itself."""
        return reference_to(WORK, self.document)

    @property
    def is_named(self) -> bool:
        """Whether it has an mRID or a name."""
        return bool(self.reference.mrid or self.reference.names)

    @property
    def kind(self) -> str:
        """Its kind. Raises Refusal (5.8) where it has none."""
        kind = text_of(self.document, "kind")
        if kind is None:
            raise Refusal.because(
                "5.8", f"the {WORK} has no kind: it does not say what is to be done; kinds are {', '.join(KINDS)}"
            )
        return kind

    @property
    def status(self) -> str | None:
        """status/value."""
        return text_of(self.document, "status", "value")

    @property
    def meter(self) -> ObjectReference | None:
        """The meter to work at, or to install. The profile requires the element, so an empty one names none."""
        return self._one("Meter")

    @property
    def old_meter(self) -> ObjectReference | None:
        """The meter to take away."""
        return self._one("OldMeter")

    @property
    def usage_point(self) -> ObjectReference | None:
        """Where."""
        return self._one("UsagePoint")

    def others(self) -> Iterator[ObjectReference]:
        """Whom and what else it names: customers, their agreements, the place."""
        for customer in parts_of(self.document, "Customers"):
            yield reference_to("Customer", customer)
            for agreement in parts_of(customer, "CustomerAgreements"):
                yield reference_to("CustomerAgreement", agreement)
        for point in parts_of(self.document, "UsagePoint"):
            for location in parts_of(point, "ServiceLocation"):
                yield reference_to("ServiceLocation", location)

    def _one(self, element: str) -> ObjectReference | None:
        for part in parts_of(self.document, element):
            named = reference_to(element.removeprefix("Old"), part)
            if named.mrid or named.names:
                return named
        return None


@dataclass(frozen=True, slots=True)
class WorkPayload:
    """All that a message names."""

    works: tuple[SaidWork, ...] = ()
    references: tuple[ObjectReference, ...] = ()
    """Request/ID."""
