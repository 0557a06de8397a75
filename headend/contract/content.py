"""What may stand in an element, read from the XSDs: for explaining a refusal, rendering a document, making an instance.

This describes; it does not validate. Where a schema of someone else is too intricate, the description is coarser:
a sequence within a choice counts as branches of the choice, and facets other than enumerations are not told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock

from lxml import etree

from .declarations import XS, Declarations, occurs

WILDCARD = "elements of other namespaces"
_SOME_VALUE = "xs:anySimpleType"


@dataclass(frozen=True, slots=True)
class AttributeContent:
    """An attribute. Those that a type declares itself have no namespace."""

    name: str
    is_required: bool
    base: str  # the built-in type of its value, such as xs:string
    values: tuple[str, ...]  # the enumerated ones; empty if any value of the type will do


@dataclass(frozen=True, slots=True)
class ElementContent:
    """An element at its place in a parent, with all that may stand in it. A type may contain itself."""

    tag: str  # {namespace}name
    minimum: int  # in one parent; 0 for the branch of a choice
    maximum: int | None  # None = unbounded
    _type: str
    _types: Mapping[str, "TypeContent"] = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """The local name."""
        return self.tag.rpartition("}")[2]

    @property
    def type(self) -> "TypeContent":
        return self._types[self._type]

    @property
    def children(self) -> tuple["ElementContent", ...]:
        """Every element that may stand in this one, in schema order; branches of choices one after the other."""
        return self.type.children

    def child(self, name: str) -> "ElementContent | None":
        """The child of a local name."""
        return self.type.by_name.get(name)


@dataclass(frozen=True, slots=True)
class Part:
    """One place in the content of an element: a child or the alternatives of a choice, and how often."""

    elements: tuple[ElementContent, ...]  # more than one: a choice
    minimum: int
    maximum: int | None  # None = unbounded
    is_open: bool = False  # elements of other namespaces may stand here

    @property
    def names(self) -> tuple[str, ...]:
        """`{namespace}name` of each element; WILDCARD for a wildcard."""
        return tuple(each.tag for each in self.elements) + ((WILDCARD,) if self.is_open else ())


@dataclass(frozen=True, slots=True)
class TypeContent:
    """What an element of some type holds: a value, or elements, or neither; and attributes."""

    name: str  # of a named type; Owner.element for an anonymous one; xs:.. for a built-in one
    base: str | None = None  # the built-in type of the value, such as xs:dateTime; None if there is no value
    values: tuple[str, ...] = ()  # the enumerated ones; empty if any value of the base will do
    attributes: tuple[AttributeContent, ...] = ()
    parts: tuple[Part, ...] = ()
    by_name: Mapping[str, ElementContent] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        elements = {each.name: each for part in self.parts for each in part.elements}
        object.__setattr__(self, "by_name", elements)

    @property
    def is_value(self) -> bool:
        """Whether an element of the type holds a value, and so no elements."""
        return self.base is not None

    @property
    def children(self) -> tuple[ElementContent, ...]:
        return tuple(self.by_name.values())


class ContentModels:
    """The content of the elements that a schema file and all its imports declare. Safe for use by several threads."""

    def __init__(self, entry: Path) -> None:
        """Reads nothing yet: of most files nobody ever asks. Methods raise ContractError for one that is broken."""
        self._entry = entry
        self._read: _Reader | None = None
        self._lock = RLock()

    def element(self, tag: str) -> ElementContent | None:
        """A global element by its `{namespace}name`; None if nothing declares it."""
        with self._lock:
            return self._reader.global_element(tag)

    def parts(self, path: Sequence[str]) -> tuple[Part, ...] | None:
        """The content of the last element of a path of `{namespace}name` that starts at a global element.

        None for an element that holds a value or that nothing declares.
        """
        element = self.element(path[0])
        for tag in path[1:]:
            inner = None if element is None else next((each for each in element.children if each.tag == tag), None)
            element = self.element(tag) if inner is None else inner  # what stands in a wildcard is declared globally
        return None if element is None or element.type.is_value else element.type.parts

    def base(self, name: str) -> str | None:
        """The built-in type such as `xs:float` behind a named simple type; None if there is none."""
        declarations = self._reader.declarations
        simple = declarations.find("simpleType", name)
        return None if simple is None else declarations.base(simple)

    @property
    def _reader(self) -> "_Reader":
        with self._lock:
            if self._read is None:
                self._read = _Reader(Declarations(self._entry))
            return self._read


class _Reader:
    """Turns declarations into content. A type is read once, whole, with all that it holds."""

    def __init__(self, declarations: Declarations) -> None:
        self.declarations = declarations
        self._types: dict[str, TypeContent] = {}
        self._begun: set[str] = set()  # a type may contain itself

    def global_element(self, tag: str) -> ElementContent | None:
        declaration = self.declarations.find("element", tag)
        return None if declaration is None else self._element(declaration, "")

    def _element(self, declaration: etree._Element, owner: str) -> ElementContent:
        """owner: name of the type in which the element stands; empty for none."""
        tag = self.declarations.name(declaration)
        if declaration.get("ref"):
            referred = self.declarations.find("element", tag)
            key = self._built_in("anyType") if referred is None else self._type(referred, "")
        else:
            key = self._type(declaration, owner)
        return ElementContent(tag, *occurs(declaration), key, self._types)

    def _type(self, declaration: etree._Element, owner: str) -> str:
        """Read the type of an element; returns the key by which it is kept."""
        inline = next(declaration.iterchildren(f"{XS}complexType", f"{XS}simpleType"), None)
        if inline is not None:
            name = f"{owner}.{declaration.get('name')}" if owner else declaration.get("name", "")
            key = f"{declaration.getroottree().getroot().get('targetNamespace')} {name}"
        else:
            key = self.declarations.resolve(declaration, declaration.get("type", ""))
            name = key.rpartition("}")[2]
        named = self.declarations.referred(declaration, "type", "complexType", "simpleType")
        definition = named if inline is None else inline
        if definition is None:
            return self._built_in(name or "anyType")
        if key not in self._begun:
            self._begun.add(key)
            self._types[key] = self._content(definition, name)
        return key

    def _built_in(self, name: str) -> str:
        key = f"{XS}{name}"
        self._types[key] = TypeContent(f"xs:{name}", None if name == "anyType" else f"xs:{name}")
        return key

    def _content(self, definition: etree._Element, name: str) -> TypeContent:
        if definition.tag == f"{XS}simpleType":
            simple_base = self.declarations.base(definition) or _SOME_VALUE
            return TypeContent(name, simple_base, self.declarations.values(definition))
        base, values = self._value(definition)
        attributes = {each.name: each for each in self._attributes(definition)}
        return TypeContent(name, base, values, tuple(attributes.values()), tuple(self._parts(definition, name)))

    def _value(self, definition: etree._Element) -> tuple[str | None, tuple[str, ...]]:
        """The base and the enumerated values of simple content; None and nothing for other content."""
        simple = definition.find(f"{XS}simpleContent")
        if simple is None:
            return None, ()
        (derivation,) = simple.iterchildren(f"{XS}extension", f"{XS}restriction")
        return self._simple(derivation, "base")

    def _simple(self, where: etree._Element, attribute: str) -> tuple[str, tuple[str, ...]]:
        """The base and the enumerated values of the simple type inside a declaration, or that its attribute names."""
        name = self.declarations.resolve(where, where.get(attribute, ""))
        if name.startswith(XS):
            return f"xs:{name.removeprefix(XS)}", ()
        inline = where.find(f"{XS}simpleType")
        simple = self.declarations.find("simpleType", name) if inline is None else inline
        if simple is None:
            return _SOME_VALUE, ()
        return self.declarations.base(simple) or _SOME_VALUE, self.declarations.values(simple)

    def _attributes(self, holder: etree._Element) -> Iterator[AttributeContent]:
        for each in holder.iterchildren("*"):
            kind = etree.QName(each).localname
            if kind == "attribute" and each.get("use") != "prohibited":
                base, values = self._simple(each, "type")
                name = self.declarations.name(each) if each.get("ref") else each.get("name", "")
                yield AttributeContent(name, each.get("use") == "required", base, values)
            elif kind == "attributeGroup":
                group = self.declarations.referred(each, "ref", "attributeGroup")
                yield from () if group is None else self._attributes(group)
            elif kind in ("simpleContent", "complexContent"):
                yield from self._attributes(each)
            elif kind in ("extension", "restriction"):
                base_type = self.declarations.referred(each, "base", "complexType")
                yield from () if base_type is None else self._attributes(base_type)
                yield from self._attributes(each)

    def _parts(self, holder: etree._Element, owner: str) -> Iterator[Part]:
        """Parts of a complexType, extension, sequence or group, in order."""
        for each in holder.iterchildren("*"):
            kind = etree.QName(each).localname
            if kind == "element":
                element = self._element(each, owner)
                yield Part((element,), element.minimum, element.maximum)
            elif kind == "any":
                yield Part((), *occurs(each), is_open=True)
            elif kind == "choice":
                yield self._choice(each, owner)
            elif kind == "group":
                group = self.declarations.referred(each, "ref", "group")
                yield from () if group is None else self._repeated(self._parts(group, owner), each)
            elif kind in ("sequence", "all"):
                yield from self._repeated(self._parts(each, owner), each)
            elif kind == "complexContent":
                yield from self._derived(each, owner)

    def _derived(self, content: etree._Element, owner: str) -> Iterator[Part]:
        for derivation in content.iterchildren(f"{XS}extension", f"{XS}restriction"):
            if derivation.tag == f"{XS}extension":
                base = self.declarations.referred(derivation, "base", "complexType")
                yield from () if base is None else self._parts(base, owner)
            yield from self._parts(derivation, owner)

    def _choice(self, choice: etree._Element, owner: str) -> Part:
        branches = list(self._parts(choice, owner))
        minimum, maximum = occurs(choice)
        return Part(
            elements=tuple(
                replace(each, minimum=0, maximum=_times(each.maximum, maximum))
                for branch in branches
                for each in branch.elements
            ),
            minimum=0 if any(branch.minimum == 0 for branch in branches) else minimum,
            maximum=None if any(branch.maximum is None for branch in branches) else maximum,
            is_open=any(branch.is_open for branch in branches),
        )

    @staticmethod
    def _repeated(parts: Iterator[Part], particle: etree._Element) -> Iterator[Part]:
        """Parts as often as their sequence or group makes them."""
        minimum, maximum = occurs(particle)
        for part in parts:
            elements = tuple(
                replace(each, minimum=each.minimum * minimum, maximum=_times(each.maximum, maximum))
                for each in part.elements
            )
            yield Part(elements, part.minimum * minimum, _times(part.maximum, maximum), part.is_open)


def _times(one: int | None, other: int | None) -> int | None:
    """The product of two maxima; None = unbounded."""
    return None if one is None or other is None else one * other
