"""What each verb does with a payload of master data, whatever the noun."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from headend.operations.master_data.classes import find_class
from headend.operations.master_data.documents import Document, name_document
from headend.operations.master_data.fleet_objects import END_DEVICE, FleetObjects
from headend.operations.master_data.linkages import MasterLinkages
from headend.operations.master_data.neighbours import neighbours
from headend.operations.master_data.objects import MasterObjects
from headend.operations.master_data.payload import (
    LINKAGE_NOUN,
    MasterPayload,
    ObjectDocument,
    Outcome,
    main_class,
)
from headend.operations.master_data.working_set import WorkingSet
from headend.operations.publication import Publication
from headend.operations.references import ObjectName, ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level, Reply, Result
from headend.operations.subscriptions import Subscription, Wanted, subscribed_meters
from headend.store import Json, UnitOfWork
from simulator.fleet.imported_meters import folded_mrid

EVENT_VERBS: Final = {
    "create": "created",
    "change": "changed",
    "cancel": "canceled",
    "close": "closed",
    "delete": "deleted",
}
"""The verb of the event that tells of a request's effect (61968-100)."""


class MasterDataVerbs:
    """Carries messages about master data out, and tells subscribers what came of them."""

    def __init__(
        self, fleet: FleetObjects, objects: MasterObjects, linkages: MasterLinkages, publication: Publication
    ) -> None:
        self._fleet = fleet
        self._objects = objects
        self._linkages = linkages
        self._publication = publication

    def carry_out(
        self, verb: str, payload: MasterPayload, correlation_id: str | None, now: datetime, work: UnitOfWork
    ) -> Reply:
        """Do what a message says: an ID for each object that was done, an Error for each that was not.

        Raises Refusal where nothing was done: 1.7 for a payload without objects, else what the objects were refused
        for.
        """
        working = self.working_set(now, work)
        outcome = self.apply(verb, payload, working)
        if not outcome.ids:
            raise Refusal(*outcome.errors)
        working.flush()
        self.publish(verb, payload.noun, outcome, correlation_id, working)
        return Reply.of_parts(True, outcome.errors, outcome.ids, remarks=outcome.remarks)

    def take_in(
        self, verb: str, payload: MasterPayload, correlation_id: str | None, now: datetime, work: UnitOfWork
    ) -> Reply:
        """Follow what another system tells that it did: `verb` is that of the request that it carried out.

        An event is acknowledged (OK, 0.3), whatever we can do with it (61968-100: the event pattern); what we could not
        follow is said as warnings. As it is news and no wish, what was created or changed is changed where it is known
        here and created where it is not, and what we never had need not be taken away.
        """
        working = self.working_set(now, work)
        taken, errors = self.follow(verb, payload, working)
        working.flush()
        for its_verb, outcome in taken:
            errors += [*outcome.errors, *outcome.remarks]
            self.publish(its_verb, payload.noun, outcome, correlation_id, working)
        told = [replace(error, level=Level.WARNING) for error in errors]
        ids = [one for _, outcome in taken for one in outcome.ids]
        return Reply(Result.OK, (Error("0.3", "taken note of", Level.INFORM), *told), tuple(ids))

    def follow(
        self, verb: str, payload: MasterPayload, working: WorkingSet, *, element_operation: bool = False
    ) -> tuple[list[tuple[str, Outcome]], list[Error]]:
        """Follow what another system did, in a working set: what came of it by the verb that did it, and what did not.

        Nothing is written yet.
        """
        taken: list[tuple[str, Outcome]] = []
        errors: list[Error] = []
        for its_verb, part in self._as_known_here(verb, payload, working):
            try:
                taken.append((its_verb, self.apply(its_verb, part, working, element_operation=element_operation)))
            except Refusal as refusal:
                errors += refusal.errors
        return taken, errors

    def _as_known_here(self, verb: str, payload: MasterPayload, working: WorkingSet) -> list[tuple[str, MasterPayload]]:
        """The verbs that bring us to where the teller is."""
        if payload.noun == LINKAGE_NOUN:
            return [("change" if verb == "create" else verb, payload)]
        if verb not in ("create", "change"):
            return [(verb, payload)]
        known = {id(one) for one in payload.objects if self._objects.is_known(one, working)}
        parts = [
            ("create", tuple(one for one in payload.objects if id(one) not in known)),
            ("change", tuple(one for one in payload.objects if id(one) in known)),
        ]
        found = [(its_verb, replace(payload, objects=part, references=())) for its_verb, part in parts if part]
        return found or [(verb, payload)]

    def working_set(self, now: datetime, work: UnitOfWork) -> WorkingSet:
        """A working set to change."""
        return WorkingSet(self._fleet, work, now, to_write=True)

    def expect(self, parts: Iterable[tuple[str, MasterPayload]], working: WorkingSet) -> None:
        """Have at hand what the payloads of several messages, each with its verb, name and are linked with."""
        created: list[ObjectDocument] = []
        present: list[ObjectDocument] = []
        for verb, payload in parts:
            is_new = verb == "create" and payload.noun != LINKAGE_NOUN
            (created if is_new else present).extend((*payload.objects, *_documents(payload.references, payload.noun)))
        self._objects.expect([*created, *present], working)
        self._objects.expect_links(present, working)

    def would_be_torn(self, verb: str, payload: MasterPayload, working: WorkingSet) -> bool:
        """Whether only a part of a payload could be done, because of what its objects refer to."""
        if len(payload.objects) < 2:
            return False
        is_new = verb == "create" and payload.noun != LINKAGE_NOUN
        return self._objects.lack_neighbours(payload.objects, working, are_new=is_new)

    def is_told(self, noun: str, work: UnitOfWork) -> bool:
        """Whether anybody is told of a noun."""
        return bool(self._publication.subscribers(noun, work))

    def apply(
        self, verb: str, payload: MasterPayload, working: WorkingSet, *, element_operation: bool = False
    ) -> Outcome:
        """Do what a payload says in a working set; nothing is written yet. Raises Refusal for one without objects.

        element_operation: a delete takes listed elements away and keeps the objects.
        """
        named = [*payload.objects, *_documents(payload.references, payload.noun)]
        if not named:
            raise Refusal.because("1.7", f"the {payload.noun} holds no objects")
        if payload.noun == LINKAGE_NOUN:
            return self._link(verb, replace(payload, objects=tuple(named)), working)
        match verb:
            case "create":
                return self._objects.create(named, working)
            case "change":
                return self._objects.change(named, working)
            case "cancel":
                return self._objects.cancel(named, working)
            case "close":
                return self._objects.close(named, working)
            case "delete" if element_operation:
                return self._objects.reduce(named, working)
            case "delete":
                return self._objects.delete(named, working)
        raise Refusal.because("2.9", f"verb {verb!r} does nothing with {payload.noun}")

    def publish(
        self,
        verb: str,
        noun: str,
        outcome: Outcome,
        correlation_id: str | None,
        working: WorkingSet,
        cause: Sequence[object] = (),
    ) -> None:
        """Queue the event for the subscribers of the noun.

        cause: what else tells it from others of the message, where that may do one thing twice.
        """
        if not outcome.done or not self.is_told(noun, working.work):
            return
        revisions = [
            f"{one.value} {known.object.revision}"
            for one in outcome.ids
            if (known := working.is_taken(one.value) or working.mark_of(one.value)) is not None
        ]
        self._publication.queue(
            working.work,
            EVENT_VERBS[verb],
            noun,
            [{"type": one.object_type, "document": one.document} for one in outcome.done],
            working.now,
            (working.now.isoformat(), correlation_id, *cause, *revisions),
            correlation_id,
            narrowed=lambda subscription: self._narrowed(noun, outcome, subscription, working),
        )

    def _narrowed(
        self, noun: str, outcome: Outcome, subscription: Subscription, working: WorkingSet
    ) -> Iterator[list[Json]]:
        """What a subscription gets of an event; what a linkage links stays together."""
        devices = _devices(subscription.wanted, working) if subscription.wanted.names_meters else None
        concern = [True] * len(outcome.done)
        if devices is not None:
            concern = [_concerns(one.value, devices, working) for one in outcome.ids]
            concern += [False] * (len(outcome.done) - len(concern))
        if noun == LINKAGE_NOUN:
            concern = [any(concern)] * len(outcome.done)
        wanted: list[Json] = [
            {"type": one.object_type, "document": one.document}
            for one, is_wanted in zip(outcome.done, concern, strict=True)
            if is_wanted
        ]
        most = len(wanted) if noun == LINKAGE_NOUN else subscription.wanted.most_a_message
        for first in range(0, len(wanted), max(most, 1)):
            yield wanted[first : first + most]

    def _link(self, verb: str, payload: MasterPayload, working: WorkingSet) -> Outcome:
        match verb:
            case "create":
                return self._linkages.create(payload, working)
            case "change":
                return self._linkages.change(payload, working)
            case "cancel":
                return self._linkages.cancel(payload, working)
            case "close" | "delete":
                return self._linkages.end(payload, working)
        raise Refusal.because("2.9", f"verb {verb!r} does nothing with {payload.noun}")


