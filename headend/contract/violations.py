"""Errors of the schema validator, said so that an engineer knows what to change.

libxml2 says "Element '{http://..}Request': This element is not expected. Expected is ( {http://..}Header )."
We say "Header is missing; GetMeterReadings holds in this order: Header, Request, Payload (optional)".
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import Enum
from typing import cast

from lxml import etree

from .content import WILDCARD, ContentModels, Part
from .schemas import SchemaError

_MESSAGE = re.compile(r"Element '([^']+)'(?:, attribute '([^']+)')?: (.*)", re.DOTALL)
_ALLOWED = re.compile(r"is not an element of the set \{(.*)\}", re.DOTALL)
_EXPECTED = re.compile(r"Expected is (?:one of )?\( (.*) \)", re.DOTALL)
_TYPE = re.compile(r"is not a valid value of the (?:local )?\w+ type '([^']+)'", re.DOTALL)
_QUOTED = re.compile(r"'([^']*)'")
_NAMESPACE = re.compile(r"\{[^}]*\}")
_LONGEST_VALUE = 60  # characters of a wrong value that are repeated
_LONGEST_CONTENT = 8  # children that are listed for an element
_MEANINGS = {
    "xs:dateTime": "a date and time such as 2026-01-31T00:15:00Z",
    "xs:boolean": "true or false",
    "xs:integer": "a whole number",
    "xs:decimal": "a decimal number such as 12.50",
    "xs:float": "a number such as 0.5",
    "xs:QName": "a name whose prefix is declared",
}


class ViolationKind(Enum):
    """What sort of rule is broken; the value is how it is called in reports."""

    UNKNOWN_MESSAGE = "unknown message"
    MISSING_ELEMENT = "missing element"
    UNEXPECTED_ELEMENT = "unexpected element"
    MISPLACED_ELEMENT = "misplaced element"
    REPEATED_ELEMENT = "repeated element"
    WRONG_NAMESPACE = "wrong namespace"
    BAD_VALUE = "bad value"
    MISSING_ATTRIBUTE = "missing attribute"
    UNEXPECTED_ATTRIBUTE = "unexpected attribute"
    UNEXPECTED_TEXT = "unexpected text"


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule of the contract.

    `path` leads to an element that is there: for something missing, to the element that lacks it. It has
    local names, begins at the body element, and counts from 1 where siblings share a name.
    """

    line: int | None  # of the message as it was received
    path: str
    element: str  # local name of the last element of the path
    rule: str  # a sentence: what is wrong and what the contract wants instead
    kind: ViolationKind
    missing: tuple[str, ...] = ()  # local names of what the element lacks; for a choice, all that may be chosen


def violation_at(element: etree._Element, body: etree._Element, kind: ViolationKind, rule: str) -> Violation:
    _, *below = _chain(element, body)
    names = [_local(body.tag), *map(_step, below)]  # the body has no number, whatever stands beside it
    line = cast("int | None", element.sourceline)
    return Violation(line, "/" + "/".join(names), _local(element.tag), rule, kind)


def explained(errors: Iterable[SchemaError], body: etree._Element, models: ContentModels) -> Iterator[Violation]:
    """A violation for each error. What libxml2 says twice, for a facet and for the type, is said once."""
    told: set[tuple[etree._Element, str | None]] = set()
    for error in errors:
        explanation = _Explanation(error, body, models)
        place = explanation.place
        if place not in told or not explanation.about_value:
            yield explanation.violation()
        told.add(place)


