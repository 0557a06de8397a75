"""From exchanges to what they have exercised.

What a message says is read as a stream of elements, by local names, so that a message of any dialect and of any size
counts; one that cannot be read counts for nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from io import BytesIO

from lxml import etree

from headend.contract import Contract
from headend.journal import Entry, Message
from headend.messages.compressed import Form, NotInflated, TooLong, inflated
from headend.operations.reply import reply_codes
from simulator.cim.code_tables import rows

_MOST_INFLATED_BYTES = 64 * 1024 * 1024


class Kind(StrEnum):
    """What is counted."""

    OPERATIONS = "operations"
    """A verb on a noun, such as `get MeterReadings`; a late reply counts as `reply`."""
    READING_TYPES = "reading_types"
    """Those of values that were delivered (Annex C)."""
    EVENT_TYPES = "event_types"
    """Annex E, without the device type: `*.31.0.68`."""
    CONTROL_TYPES = "control_types"
    """Annex F, likewise."""
    REPLY_CODES = "reply_codes"
    """Annex B."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What there would be to exercise; None where the standard sets no bounds."""

    of: Mapping[Kind, frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a kind was exercised."""

    exercised: int
    offered: int | None
    """None: the standard sets no bounds."""

    @property
    def percent(self) -> float | None:
        """None where there are no bounds."""
        return None if self.offered is None else 100.0 * self.exercised / max(1, self.offered)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often each thing was seen, and what there would be."""

    seen: Mapping[Kind, Mapping[str, int]]
    """In the order of their names."""
    offered: Offered
    results: Mapping[tuple[str, str], frozenset[str]]
    """(noun, verb) of a request: OK, PARTIAL, FAILED and fault, as they were answered."""

    def exercised(self, kind: Kind) -> tuple[str, ...]:
        """What was seen of what is offered, or all that was seen where there are no bounds."""
        bounds = self.offered.of[kind]
        return tuple(one for one in self.seen[kind] if bounds is None or one in bounds)

    def missing(self, kind: Kind) -> tuple[str, ...]:
        """What is offered and was not seen."""
        return tuple(sorted((self.offered.of[kind] or frozenset()) - self.seen[kind].keys(), key=_in_order))

    def share(self, kind: Kind) -> Share:
        """How much of it."""
        bounds = self.offered.of[kind]
        return Share(len(self.exercised(kind)), None if bounds is None else len(bounds))


def coverage_of(entries: Iterable[Entry], offered: Offered) -> Coverage:
    """What exchanges have exercised, in both directions."""
    seen: dict[Kind, Counter[str]] = {kind: Counter() for kind in Kind}
    results: dict[tuple[str, str], set[str]] = {}
    for entry in entries:
        request = _Told.by(entry.request)
        response = _Told.by(entry.response)
        for told in (request, response):
            for kind, values in told.values.items():
                seen[kind].update(values)
        verb, noun = request.verb, request.noun
        # A message of the standard is called like its operation; what is called otherwise was sent wrongly on purpose.
        if verb and noun and _is_operation(entry.operation, verb, noun):
            told_of = _noun_of(entry.operation, verb, noun)
            seen[Kind.OPERATIONS][f"{verb} {told_of}"] += 1
            word = "fault" if response.is_fault else response.result
            if word:
                results.setdefault((told_of, verb), set()).add(word)
    return Coverage(
        {kind: dict(sorted(counter.items(), key=lambda one: _in_order(one[0]))) for kind, counter in seen.items()},
        offered,
        {key: frozenset(words) for key, words in sorted(results.items())},
    )


def offered_by_contract(contract: Contract, services: Collection[str] | None = None) -> Offered:
    """Everything of the tables, and the operations of these services; of all that a head end serves without them."""
    named = contract.services.keys() if services is None else services
    operations = frozenset(
        f"{one.verb} {service.noun}OperationSet" if service.is_for_operation_sets else f"{one.verb} {one.noun}"
        for name, service in contract.services.items()
        if name in named and service.pattern in ("Get", "Execute", "Receive")
        for one in service.operations
    )
    return offered(operations)


def offered(operations: frozenset[str]) -> Offered:
    """Everything of the tables, and these operations, each as verb and noun."""
    return Offered(
        {
            Kind.OPERATIONS: operations,
            Kind.READING_TYPES: None,
            Kind.EVENT_TYPES: _patterns("events"),
            Kind.CONTROL_TYPES: _patterns("controls"),
            Kind.REPLY_CODES: frozenset(reply_codes()),
        }
    )


class _Told:
    """What one message says that is counted."""

    def __init__(self) -> None:
        self.values: dict[Kind, list[str]] = {kind: [] for kind in Kind}
        self.verb = self.noun = self.result = ""
        self.is_fault = False

    @classmethod
    def by(cls, message: Message | None) -> "_Told":
        told = cls()
        if message is not None and message.body:
            told._read(message.body)
        return told

    def _read(self, body: bytes) -> None:
        above: list[str] = []
        events = etree.iterparse(
            BytesIO(body), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False,
            huge_tree=True, recover=True,
        )  # fmt: skip
        try:
            for event, element in events:
                if not isinstance(element.tag, str):
                    continue
                if event == "start":
                    above.append(element.tag.rpartition("}")[2])
                    continue
                self._take(above, element)
                above.pop()
                element.clear()
        except (etree.XMLSyntaxError, IndexError):
            return  # what was read so far counts: of a message that was cut its beginning is known

    def _take(self, above: list[str], element: etree._Element) -> None:
        name, parent = above[-1], above[-2] if len(above) > 1 else ""
        text = (element.text or "").strip()
        match name:
            case "Verb" if parent == "Header":
                self.verb = text
            case "Noun" if parent == "Header":
                self.noun = text
            case "Result" if parent == "Reply":
                self.result = text
            case "Fault":
                self.is_fault = True
            case "code" if parent == "Error":
                self.values[Kind.REPLY_CODES].append(text)
            case "ReadingType" if (ref := element.get("ref")) is not None and parent in ("Readings", "IntervalBlocks"):
                self.values[Kind.READING_TYPES].append(ref)
            case "EndDeviceEventType" if (ref := element.get("ref")) is not None:
                self.values[Kind.EVENT_TYPES].append(_pattern(ref))
            case "Compressed" if parent == "Payload":
                self._inflate(text)
            case "EndDeviceControlType" if (ref := element.get("ref")) is not None:
                self.values[Kind.CONTROL_TYPES].append(_pattern(ref))

    def _inflate(self, text: str) -> None:
        try:
            self._read(inflated(text, Form.GZIP, _MOST_INFLATED_BYTES))
        except (NotInflated, TooLong):
            return


def _is_operation(operation: str, verb: str, noun: str) -> bool:
    """Whether a body element is that of a message of this verb and noun, in any dialect."""
    if noun == "OperationSet":
        return operation.startswith(verb.capitalize()) and operation.endswith(noun)
    return operation in (f"{verb.capitalize()}{noun}", f"{noun}ResponseMessage", f"{noun}RequestMessage")


def _noun_of(operation: str, verb: str, noun: str) -> str:
    """Sets of operations are told apart by the noun of their service."""
    return operation.removeprefix(verb.capitalize()) if noun == "OperationSet" else noun


@cache
def _patterns(table: str) -> frozenset[str]:
    return frozenset(row["pattern"] for row in rows(table))


def _pattern(code: str) -> str:
    return "*." + code.partition(".")[2]


def _in_order(text: str) -> tuple[object, ...]:
    """Numbers in codes by their value, words by their letters."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in text.replace(" ", ".").split("."))
