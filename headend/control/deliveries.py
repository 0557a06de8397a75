"""`/control/v1/deliveries`: the outbox, what is on its way to receivers and what came of it."""

from datetime import datetime
from typing import Any, Self

from apiflask import APIBlueprint
from pydantic import Field

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Form, Limit
from headend.operations.deliveries import drop_delivery, find_delivery, retry_delivery
from headend.operations.orderings import OrderingKind
from headend.store import MessageState, OutboxMessage


class Deviation(Answer):
    """What was done to a message on purpose, so that it leaves wrongly."""

    kind: OrderingKind
    cause: str = Field(description="The ordering, the fault, or the magic name of a meter.")


class Delivery(Answer):
    """A message that the head end sends."""

    id: int
    state: MessageState = Field(description="pending, retrying, in_flight, delivered, or dead: given up.")
    destination: str = Field(description="URL of the receiver.")
    verb: str
    noun: str
    message_id: str = Field(description="Header/MessageID, the same at every attempt.")
    correlation_id: str | None
    attempts: int = Field(description="Sendings that were begun.")
    created: datetime = Field(description="Fleet time.")
    not_before: datetime = Field(description="Fleet time at which it may leave.")
    retry_at: datetime | None = Field(description="The machine's time of the next attempt after a failure.")
    last_error: str | None = Field(description="What the last failed attempt came to.")
    outcome: str | None = Field(
        description="What the last attempt came to: delivered, reply failed, SOAP fault, HTTP status, not understood, "
        "not connected, timed out, not composed."
    )
    reply: str | None = Field(description="The beginning of what the receiver answered to it.")
    finished: datetime | None = Field(description="The machine's time at which it was delivered or given up.")
    deviation: Deviation | None = Field(description="What was done to it on purpose; null: nothing.")
    recipe: Any = Field(description="What the body is made of when it is sent, such as the mRIDs of events.")

    @classmethod
    def of(cls, message: OutboxMessage) -> Self:
        """The message as JSON."""
        columns = {name: getattr(message, name) for name in cls.model_fields}
        done = message.deviation
        return cls(**columns | {"deviation": None if done is None else {"kind": done.kind, "cause": done.cause}})


class DeliveryList(Answer):
    """A page of deliveries, in the order of sending."""

    deliveries: list[Delivery]
    next: int | None = Field(description="Give it as `after` for the next page; null: this is the last one.")
    counts: dict[MessageState, int] = Field(description="How many there are of each state, in all.")


class DeliveryFilter(Form):
    """Which deliveries are wanted."""

    state: MessageState | None = Field(None, description="Only those of this state.")
    destination: str | None = Field(None, description="Only those to this URL.")
    after: int = Field(0, ge=0, lt=2**63, description="Only those with a higher id.")
    limit: Limit = 100


def deliveries_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """GET deliveries, GET and DELETE deliveries/{id}, POST deliveries/{id}/retry."""
    deliveries = APIBlueprint("deliveries", __name__, tag="Deliveries")

    @deliveries.get("/deliveries")
    @deliveries.input(DeliveryFilter, location="query", arg_name="wanted")
    @deliveries.output(DeliveryList)
    def list_deliveries(wanted: DeliveryFilter) -> DeliveryList:
        """What the head end has to send, sends, has sent and has given up."""
        with driven.store.reading() as work:
            # One more than asked for tells whether there is a next page.
            found = work.outbox.find(
                state=wanted.state, destination=wanted.destination, after=wanted.after, limit=wanted.limit + 1
            )
            counts = work.outbox.counts()
        page = found[: wanted.limit]
        return DeliveryList(
            deliveries=[Delivery.of(message) for message in page],
            next=page[-1].id if len(found) > len(page) else None,
            counts=counts,
        )

    @deliveries.get("/deliveries/<int:delivery_id>")
    @deliveries.output(Delivery)
    def get_delivery(delivery_id: int) -> Delivery:
        """One delivery."""
        with driven.store.reading() as work:
            return Delivery.of(find_delivery(work, delivery_id))

    @deliveries.post("/deliveries/<int:delivery_id>/retry")
    @deliveries.output(Delivery)
    def send_again(delivery_id: int) -> Delivery:
        """Send it now: one that waits for its retry, or one that was given up, which gets one more attempt."""
        with driven.store.writing() as work:
            message = retry_delivery(work, delivery_id)
        driven.wake()
        return Delivery.of(message)

    @deliveries.delete("/deliveries/<int:delivery_id>")
    @deliveries.output({}, status_code=204)
    def drop(delivery_id: int) -> str:
        """Forget it; what was not sent never will be, and the next one to the same receiver gets its turn."""
        with driven.store.writing() as work:
            drop_delivery(work, delivery_id)
        driven.wake()
        return ""

    return deliveries
