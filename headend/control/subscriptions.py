"""`/control/v1/subscriptions`: who is told of what happens."""

from datetime import datetime
from typing import Any, Literal, Self

from apiflask import APIBlueprint
from pydantic import Field

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Form
from headend.operations import subscriptions as operations
from headend.published_nouns import PublishedNoun


class Subscription(Answer):
    """A receiver that the head end publishes a noun to."""

    mrid: str
    url: str = Field(description="Address of the Receive service.")
    noun: str
    origin: Literal["settings", "control"] = Field(description="Where it was asked for; those of settings stay.")
    created: datetime | None = Field(description="Fleet time; null for those of the settings.")

    @classmethod
    def of(cls, one: operations.Subscription) -> Self:
        """The subscription as JSON."""
        origin: Literal["settings", "control"] = "settings" if one.created is None else "control"
        return cls(mrid=one.mrid, url=one.url, noun=one.noun, origin=origin, created=one.created)


class SubscriptionList(Answer):
    """All subscriptions."""

    subscriptions: list[Subscription]


class NewSubscription(Form):
    """Somebody who wants to be told."""

    url: str = Field(
        description="Address of the Receive service.",
        max_length=2000,
        examples=["http://mdm:8081/services/ReceiveEndDeviceEvents"],
        pattern=r"^https?://[!-~]+$",
    )
    noun: PublishedNoun = Field("EndDeviceEvents", description="Which noun is published to it.")


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
            one, is_new = driven.subscriptions.add(work, form.url, form.noun, driven.clock.now())
        return Subscription.of(one), 201 if is_new else 200

    @subscriptions.delete("/subscriptions/<mrid>")
    @subscriptions.output({}, status_code=204)
    def unsubscribe(mrid: str) -> str:
        """Publish no more to a receiver; what is queued for it is still sent."""
        with driven.store.writing() as work:
            driven.subscriptions.remove(work, mrid)
        return ""

    return subscriptions
