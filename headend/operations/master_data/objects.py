"""Create, change, cancel, close and delete objects of master data (61968-9:2013, clauses 5.8 and 5.10).

One machine for every noun: what classes there are and how they belong together are facts of `classes`. Each object of a
message stands alone: those that can be done are done, each other one is an error of the reply, and nothing of it is
kept. Everything that may be refused is found out before anything of an object is changed.

Our readings of the standard, where it is silent:

    create   of an mRID or name that is taken: 2.15. Names alone are enough; the mRID then follows from them.
    change   is partial: what is not said stays. What refers to one object (a ServiceLocation) is replaced, what refers
             to several (PricingStructures) is added to; taking links away is an OperationSet's elementOperation.
    cancel   takes back what has not taken effect (ConfigurationEvents/effectiveDateTime lies ahead), else 6.1.
    close    takes an object out of use from the effective date on; it stays known. A second time: 6.1.
    delete   of what others refer to: 6.1, with the object that does.

Records (receipts, transactions) tell what happened, so nothing of them is refused that can be kept. One that refers to
what is not known here keeps the reference, and is linked as soon as that comes. One that is canceled stays on record,
and its line/note says since when.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from headend.operations.identifiers import identifier
from headend.operations.master_data.classes import (
    End,
    MasterClass,
    Nature,
    associations,
    classes,
    ends_of,
    find_class,
    named_ends,
)
from headend.operations.master_data.documents import (
    Document,
    merged,
    name_document,
    names_of,
    text_of,
    without,
)
from headend.operations.master_data.effects import Effects
from headend.operations.master_data.object_links import ObjectLinks, class_of, occurrences_of, reference_in
from headend.operations.master_data.payload import NOT_NOW, ObjectDocument, Outcome, creation_order
from headend.operations.master_data.working_set import METER_USAGE_POINT, Known, Link, WorkingSet
from headend.operations.references import ObjectName, ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import ObjectId
from headend.store import MasterObject
from simulator.fleet.imported_meters import LONGEST, NOT_IN_XML, folded_mrid

DUPLICATE = "2.15"


_Act = Callable[[ObjectDocument, Known, WorkingSet], Known]


class MasterObjects:
    """Carries verbs out on objects."""

    def __init__(self, effects: Effects, seed: int) -> None:
        self._effects = effects
        self._links = ObjectLinks(effects, seed)
        self._seed = seed

    def create(self, objects: Sequence[ObjectDocument], working: WorkingSet) -> Outcome:
        """Keep new objects with the links that they name."""
        outcome = Outcome()
        self.expect(objects, working)
        created: dict[int, Known] = {}
        owner = _only_device(objects)
        failed: list[ObjectDocument] = []
        for one in creation_order(objects):
            try:
                created[id(one)] = self._create(one, owner, working)
                outcome.remarks += self._links.warnings(one, working)
            except Refusal as refusal:
                outcome.refused(refusal, one.reference)
                failed.append(one)
        self._take_back_functions(failed, created, working)
        for one in objects:
            if (known := created.get(id(one))) is not None:
                self._done(outcome, known, one)
                outcome.remarks += self._effects.remarks_on(known)
        return outcome

    def is_known(self, said: ObjectDocument, working: WorkingSet) -> bool:
        """Whether what a document names is there."""
        return self._known(said, working) is not None

    def _known(
        self, said: ObjectDocument, working: WorkingSet, reference: ObjectReference | None = None
    ) -> Known | None:
        """What a document names, or a reference in its place; None: it is not there."""
        try:
            return working.find(find_class(said.object_type), reference or said.reference, said.kind)
        except Refusal:
            return None

    def change(self, objects: Sequence[ObjectDocument], working: WorkingSet) -> Outcome:
        """Change what is said of objects; what is not said stays."""
        outcome = self._each(objects, working, self._change)
        for one in outcome.ids:
            if (known := working.is_taken(one.value)) is not None:
                outcome.remarks += self._effects.remarks_on(known)
        for said in outcome.done:
            outcome.remarks += self._links.warnings(said, working)
        return outcome

    def reduce(self, objects: Sequence[ObjectDocument], working: WorkingSet) -> Outcome:
        """Take the listed elements and links away and keep the objects (61968-100: elementOperation of a delete)."""
        return self._each(objects, working, self._reduce)

    def cancel(self, objects: Sequence[ObjectDocument], working: WorkingSet) -> Outcome:
        """Take back objects that have not taken effect."""
        return self._each(objects, working, self._cancel)

    def close(self, objects: Sequence[ObjectDocument], working: WorkingSet) -> Outcome:
        """Take objects out of use."""
        return self._each(objects, working, self._close)

    def delete(self, objects: Sequence[ObjectDocument], working: WorkingSet) -> Outcome:
        """Forget objects."""
        return self._each(objects, working, self._delete)

    def _each(
        self,
        objects: Sequence[ObjectDocument],
        working: WorkingSet,
        act: _Act,
    ) -> Outcome:
        outcome = Outcome()
        self.expect(objects, working)
        for one in objects:
            try:
                master_class = find_class(one.object_type)
                known = act(one, working.find(master_class, one.reference, one.kind), working)
            except Refusal as refusal:
                outcome.refused(refusal, one.reference)
            else:
                self._done(outcome, known, one)
        return outcome

    def _done(self, outcome: Outcome, known: Known, said: ObjectDocument) -> None:
        spelled = text_of(known.object.document, "mRID") or known.mrid
        outcome.ids.append(ObjectId(spelled, "uuid", said.object_type))
        outcome.done.append(replace(said, document={**said.document, "mRID": [spelled]}))

    def expect_links(self, objects: Sequence[ObjectDocument], working: WorkingSet) -> None:
        """Have the links at hand of objects that are known."""
        mrids = [known.mrid for one in objects if (known := self._known(one, working)) is not None]
        for of_one in (True, False):
            working.expect_links(mrids, of_one=of_one)

    def lack_neighbours(self, objects: Sequence[ObjectDocument], working: WorkingSet, *, are_new: bool) -> bool:
        """Whether some of the objects refer to what is neither known nor comes with them; or are not known themselves.

        are_new: they are to be created, and need not be known.
        """
        if not are_new and any(self._known(one, working) is None for one in objects):
            return True
        own = {name for one in objects for name in (one.reference.mrid, *(each.name for each in one.reference.names))}
        for one in objects:
            for element, end in named_ends(find_class(one.object_type).family).items():
                for occurrence in occurrences_of(one.document, element):
                    reference = reference_in(occurrence, end)
                    texts = {reference.mrid, *(name.name for name in reference.names)} - {None}
                    implied = class_of(end).nature is Nature.IMPLIED
                    far = ObjectDocument(class_of(end).name, occurrence)
                    if texts and not implied and texts.isdisjoint(own) and self._known(far, working, reference) is None:
                        return True
        return False

    def expect(self, objects: Sequence[ObjectDocument], working: WorkingSet) -> None:
        """Have everything at hand that the objects name."""
        wanted = []
        for one in objects:
            family = find_class(one.object_type).family
            reference = one.reference
            if not reference.mrid and reference.names:
                reference = replace(reference, mrid=self._links.mrid_of_names(family, reference))
            wanted.append((family, reference))
            for element, end in named_ends(family).items():
                occurrences = occurrences_of(one.document, element)
                wanted += [(end.far, reference_in(occurrence, end)) for occurrence in occurrences]
        working.expect(wanted)

    # Create.

    def _create(self, said: ObjectDocument, owner: ObjectDocument | None, working: WorkingSet) -> Known:
        master_class = find_class(said.object_type)
        family, reference = master_class.family, said.reference
        document = dict(said.document)
        if not reference.mrid and not reference.names:
            reference = self._reference_of_unnamed(master_class, said, owner)
            document["mRID"] = [reference.mrid]
        spelled = reference.mrid or self._links.mrid_of_names(family, reference)
        mrid = folded_mrid(spelled)
        taken = working.is_taken(mrid)
        if taken is not None and master_class.nature is Nature.DEFINITION:
            return taken
        if taken is not None and taken.is_stored:
            raise Refusal.because(
                DUPLICATE,
                f"there is a {taken.object.object_type} with mRID {spelled!r} already; change it, or delete it first",
            )
        if taken is not None and master_class.nature is not Nature.KIND:
            raise Refusal.because(
                DUPLICATE, f"mRID {spelled!r} is that of a {taken.object.object_type} of this fleet already; change it"
            )
        _check_identifiers(said.object_type, (spelled, *(name.name for name in reference.names)))
        for name in reference.names:
            self._check_free(family, name, working, besides=mrid)
        self._effects.check(said, working)
        is_record = master_class.nature is Nature.RECORD
        references, missing = self._links.asked_for(document, family, working)
        if not is_record:
            for one in references:
                self._links.check_unattached(one, working)
        for element in named_ends(family):
            document.pop(element, None)
        document |= missing
        document["mRID"] = [spelled]
        if not reference.names and master_class.nature is Nature.OBJECT:
            document["Names"] = [name_document(spelled)]
        effective = said.effective or working.now
        known = working.add(
            MasterObject(mrid, said.object_type, family, document, 1, max(effective, working.now), working.now)
        )
        self._effects.object_changed(None, known, working)
        self._links.bring(references, working)
        for one in references:
            self._links.attach(one.end, mrid, one.far, effective, working)
        if is_record:
            self._links.adopt(known, working)
        return known

    def _take_back_functions(
        self, failed: Sequence[ObjectDocument], created: dict[int, Known], working: WorkingSet
    ) -> None:
        """Functions that came for devices that could not be created go with them."""
        wanted = {
            reference_in(occurrence, end).mrid
            for one in failed
            for element, end in named_ends(find_class(one.object_type).family).items()
            for occurrence in occurrences_of(one.document, element)
        }
        for key, known in list(created.items()):
            own = {text_of(known.object.document, "mRID"), *(name.name for name in known.names)}
            is_function = find_class(known.object.object_type).nature is Nature.FUNCTION
            if is_function and wanted & own and not self._is_in_use(known, working):
                working.remove(known)
                del created[key]

    def _is_in_use(self, function: Known, working: WorkingSet) -> bool:
        return any(
            link.reaches_beyond(working.now)
            for end in ends_of(function.object.family)
            if not end.is_one
            for link in working.links(end, function.mrid)
        )

    def _reference_of_unnamed(
        self, master_class: MasterClass, said: ObjectDocument, owner: ObjectDocument | None
    ) -> ObjectReference:
        """A function without any name belongs to the one device beside it. Raises Refusal (5.8) for anything else."""
        if master_class.nature is Nature.KIND and said.kind:
            return ObjectReference(said.object_type, identifier(self._seed, "service category", said.kind))
        if master_class.nature is not Nature.FUNCTION or owner is None:
            raise Refusal.because(
                "5.8", f"the {said.object_type} has neither mRID nor Names: nothing could ever refer to it"
            )
        device = owner.reference
        mrid = identifier(self._seed, "function", device.mrid or str(device), said.object_type, _digest(said.document))
        pointers = owner.document.setdefault(said.object_type, [])
        if {"@ref": mrid} not in pointers:  # it is there where the operation of a set is tried again
            pointers.append({"@ref": mrid})
        return ObjectReference(said.object_type, mrid)

    def _check_free(self, family: str, name: ObjectName, working: WorkingSet, besides: str) -> None:
        """Raises Refusal where another object of the family has the name."""
        for other in working.by_name(family, name):
            if other.mrid != besides:
                of_type = f" of type {name.name_type!r}" if name.name_type else ""
                raise Refusal.because(
                    DUPLICATE,
                    f"name {name.name!r}{of_type} is that of {other.object.object_type} {other.mrid} already",
                )

    # Change.

    def _change(self, said: ObjectDocument, known: Known, working: WorkingSet) -> Known:
        family = known.object.family
        references, missing = self._links.asked_for(said.document, family, working)
        names = self._names_after(said, known, working)
        named = named_ends(family)
        change = {
            name: value for name, value in said.document.items() if name not in named and name not in ("mRID", "Names")
        }
        # A reference that led nowhere gives way to the one that takes its place.
        gone = {element for element, end in named.items() if element in said.document and end.has_one}
        before = {name: value for name, value in known.object.document.items() if name not in gone}
        document = merged(before, change | missing)
        document["Names"] = [name_document(name.name, name.name_type, name.authority) for name in names]
        changed = self._put(known, document, working)
        effective = said.effective or working.now
        self._links.bring(references, working)
        for end in {id(one.end): one.end for one in references}.values():
            wanted = [one.far for one in references if one.end is end]
            self._links.relink(end, known.mrid, wanted, effective, working)
        return changed

    def _names_after(self, said: ObjectDocument, known: Known, working: WorkingSet) -> list[ObjectName]:
        """An object's names after a change: one of a type that it has takes the place of that one, others are added.

        Raises Refusal where a name is another object's.
        """
        names = list(known.names)
        has_mrid = text_of(said.document, "mRID") is not None
        for name in names_of(said.document):
            if any(one.name == name.name and _same(one, name) for one in names):
                continue
            _check_identifiers(said.object_type, (name.name,))
            self._check_free(known.object.family, name, working, besides=known.mrid)
            place = next((place for place, one in enumerate(names) if has_mrid and _same_type(one, name)), None)
            if place is None:
                names.append(name)
            else:
                names[place] = name
        return names

    def _reduce(self, said: ObjectDocument, known: Known, working: WorkingSet) -> Known:
        named = named_ends(known.object.family)
        gone: list[Link] = []
        for element, end in named.items():
            present = [link for link in working.links(end, known.mrid) if link.reaches_beyond(working.now)]
            for occurrence in occurrences_of(said.document, element):
                reference = reference_in(occurrence, end)
                if reference.mrid or reference.names:
                    far = working.find(class_of(end), reference, text_of(occurrence, "kind"))
                    linked = [link for link in present if far.mrid in (link.row.one, link.row.other)]
                    if not linked:
                        raise Refusal.because(
                            end.association.broken_code,
                            f"{said.reference} is not linked with {reference}",
                            reference.object_id,
                        )
                    gone += linked
                else:
                    gone += present
        listed = {name: value for name, value in said.document.items() if name not in named}
        changed = self._put(known, without(known.object.document, listed), working)
        at = said.effective or working.now
        for link in {id(one.row): one for one in gone}.values():
            self._links.end(link, at, working)
        return changed

    def _put(self, known: Known, document: Document, working: WorkingSet) -> Known:
        one = replace(known.object, document=document, revision=known.object.revision + 1, changed=working.now)
        changed = working.put(known, one)
        self._effects.object_changed(known, changed, working)
        return changed

    # Cancel, close, delete.

    def _cancel(self, said: ObjectDocument, known: Known, working: WorkingSet) -> Known:
        if find_class(known.object.object_type).nature is Nature.RECORD:
            return self._mark_canceled(said, known, working)
        if known.object.created <= working.now:
            raise Refusal.because(
                NOT_NOW,
                f"{said.reference} holds since {known.object.created.isoformat()}; only what lies ahead can be "
                "cancelled: close or delete it",
            )
        return self._delete(said, known, working)

    def _mark_canceled(self, said: ObjectDocument, known: Known, working: WorkingSet) -> Known:
        one = known.object
        if one.closed is not None:
            raise Refusal.because(NOT_NOW, f"{said.reference} is out of use since {one.closed.isoformat()} already")
        note = text_of(one.document, "line", "note")
        mark = f"canceled at {working.now.isoformat()}"
        document = merged(one.document, {"line": [{"note": [f"{note}; {mark}" if note else mark]}]})
        marked = replace(one, document=document, closed=working.now, revision=one.revision + 1, changed=working.now)
        return working.put(known, marked)

    def _close(self, said: ObjectDocument, known: Known, working: WorkingSet) -> Known:
        one = known.object
        if one.closed is not None and one.closed <= working.now:
            raise Refusal.because(NOT_NOW, f"{said.reference} was closed at {one.closed.isoformat()} already")
        at = max(said.effective or working.now, working.now)
        closed = replace(one, closed=at, revision=one.revision + 1, changed=working.now)
        changed = working.put(known, closed)
        self._effects.object_changed(known, changed, working)
        for end in ends_of(one.family):
            if end.association.name == METER_USAGE_POINT:
                for link in working.links(end, known.mrid):
                    if link.reaches_beyond(at):
                        self._links.end(link, at, working)
        return changed

    def _delete(self, said: ObjectDocument, known: Known, working: WorkingSet) -> Known:
        own: list[Link] = []
        for end in ends_of(known.object.family):
            for link in working.links(end, known.mrid):
                if not link.reaches_beyond(working.now):
                    continue
                if end.element is None or not end.is_one:
                    self._refuse_to_delete(said, known, end, link, working)
                own.append(link)
        functions = self._functions_of(known, own, working)
        for link in own:
            self._links.end(link, working.now, working)
        working.remove(known)
        self._effects.object_changed(known, None, working)
        for function in functions:
            if not self._is_in_use(function, working):
                working.remove(function)
        return known

    def _refuse_to_delete(self, said: ObjectDocument, known: Known, end: End, link: Link, working: WorkingSet) -> None:
        far = working.by_mrid(end.far, link.row.other if end.is_one else link.row.one)
        if far is None:
            return  # a record refers to it that has not come yet
        how = (
            "delete their MasterDataLinkageConfig first"
            if end.element is None and (end.is_one or end.association.one_element is None)
            else "change or delete that first"
        )
        raise Refusal.because(
            NOT_NOW,
            f"{said.reference} is referred to by {far.object.object_type} {far.mrid}: {how}",
            ObjectId(known.mrid, "uuid", said.object_type),
        )

    def _functions_of(self, known: Known, links: Sequence[Link], working: WorkingSet) -> list[Known]:
        families = {one.family for one in classes().values() if one.nature is Nature.FUNCTION}
        found = []
        for link in links:
            association = associations()[link.row.association]
            if association.other in families and link.row.one == known.mrid:
                function = working.by_mrid(association.other, link.row.other)
                if function is not None:
                    found.append(function)
        return found


def _check_identifiers(object_type: str, texts: Iterable[str]) -> None:
    """Raises Refusal (1.8) for an mRID or a name that nobody could ever be asked for by, and no list has room for."""
    for text in texts:
        if not 1 <= len(text) <= LONGEST:
            rule = f"mRIDs and names have 1 to {LONGEST} characters; the {object_type} has one of {len(text)}"
            raise Refusal.because("1.8", rule)
        if NOT_IN_XML.search(text):
            rule = f"mRIDs and names have no control characters; the {object_type} has {text!r}"
            raise Refusal.because("1.8", rule)


def _only_device(objects: Sequence[ObjectDocument]) -> ObjectDocument | None:
    devices = [one for one in objects if one.object_type in ("Meter", "EndDevice", "ComModule")]
    return devices[0] if len(devices) == 1 else None


def _digest(document: Document) -> str:
    return repr(sorted(document.items()))


def _same_type(one: ObjectName, other: ObjectName) -> bool:
    return one.name_type == other.name_type and one.authority == other.authority


def _same(one: ObjectName, other: ObjectName) -> bool:
    return other.name_type is None or _same_type(one, other)
