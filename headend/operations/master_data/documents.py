"""Documents: what messages say of an object, without the namespace of the profile that said it.

A document is a tree of plain values: under each element's local name the list of its occurrences, each a text or again
a document. So an object that one profile created is told by every other profile that knows its class, as far as that
has room for it. Attributes stand under `@name`, and are texts.

    {"mRID": ["a1"], "Names": [{"name": ["E17"]}], "status": [{"value": ["active"]}], "ComFunction": [{"@ref": "c1"}]}
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any, cast

from headend.operations.references import ObjectName, ObjectReference
from simulator.fleet.imported_meters import folded_mrid

Document = dict[str, Any]
"""JSON: str to a list of str and Document; under `@...` a str."""

IDENTIFIERS = ("mRID", "Names")


def text_of(document: Mapping[str, Any], *path: str) -> str | None:
    """The first text at the end of a path of names; None where there is none, or it is empty."""
    here: Any = document
    for name in path:
        found = here.get(name) if isinstance(here, dict) else None
        if not found:
            return None
        here = found[0] if isinstance(found, list) else found
    return here or None if isinstance(here, str) else None


def instant_of(document: Mapping[str, Any], zone: tzinfo, *path: str) -> datetime | None:
    """The instant at the end of a path of names; one without a zone is in `zone`. None: there is none.

    A year that no calendar of ours has is as far away as none at all.
    """
    said = text_of(document, *path)
    if said is None:
        return None
    try:
        instant = datetime.fromisoformat(said)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=zone)


def parts_of(document: Mapping[str, Any], name: str) -> list[Document]:
    """The documents under a name."""
    return [one for one in document.get(name, ()) if isinstance(one, dict)]


def names_of(document: Mapping[str, Any]) -> tuple[ObjectName, ...]:
    """The object's names, in their order."""
    return tuple(
        ObjectName(
            text_of(one, "name") or "",
            text_of(one, "NameType", "name"),
            text_of(one, "NameType", "NameTypeAuthority", "name"),
        )
        for one in parts_of(document, "Names")
    )


def reference_to(object_type: str, document: Mapping[str, Any]) -> ObjectReference:
    """How a document names its object."""
    return ObjectReference(object_type, text_of(document, "mRID"), names_of(document))


def is_same_object(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two documents name the same object: by mRID where both have one, else by a name that both have."""
    mrid, its_mrid = text_of(one, "mRID"), text_of(other, "mRID")
    if mrid is not None and its_mrid is not None:
        return folded_mrid(mrid) == folded_mrid(its_mrid)
    return not {name.name for name in names_of(one)}.isdisjoint(name.name for name in names_of(other))


def name_document(name: str, name_type: str | None = None, authority: str | None = None) -> Document:
    """A Names element."""
    document: Document = {"name": [name]}
    if name_type is not None:
        its_type: Document = {"name": [name_type]}
        if authority is not None:
            its_type["NameTypeAuthority"] = [{"name": [authority]}]
        document["NameType"] = [its_type]
    return document


def merged(document: Document, change: Mapping[str, Any]) -> Document:
    """A document after a change by a partial one.

    What the change does not name stays. A text takes the place of the one before. A compound is merged in turn. Where
    an element occurs several times, those that name themselves (mRID, or name) replace their namesakes and others are
    added; without names of their own the new ones take the place of all before. Neither argument is changed.
    """
    result = dict(document)
    for name, occurrences in change.items():
        if name.startswith("@"):
            result[name] = occurrences
            continue
        before = document.get(name, [])
        if len(occurrences) == 1 and isinstance(occurrences[0], dict) and len(before) == 1:
            mine, theirs = _own_name(before[0]), _own_name(occurrences[0])
            if mine == theirs or theirs is None:
                result[name] = [merged(cast(Document, before[0]), occurrences[0])]
                continue
        result[name] = _with_namesakes_replaced(before, occurrences)
    return result


def without(document: Document, listed: Mapping[str, Any], kept: Collection[str] = IDENTIFIERS) -> Document:
    """A document less what is listed: empty elements and texts name whole elements, compounds name what goes in them.

    Of elements that name themselves only the namesakes go. The object's own identifiers stay.
    """
    result = dict(document)
    for name, targets in listed.items():
        if name in kept or name not in document:
            continue
        left = [rest for one in document[name] if (rest := _less(one, targets)) is not None]
        if left:
            result[name] = left
        else:
            del result[name]
    return result


def _less(present: Any, targets: Iterable[Any]) -> Document | None:
    """What is left of one occurrence; None: nothing."""
    for target in targets:
        if not isinstance(present, dict) or not isinstance(target, dict) or not target:
            return None
        name = _own_name(target)
        if name is None:
            present = without(present, target, ())
        elif name == _own_name(present):
            return None
    return present or None


def _own_name(occurrence: Any) -> str | None:
    """What tells one occurrence of a compound from its siblings; None: nothing does."""
    if not isinstance(occurrence, dict):
        return None
    name_type = text_of(occurrence, "NameType", "name")
    own = text_of(occurrence, "mRID") or text_of(occurrence, "name") or text_of(occurrence, "@ref")
    if own is not None and name_type is not None and "name" in occurrence:
        return f"{name_type}\x1f{own}"
    return own or text_of(occurrence, "sealNumber") or text_of(occurrence, "Names", "name")


def _with_namesakes_replaced(before: list[Any], new: list[Any]) -> list[Any]:
    names = [_own_name(one) for one in new]
    if any(name is None for name in names):
        return list(new)
    left = dict(zip(names, new, strict=True))
    result: list[Any] = []
    for one in before:
        name = _own_name(one)
        replacement = left.pop(name, None) if name is not None else None
        if replacement is None:
            result.append(one)
        else:
            result.append(merged(one, replacement))
    return [*result, *left.values()]
