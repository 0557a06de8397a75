"""Publication: who is told that objects of a noun were created, changed ... here (the event pattern of 61968-100).

A message is queued in the unit of work that caused it, so that both are kept or neither. What is queued is a recipe;
`headend.handlers.published_messages` makes the text of it when it is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from headend.operations.identifiers import identifier
from headend.store import Json, NewMessage, UnitOfWork


@dataclass(frozen=True, slots=True)
class Publication:
    """Tells subscribers, by noun."""

    configured: Sequence[tuple[str, str]]
    """URL and noun of the subscriptions in the settings."""
    seed: int

    def subscribers(self, noun: str, work: UnitOfWork) -> tuple[str, ...]:
        """URLs of everybody who is told of a noun: those of the settings, then those who asked since; each once."""
        named = [url for url, its_noun in self.configured if its_noun == noun]
        return tuple(dict.fromkeys((*named, *work.subscriptions.urls(noun))))

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
    ) -> None:
        """Queue one message for each subscriber of the noun, and for the URLs of `also`; each gets one.

        verb: in the past tense. created: its Timestamp, in the fleet's time. cause: what tells this message from all
        others of its verb and noun, such as the mRID and revision of the object; its MessageID follows from it.
        not_before: when it may leave, in the fleet's time; None: at `created`. also: URLs of others who are told.
        """
        for url in dict.fromkeys((*also, *self.subscribers(noun, work))):
            work.outbox.add(
                NewMessage(
                    destination=url,
                    verb=verb,
                    noun=noun,
                    message_id=identifier(self.seed, "publication", url, verb, noun, *cause),
                    correlation_id=correlation_id,
                    recipe=recipe,
                    created=created,
                    not_before=not_before,
                )
            )
