"""What a failed test tells of its head ends and of its fake MDM: what crossed the wire, and what did not arrive."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from lxml import etree

from headend.mdm import Outcome, Received
from headend.mdm.words import in_words
from headend.store import MessageState, OutboxMessage
from headend.testing.exchanges import Exchanged
from headend.untrusted_xml import NotXml, parse_document

Section = tuple[str, str]
"""Title and text."""

_MOST_LINES: Final = 40
_MOST_ENVELOPES: Final = 3
"""So many of the last exchanges are shown whole, and all that did not go well beside them up to as many."""
_MOST_XML_LINES: Final = 80


def exchanges_section(title: str, exchanges: Sequence[Exchanged], earlier: int) -> Section:
    """The exchanges of a head end in a line each; the last ones, and those that were refused, with their envelopes."""
    read = [_Read(number, one) for number, one in enumerate(exchanges, earlier + 1)]
    shown = {one.number for one in [*read[-_MOST_ENVELOPES:], *[one for one in read if one.is_odd][-_MOST_ENVELOPES:]]}
    lines = _ends_of([one.line for one in read], earlier)
    for one in read:
        if one.number in shown:
            lines += ["", f"--- {one.number}. request", *_xml(one.exchanged.request, one.exchanged.request_length)]
            lines += [f"--- {one.number}. response", *_xml(one.exchanged.response, one.exchanged.response_length)]
    return title, "\n".join(lines or ["nothing was posted to it"])


def deliveries_section(title: str, messages: Iterable[OutboxMessage]) -> Section:
    """What a head end had to send, and what became of it."""
    lines = [_delivery(one) for one in messages]
    return title, "\n".join(_ends_of(lines, 0) or ["it had nothing to send"])


def received_section(title: str, received: Sequence[Received]) -> Section:
    """What came to a fake MDM; what it refused, and the last message, with its body."""
    lines = _ends_of([f"{one.number}. {in_words(one)}" for one in received], 0)
    odd = [one for one in received if one.outcome is Outcome.REFUSED][-_MOST_ENVELOPES:]
    for one in sorted({each.number: each for each in [*odd, *received[-1:]]}.values(), key=lambda each: each.number):
        lines += ["", f"--- {one.number}. body", *_xml(one.body, len(one.body))]
    return title, "\n".join(lines or ["nothing at all"])


class _Read:
    """An exchange, read as far as its line needs."""

    def __init__(self, number: int, exchanged: Exchanged) -> None:
        self.number = number
        self.exchanged = exchanged
        request, response = _body(exchanged.request), _body(exchanged.response)
        self._operation = f"a message to {exchanged.service}" if request is None else etree.QName(request).localname
        result = None if response is None else response.findtext("{*}Reply/{*}Result")
        codes = [] if response is None else [one.text or "" for one in response.iterfind("{*}Reply/{*}Error/{*}code")]
        fault = None if response is None else response.findtext("faultstring")
        self.is_odd = result not in ("OK", None) or fault is not None or not exchanged.status.startswith("200")
        answer = f"fault: {fault}" if fault is not None else " ".join(filter(None, [result, *dict.fromkeys(codes)]))
        self._answer = answer or (f"HTTP {exchanged.status}" if exchanged.status else "no answer")

    @property
    def line(self) -> str:
        one = self.exchanged
        return (
            f"{self.number}. {one.at:%Y-%m-%d %H:%M:%S} {self._operation}: {self._answer}, {one.took_s * 1000:.0f} ms"
        )


def _body(envelope: bytes) -> etree._Element | None:
    """The one element of the Body, if there is one to see."""
    try:
        root = parse_document(envelope)
    except NotXml:
        return None
    body = root.find("{*}Body")
    return None if body is None else next(body.iterchildren("*"), None)


def _delivery(message: OutboxMessage) -> str:
    after = "" if message.state is MessageState.DELIVERED else f" after {message.attempts} attempts"
    why = f": {message.last_error}" if message.last_error and message.state is not MessageState.DELIVERED else ""
    return f"{message.verb} {message.noun} to {message.destination}: {message.state.value}{after}{why}"


def _ends_of(lines: list[str], earlier: int) -> list[str]:
    """The last lines, and how many there were before."""
    left_out = earlier + max(0, len(lines) - _MOST_LINES)
    return [*([f"({left_out} earlier ones)"] if left_out else []), *lines[-_MOST_LINES:]]


def _xml(data: bytes, length: int) -> Iterator[str]:
    """A message in lines, indented where it is whole and well-formed."""
    text = data.decode("utf-8", "replace")
    if len(data) == length:
        try:
            root = parse_document(data)
        except NotXml:
            pass
        else:
            etree.indent(root)
            text = etree.tostring(root, encoding="unicode")
    lines = text.splitlines() or ["(nothing)"]
    yield from lines[:_MOST_XML_LINES]
    if len(lines) > _MOST_XML_LINES or len(data) < length:
        yield f"({length} bytes in all)"
