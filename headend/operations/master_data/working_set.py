"""Master data as one unit of work sees and changes it: looked up in bulk, kept in mind, written in bulk.

A set of ten thousand operations would need some ten statements each if every lookup and every change went to the
database alone. Here what a part of a message names is fetched at once (`expect`), changes are made to what is in mind,
and `flush` writes them with a handful of statements. What is not expected is fetched when it is asked for.

Three sources make up what is known: rows, the fleet's own objects (`FleetObjects`; a row of the same mRID counts before
them), and service categories, which are there by their kind.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from headend.operations.master_data.classes import Association, End, MasterClass, Nature
from headend.operations.master_data.documents import Document, names_of
from headend.operations.master_data.fleet_objects import (
    END_DEVICE,
    FUNCTIONS,
    SERVICE_CATEGORY,
    USAGE_POINT,
    FleetObject,
    FleetObjects,
    service_category_mrid,
)
from headend.operations.references import ObjectName, ObjectReference
from headend.operations.refusal import Refusal
from headend.store import DeviceTransition, FleetChange, MasterLink, MasterName, MasterObject, UnitOfWork
from simulator.fleet.imported_meters import folded_mrid

METER_USAGE_POINT = "Meter-UsagePoint"
USAGE_POINT_SERVICE_CATEGORY = "UsagePoint-ServiceCategory"


@dataclass(frozen=True, slots=True)
class Known:
    """An object that is known, wherever from."""

    object: MasterObject
    is_stored: bool

    @property
    def mrid(self) -> str:
        return self.object.mrid

    @property
    def names(self) -> tuple[ObjectName, ...]:
        """Its names, in their order."""
        return names_of(self.object.document)


@dataclass(frozen=True, slots=True)
class Link:
    """A link that is known; `row` has it as it would be stored."""

    row: MasterLink
    is_stored: bool

    def holds_at(self, instant: datetime) -> bool:
        """Whether it holds at an instant."""
        return self.row.start <= instant and (self.row.end is None or instant < self.row.end)

    def reaches_beyond(self, instant: datetime) -> bool:
        """Whether it holds at an instant or later."""
        return self.row.end is None or self.row.end > instant


class WorkingSet:
    """What one unit of work knows of master data, and what it is about to write."""

    def __init__(self, fleet: FleetObjects, work: UnitOfWork, now: datetime, *, to_write: bool = False) -> None:
        """to_write: others wait until this unit of work has ended, so that what it read stays true."""
        self.fleet = fleet
        self.work = work
        self.now = now
        if to_write:
            work.master_data.take_turn()
        self._objects: dict[str, Known | None] = {}
        self._names: dict[tuple[str, str], list[MasterName]] = {}
        self._links: dict[tuple[bool, str], list[Link]] = {}  # by side `one` and mRID
        self._new: dict[str, None] = {}
        self._changed: dict[str, None] = {}
        self._renamed: dict[str, None] = {}
        self.fleet_changes: list[FleetChange] = []
        """What the changes make of the fleet; written with them."""
        self.transitions: list[DeviceTransition] = []
        """What they make of devices."""
        self._new_links: dict[MasterLink, None] = {}
        self._ended_links: dict[MasterLink, MasterLink] = {}  # as it is stored, as it shall be
        self._removed_links: dict[MasterLink, None] = {}

    # Looking up.

    def expect(self, references: Iterable[tuple[str, ObjectReference]]) -> None:
        """Fetch what references name, by family, with few statements."""
        mrids: dict[str, None] = {}
        names: dict[str, dict[str, None]] = {}
        for family, reference in references:
            texts = [reference.mrid] if reference.mrid else []
            texts += [name.name for name in reference.names]
            for text in texts:
                mrids.setdefault(folded_mrid(text))
                names.setdefault(family, {}).setdefault(text)
        for family, wanted in names.items():
            missing = [name for name in wanted if (family, name) not in self._names]
            if not missing:
                continue
            found: dict[str, list[MasterName]] = {name: [] for name in missing}
            for one in self.work.master_data.of_names(family, missing):
                found[one.name].append(one)
                mrids.setdefault(one.mrid)
            for name, owners in found.items():
                self._names[family, name] = owners
                native = self.fleet.of_name(family, name)
                if native is not None:
                    mrids.setdefault(native.mrid)
        self._fetch(mrids)

    def by_mrid(self, family: str, mrid: str) -> Known | None:
        """The object of this mRID, in any spelling; None if the family has none (any more)."""
        mrid = folded_mrid(mrid)
        if mrid not in self._objects:
            self._fetch([mrid])
        known = self._objects[mrid]
        if known is None and (native := self.fleet.of_mrid(family, mrid)) is not None:
            known = self._native(native)
        if known is None and family == SERVICE_CATEGORY:
            known = self._service_category(mrid)
        if known is None or known.object.deleted or known.object.family != family:
            return None
        return known

    def is_taken(self, mrid: str) -> Known | None:
        """The object of any family that has this mRID."""
        for family in dict.fromkeys((END_DEVICE, USAGE_POINT, SERVICE_CATEGORY)):
            if (known := self.by_mrid(family, mrid)) is not None:
                return known
        known = self._objects[folded_mrid(mrid)]
        return None if known is None or known.object.deleted else known

    def mark_of(self, mrid: str) -> Known | None:
        """What is left of an object that was deleted."""
        return self._objects.get(folded_mrid(mrid))

    def by_name(self, family: str, name: ObjectName) -> list[Known]:
        """The objects of a family that have this name; a type or authority counts where both sides give one."""
        if (family, name.name) not in self._names:
            self.expect([(family, ObjectReference(family, names=(name,)))])
        found: dict[str, Known] = {}
        for owner in self._names[family, name.name]:
            if _agree(name.name_type, owner.name_type) and _agree(name.authority, owner.authority):
                known = self.by_mrid(family, owner.mrid)
                if known is not None:
                    found[known.mrid] = known
        native = self.fleet.of_name(family, name.name)
        if native is not None:
            known = self.by_mrid(family, native.mrid)
            if known is not None and (not known.is_stored or any(one.name == name.name for one in known.names)):
                found[known.mrid] = known
        if family == SERVICE_CATEGORY and name.name in SERVICE_KINDS:
            known = self.by_mrid(family, service_category_mrid(self._seed, name.name))
            if known is not None and not known.is_stored:
                found[known.mrid] = known
        return list(found.values())

    def find(self, master_class: MasterClass, reference: ObjectReference, kind: str | None = None) -> Known:
        """The object that a reference names: by its mRID, by its names, any of which is enough, or by its kind.

        Raises Refusal: the class's code where nothing matches or a name is that of several objects, 2.29 where mRID
        and names are different objects.
        """
        family, code = master_class.family, master_class.unknown_code
        found: dict[str, tuple[str, Known]] = {}
        if reference.mrid:
            known = self.by_mrid(family, reference.mrid)
            named = [known] if known else self.by_name(family, ObjectName(reference.mrid))
            if not named:
                raise Refusal.because(code, f"{reference} is not known here", reference.object_id)
            self._only(named, reference, code)
            found[named[0].mrid] = (f"mRID {reference.mrid!r}", named[0])
        for name in reference.names:
            named = self.by_name(family, name)
            if not named and (known := self.by_mrid(family, name.name)) is not None:
                named = [known]
            if named and not (reference.mrid and any(one.mrid in found for one in named)):
                self._only(named, reference, code)
                found.setdefault(named[0].mrid, (f"name {name.name!r}", named[0]))
        if not found and kind is not None and master_class.nature is Nature.KIND:
            known = self.by_mrid(family, service_category_mrid(self.fleet.fleet.spec.seed, kind))
            if known is not None:
                return known
        if not found:
            raise Refusal.because(code, f"{reference} is not known here", reference.object_id)
        if len(found) > 1:
            both = " and ".join(how for how, _ in found.values())
            raise Refusal.because("2.29", f"{both} are different objects", reference.object_id)
        return next(known for _, known in found.values())

    def _only(self, named: Sequence[Known], reference: ObjectReference, code: str) -> None:
        if len(named) > 1:
            mrids = ", ".join(one.mrid for one in named)
            raise Refusal.because(
                code, f"{reference} is ambiguous: it is a name of the objects {mrids}", reference.object_id
            )

    # Changing.

    def add(self, one: MasterObject) -> Known:
        """Take in an object whose mRID and names were found free."""
        earlier = self._objects.get(one.mrid)
        if earlier is not None and earlier.is_stored:  # deleted before, and created again
            one = replace(one, revision=earlier.object.revision + 1)
            if one.mrid not in self._new:
                self._changed[one.mrid] = None
                self._renamed[one.mrid] = None
        else:
            self._new[one.mrid] = None
        known = Known(one, True)
        self._objects[one.mrid] = known
        self._remember_names(one)
        return known

    def put(self, known: Known, one: MasterObject) -> Known:
        """Replace what is known of an object; from now on it is stored."""
        if not known.is_stored:
            return self.add(one)
        if names_of(known.object.document) != names_of(one.document):
            self._forget_names(known.object)
            self._remember_names(one)
            self._renamed[one.mrid] = None
        self._objects[one.mrid] = changed = Known(one, True)
        if one.mrid not in self._new:
            self._changed[one.mrid] = None
        return changed

    def remove(self, known: Known) -> None:
        """Forget an object but for a mark: revisions go on counting, and the fleet's own would be back otherwise."""
        one = known.object
        self._forget_names(one)
        mark = replace(one, document={"mRID": [one.mrid]}, deleted=True, revision=one.revision + 1, changed=self.now)
        self._objects[one.mrid] = Known(mark, True)
        if not known.is_stored:
            self._new[one.mrid] = None
        elif one.mrid not in self._new:
            self._changed[one.mrid] = None
            self._renamed[one.mrid] = None

    # Links.

    def links(self, end: End, mrid: str) -> list[Link]:
        """All links of an object at one end of an association, past and future ones, too, oldest first."""
        side = (end.is_one, mrid)
        if side not in self._links:
            self.expect_links([mrid], of_one=end.is_one)
        return [link for link in self._links[side] if link.row.association == end.association.name]

    def expect_links(self, mrids: Iterable[str], *, of_one: bool) -> None:
        """Fetch all links of some objects at side `one`, or else `other`."""
        missing = [mrid for mrid in dict.fromkeys(mrids) if (of_one, mrid) not in self._links]
        if not missing:
            return
        for mrid in missing:
            self._links[of_one, mrid] = []
        fresh = [mrid for mrid in missing if mrid not in self._new]
        for row in self.work.master_data.links(fresh, of_one=of_one) if fresh else ():
            if row in self._removed_links:
                continue
            self._links[of_one, row.one if of_one else row.other].append(Link(self._ended_links.get(row, row), True))
        for mrid in missing:
            for row in self._new_links:
                if (row.one if of_one else row.other) == mrid:
                    self._links[of_one, mrid].append(Link(row, False))
            self._links[of_one, mrid] += self._native_links(of_one, mrid)
            self._links[of_one, mrid].sort(key=lambda link: link.row.start)

    def far_of(self, end: End, mrid: str, at: datetime) -> list[Known]:
        """The objects at the far side of an association that are linked at an instant."""
        linked = [link.row for link in self.links(end, mrid) if link.holds_at(at)]
        found = (self.by_mrid(end.far, row.other if end.is_one else row.one) for row in linked)
        return [known for known in found if known is not None]

    def link(self, association: Association, one: str, other: str, start: datetime) -> None:
        """Take in a link from an instant on."""
        row = MasterLink(association.name, one, other, start)
        for side, mrid in ((True, one), (False, other)):
            if (side, mrid) in self._links:
                self._links[side, mrid].append(Link(row, False))
        self._new_links[row] = None

    def end_link(self, link: Link, at: datetime) -> None:
        """End a link at an instant; one that begins then or later is forgotten."""
        row = link.row
        gone = at <= row.start
        ended = replace(row, end=at)
        if row in self._new_links:
            del self._new_links[row]
            if not gone:
                self._new_links[ended] = None
        elif link.is_stored:
            stored = next((one for one, now in self._ended_links.items() if now == row), row)
            self._ended_links.pop(stored, None)
            if gone:
                self._removed_links[stored] = None
            else:
                self._ended_links[stored] = ended
        elif not gone:
            self._new_links[ended] = None
        for side, mrid in ((True, row.one), (False, row.other)):
            if (side, mrid) in self._links:
                kept = [each for each in self._links[side, mrid] if each.row != row]
                self._links[side, mrid] = kept if gone else [*kept, Link(ended, link.is_stored)]

    def reopen_link(self, link: Link) -> None:
        """Take the end of a link back."""
        row = link.row
        opened = replace(row, end=None)
        if row in self._new_links:
            del self._new_links[row]
            self._new_links[opened] = None
        else:
            stored = next((one for one, now in self._ended_links.items() if now == row), row)
            self._ended_links[stored] = opened
        for side, mrid in ((True, row.one), (False, row.other)):
            if (side, mrid) in self._links:
                kept = [each for each in self._links[side, mrid] if each.row != row]
                self._links[side, mrid] = [*kept, Link(opened, link.is_stored)]

    def flush(self) -> None:
        """Write what was changed. What is known stays known."""
        data = self.work.master_data
        new = [known.object for mrid in self._new if (known := self._objects[mrid]) is not None]
        data.add(new, [name for one in new for name in _names(one)])
        changed = [known.object for mrid in self._changed if (known := self._objects[mrid]) is not None]
        data.change(changed)
        renamed = [known.object for mrid in self._renamed if mrid not in self._new and (known := self._objects[mrid])]
        data.replace_names([one.mrid for one in renamed], [name for one in renamed for name in _names(one)])
        data.remove_links(list(self._removed_links))
        data.end_links([_with_key_of(stored, ended) for stored, ended in self._ended_links.items()])
        data.add_links(list(self._new_links))
        self.work.fleet_changes.add(self.fleet_changes)
        self.work.device_states.add(self.transitions)
        self.fleet_changes.clear()
        self.transitions.clear()
        for pending in (self._new, self._changed, self._renamed, self._new_links):
            pending.clear()
        self._ended_links.clear()
        self._removed_links.clear()
        self._links.clear()

    def forget(self) -> None:
        """Let go of all that is known, after a `flush`: a long message must not keep everything in mind."""
        self._objects.clear()
        self._names.clear()

    def _fetch(self, mrids: Iterable[str]) -> None:
        missing = [mrid for mrid in mrids if mrid not in self._objects]
        if missing:
            found = self.work.master_data.of_mrids(missing)
            for mrid in missing:
                self._objects[mrid] = Known(found[mrid], True) if mrid in found else None

    def _native(self, one: FleetObject) -> Known:
        at = self._installed(one)
        return Known(MasterObject(one.mrid, _native_type(one), one.family, self.fleet.document(one), 0, at, at), False)

    def _installed(self, one: FleetObject) -> datetime:
        if one.family == END_DEVICE:
            return self.fleet.installed(one)
        if one.family in FUNCTIONS:
            return self.fleet.installed(self.fleet.device_of(one))
        if one.family == USAGE_POINT and (meters := self.fleet.meters_at(one)):
            return min(self.fleet.installed(meter) for meter in meters)
        return datetime.fromtimestamp(self.fleet.fleet.installed, self.now.tzinfo)

    def _service_category(self, mrid: str) -> Known | None:
        kind = _service_kinds(self._seed).get(mrid)
        if kind is None:
            return None
        at = datetime.fromtimestamp(self.fleet.fleet.installed, self.now.tzinfo)
        document: Document = {"mRID": [mrid], "kind": [kind], "Names": [{"name": [kind]}]}
        return Known(MasterObject(mrid, SERVICE_CATEGORY, SERVICE_CATEGORY, document, 0, at, at), False)

    def native_usage_points_of(self, categories: Collection[str], most: int) -> list[Known]:
        """The fleet's own usage points that are of one of some service categories, as long as nobody changed that.

        Raises Refusal (3.1) where the fleet has more than `most` usage points.
        """
        count = self.fleet.count(USAGE_POINT)
        if count > most:
            raise Refusal.because("3.1", f"there are {count} usage points; name some of them, the limit is {most}")
        points = [self.fleet.at(USAGE_POINT, number) for number in range(count)]
        self.expect_links([point.mrid for point in points], of_one=True)
        of_category = [
            point.mrid
            for point in points
            for link in self._links[True, point.mrid]
            if link.row.association == USAGE_POINT_SERVICE_CATEGORY
            and not link.is_stored
            and link.row.other in categories
            and link.holds_at(self.now)
        ]
        self._fetch(of_category)
        found = (self.by_mrid(USAGE_POINT, mrid) for mrid in of_category)
        return [one for one in found if one is not None]

    def service_categories(self) -> list[Known]:
        """Those that are there by their kind, whether or not anybody changed them."""
        found = (self.by_mrid(SERVICE_CATEGORY, mrid) for mrid in _service_kinds(self._seed))
        return [one for one in found if one is not None]

    @property
    def _seed(self) -> int:
        return self.fleet.fleet.spec.seed

    def _native_links(self, of_one: bool, mrid: str) -> list[Link]:
        """The links that the fleet's own objects have from their installation, as long as nobody changed them."""
        if of_one:
            return self._native_links_of(mrid)
        near: list[FleetObject] = []
        if (usage_point := self.fleet.of_mrid(USAGE_POINT, mrid)) is not None:
            near = self.fleet.meters_at(usage_point)
        for family in FUNCTIONS:
            if (function := self.fleet.of_mrid(family, mrid)) is not None:
                near = [self.fleet.device_of(function)]
        self.expect_links([meter.mrid for meter in near], of_one=True)
        return [
            link
            for meter in near
            for link in self._links[True, meter.mrid]
            if link.row.other == mrid and not link.is_stored and link.row not in self._new_links
        ]

    def _native_links_of(self, mrid: str) -> list[Link]:
        """Those of a meter or usage point of the fleet, as side `one`."""
        found: list[Link] = []
        if (meter := self.fleet.of_mrid(END_DEVICE, mrid)) is not None:
            far = {METER_USAGE_POINT: self.fleet.usage_point_of(meter).mrid}
            far |= {f"{END_DEVICE}-{one.family}": one.mrid for one in self.fleet.functions_of(meter)}
            since = self.fleet.installed(meter)
            found = [_native_link(association, mrid, other, since) for association, other in far.items()]
        elif (point := self.fleet.of_mrid(USAGE_POINT, mrid)) is not None:
            category = self.fleet.service_category(point)
            if category is not None:
                found = [_native_link(USAGE_POINT_SERVICE_CATEGORY, mrid, category, self._installed(point))]
        return [link for link in found if not self._has_stored(link.row.association, mrid)]

    def _has_stored(self, association: str, mrid: str) -> bool:
        """Whether links of an object were changed, so that those of the fleet's settings hold no more."""
        return any(link.row.association == association for link in self._links[True, mrid])

    def _remember_names(self, one: MasterObject) -> None:
        for name in _names(one):
            if (name.family, name.name) in self._names:
                self._names[name.family, name.name].append(name)
            else:
                self.expect([(one.family, ObjectReference(one.family, names=(ObjectName(name.name),)))])
                self._names[name.family, name.name].append(name)

    def _forget_names(self, one: MasterObject) -> None:
        for name in _names(one):
            owners = self._names.get((name.family, name.name))
            if owners is not None:
                self._names[name.family, name.name] = [each for each in owners if each.mrid != one.mrid]


SERVICE_KINDS = (
    "electricity",
    "gas",
    "heat",
    "internet",
    "other",
    "rates",
    "refuse",
    "sewerage",
    "time",
    "tvLicence",
    "water",
)
"""ServiceKind: the kinds of service categories, which are there whether or not somebody created them."""


@cache
def _service_kinds(seed: int) -> Mapping[str, str]:
    """The kinds by the mRIDs of their categories; asked for whenever an mRID is looked for."""
    return {service_category_mrid(seed, kind): kind for kind in SERVICE_KINDS}


def _agree(wanted: str | None, actual: str | None) -> bool:
    return wanted is None or actual is None or wanted == actual


def _names(one: MasterObject) -> list[MasterName]:
    if one.deleted:
        return []
    return [
        MasterName(one.family, name.name, name.name_type, name.authority, one.mrid) for name in names_of(one.document)
    ]


def _native_type(one: FleetObject) -> str:
    return "Meter" if one.family == END_DEVICE else one.family


def _native_link(association: str, one: str, other: str, start: datetime) -> Link:
    return Link(MasterLink(association, one, other, start), False)


def _with_key_of(stored: MasterLink, ended: MasterLink) -> MasterLink:
    return replace(stored, end=ended.end)
