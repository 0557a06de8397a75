"""Valid payloads and request profiles of any noun, made from its schema, and the same ones broken.

What they say makes no sense to a head end; what they hold is right in name, order, number and type.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from lxml import etree

from headend.contract import Contract, ElementContent, Part, ViolationKind

_FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_DEEPEST = 2  # how often a type may stand within itself


def instance(contract: Contract, noun: str, *, get: bool = False, full: bool = True, seed: int = 0) -> etree._Element:
    """A valid root of a noun's payload, or with `get` of its request profile.

    full: every optional element and attribute once, of a choice one branch; otherwise only what is required.
    seed: equal seeds give equal instances.
    """
    profile = contract.profile(noun, get=get)
    root = etree.Element(profile.root.tag, nsmap={None: profile.namespace})
    _Filler(Random(seed), full).fill(root, profile.root, ())
    return root


def broken(
    contract: Contract, noun: str, *, get: bool = False, seed: int = 0
) -> Iterator[tuple[ViolationKind, etree._Element]]:
    """The full instance with one thing wrong in it, once for each sort of thing: what is wrong, and the root."""
    root = instance(contract, noun, get=get, seed=seed)
    places = list(_places(root, contract.profile(noun, get=get).root))
    random = Random(seed)
    for kind, breakages in _breakages(places).items():
        if breakages:
            yield kind, random.choice(breakages).of(root)


class _Filler:
    def __init__(self, random: Random, full: bool) -> None:
        self._random = random
        self._full = full

    def fill(self, element: etree._Element, content: ElementContent, within: tuple[str, ...]) -> None:
        """Give an element its text, attributes and children. within: the types of the elements around it."""
        if content.type.base is not None:
            element.text = self._value(content.name, content.type.base, content.type.values)
        for attribute in content.type.attributes:
            if attribute.is_required or self._full:
                element.set(attribute.name, self._value(attribute.name, attribute.base, attribute.values))
        around = (*within, content.type.name)
        for part in content.type.parts:
            for child in self._chosen(part, around):
                self.fill(etree.SubElement(element, child.tag), child, around)

    def _chosen(self, part: Part, around: tuple[str, ...]) -> list[ElementContent]:
        wanted = [each for each in part.elements if self._full and around.count(each.type.name) < _DEEPEST]
        if len(part.elements) == 1:
            (element,) = part.elements
            return [element] * max(part.minimum, len(wanted))
        if part.maximum is None:
            return wanted
        return [self._random.choice(part.elements)] if wanted or part.minimum else []

    def _value(self, name: str, base: str, values: tuple[str, ...]) -> str:
        if values:
            return self._random.choice(values)
        instant = _FIRST + timedelta(seconds=self._random.randrange(365 * 24 * 3600))
        number = self._random.randrange(1, 1000)
        match base:
            case "xs:string":
                return f"{name} {number}"
            case "xs:dateTime":
                return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
            case "xs:date":
                return f"{instant:%Y-%m-%d}"
            case "xs:time":
                return f"{instant:%H:%M:%S}"
            case "xs:boolean":
                return self._random.choice(("true", "false"))
            case "xs:integer":
                return str(number)
            case "xs:decimal" | "xs:float":
                return f"{number / 8}"
            case _:
                raise ValueError(f"no value is known for {name} of type {base}")


@dataclass(frozen=True)
class _Place:
    """An element of an instance, by its number in document order, with what may stand in it."""

    number: int
    element: etree._Element
    content: ElementContent


def _places(root: etree._Element, content: ElementContent) -> Iterator[_Place]:
    contents = {root: content}
    for number, element in enumerate(root.iter("*")):
        its = contents[element]
        by_tag = {each.tag: each for each in its.children}
        contents |= {child: by_tag[str(child.tag)] for child in element}
        yield _Place(number, element, its)


@dataclass(frozen=True)
class _Breakage:
    """What to do to a copy of the instance: to the child of a place, or to the place itself where child is None."""

    place: _Place
    child: int | None
    kind: ViolationKind

    def of(self, root: etree._Element) -> etree._Element:
        copy = deepcopy(root)
        element = list(copy.iter("*"))[self.place.number]
        child = element if self.child is None else element[self.child]
        match self.kind:
            case ViolationKind.MISSING_ELEMENT:
                element.remove(child)
            case ViolationKind.BAD_VALUE:
                element.text = "no such value"
            case ViolationKind.UNEXPECTED_ELEMENT:
                etree.SubElement(element, f"{{{etree.QName(element).namespace}}}Unheard")
            case ViolationKind.MISPLACED_ELEMENT:
                child.addnext(element[(self.child or 0) - 1])
            case ViolationKind.REPEATED_ELEMENT:
                child.addnext(deepcopy(child))
            case ViolationKind.WRONG_NAMESPACE:
                child.tag = f"{{urn:elsewhere}}{etree.QName(child).localname}"
            case ViolationKind.UNEXPECTED_ATTRIBUTE:
                element.set("unheard", "of")
            case ViolationKind.UNEXPECTED_TEXT:
                element.text = "no text belongs here"
        return copy


def _breakages(places: list[_Place]) -> dict[ViolationKind, list[_Breakage]]:
    """Whatever can be broken in an instance, by kind."""
    found: dict[ViolationKind, list[_Breakage]] = {}

    def may(kind: ViolationKind, place: _Place, child: int | None = None) -> None:
        found.setdefault(kind, []).append(_Breakage(place, child, kind))

    for place in places:
        kind_of_type = place.content.type
        if kind_of_type.is_value:
            if kind_of_type.values or kind_of_type.base != "xs:string":
                may(ViolationKind.BAD_VALUE, place)
            may(ViolationKind.UNEXPECTED_ATTRIBUTE, place)
        elif kind_of_type.parts:
            may(ViolationKind.UNEXPECTED_ELEMENT, place)
            may(ViolationKind.UNEXPECTED_TEXT, place)
        part_of = {each.tag: part for part in kind_of_type.parts for each in part.elements}
        for number, child in enumerate(place.element):
            part = part_of[str(child.tag)]
            may(ViolationKind.WRONG_NAMESPACE, place, number)
            if len(part.elements) > 1:
                continue
            if part.minimum == 1:
                may(ViolationKind.MISSING_ELEMENT, place, number)
            if part.maximum == 1:
                may(ViolationKind.REPEATED_ELEMENT, place, number)
            if number and part_of[str(place.element[number - 1].tag)] is not part:
                may(ViolationKind.MISPLACED_ELEMENT, place, number)
    return found
