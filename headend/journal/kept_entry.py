"""An entry between the journal and its store."""

from dataclasses import dataclass, replace
from datetime import timedelta

from headend.journal.entry import Direction, Entry, Message
from headend.journal.heading import Heading, heading_of
from headend.store import StoredExchange

_MICROSECOND = timedelta(microseconds=1)
_LONGEST = 2000
"""Characters of a path, a URL or a reason."""


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """An exchange of the journal, and what it is found by."""

    entry: Entry
    heading: Heading


def to_store(entry: Entry) -> StoredExchange:
    """The entry as the store keeps it; its messages are read for what it is found by."""
    heading = heading_of(entry)
    response = entry.response
    return StoredExchange(
        at=entry.at,
        machine_at=entry.machine_at,
        took_us=timedelta(seconds=entry.took_s) // _MICROSECOND,
        direction=entry.direction.value,
        status=entry.status,
        verb=heading.verb,
        noun=heading.noun,
        result=heading.result,
        codes=heading.codes,
        message_id=heading.message_id,
        correlation_id=heading.correlation_id,
        conversation=heading.conversation,
        source=heading.source,
        service=entry.service[:_LONGEST],
        operation=heading.operation or entry.operation,
        peer=entry.peer[:_LONGEST],
        path=entry.path[:_LONGEST],
        soap_action=None if entry.soap_action is None else entry.soap_action[:_LONGEST],
        failure=None if entry.failure is None else entry.failure[:_LONGEST],
        outcome=None if entry.outcome is None else entry.outcome[:_LONGEST],
        notes=entry.notes,
        names=heading.names,
        request_length=entry.request.length,
        request_sha256=entry.request.sha256,
        request_headers=entry.request_headers,
        request_body=entry.request.body,
        response_length=None if response is None else response.length,
        response_sha256=None if response is None else response.sha256,
        response_headers=entry.response_headers,
        response_body=None if response is None else response.body,
    )


def from_store(stored: StoredExchange) -> KeptEntry:
    """What was kept."""
    response = None
    if stored.response_body is not None:
        response = Message(bytes(stored.response_body), stored.response_length or 0, stored.response_sha256)
    entry = Entry(
        number=stored.number,
        direction=Direction(stored.direction),
        at=stored.at,
        machine_at=stored.machine_at,
        took_s=stored.took_us / 1e6,
        peer=stored.peer,
        service=stored.service,
        operation=stored.operation,
        soap_action=stored.soap_action,
        status=stored.status,
        request=Message(bytes(stored.request_body), stored.request_length, stored.request_sha256),
        response=response,
        failure=stored.failure,
        path=stored.path,
        request_headers=stored.request_headers,
        response_headers=stored.response_headers,
        outcome=stored.outcome,
        notes=stored.notes,
    )
    heading = Heading(
        operation=stored.operation,
        verb=stored.verb,
        noun=stored.noun,
        source=stored.source,
        message_id=stored.message_id,
        correlation_id=stored.correlation_id,
        result=stored.result,
        codes=stored.codes,
        names=stored.names,
    )
    return KeptEntry(entry, heading)


def without_bodies(entry: Entry, why: str) -> Entry:
    """The entry with the lengths of its messages and none of their bytes."""
    response = entry.response
    return replace(
        entry,
        request=replace(entry.request, body=b""),
        said=None,
        response=None if response is None else replace(response, body=b""),
        notes=(*entry.notes, why),
    )