def _devices(wanted: Wanted, working: WorkingSet) -> frozenset[str]:
    """The meters that somebody wants to be told of, by mRID: those of the fleet, those that master data knows, also by
    this very message, and those that are gone.
    """
    fleet = working.fleet.fleet
    found = [*wanted.meters, *(one.decode() for one in fleet.mrids(subscribed_meters(wanted, fleet)))]
    for one in wanted.meters:
        by_either = ObjectReference(END_DEVICE, one, (ObjectName(one),))
        with suppress(Refusal):
            found.append(working.find(find_class(END_DEVICE), by_either).mrid)
    return frozenset(map(folded_mrid, found))


def _concerns(mrid: str, devices: frozenset[str], working: WorkingSet) -> bool:
    """Whether an object is one of some devices, by mRID, or belongs to one."""
    if folded_mrid(mrid) in devices:
        return True
    known = working.is_taken(mrid) or working.mark_of(mrid)
    if known is None or known.object.family == END_DEVICE:
        return False
    try:
        return any(folded_mrid(one.mrid) in devices for one in neighbours(known, END_DEVICE, working))
    except Refusal:  # so many belong to it that they are not counted: what nearly everybody has in common
        return True


def _documents(references: Iterable[ObjectReference], noun: str) -> list[ObjectDocument]:
    """Objects that Request/ID names, as documents that say nothing but their identity."""
    found = []
    for one in references:
        document: Document = {"mRID": [one.mrid]} if one.mrid else {}
        if one.names:
            document["Names"] = [name_document(name.name, name.name_type, name.authority) for name in one.names]
        found.append(ObjectDocument(one.object_type or main_class(noun), document))
    return found
