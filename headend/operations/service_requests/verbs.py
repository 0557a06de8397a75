"""What each verb does with MeterServiceRequests (61968-9:2013, clause 5.5).

Each work of a message stands alone: those that can be done are done, each other one is an error of the reply. Where a
change fails after the work was taken back, nothing at all of the message is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from headend.operations.controls.control_devices import Sender
from headend.operations.identifiers import identifier
from headend.operations.master_data.documents import Document, merged, names_of, parts_of
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level, ObjectId, Reply, Result
from headend.operations.service_requests.find_works import find_works
from headend.operations.service_requests.jobs import Jobs
from headend.operations.service_requests.life_cycle import (
    WorkState,
    WorkVerb,
    check,
    state_in_words,
    work_id,
    work_state,
)
from headend.operations.service_requests.payload import WORK, SaidWork, WorkPayload
from headend.operations.service_requests.plan import Job, Plan
from headend.operations.service_requests.publication import ServiceWorkPublication
from headend.store import ServiceWork, UnitOfWork
from headend.store.service_works import NAME
from simulator.fleet.imported_meters import folded_mrid


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose message it is, from its Header."""

    sender: Sender
    reply_address: str | None = None
    """Where its sender wants the result, if we can post there."""


@dataclass(frozen=True, slots=True)
class ServiceRequests:
    """Carries messages about works out."""

    jobs: Jobs
    publication: ServiceWorkPublication
    most_works: int | None = None
    """Of one message (3.1); None: any number."""

    def create(self, payload: WorkPayload, asker: Asker, now: datetime, work: UnitOfWork) -> Reply:
        """Take works on, and do those whose time has come.

        The reply's IDs are their mRIDs. Raises Refusal where none could be taken on.
        """
        errors: list[Error] = []
        remarks: list[Error] = []
        created: list[ServiceWork] = []
        self._check_number(payload)
        if not payload.works:
            raise Refusal.because("1.7", f"the Payload holds no {WORK}")
        for said in payload.works:
            try:
                one, planned = self._create(said, asker, now, work)
            except Refusal as refusal:
                errors += refusal.errors
                continue
            created.append(one)
            remarks += planned.remarks
            remarks += _result_in_words(one, now)
        if not created:
            raise Refusal(*errors)
        self.publication.accepted("created", created, now, work)
        for one in created:
            self.publication.follow(one, now, work)
        return Reply.of_parts(True, errors, [_id(one) for one in created], remarks=remarks)

    def change(self, payload: WorkPayload, asker: Asker, now: datetime, work: UnitOfWork) -> Reply:
        """Change works whose time has not come: what is not said stays.

        Raises Refusal where none was changed: 2.15 for what is not known, 6.1 or 6.5 for what is not ahead any more.
        """
        if not payload.works:
            raise Refusal.because("1.7", f"a change says in its Payload what is to be: there is no {WORK} in it")
        errors: list[Error] = []
        remarks: list[Error] = []
        changed: list[ServiceWork] = []
        for found in find_works(payload, asker.sender, work, errors):
            try:
                check(WorkVerb.CHANGE, found.work, now)
                if found.said is None:
                    raise Refusal.because(
                        "1.7", f"the Payload has nothing for the Request/ID {found.work.mrid!r}", _id(found.work)
                    )
                names = _checked_names(found.said, found.work.mrid, work)
            except Refusal as refusal:
                errors += refusal.errors
                continue
            one, planned = self._change(found.work, found.said, names, now, work)
            changed.append(one)
            remarks += planned.remarks
        if not changed:
            raise Refusal(*errors)
        self.publication.accepted("changed", changed, now, work)
        for one in changed:
            self.publication.follow(one, now, work)
        return Reply.of_parts(True, errors, [_id(one) for one in changed], remarks=remarks)

    def cancel(self, payload: WorkPayload, asker: Asker, now: datetime, work: UnitOfWork) -> Reply:
        """Take back works whose time has not come."""

        def cancelled(one: ServiceWork) -> ServiceWork:
            check(WorkVerb.CANCEL, one, now)
            return self._cancelled(one, now, work)

        return self._each("canceled", payload, asker, now, work, cancelled)

    def close(self, payload: WorkPayload, asker: Asker, now: datetime, work: UnitOfWork) -> Reply:
        """Close the files of works that are over."""

        def closed(one: ServiceWork) -> ServiceWork:
            check(WorkVerb.CLOSE, one, now)
            after = replace(one, closed=now, revision=one.revision + 1)
            work.service_works.change(after)
            return after

        return self._each("closed", payload, asker, now, work, closed)

    def delete(self, payload: WorkPayload, asker: Asker, now: datetime, work: UnitOfWork) -> Reply:
        """Forget works that are over; their mRIDs are not given a second time."""

        def deleted(one: ServiceWork) -> ServiceWork:
            check(WorkVerb.DELETE, one, now)
            work.service_works.delete(one.mrid, now)
            return one

        return self._each("deleted", payload, asker, now, work, deleted)

    def take_in(self, verb: str, payload: WorkPayload, asker: Asker, now: datetime, work: UnitOfWork) -> Reply:
        """Follow what others tell that they did; `verb` is that of the request that was carried out.

        An event is acknowledged (OK, 0.3), whatever we can do with it; what we could not follow is said as warnings. As
        it is news and no wish, no state forbids it: what we had planned for a work that others tell of is taken back.
        """
        errors: list[Error] = []
        taken: list[ServiceWork] = []
        try:
            self._check_number(payload)
            if verb not in ("create", "change"):
                found = find_works(payload, asker.sender, work, errors)
                taken += [self._finish(verb, one.work, now, work) for one in found]
        except Refusal as refusal:
            errors += refusal.errors
            payload = WorkPayload()
        for said in payload.works if verb in ("create", "change") else ():
            try:
                taken.append(self._take_in(said, asker, now, work, errors))
            except Refusal as refusal:
                errors += refusal.errors
        event = {"create": "created", "change": "changed", "cancel": "canceled", "close": "closed"}.get(verb, "deleted")
        self.publication.tell(event, taken, now, work)
        told = [replace(error, level=Level.WARNING) for error in errors]
        note = Error("0.3", "taken note of", Level.INFORM)
        return Reply(Result.OK, (note, *told), tuple(_id(one) for one in taken))

    def _check_number(self, payload: WorkPayload) -> None:
        if self.most_works is not None and len(payload.works) > self.most_works:
            raise Refusal.because(
                "3.1", f"the message holds {len(payload.works)} works; the limit here is {self.most_works}"
            )

    def _each(
        self,
        event: str,
        payload: WorkPayload,
        asker: Asker,
        now: datetime,
        work: UnitOfWork,
        act: Callable[[ServiceWork], ServiceWork],
    ) -> Reply:
        errors: list[Error] = []
        done: list[ServiceWork] = []
        for found in find_works(payload, asker.sender, work, errors):
            try:
                done.append(act(found.work))
            except Refusal as refusal:
                errors += refusal.errors
        if not done:
            raise Refusal(*errors)
        self.publication.tell(event, done, now, work)
        return Reply.of_parts(True, errors, [_id(one) for one in done])

    def _create(self, said: SaidWork, asker: Asker, now: datetime, work: UnitOfWork) -> tuple[ServiceWork, Plan]:
        draft, names = self._draft(said, asker, now, work)
        at = now if said.wanted is None else max(said.wanted, now)
        planned = self.jobs.plan(said, at, now, work)
        one = self.jobs.do(planned, draft, now, work)
        work.service_works.add(one, {**planned.objects, NAME: names})
        return one, planned

    def _draft(self, said: SaidWork, asker: Asker, now: datetime, work: UnitOfWork) -> tuple[ServiceWork, list[str]]:
        """A new work before anything is done.

        Raises Refusal: 2.15 where its mRID or a name is taken, 5.8 where it has no kind.
        """
        kind = said.kind
        spelled = said.reference.mrid or identifier(
            self.jobs.fleet.spec.seed, "service work", work.service_works.next_number()
        )
        mrid = folded_mrid(spelled)
        if work.service_works.is_taken(mrid):
            gone = work.service_works.get(mrid) is None
            why = f"was a {WORK} with mRID {spelled!r}; it was deleted, and mRIDs are given once"
            raise Refusal.because(
                "2.15", f"there {why}" if gone else f"there is a {WORK} with mRID {spelled!r} already", work_id(spelled)
            )
        names = _checked_names(said, mrid, work)
        document: Document = {**said.document, "mRID": [spelled]}
        draft = ServiceWork(
            mrid=mrid,
            kind=kind,
            document=document,
            revision=1,
            accepted=now,
            changed=now,
            wanted=said.wanted,
            correlation_id=asker.sender.correlation_id,
            source=asker.sender.source,
            reply_address=asker.reply_address,
        )
        return draft, names

    def _change(
        self, one: ServiceWork, said: SaidWork, names: list[str], now: datetime, work: UnitOfWork
    ) -> tuple[ServiceWork, Plan]:
        plain = _after(self.jobs.undo(one, now, work), said, now)
        whole = SaidWork(dict(plain.document), plain.wanted)
        at = now if plain.wanted is None else max(plain.wanted, now)
        planned = self.jobs.plan(whole, at, now, work)
        after = self.jobs.do(planned, plain, now, work) if one.begins is not None else replace(plain, result=one.result)
        kept = names or [name.name for name in names_of(plain.document)]
        work.service_works.change(after, {**planned.objects, NAME: kept})
        return after, planned

    def _cancelled(self, one: ServiceWork, now: datetime, work: UnitOfWork) -> ServiceWork:
        self.publication.withdraw(one, now, work)
        after = replace(self.jobs.undo(one, now, work), cancelled=now, revision=one.revision + 1)
        work.service_works.change(after)
        return after

    def _take_in(
        self, said: SaidWork, asker: Asker, now: datetime, work: UnitOfWork, errors: list[Error]
    ) -> ServiceWork:
        known = next((found.work for found in find_works(WorkPayload((said,)), asker.sender, work, [])), None)
        if known is None:
            one, names = self._draft(said, replace(asker, reply_address=None), now, work)
        else:
            if work_state(known, now) is WorkState.SCHEDULED:
                self.publication.withdraw(known, now, work)
                known = self.jobs.undo(known, now, work)
            one = _after(known, said, now)
            names = [name.name for name in names_of(one.document)]
        since = said.stands_since or now
        before = None if known is None else work_state(known, now)
        if said.status is not None or one.begins is None:
            one = replace(one, begins=None, ends=None, result=said.status or one.result)
        objects: dict[str, list[str]] = {}
        try:
            is_done = state_in_words(one.result) is WorkState.COMPLETED and before is not WorkState.COMPLETED
            planned = self.jobs.plan(SaidWork(dict(one.document)), since, now, work)
            objects = planned.objects
            if is_done and planned.job in (Job.INSTALL, Job.EXCHANGE, Job.REMOVE):
                one = replace(self.jobs.move(planned, one, now, work), effects={})
        except Refusal as refusal:
            errors += refusal.errors
        if known is None:
            work.service_works.add(one, {**objects, NAME: names})
        else:
            work.service_works.change(one, {**objects, NAME: names} if objects else None)
        return one

    def _finish(self, verb: str, one: ServiceWork, now: datetime, work: UnitOfWork) -> ServiceWork:
        """Others cancelled, closed or deleted it."""
        if verb == "cancel" or work_state(one, now) is WorkState.SCHEDULED:
            one = self._cancelled(one, now, work) if _is_ahead(one, now) else replace(one, cancelled=now)
        if verb == "close":
            one = replace(one, closed=now)
        work.service_works.change(one)
        if verb == "delete":
            work.service_works.delete(one.mrid, now)
        return one


