"""What may stand in an element, read from the XSDs so that a refusal can say it.

This explains; it does not validate. Where a schema of someone else is too intricate, the answer is None and
the explanation is shorter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lxml import etree

from .files import parsed

_XS = "{http://www.w3.org/2001/XMLSchema}"
WILDCARD = "elements of other namespaces"


@dataclass(frozen=True, slots=True)
class Part:
    """One place in the content of an element: a child or the alternatives of a choice, and how often."""

    names: tuple[str, ...]  # {namespace}name; WILDCARD for a wildcard
    minimum: int
    maximum: int | None  # None = unbounded

    def as_optional(self) -> Self:
        return type(self)(self.names, 0, self.maximum)


class ContentModels:
    """The declarations of a schema file and of all that it imports."""

    def __init__(self, entry: Path) -> None:
        self._declared: dict[tuple[str, str], etree._Element] = {}  # (kind, {namespace}name)
        self._read(entry, set())

    def parts(self, path: Sequence[str]) -> tuple[Part, ...] | None:
        """The content of the last element of a path of `{namespace}name` that starts at a global element."""
        declaration = self._declared.get(("element", path[0]))
        for name in path[1:]:
            content = None if declaration is None else self._type(declaration)
            if content is None:
                return None
            declaration = next((each for each in self._elements(content) if self._name(each) == name), None)
            if declaration is None or declaration.get("ref"):
                declaration = self._declared.get(("element", name))
        content = None if declaration is None else self._type(declaration)
        return None if content is None or content.tag != f"{_XS}complexType" else tuple(self._parts(content))

    def base(self, name: str) -> str | None:
        """The built-in type such as `xs:float` behind a named simple type; None if there is none."""
        simple = self._declared.get(("simpleType", name))
        restriction = None if simple is None else simple.find(f"{_XS}restriction")
        if restriction is None:
            return None
        qualified = self._resolve(restriction, restriction.get("base", ""))
        return f"xs:{qualified.removeprefix(_XS)}" if qualified.startswith(_XS) else self.base(qualified)

    def _read(self, path: Path, seen: set[Path]) -> None:
        seen.add(path)
        root = parsed(path)
        for each in root.iterchildren("*"):
            location = each.get("schemaLocation")
            if location and (beside := path.parent / location) not in seen:
                self._read(beside, seen)
            if each.get("name"):
                self._declared[etree.QName(each).localname, self._name(each)] = each

    def _type(self, declaration: etree._Element) -> etree._Element | None:
        named = declaration.get("type")
        if named is None:
            return next(declaration.iterchildren(f"{_XS}complexType", f"{_XS}simpleType"), None)
        qualified = self._resolve(declaration, named)
        named_type = self._declared.get(("complexType", qualified))
        return self._declared.get(("simpleType", qualified)) if named_type is None else named_type

    def _parts(self, holder: etree._Element) -> Iterator[Part]:
        """Parts of a complexType, extension, sequence or group, in order."""
        for each in holder.iterchildren("*"):
            kind = etree.QName(each).localname
            if kind == "element":
                yield Part((self._name(each),), *_occurs(each))
            elif kind == "any":
                yield Part((WILDCARD,), *_occurs(each))
            elif kind == "choice":
                yield self._choice(each)
            elif kind == "group":
                group = self._declared.get(("group", self._resolve(each, each.get("ref", ""))))
                yield from () if group is None else self._parts(group)
            elif kind in ("sequence", "all"):
                optional = _occurs(each)[0] == 0
                yield from (part.as_optional() if optional else part for part in self._parts(each))
            elif kind == "complexContent":
                yield from self._derived(each)

    def _derived(self, content: etree._Element) -> Iterator[Part]:
        for derivation in content.iterchildren(f"{_XS}extension", f"{_XS}restriction"):
            if derivation.tag == f"{_XS}extension":
                base = self._declared.get(("complexType", self._resolve(derivation, derivation.get("base", ""))))
                yield from () if base is None else self._parts(base)
            yield from self._parts(derivation)

    def _choice(self, choice: etree._Element) -> Part:
        branches = list(self._parts(choice))
        minimum, maximum = _occurs(choice)
        return Part(
            names=tuple(name for branch in branches for name in branch.names),
            minimum=0 if any(branch.minimum == 0 for branch in branches) else minimum,
            maximum=None if any(branch.maximum is None for branch in branches) else maximum,
        )

    def _elements(self, content: etree._Element) -> Iterator[etree._Element]:
        """Element declarations of a type, with those of its base, without those of anonymous types inside."""
        for each in content.iterchildren("*"):
            kind = etree.QName(each).localname
            if kind == "element":
                yield each
            elif kind == "group":
                group = self._declared.get(("group", self._resolve(each, each.get("ref", ""))))
                yield from () if group is None else self._elements(group)
            else:
                base = self._declared.get(("complexType", self._resolve(each, each.get("base", ""))))
                yield from () if base is None else self._elements(base)
                yield from self._elements(each)

    def _name(self, declaration: etree._Element) -> str:
        """A declaration's `{namespace}name`; local elements are qualified only where the schema says so."""
        reference = declaration.get("ref")
        if reference:
            return self._resolve(declaration, reference)
        root = declaration.getroottree().getroot()
        target = root.get("targetNamespace")
        top_level = declaration.getparent() is root
        qualified = declaration.get("form", root.get("elementFormDefault")) == "qualified"
        name = declaration.get("name", "")
        return f"{{{target}}}{name}" if target and (top_level or qualified) else name

    def _resolve(self, where: etree._Element, qname: str) -> str:
        prefix, _, local = qname.rpartition(":")
        namespace = where.nsmap.get(prefix or None)
        return f"{{{namespace}}}{local}" if namespace else local


def _occurs(particle: etree._Element) -> tuple[int, int | None]:
    maximum = particle.get("maxOccurs", "1")
    return int(particle.get("minOccurs", "1")), None if maximum == "unbounded" else int(maximum)
