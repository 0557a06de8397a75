"""What a failed test tells of its head ends and of its fake MDM: what crossed the wire, and what did not arrive."""

from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Final

from headend.journal import Message
from headend.journal.examiner import Examiner
from headend.journal.journal import Journal
from headend.journal.kept_entry import KeptEntry
from headend.journal.words import in_words as exchange_in_words
from headend.mdm import Outcome, Received
from headend.mdm.words import in_words as received_in_words
from headend.messages.indented import indented
from headend.store import MessageState, OutboxMessage

Section = tuple[str, str]
"""Title and text."""

_MOST_LINES: Final = 40
_MOST_ENVELOPES: Final = 3
"""So many of the last exchanges are shown whole, and all that did not go well beside them up to as many."""
_MOST_XML_LINES: Final = 80


def exchanges_section(title: str, journal: Journal, examiner: Examiner) -> Section:
    """The exchanges of a head end in a line each; the last ones, and those that did not go well, with their envelopes.

    Of the latter it also tells which rules are broken, and what they were nearest to.
    """
    if not journal.is_on:
        return title, "nothing was recorded: the setting journal is off"
    last = journal.find(newest_first=True, limit=_MOST_LINES)[::-1]
    odd = [one for one in last if _is_odd(one)][-_MOST_ENVELOPES:]
    shown = {one.entry.number: one for one in [*odd, *last[-_MOST_ENVELOPES:]]}
    lines = _ends_of([_line(one) for one in last], journal.status.entries - len(last))
    for number, one in sorted(shown.items()):
        lines += ["", *(_said_of(number, examiner) if one in odd else ())]
        lines += [f"--- {number}. request", *_xml(one.entry.request)]
        lines += [f"--- {number}. response", *_xml(one.entry.response)]
    return title, "\n".join(lines or ["nothing crossed the wire"])


def deliveries_section(title: str, messages: Iterable[OutboxMessage]) -> Section:
    """What a head end had to send, and what became of it."""
    lines = [_delivery(one) for one in messages]
    return title, "\n".join(_ends_of(lines, 0) or ["it had nothing to send"])


def received_section(title: str, received: Sequence[Received]) -> Section:
    """What came to a fake MDM; what it refused, and the last message, with its body."""
    lines = _ends_of([f"{one.number}. {received_in_words(one)}" for one in received], 0)
    odd = [one for one in received if one.outcome is Outcome.REFUSED][-_MOST_ENVELOPES:]
    for one in sorted({each.number: each for each in [*odd, *received[-1:]]}.values(), key=lambda each: each.number):
        lines += ["", f"--- {one.number}. body", *_xml(Message.whole(one.body))]
    return title, "\n".join(lines or ["nothing at all"])


def _line(kept: KeptEntry) -> str:
    entry = kept.entry
    return f"{entry.number}. {entry.at:%Y-%m-%d %H:%M:%S} {exchange_in_words(kept)}, {entry.took_s * 1000:.0f} ms"


def _is_odd(kept: KeptEntry) -> bool:
    return kept.heading.result not in ("OK", None) or kept.entry.status != HTTPStatus.OK or bool(kept.entry.failure)


def _said_of(number: int, examiner: Examiner) -> Iterator[str]:
    """What the journal has to say of an exchange beside its messages."""
    examined = examiner.examine(number)
    for finding in examined.findings:
        yield f"--- {number}. {finding}"
    if examined.nearest is not None:
        near = examined.nearest
        what = " at ".join(part for part in (near.operation or near.service, near.path) if part)
        yield f"--- {number}. near miss: {what or 'nothing is near'}; {'; '.join(near.differs)}"
    for rule in examined.lint:
        yield f"--- {number}. {rule.severity} {rule.rule}: {rule.sentence} ({rule.part} {rule.path})"


def _delivery(message: OutboxMessage) -> str:
    after = "" if message.state is MessageState.DELIVERED else f" after {message.attempts} attempts"
    why = f": {message.last_error}" if message.last_error and message.state is not MessageState.DELIVERED else ""
    return f"{message.verb} {message.noun} to {message.destination}: {message.state.value}{after}{why}"


def _ends_of(lines: list[str], earlier: int) -> list[str]:
    """The last lines, and how many there were before."""
    left_out = earlier + max(0, len(lines) - _MOST_LINES)
    return [*([f"({left_out} earlier ones)"] if left_out else []), *lines[-_MOST_LINES:]]


def _xml(message: Message | None) -> Iterator[str]:
    """A message in lines."""
    if message is None:
        yield "(there was none)"
        return
    lines = indented(message.body).splitlines() or ["(nothing)"]
    yield from lines[:_MOST_XML_LINES]
    if len(lines) > _MOST_XML_LINES or not message.is_whole:
        yield f"({message.length} bytes in all)"