def _after(one: ServiceWork, said: SaidWork, now: datetime) -> ServiceWork:
    """A work with what a partial document changes in it; its mRID stays as it was spelled."""
    document: Document = dict(one.document)
    change = {name: value for name, value in said.document.items() if name != "mRID"}
    for element, reference in (("Meter", said.meter), ("OldMeter", said.old_meter), ("UsagePoint", said.usage_point)):
        if reference is not None:  # another object, and not more about the one before
            document[element] = change.pop(element)
        elif not parts_of(change, element):  # an empty one, since the profile requires a Meter
            change.pop(element, None)
    document = merged(document, change)
    kind = SaidWork(document).kind
    return replace(
        one,
        kind=kind,
        document=document,
        wanted=said.wanted or one.wanted,
        changed=now,
        revision=one.revision + 1,
    )


def _checked_names(said: SaidWork, mrid: str, work: UnitOfWork) -> list[str]:
    """The work's names. Raises Refusal (2.15) for one that another work has."""
    names = [name.name for name in said.reference.names]
    others = work.service_works.about(NAME, names) - {mrid}
    if others:
        raise Refusal.because(
            "2.15", f"a name of the {WORK} is that of {', '.join(sorted(others))} already", said.reference.object_id
        )
    return names


def _result_in_words(one: ServiceWork, now: datetime) -> list[Error]:
    """What is known of the result when the reply is made: INFORM, since the work itself was taken on."""
    state = work_state(one, now)
    told = one.ends if state in (WorkState.SCHEDULED, WorkState.IN_PROGRESS) else None
    follows = f"; its result is told at {told.isoformat()}" if told is not None else ""
    why = f": {one.remark}" if state is WorkState.FAILED and one.remark else ""
    return [Error("0.3", f"{WORK} {one.mrid} is {state}{why}{follows}", Level.INFORM, _id(one))]


def _is_ahead(one: ServiceWork, now: datetime) -> bool:
    return work_state(one, now) in (WorkState.SCHEDULED, WorkState.REQUESTED)


def _id(one: ServiceWork) -> ObjectId:
    spelled = one.document.get("mRID", [one.mrid])[0] if one.document else one.mrid
    return work_id(spelled)
