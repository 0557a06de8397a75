"""XSD trees from the tables: one for the envelope, one per profile, one per wrapper of a noun."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from lxml import etree

from .tables import Noun, Occurrence, Row, SchemaTable, TableError, Tables

XS = "http://www.w3.org/2001/XMLSchema"
ENVELOPE_NAMESPACE = "http://iec.ch/TC57/2011/schema/message"  # 61968-100: Header, Request, Reply, Payload


@dataclass(frozen=True, slots=True)
class Import:
    """Another schema file that this one refers to; file names are relative, in the same folder."""

    prefix: str
    namespace: str
    file_name: str


ENVELOPE = Import("msg", ENVELOPE_NAMESPACE, "Message.xsd")


def envelope_schema(tables: Tables) -> etree._Element:
    about = "The envelope of IEC 61968-100, common to all nouns: header, request, reply, error and payload."
    return _Schema(ENVELOPE_NAMESPACE, (), tables.envelope, tables.annotations).tree(about)


def profile_schema(tables: Tables, noun: Noun, *, get: bool) -> etree._Element:
    """The payload profile of a noun, or with `get` the profile that says what a get request asks for."""
    if get:
        about = f"Request profile Get{noun.name}: what a request for {noun.name} may select by"
        namespace, table = noun.get_profile_namespace, tables.profiles[f"Get{noun.name}"]
    else:
        about = f"Payload profile {noun.name}"
        namespace, table = noun.profile_namespace, tables.profiles[noun.name]
    about += f" (IEC 61968-9:2013, {noun.clause})."
    if table.roots[0].is_derived:
        about += (
            " Derived: no public schema of it is known, so which attributes the standard selects is our best reading of"
            " the CIM class model. A better source replaces one table."
        )
    return _Schema(namespace, (), table, tables.annotations).tree(about)


def wrapper_schema(tables: Tables, noun: Noun, wrapper: str) -> etree._Element:
    """The messages of a noun: envelope parts around the typed payload.

    wrapper: `get`, `event-request` or `operationset`.
    """
    payload = Import("payload", noun.profile_namespace, f"{noun.name}.xsd")
    if wrapper == "operationset":
        about = (
            f"Messages that carry an OperationSet of {noun.name} and its neighbours, their response and their fault."
        )
        namespace = noun.operation_set_namespace
        imports: tuple[Import, ...] = (ENVELOPE,)
    elif wrapper == "get":
        request = Import("request", noun.get_profile_namespace, f"Get{noun.name}.xsd")
        about = f"Messages of the Get pattern for {noun.name}: the request, its response and its fault."
        namespace = noun.get_message_namespace
        imports = (ENVELOPE, request, payload)
    else:
        about = f"Messages of {noun.name}: requests, events, their response and their fault."
        namespace = noun.message_namespace
        imports = (ENVELOPE, payload)
    table = tables.wrapper(noun, wrapper)
    # The wrapper types are the same for every noun, so their annotations are written once, for {Noun}.
    annotations = {
        (type_name.replace("{Noun}", noun.name), element): text.replace("{Noun}", noun.name)
        for (type_name, element), text in tables.annotations.items()
    }
    return _Schema(namespace, imports, table, annotations).tree(about)


class _Schema:
    """Writes one schema file; a table that cannot be written raises TableError."""

    def __init__(
        self,
        namespace: str,
        imports: Sequence[Import],
        table: SchemaTable,
        annotations: Mapping[tuple[str, str], str],
    ) -> None:
        self._namespace = namespace
        self._imports = imports
        self._table = table
        self._annotations = annotations

    def tree(self, about: str) -> etree._Element:
        prefixes = {"xs": XS, "tns": self._namespace}
        prefixes |= {each.prefix: each.namespace for each in self._imports}
        schema = etree.Element(f"{{{XS}}}schema", nsmap=prefixes)
        schema.set("targetNamespace", self._namespace)
        schema.set("elementFormDefault", "qualified")
        schema.set("attributeFormDefault", "unqualified")
        _document(schema, f"{about} Generated from the tables in wsdl/tables; change those, not this file.")
        for each in self._imports:
            _add(schema, "import", namespace=each.namespace, schemaLocation=each.file_name)
        for row in self._table.roots:
            element = _add(schema, "element", name=row.element, type=self._reference(row))
            self._annotate(element, "(root)", row.element)
        for name, rows in self._table.types.items():
            if "." not in name:  # a name with a dot is an anonymous type and is written where it is used
                self._named_type(schema, name, rows)
        return schema

    def _named_type(self, schema: etree._Element, name: str, rows: Sequence[Row]) -> None:
        if all(row.kind == "attribute" and row.note == "attribute group" for row in rows):
            group = _add(schema, "attributeGroup", name=name)
            self._annotate(group, name)
            for row in rows:
                self._attribute(group, row)
        elif _is_simple(rows):
            self._simple_type(_add(schema, "simpleType", name=name), name, rows)
        else:
            self._complex_type(_add(schema, "complexType", name=name), name, rows)

    def _simple_type(self, simple: etree._Element, name: str, rows: Sequence[Row]) -> None:
        self._annotate(simple, name)
        restriction = _add(simple, "restriction", base=rows[0].xsd_type)
        for row in rows:
            if row.kind == "enum":
                self._annotate(_add(restriction, "enumeration", value=row.element), name, row.element)

    def _complex_type(self, complex_type: etree._Element, name: str, rows: Sequence[Row]) -> None:
        self._annotate(complex_type, name)
        attributes = [row for row in rows if row.kind == "attribute"]
        texts = [row for row in rows if row.kind == "text"]
        particles = [row for row in rows if row.kind in ("element", "any")]
        holder = complex_type
        if texts:
            if particles:
                raise TableError(f"{name} holds both text and elements")
            holder = _add(_add(complex_type, "simpleContent"), "extension", base=texts[0].xsd_type)
        elif particles or not attributes:
            self._sequence(complex_type, particles)
        self._attributes(holder, attributes)

    def _sequence(self, complex_type: etree._Element, particles: Sequence[Row]) -> None:
        sequence = _add(complex_type, "sequence")
        for choice, rows in groupby(particles, key=lambda row: row.choice):
            parent = sequence if choice is None else _add(sequence, "choice", **_occurrence(choice))
            for row in rows:
                self._particle(parent, row)

    def _particle(self, parent: etree._Element, row: Row) -> None:
        if row.kind == "any":
            constraints = dict(part.split("=") for part in row.xsd_type.split()[1:])  # "any namespace=.. process.."
            _add(parent, "any", **constraints, **_occurrence(row.occurs))
        elif row.xsd_type == "ref":
            qualified = etree.QName(row.element)
            _add(parent, "element", ref=self._qualified(qualified), **_occurrence(row.occurs))
        elif "." in row.xsd_type:
            element = _add(parent, "element", name=row.element, **_occurrence(row.occurs))
            self._annotate(element, row.type, row.element)
            rows = self._table.types[row.xsd_type]
            if _is_simple(rows):
                self._simple_type(_add(element, "simpleType"), row.xsd_type, rows)
            else:
                self._complex_type(_add(element, "complexType"), row.xsd_type, rows)
        else:
            default = {} if row.default is None else {"default": row.default}
            element = _add(
                parent,
                "element",
                name=row.element,
                type=self._reference(row),
                **_occurrence(row.occurs),
                **default,
            )
            self._annotate(element, row.type, row.element)

    def _attributes(self, holder: etree._Element, rows: Sequence[Row]) -> None:
        for group, members in groupby(rows, key=lambda row: row.attribute_group):
            if group is not None:
                _add(holder, "attributeGroup", ref=f"tns:{group}")
                continue
            for row in members:
                self._attribute(holder, row)

    def _attribute(self, holder: etree._Element, row: Row) -> None:
        required = {"use": "required"} if row.occurs.minimum == "1" else {}
        attribute = _add(holder, "attribute", name=row.element, type=self._reference(row), **required)
        self._annotate(attribute, row.type, row.element)

    def _reference(self, row: Row) -> str:
        """The type of a row as a QName of this file. Raises TableError if nothing declares it."""
        prefix, colon, _ = row.xsd_type.partition(":")
        if colon:
            if prefix != "xs" and prefix not in {each.prefix for each in self._imports}:
                raise TableError(f"{row.type}.{row.element}: no schema is imported as {prefix}")
            return row.xsd_type
        if row.xsd_type not in self._table.types:
            raise TableError(f"{row.type}.{row.element}: no rows declare its type {row.xsd_type}")
        return f"tns:{row.xsd_type}"

    def _qualified(self, name: etree.QName) -> str:
        for each in self._imports:
            if each.namespace == name.namespace:
                return f"{each.prefix}:{name.localname}"
        raise TableError(f"no schema is imported for {name.text}")

    def _annotate(self, parent: etree._Element, type_name: str, element: str = "") -> None:
        text = self._annotations.get((type_name, element))
        if text:
            _document(parent, text)


def _is_simple(rows: Sequence[Row]) -> bool:
    return all(row.kind in ("enum", "simple") for row in rows)


def _occurrence(occurs: Occurrence) -> dict[str, str]:
    """minOccurs and maxOccurs, each only where it is not the schema's own default of 1."""
    bounds = {"minOccurs": occurs.minimum, "maxOccurs": occurs.maximum}
    return {name: bound for name, bound in bounds.items() if bound != "1"}


def _document(parent: etree._Element, text: str) -> None:
    _add(_add(parent, "annotation"), "documentation").text = text


def _add(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{XS}}}{tag}", attributes)
