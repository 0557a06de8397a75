"""What can be done with a message of the outbox from outside: send it now, or forget it."""

from headend.operations.declined import Declined, DeclineKind
from headend.store import MessageState, OutboxMessage, UnitOfWork


def find_delivery(work: UnitOfWork, delivery_id: int) -> OutboxMessage:
    """The message with this id. Raises Declined."""
    # Ids are 64 bits wide; databases object to a longer number instead of not finding it.
    found = work.outbox.get(delivery_id) if 0 < delivery_id < 2**63 else None
    if found is None:
        raise Declined(
            DeclineKind.NOT_FOUND,
            f"there is no delivery {delivery_id}",
            "GET /control/v1/deliveries lists them; a reset forgets them all",
        )
    return found


def retry_delivery(work: UnitOfWork, delivery_id: int) -> OutboxMessage:
    """Let a message leave at once that waits for its retry or was given up. Raises Declined."""
    found = find_delivery(work, delivery_id)
    if not work.outbox.send_again(delivery_id):
        raise _unsuitable(find_delivery(work, found.id), "sent again")
    return find_delivery(work, delivery_id)


def drop_delivery(work: UnitOfWork, delivery_id: int) -> None:
    """Forget a message; if it was not sent yet it never will be. Raises Declined."""
    found = find_delivery(work, delivery_id)
    if not work.outbox.remove(delivery_id):
        raise _unsuitable(found, "dropped")


def _unsuitable(found: OutboxMessage, what: str) -> Declined:
    why = {
        MessageState.IN_FLIGHT: ("it is being sent in this moment", "ask again when its receiver has answered"),
        MessageState.DELIVERED: (
            "its receiver has taken it",
            "only what is retrying or dead can be sent again; cause a new event instead",
        ),
    }
    reason, remedy = why.get(found.state, (f"it is {found.state}", "ask again"))
    return Declined(DeclineKind.CONFLICT, f"delivery {found.id} cannot be {what}: {reason}", remedy)
