"""Messages of a run, each made once: in its turn, or while the receiver is at work on the one in front of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from headend.delivery.soap_post import SoapRequest
from headend.store import OutboxMessage

ComposeMessage: TypeAlias = Callable[[OutboxMessage], SoapRequest]
"""Makes the message from its recipe, anew for every attempt. It carries `message_id` and `correlation_id` of
the row."""


class MadeAhead:
    """One message at most waits, made, for its turn."""

    def __init__(self, compose: ComposeMessage) -> None:
        self._compose = compose
        self._waiting: tuple[OutboxMessage, SoapRequest | Exception] | None = None

    def make(self, message: OutboxMessage) -> None:
        """Make it now. Raises nothing: what goes wrong is raised where the message is taken."""
        try:
            made: SoapRequest | Exception = self._compose(message)
        except Exception as error:
            made = error
        self._waiting = (message, made)

    def taken(self, message: OutboxMessage) -> SoapRequest:
        """What is to leave. Raises as making it does."""
        waiting, self._waiting = self._waiting, None
        if waiting is None or waiting[0] is not message:
            return self._compose(message)
        if isinstance(waiting[1], Exception):
            raise waiting[1]
        return waiting[1]
