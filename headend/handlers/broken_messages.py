"""A message that the head end sends, broken where a fault says so: each of its attempts anew, unlike orderings."""

import logging
from collections.abc import Callable
from functools import cache, partial

from headend.delivery import ComposeMessage, SoapRequest
from headend.handlers.broken_requests import broken_request
from headend.handlers.mischief_choice import MischiefChoice
from headend.handlers.ordered_messages import leaving_message
from headend.operations.faults import Fault
from headend.store import OutboxMessage, Store, StoreError, UnitOfWork
from simulator.clock import Clock, Sleep

log = logging.getLogger(__name__)


class BrokenMessages:
    """Stands between what makes messages and who sends them. Safe to share between threads."""

    def __init__(
        self,
        store: Store,
        choice: MischiefChoice,
        clock: Clock,
        sleep: Sleep,
        named: Callable[[OutboxMessage, UnitOfWork], frozenset[str]],
    ) -> None:
        """clock: the fleet's. sleep: lets seconds of the machine's pass. named: what a message names."""
        self._store = store
        self._choice = choice
        self._clock = clock
        self._sleep = sleep
        self._named = named

    def spoil(self, compose: ComposeMessage) -> ComposeMessage:
        """What makes messages as they leave, from what makes them as they should be."""
        return partial(self._as_it_leaves, compose)

    def _as_it_leaves(self, compose: ComposeMessage, message: OutboxMessage) -> SoapRequest:
        request = compose(message)
        try:
            fault = self._chosen(message)
        except StoreError as error:
            log.warning("%s: faults are out of reach: %s", message.message_id, error)
            fault = None
        if fault is None:
            return request
        what = f"{message.verb} {message.noun} {message.message_id} to {message.destination}"
        log.warning("%s breaks, by fault %s", what, fault.cause)
        return broken_request(request, fault, self._sleep)

    def _chosen(self, message: OutboxMessage) -> Fault | None:
        named = cache(partial(self._named, message))
        with self._store.reading() as work:
            left = self._choice.left(work)
            faults = self._choice.faults(left, leaving_message(message), named, self._clock.now(), work)
        if not faults:
            return None
        with self._store.writing() as work:
            return self._choice.first_used(faults, work)
