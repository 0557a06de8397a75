"""Rules on how objects are named."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from headend.lint import clauses
from headend.lint.finding import Severity
from headend.lint.named_object import REFERENCES, NamedObject
from headend.lint.part import Part
from headend.lint.rule import OnMessage, OnObject, OverRun, Remarks, Rule, Sentence
from headend.lint.run_check import Memory, RunCheck

_MOST_NAMES = 20
"""That are remembered of one object."""


def _given(named: NamedObject) -> Sentence:
    if named.element not in REFERENCES or named.identifiers or named.serial_number:
        return None
    return f"{named.element} has neither mRID nor Names"


def _not_empty(named: NamedObject) -> Sentence:
    if named.mrid == "":
        return f"mRID of {named.element} is empty"
    return f"a name of {named.element} is empty" if "" in named.names else None


def _is_uuid(named: NamedObject) -> Sentence:
    if not named.mrid or named.element not in REFERENCES:
        return None
    try:
        UUID(named.mrid)
    except ValueError:
        return f"mRID {named.mrid!r} of {named.element} is no UUID"
    return None


def _once(part: Part) -> Remarks:
    lists = [(part.request, part.asked.targets), *((one.element, one.devices) for one in part.controls)]
    for element, named in lists:
        counted = Counter((one.element, one.identifiers) for one in named if one.identifiers)
        for one in dict.fromkeys(named):
            if counted.pop((one.element, one.identifiers), 0) > 1:
                yield part.remark(f"{one.element} {one.words} is named more than once", element)


class _OneMrid(RunCheck):
    """By name to mRID, of objects of one type. Meters are exchanged, names are given away: so it is a warning."""

    def __init__(self) -> None:
        self._mrids: Memory[tuple[str, str | None, str], str] = Memory()

    def named(self, named: NamedObject) -> Remarks:
        if not named.mrid:
            return
        for name, kind in zip(named.names, named.name_types, strict=True):
            key = (named.object_type, kind, name)  # a name is unique among those of its type
            known = self._mrids.get(key)
            if known is not None and known.lower() != named.mrid.lower():
                sentence = f"{named.element} {name!r} has mRID {named.mrid}; before it had {known}"
                yield Part.remark_at(sentence, named.at())
            if name and known != named.mrid:
                self._mrids[key] = named.mrid


class _OneName(RunCheck):
    """By mRID to names; several names of an object are aliases, so one that is known is enough."""

    def __init__(self) -> None:
        self._names: Memory[tuple[str, str], tuple[str, ...]] = Memory()

    def named(self, named: NamedObject) -> Remarks:
        if not named.mrid or not named.names:
            return
        key = (named.object_type, named.mrid.lower())
        known = self._names.get(key)
        if known is not None and not set(known) & set(named.names):
            sentence = f"{named.element} {named.mrid} is called {named.names[0]!r}; before it was {known[-1]!r}"
            yield Part.remark_at(sentence, named.at())
        if known is None or not set(named.names) <= set(known):
            self._names[key] = tuple(dict.fromkeys((*(known or ()), *named.names)))[-_MOST_NAMES:]


RULES = (
    Rule(
        "name.given", Severity.ERROR, clauses.NAMING,
        "Whatever means a device, a usage point or a group says which: by mRID, Names or serialNumber.",
        "EndDevices has neither mRID nor Names", OnObject(_given),
    ),
    Rule(
        "name.not-empty", Severity.WARNING, clauses.NAMING,
        "No mRID and no name is empty.", "mRID of EndDevice is empty", OnObject(_not_empty),
    ),
    Rule(
        "name.uuid", Severity.NOTE, clauses.NAMING,
        "The mRID of a device, a usage point or a group is a UUID, as is recommended.",
        "mRID '4711' of EndDevice is no UUID", OnObject(_is_uuid),
    ),
    Rule(
        "name.once", Severity.NOTE, clauses.JUDGEMENT,
        "A request names an object once.", "EndDevice M00000003 is named more than once", OnMessage(_once),
    ),
    Rule(
        "name.one-mrid", Severity.WARNING, clauses.NAMING,
        "A name means the same object in all messages of a run.",
        "Meter 'M00000003' has mRID 8d5d0a4e-0f5b-4e52-9d4b-0c2b6c2f0b11; before it had "
        "d7d81100-b626-8001-9fb5-000000000003",
        OverRun(_OneMrid),
    ),
    Rule(
        "name.one-name", Severity.WARNING, clauses.NAMING,
        "An object has a name in common in all messages of a run.",
        "Meter d7d81100-b626-8001-9fb5-000000000003 is called 'M3'; before it was 'M00000003'", OverRun(_OneName),
    ),
)  # fmt: skip