class _Explanation:
    """Says one error in our words."""

    def __init__(self, error: SchemaError, body: etree._Element, models: ContentModels) -> None:
        self._type_name = error.type_name
        self._body = body
        self._models = models
        found = _MESSAGE.match(error.message)
        name = found[1] if found else str(error.element.tag)
        self._attribute: str | None = found[2] if found else None
        self._said: str = found[3] if found else error.message
        # An error about text, or about children where text belongs, comes up at a child; its parent is meant.
        chain = _chain(error.element, body)
        self._element = next((each for each in reversed(chain) if each.tag == name), error.element)

    @property
    def place(self) -> tuple[etree._Element, str | None]:
        return self._element, self._attribute

    @property
    def about_value(self) -> bool:
        return self._type_name in ("SCHEMAV_CVC_DATATYPE_VALID_1_2_1", "SCHEMAV_CVC_ENUMERATION_VALID")

    def violation(self) -> Violation:
        match self._type_name:
            case "SCHEMAV_ELEMENT_CONTENT" if self._said.startswith("Missing child"):
                return self._incomplete()
            case "SCHEMAV_ELEMENT_CONTENT":
                return self._unexpected()
            case "SCHEMAV_CVC_ENUMERATION_VALID":
                return self._not_among()
            case "SCHEMAV_CVC_DATATYPE_VALID_1_2_1":
                return self._wrong_type()
            case "SCHEMAV_CVC_COMPLEX_TYPE_2_3":
                return self._says(ViolationKind.UNEXPECTED_TEXT, f"{self._name} holds text, it may hold elements only")
            case "SCHEMAV_CVC_TYPE_3_1_2" | "SCHEMAV_CVC_COMPLEX_TYPE_2_2":
                return self._says(
                    ViolationKind.UNEXPECTED_ELEMENT, f"{self._name} holds elements, it may hold a value only"
                )
            case "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1" | "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2" | "SCHEMAV_CVC_TYPE_3_1_1":
                rule = f"{self._name} has an attribute {_local(self._attribute)}, which the contract does not give it"
                return self._says(ViolationKind.UNEXPECTED_ATTRIBUTE, rule)
            case "SCHEMAV_CVC_COMPLEX_TYPE_4":
                name = _local(" ".join(_QUOTED.findall(self._said)))  # "The attribute 'x' is required but missing."
                rule = f"attribute {name} is missing; {self._name} needs it"
                return self._says(ViolationKind.MISSING_ATTRIBUTE, rule)
            case "SCHEMAV_CVC_ELT_3_1":
                rule = f"{self._name} has xsi:nil, but nothing here may be nil; leave the element out"
                return self._says(ViolationKind.UNEXPECTED_ATTRIBUTE, rule)
            case "SCHEMAV_CVC_ELT_1":
                return self._says(ViolationKind.UNKNOWN_MESSAGE, f"{self._name} is no message of this contract")
            case _:
                return self._says(ViolationKind.BAD_VALUE, f"{self._name}: {_NAMESPACE.sub('', self._said)}")

    @property
    def _name(self) -> str:
        return _local(self._element.tag)

    def _says(self, kind: ViolationKind, rule: str, at: etree._Element | None = None) -> Violation:
        return violation_at(self._element if at is None else at, self._body, kind, rule)

    def _content(self, element: etree._Element) -> tuple[Part, ...] | None:
        return self._models.parts([str(each.tag) for each in _chain(element, self._body)])

    def _incomplete(self) -> Violation:
        parts = self._content(self._element)
        if parts is None:
            rule = f"{self._name} is incomplete; {self._expected()}"
            return self._says(ViolationKind.MISSING_ELEMENT, rule)
        return self._lacks(self._element, _absent(parts, self._element), parts)

    def _lacks(self, element: etree._Element, absent: Sequence[Part], parts: Sequence[Part]) -> Violation:
        names = [" or ".join(map(_local, part.names)) for part in absent]
        rule = f"{_listed(names)} {'is' if len(names) == 1 else 'are'} missing; {_holds(element, parts)}"
        violation = self._says(ViolationKind.MISSING_ELEMENT, rule, at=element)
        return replace(violation, missing=tuple(_local(name) for part in absent for name in part.names))

    def _unexpected(self) -> Violation:
        child, parent = self._element, self._element.getparent()
        parts = None if parent is None else self._content(parent)
        if parent is None or parts is None:
            rule = f"{self._name} is not expected here; {self._expected()}"
            return self._says(ViolationKind.UNEXPECTED_ELEMENT, rule)
        places = {name: place for place, part in enumerate(parts) for name in part.names}
        if child.tag not in places:
            return self._foreign(parent, parts)
        place = places[child.tag]
        absent = _absent(parts[:place], parent)
        if absent:
            return self._lacks(parent, absent, parts)
        maximum = parts[place].maximum
        if maximum is not None and _count_before(child, str(child.tag)) >= maximum:
            times = "once" if maximum == 1 else f"{maximum} times"
            rule = f"{self._name} may stand in {_local(parent.tag)} only {times}; this is one more"
            return self._says(ViolationKind.REPEATED_ELEMENT, rule)
        other = next((tag for tag in _before(child) if tag != child.tag and places.get(tag) == place), None)
        if other is not None:
            choice = _listed(list(map(_local, parts[place].names)), "or")
            rule = f"{self._name} stands beside {_local(other)}; {_local(parent.tag)} holds only one of {choice}"
            return self._says(ViolationKind.UNEXPECTED_ELEMENT, rule)
        overtaken = next((tag for tag in _before(child) if places.get(tag, -1) > place), None)
        if overtaken is not None:
            rule = f"{self._name} must stand before {_local(overtaken)}; {_holds(parent, parts)}"
        else:
            rule = f"{self._name} {self._too_early(parts[:place])}; {_holds(parent, parts)}"
        return self._says(ViolationKind.MISPLACED_ELEMENT, rule)

    def _too_early(self, earlier: Sequence[Part]) -> str:
        before = set(_before(self._element))
        late = next((part for part in earlier if part.minimum and before.isdisjoint(part.names)), None)
        return "stands too early" if late is None else f"must stand after {_local(late.names[0])}"

    def _foreign(self, parent: etree._Element, parts: Sequence[Part]) -> Violation:
        """An element that the content of its parent does not know."""
        known = [name for part in parts for name in part.names if name != WILDCARD]
        namesake = next((name for name in known if _local(name) == self._name), None)
        if namesake is not None:
            used = etree.QName(self._element).namespace
            where = f"namespace {used}" if used else "no namespace"
            wanted = etree.QName(namesake).namespace or "no namespace"
            rule = f"{self._name} is in {where}, it must be in {wanted}"
            return self._says(ViolationKind.WRONG_NAMESPACE, rule)
        hint = _did_you_mean(self._name, map(_local, known))
        rule = f"{self._name} has no place in {_local(parent.tag)}{hint}; {_holds(parent, parts)}"
        return self._says(ViolationKind.UNEXPECTED_ELEMENT, rule)

    def _expected(self) -> str:
        found = _EXPECTED.search(self._said)
        return f"expected is {_NAMESPACE.sub('', found[1])}" if found else "nothing more is expected"

    def _not_among(self) -> Violation:
        found = _ALLOWED.search(self._said)
        allowed = _QUOTED.findall(found[1]) if found else []
        hint = _did_you_mean(self._value(), allowed)
        rule = f"{self._subject()} is {self._quoted()}{hint}; allowed are {', '.join(allowed)}"
        return self._says(ViolationKind.BAD_VALUE, rule)

    def _wrong_type(self) -> Violation:
        found = _TYPE.search(self._said)
        wanted = found[1] if found else "xs:QName"  # the one type about which libxml2 has words of its own
        base = wanted if wanted.startswith("xs:") else self._models.base(wanted)
        meaning = _MEANINGS.get(base or "")
        rule = f"{self._subject()} is {self._quoted()}; it must be {'of type ' if meaning is None else ''}"
        rule += f"{_local(wanted)}" if meaning is None else f"{meaning} ({_local(wanted)})"
        return self._says(ViolationKind.BAD_VALUE, rule)

    def _subject(self) -> str:
        return self._name if self._attribute is None else f"attribute {_local(self._attribute)} of {self._name}"

    def _value(self) -> str:
        value = self._element.text if self._attribute is None else self._element.get(self._attribute)
        return " ".join((value or "").split())

    def _quoted(self) -> str:
        value = self._value()
        if not value:
            return "empty"
        return f"'{value}'" if len(value) <= _LONGEST_VALUE else f"'{value[:_LONGEST_VALUE]}...'"


