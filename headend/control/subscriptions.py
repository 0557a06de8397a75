"""`/control/v1/subscriptions`: who is told of what happens."""

from datetime import datetime
from typing import Any, Literal, Self

from apiflask import APIBlueprint
from pydantic import Field

from headend.control import subscribing
from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Form
from headend.operations import subscriptions as operations
from headend.subscription_form import SubscriptionForm


class Subscription(Answer):
    """A receiver that the head end publishes a noun to."""

    mrid: str
    url: str = Field(description="Address of the Receive service.")
    noun: str
    origin: Literal["settings", "control"] = Field(description="Where it was asked for; those of settings stay.")
    created: datetime | None = Field(description="Fleet time; null for those of the settings.")
    meters: list[str] = Field(description="Only of these; empty with `groups`: of all.")
    groups: list[str]
    reading_types: list[str] = Field(description="Only of these, 0 or * for any; empty: of all.")
    event_types: list[str] = Field(description="Only of these, 0 or * for any; empty: of all.")
    every: str | None = Field(description="How often what meters collect by themselves is published; null: not.")
    batch_size: int | None = Field(description="At most so many meters, events or objects a message; null: 1000.")
    format: Literal["plain", "compressed"]
    soap_version: Literal["1.1"]
    credentials: list[str] = Field(description="Names of the HTTP headers that carry them; the values are not shown.")

    @classmethod
    def of(cls, one: operations.Subscription) -> Self:
        """The subscription as JSON."""
        wanted = one.wanted
        return cls(
            mrid=one.mrid,
            url=one.url,
            noun=one.noun,
            origin="settings" if one.created is None else "control",
            created=one.created,
            meters=list(wanted.meters),
            groups=list(wanted.groups),
            reading_types=list(wanted.reading_types),
            event_types=list(wanted.event_types),
            every=wanted.every,
            batch_size=wanted.batch_size,
            format="compressed" if wanted.is_compressed else "plain",
            soap_version="1.1",
            credentials=sorted(one.http_headers),
        )


class SubscriptionList(Answer):
    """All subscriptions."""

    subscriptions: list[Subscription]


class NewSubscription(SubscriptionForm, Form):
    """Somebody who wants to be told."""

    url: str = Field(
        description="Address of the Receive service.",
        max_length=2000,
        examples=["http://mdm:8081/services/ReceiveEndDeviceEvents"],
        pattern=r"^https?://[!-~]+$",
    )


_THERE_ALREADY: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "There was this subscription already.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Subscription"}}},
    }
}


def subscriptions_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """GET and POST subscriptions, DELETE subscriptions/{mrid}."""
    subscriptions = APIBlueprint("subscriptions", __name__, tag="Subscriptions")

    @subscriptions.get("/subscriptions")
    @subscriptions.output(SubscriptionList)
    def list_subscriptions() -> SubscriptionList:
        """Everybody who is told, by the settings or by this API."""
        with driven.store.reading() as work:
            return SubscriptionList(subscriptions=[Subscription.of(one) for one in driven.subscriptions.all(work)])

    @subscriptions.post("/subscriptions")
    @subscriptions.input(NewSubscription, arg_name="form")
    @subscriptions.output(Subscription, status_code=201)
    @subscriptions.doc(responses=_THERE_ALREADY)
    def subscribe(form: NewSubscription) -> tuple[Subscription, int]:
        """Publish to one more receiver, from now on, by every process; asking twice changes nothing."""
        with driven.store.writing() as work:
            ((one, is_new),) = subscribing.subscribe(driven, [form], work)
        return Subscription.of(one), 201 if is_new else 200

    @subscriptions.delete("/subscriptions/<mrid>")
    @subscriptions.output({}, status_code=204)
    def unsubscribe(mrid: str) -> str:
        """Publish no more to a receiver; what is queued for it is still sent."""
        with driven.store.writing() as work:
            subscribing.unsubscribe(driven, mrid, work)
        return ""

    return subscriptions
