"""The declarations of an XSD file and of all that it imports, by kind and name."""

from pathlib import Path

from lxml import etree

from .files import parsed

XS = "{http://www.w3.org/2001/XMLSchema}"


class Declarations:
    """Global declarations, and how the local ones beneath them are named. Read once, not changed afterwards."""

    def __init__(self, entry: Path) -> None:
        """Raises ContractError for a file that cannot be read."""
        self._declared: dict[tuple[str, str], etree._Element] = {}  # (kind, {namespace}name)
        self._read(entry, set())

    def find(self, kind: str, name: str) -> etree._Element | None:
        """A global declaration: kind such as `element` or `complexType`, name as `{namespace}name`."""
        return self._declared.get((kind, name))

    def referred(self, where: etree._Element, attribute: str, *kinds: str) -> etree._Element | None:
        """The global declaration of one of these kinds that an attribute of a declaration names."""
        name = self.resolve(where, where.get(attribute, ""))
        return next((found for kind in kinds if (found := self.find(kind, name)) is not None), None)

    def name(self, declaration: etree._Element) -> str:
        """A declaration's `{namespace}name`; local elements are qualified only where the schema says so."""
        reference = declaration.get("ref")
        if reference:
            return self.resolve(declaration, reference)
        root = declaration.getroottree().getroot()
        target = root.get("targetNamespace")
        top_level = declaration.getparent() is root
        qualified = declaration.get("form", root.get("elementFormDefault")) == "qualified"
        name = declaration.get("name", "")
        return f"{{{target}}}{name}" if target and (top_level or qualified) else name

    def resolve(self, where: etree._Element, qname: str) -> str:
        prefix, _, local = qname.rpartition(":")
        namespace = where.nsmap.get(prefix or None)
        return f"{{{namespace}}}{local}" if namespace else local

    def base(self, simple: etree._Element) -> str | None:
        """The built-in type such as `xs:float` behind a simple type; None for a list or a union."""
        restriction = simple.find(f"{XS}restriction")
        if restriction is None:
            return None
        qualified = self.resolve(restriction, restriction.get("base", ""))
        if qualified.startswith(XS):
            return f"xs:{qualified.removeprefix(XS)}"
        named = self.find("simpleType", qualified)
        return None if named is None else self.base(named)

    def values(self, simple: etree._Element) -> tuple[str, ...]:
        """The values that a simple type enumerates, or else the type that it restricts; empty if none does."""
        restriction = simple.find(f"{XS}restriction")
        if restriction is None:
            return ()
        values = tuple(each.get("value", "") for each in restriction.iterchildren(f"{XS}enumeration"))
        named = None if values else self.referred(restriction, "base", "simpleType")
        return values if named is None else self.values(named)

    def _read(self, path: Path, seen: set[Path]) -> None:
        seen.add(path)
        root = parsed(path)
        for each in root.iterchildren("*"):
            location = each.get("schemaLocation")
            if location and (beside := path.parent / location) not in seen:
                self._read(beside, seen)
            if each.get("name"):
                self._declared[etree.QName(each).localname, self.name(each)] = each


def occurs(particle: etree._Element) -> tuple[int, int | None]:
    """minOccurs and maxOccurs; None = unbounded."""
    maximum = particle.get("maxOccurs", "1")
    return int(particle.get("minOccurs", "1")), None if maximum == "unbounded" else int(maximum)