def _chain(element: etree._Element, body: etree._Element) -> list[etree._Element]:
    """The elements from the body down to this one, both included."""
    chain = [element]
    while chain[0] is not body and (parent := chain[0].getparent()) is not None:
        chain.insert(0, parent)
    return chain


def _step(element: etree._Element) -> str:
    name = _local(element.tag)
    before = _count_before(element, f"{{*}}{name}")
    repeated = before or next(element.itersiblings(f"{{*}}{name}"), None) is not None
    return f"{name}[{before + 1}]" if repeated else name


def _before(element: etree._Element) -> Iterator[str]:
    """Names of the siblings before an element, the nearest first."""
    return (str(each.tag) for each in element.itersiblings("*", preceding=True))


def _count_before(element: etree._Element, name: str) -> int:
    return sum(1 for _ in element.itersiblings(name, preceding=True))


def _absent(parts: Sequence[Part], element: etree._Element) -> list[Part]:
    """The required parts that an element lacks; a wildcard is never called absent."""
    return [
        part
        for part in parts
        if part.minimum and WILDCARD not in part.names and all(element.find(name) is None for name in part.names)
    ]


def _holds(element: etree._Element, parts: Sequence[Part]) -> str:
    name = _local(element.tag)
    if not parts:
        return f"{name} must be empty"
    listed = [_part(part) for part in parts[:_LONGEST_CONTENT]]
    rest = len(parts) - len(listed)
    return f"{name} holds in this order: {', '.join(listed)}" + (f" and {rest} more" if rest else "")


def _part(part: Part) -> str:
    names = list(map(_local, part.names))
    said = names[0] if len(names) == 1 else f"one of {_listed(names, 'or')}"
    match part.minimum, part.maximum:
        case 0, 1:
            return f"{said} (optional)"
        case 0, _:
            return f"{said} (any number)"
        case _, 1:
            return said
        case _:
            return f"{said} (one or more)"


def _listed(names: Sequence[str], word: str = "and") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"


def _did_you_mean(wrong: str, right: Iterable[str]) -> str:
    by_folded = {each.casefold(): each for each in right}
    near = get_close_matches(wrong.casefold(), by_folded, n=1, cutoff=0.75)
    return f" (did you mean {by_folded[near[0]]}?)" if near else ""


def _local(name: object) -> str:
    return str(name).rpartition("}")[2]
