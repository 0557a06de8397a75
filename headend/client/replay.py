"""Sends the requests of a journal once more, in their order, and says in what the answers differ.

What differs by nature is not looked at: MessageID and Timestamp of an answer's Header.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

import urllib3
from lxml import etree
from urllib3.exceptions import HTTPError

from headend.client.errors import Unreachable
from headend.journal.entry import Direction, Entry, Message

OFTEN_NEW: Final = frozenset({"MessageID", "Timestamp"})
"""Local names of elements of a Header that differ by nature."""
MOST_DIFFERENCES: Final = 10

_PASSED_ON: Final = frozenset({"content-type", "soapaction", "content-encoding", "accept", "accept-encoding"})
_LONGEST: Final = 100


class Outcome(StrEnum):
    """What a replay came to."""

    SAME = "same"
    DIFFERS = "differs"
    NOT_COMPARED = "not compared"
    """It was sent, but there is no whole answer to compare with."""
    NOT_SENT = "not sent"
    """Its request was not kept whole."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place at which two answers differ."""

    path: str
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.path}: was {self.was}, is {self.now}"


@dataclass(frozen=True, slots=True)
class Replayed:
    """A request that was sent again."""

    entry: Entry
    outcome: Outcome
    differences: tuple[Difference, ...] = ()
    """The first of them."""
    status: int | None = None
    """Of the answer now."""
    answer: bytes = b""
    reason: str = ""
    """Why it was not sent, or not compared."""


def replay(
    entries: Iterable[Entry], base_url: str, *, timeout_s: float = 60.0, ignored: Collection[str] = ()
) -> Iterator[Replayed]:
    """Send what came in to the services of `base_url`, one after the other. Raises Unreachable.

    ignored: local names of more elements that may differ. What the head end had sent itself is left out.
    """
    # No proxy, no redirect and no second try: each request is sent once, as it was.
    http = urllib3.PoolManager(retries=False)
    try:
        for entry in sorted(entries, key=lambda one: (one.machine_at, one.number)):
            if entry.direction is Direction.IN:
                yield _replayed(entry, base_url.rstrip("/"), http, timeout_s, frozenset(ignored))
    finally:
        http.clear()


def differences(was: bytes, now: bytes, ignored: Collection[str] = ()) -> tuple[Difference, ...]:
    """Where two messages differ, the first few places; prefixes, blanks around texts and comments do not count."""
    try:
        one, other = etree.fromstring(was, _parser()), etree.fromstring(now, _parser())
    except etree.XMLSyntaxError:
        return () if was == now else (Difference("the whole answer", _short(was.decode("utf-8", "replace")),
                                                 _short(now.decode("utf-8", "replace"))),)  # fmt: skip
    return tuple(islice(_compared(one, other, f"/{_local(one)}", frozenset(ignored)), MOST_DIFFERENCES))


def _replayed(
    entry: Entry, base_url: str, http: urllib3.PoolManager, timeout_s: float, ignored: frozenset[str]
) -> Replayed:
    if not entry.request.is_whole:
        why = f"of its {entry.request.length} bytes {len(entry.request.body)} were kept"
        return Replayed(entry, Outcome.NOT_SENT, reason=why)
    url = base_url + (entry.path or f"/services/{entry.service}")
    headers = {name: value for name, value in entry.request_headers if name.lower() in _PASSED_ON}
    if entry.soap_action is not None:
        headers.setdefault("SOAPAction", f'"{entry.soap_action}"')
    try:
        answer = http.request("POST", url, body=entry.request.body, headers=headers, timeout=timeout_s, redirect=False)
    except HTTPError as error:
        if entry.response is None:
            return Replayed(entry, Outcome.NOT_COMPARED, reason=f"there is no answer, as before: {error}")
        raise Unreachable(f"number {entry.number}: cannot reach {url}: {error}") from error
    if entry.response is None or not entry.response.is_whole:
        why = "there was no answer" if entry.response is None else _not_whole(entry.response)
        return Replayed(entry, Outcome.NOT_COMPARED, status=answer.status, answer=answer.data, reason=why)
    found = differences(entry.response.body, answer.data, ignored)
    if entry.status != answer.status:
        found = (Difference("HTTP status", str(entry.status), str(answer.status)), *found)
    outcome = Outcome.DIFFERS if found else Outcome.SAME
    return Replayed(entry, outcome, found, answer.status, answer.data)


def _not_whole(message: Message) -> str:
    return f"of the {message.length} bytes of the answer {len(message.body)} were kept"


def _compared(one: etree._Element, other: etree._Element, path: str, ignored: frozenset[str]) -> Iterator[Difference]:
    if one.tag != other.tag:
        yield Difference(path, str(one.tag), str(other.tag))
        return
    if (was := _attributes(one)) != (now := _attributes(other)):
        yield Difference(path, _short(was) or "no attributes", _short(now) or "no attributes")
    texts = (one.text or "").strip(), (other.text or "").strip()
    if texts[0] != texts[1]:
        yield Difference(path, _short(texts[0]) or "empty", _short(texts[1]) or "empty")
    its, others = _children(one, ignored), _children(other, ignored)
    if len(its) != len(others):
        yield Difference(path, _names(its), _names(others))
    count: dict[str, int] = {}
    for left, right in zip(its, others, strict=False):
        name = _local(left)
        count[name] = count.get(name, 0) + 1
        step = name if count[name] == 1 else f"{name}[{count[name]}]"
        yield from _compared(left, right, f"{path}/{step}", ignored)


def _children(element: etree._Element, ignored: frozenset[str]) -> list[etree._Element]:
    left_out = ignored | OFTEN_NEW if _local(element) == "Header" else ignored
    return [one for one in element.iterchildren("*") if _local(one) not in left_out]


def _attributes(element: etree._Element) -> str:
    return " ".join(f'{name!s}="{value!s}"' for name, value in sorted(element.items()))


def _names(elements: list[etree._Element]) -> str:
    return _short(f"{len(elements)} elements ({', '.join(map(_local, elements))})") if elements else "no elements"


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True, remove_pis=True
    )
