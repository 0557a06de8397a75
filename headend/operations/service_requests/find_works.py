"""Which works a change, cancel, close or delete is about (61968-9:2013, clause 5.5).

A work is named by its mRID or one of its names, in the payload or as Request/ID. Clients of the early dialect, whose
payload has room for neither, name it by the CorrelationID of the message that created it, together with the Source;
kind and Meter of the payload then narrow down what that message created.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from headend.operations.controls.control_devices import Sender
from headend.operations.fleet.meter_targets import UNKNOWN_OTHER
from headend.operations.master_data.documents import text_of
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import Error
from headend.operations.service_requests.payload import WORK, SaidWork, WorkPayload
from headend.store import ServiceWork, UnitOfWork
from headend.store.service_works import NAME
from simulator.fleet.imported_meters import folded_mrid


@dataclass(frozen=True, slots=True)
class FoundWork:
    """A work that is kept, and what the message says of it."""

    work: ServiceWork
    said: SaidWork | None = None


def find_works(payload: WorkPayload, sender: Sender, work: UnitOfWork, errors: list[Error]) -> Iterator[FoundWork]:
    """The works that are named, each once, with an error for each name that fits none.

    sender: of this request. Raises Refusal (1.6) where nothing names any.
    """
    if not payload.works and not payload.references:
        raise Refusal.because("1.6", f"the request names no {WORK}: no Request/ID does, and none in a Payload")
    seen: set[str] = set()
    named: list[tuple[ObjectReference | None, SaidWork | None]] = [(one, None) for one in payload.references]
    for said in payload.works:
        # A single work of the payload is what a single Request/ID is about.
        if not said.is_named and len(payload.works) == len(payload.references) == 1:
            named = [(payload.references[0], said)]
        else:
            named.append((said.reference if said.is_named else None, said))
    for reference, one in named:
        try:
            found = _of_transaction(one, sender, work) if reference is None else [find_work(reference, sender, work)]
        except Refusal as refusal:
            errors += refusal.errors
            continue
        for each in found:
            if each.mrid not in seen:
                seen.add(each.mrid)
                yield FoundWork(each, one)


def find_work(reference: ObjectReference, sender: Sender, work: UnitOfWork) -> ServiceWork:
    """The work that a reference names. Raises Refusal: 2.15 for none, 2.29 where its names are of different works."""
    texts = [reference.mrid] if reference.mrid else []
    texts += [name.name for name in reference.names]
    found = {one.mrid: one for text in texts for one in _named(text, work)}
    if not found and reference.mrid:
        # As Request/ID the CorrelationID of the create names what that created.
        found = {one.mrid: one for one in work.service_works.of_transaction(sender.source, reference.mrid)}
    if not found:
        raise Refusal.because(UNKNOWN_OTHER, f"{reference} is not known here", reference.object_id)
    if len(found) > 1:
        both = " and ".join(found)
        raise Refusal.because("2.29", f"{reference} names different works: {both}", reference.object_id)
    return next(iter(found.values()))


def _named(text: str, work: UnitOfWork) -> list[ServiceWork]:
    by_mrid = work.service_works.get(folded_mrid(text))
    return [by_mrid] if by_mrid is not None else work.service_works.of_mrids(work.service_works.about(NAME, [text]))


def _of_transaction(said: SaidWork | None, sender: Sender, work: UnitOfWork) -> list[ServiceWork]:
    if said is None or sender.correlation_id is None:
        raise Refusal.because(
            "1.5",
            f"a {WORK} without mRID and Names is looked up by the CorrelationID of the message that created it: put "
            "it into Header/CorrelationID, or give mRID, Names or Request/ID",
        )
    created = work.service_works.of_transaction(sender.source, sender.correlation_id)
    found = [one for one in created if _fits(said, one)]
    if not found:
        raise Refusal.because(
            UNKNOWN_OTHER,
            f"{sender.source!r} created no such {WORK} under CorrelationID {sender.correlation_id!r}",
        )
    return found[-1:]


def _fits(said: SaidWork, work: ServiceWork) -> bool:
    """Whether kind and Meter, as far as they are given, are those of a work."""
    kind, meter = text_of(said.document, "kind"), said.meter
    if kind is not None and kind != work.kind:
        return False
    if meter is None:
        return True
    kept = SaidWork(dict(work.document)).meter
    if kept is None:
        return False
    its = {kept.mrid, *(name.name for name in kept.names)} - {None}
    return bool(its & {meter.mrid, *(name.name for name in meter.names)})
