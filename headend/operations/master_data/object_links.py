"""The links that documents of objects ask for: found, made, moved and ended with the objects that name them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from headend.operations.identifiers import identifier
from headend.operations.master_data.classes import End, MasterClass, Nature, ends_of, find_class, named_ends
from headend.operations.master_data.documents import Document, name_document, reference_to, text_of
from headend.operations.master_data.effects import Effects
from headend.operations.master_data.payload import NOT_NOW, ObjectDocument
from headend.operations.master_data.working_set import Known, Link, WorkingSet
from headend.operations.references import ObjectName, ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level
from headend.store import MasterLink, MasterObject
from simulator.fleet.imported_meters import folded_mrid


@dataclass(frozen=True, slots=True)
class AskedLink:
    """A link that a document asks for."""

    end: End
    far: str
    """mRID of what it names."""
    implied: MasterObject | None = field(default=None, compare=False)
    """What is there from now on, since it is named; None: it was there before."""


class ObjectLinks:
    """Finds and changes the links of objects, with their effects."""

    def __init__(self, effects: Effects, seed: int) -> None:
        self._effects = effects
        self._seed = seed

    def mrid_of_names(self, family: str, reference: ObjectReference) -> str:
        """The mRID of an object that has names alone: it follows from the first of them."""
        first = reference.names[0]
        return identifier(self._seed, "master data", family, first.name, first.name_type, first.authority)

    def asked_for(
        self, document: Document, family: str, working: WorkingSet
    ) -> tuple[list[AskedLink], dict[str, list[Document]]]:
        """The links that a document asks for, and those references of a record that lead nowhere yet, by element.

        Raises Refusal where one of anything else leads nowhere.
        """
        is_record = find_class(family).nature is Nature.RECORD
        found: dict[AskedLink, None] = {}
        missing: dict[str, list[Document]] = {}
        for element, end in named_ends(family).items():
            is_function = class_of(end).nature is Nature.FUNCTION
            for occurrence in occurrences_of(document, element):
                if not occurrence and is_function:
                    continue  # older profiles require the pointers of devices that have no such function
                try:
                    far = self._referred_to(element, occurrence, end, working)
                except Refusal:
                    if not is_record:
                        raise
                    missing.setdefault(element, []).append(occurrence)
                    reference = reference_in(occurrence, end)
                    if reference.mrid or reference.names:
                        # It is what will have this mRID, or these names: see `adopt`.
                        spelled = reference.mrid or self.mrid_of_names(end.far, reference)
                        found.setdefault(AskedLink(end, folded_mrid(spelled)))
                else:
                    is_new = working.by_mrid(end.far, far.mrid) is None
                    found.setdefault(AskedLink(end, far.mrid, far.object if is_new else None))
        return list(found), missing

    def _referred_to(self, element: str, occurrence: Document, end: End, working: WorkingSet) -> Known:
        reference, kind = reference_in(occurrence, end), text_of(occurrence, "kind")
        if not reference.mrid and not reference.names and not kind:
            raise Refusal.because("5.8", f"{element} names no {class_of(end).name}: it has neither mRID nor Names")
        return self._find_or_imply(class_of(end), reference, kind, working)

    def warnings(self, said: ObjectDocument, working: WorkingSet) -> list[Error]:
        """A warning for each reference of a record that leads nowhere yet."""
        if find_class(said.object_type).nature is not Nature.RECORD:
            return []
        warnings = []
        for element, end in named_ends(said.object_type).items():
            for occurrence in occurrences_of(said.document, element):
                try:
                    self._referred_to(element, occurrence, end, working)
                except Refusal as refusal:
                    warnings += [
                        replace(
                            error,
                            details=f"{error.details}; {said.reference} is kept, with this reference",
                            level=Level.WARNING,
                            object_id=said.reference.object_id,
                            related_id=error.object_id,
                        )
                        for error in refusal.errors
                    ]
        return warnings

    def adopt(self, record: Known, working: WorkingSet) -> None:
        """Give a record the links of those that were told before it and know it by a name alone."""
        family = record.object.family
        for name in record.names:
            for alias in dict.fromkeys((name, ObjectName(name.name))):
                mrid = self.mrid_of_names(family, ObjectReference(family, names=(alias,)))
                for end in ends_of(family) if mrid != record.mrid else ():
                    its_own = {_far_of(link, end) for link in working.links(end, record.mrid)}
                    for link in working.links(end, mrid):
                        self.end(link, link.row.start, working)
                        if _far_of(link, end) not in its_own:
                            self.attach(end, record.mrid, _far_of(link, end), link.row.start, working)

    def bring(self, links: Sequence[AskedLink], working: WorkingSet) -> None:
        """Take in what is implied by references, now that nothing can be refused any more."""
        for one in links:
            if one.implied is not None and working.by_mrid(one.end.far, one.far) is None:
                working.add(one.implied)

    def _find_or_imply(
        self, master_class: MasterClass, reference: ObjectReference, kind: str | None, working: WorkingSet
    ) -> Known:
        try:
            return working.find(master_class, reference, kind)
        except Refusal:
            if master_class.nature is not Nature.IMPLIED:
                raise
        spelled = reference.mrid or self.mrid_of_names(master_class.family, reference)
        names = [name_document(name.name, name.name_type, name.authority) for name in reference.names]
        document: Document = {"mRID": [spelled], "Names": names or [name_document(spelled)]}
        mrid, family = folded_mrid(spelled), master_class.family
        return Known(MasterObject(mrid, master_class.name, family, document, 1, working.now, working.now), False)

    def end(self, link: Link, at: datetime, working: WorkingSet) -> None:
        """End a link; one that would begin then or later is gone."""
        working.end_link(link, at)
        after = None if at <= link.row.start else replace(link.row, end=at)
        self._effects.link_changed(link.row, after, working)

    def relink(self, end: End, near: str, wanted: Sequence[str], at: datetime, working: WorkingSet) -> None:
        """Link an object with what it shall be linked with (mRIDs), beside or instead of what it is linked with."""
        present = [link for link in working.links(end, near) if link.reaches_beyond(at)]
        linked = {_far_of(link, end) for link in present}
        if end.has_one:
            for link in present:
                if _far_of(link, end) not in wanted:
                    self.end(link, at, working)
        for far in wanted:
            if far not in linked:
                self.attach(end, near, far, at, working)

    def attach(self, end: End, near: str, far: str, at: datetime, working: WorkingSet) -> None:
        """Link, and let go of what the far side is linked with where it may have one only."""
        for link in self._in_the_way(end, far, at, working):
            self.end(link, at, working)
        one, other = (near, far) if end.is_one else (far, near)
        working.link(end.association, one, other, at)
        self._effects.link_changed(None, MasterLink(end.association.name, one, other, at), working)

    def _in_the_way(self, end: End, far: str, at: datetime, working: WorkingSet) -> list[Link]:
        if not end.far_has_one:
            return []
        return [link for link in working.links(end.turned, far) if link.reaches_beyond(at)]

    def check_unattached(self, reference: AskedLink, working: WorkingSet) -> None:
        """Raises Refusal (6.1) where a new object would take another one's place: only a change does that."""
        end = reference.end
        for link in self._in_the_way(end, reference.far, working.now, working):
            raise Refusal.because(
                NOT_NOW,
                f"{end.far} {reference.far} is linked with {end.near} "
                f"{_far_of(link, end.turned)} already: change it, or change this one once it is there",
            )


def class_of(end: End) -> MasterClass:
    """The class that the elements of an end name."""
    return find_class("Meter" if end.far == "EndDevice" else end.far)


def reference_in(occurrence: Document, end: End) -> ObjectReference:
    """What one of these elements names, by a pointer or by mRID and Names."""
    pointer = text_of(occurrence, "@ref")
    if pointer is not None:
        return ObjectReference(class_of(end).name, pointer)
    return reference_to(class_of(end).name, occurrence)


def _far_of(link: Link, end: End) -> str:
    return link.row.other if end.is_one else link.row.one


def occurrences_of(document: Document, element: str) -> list[Document]:
    """The occurrences of an element that names objects; an empty one is a document without content."""
    return [one if isinstance(one, dict) else {} for one in document.get(element, ())]
