"""Works done: the controls, links, events and readings that belong to each, also those ahead, and all of it undone.

    disconnect   control 3.31.0.23; then the final read (serviceDisconnect)
    reconnect    a read (serviceConnect); then control 3.31.0.18
    exchange     last read of the old meter (removal), its link ends and that of the new one begins, first read of the
                 new one (installation); events 3.6.0.27, 3.6.5.34 and 3.6.5.58 of the new meter
    installation link, first read (installation), events 3.6.5.34 and 3.6.5.58
    removal      last read (removal), the link ends; the meter stays known
    visit        a read (inquiry)

Whoever works at a meter on the spot reads it there, so those reads need no link that answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from headend.operations.controls.cancel_controls import CancelControls
from headend.operations.controls.control_devices import ControlDevices, ControlRequest, Sender
from headend.operations.controls.control_life_cycle import WAITING, control_id, device_state
from headend.operations.controls.find_controls import NamedControls
from headend.operations.events.event_texts import reason, severity
from headend.operations.events.publish_events import NOUN as EVENTS
from headend.operations.events.publish_events import EventPublication
from headend.operations.identifiers import identifier
from headend.operations.master_data.classes import find_class
from headend.operations.master_data.payload import LINKAGE_NOUN, MasterPayload, ObjectDocument, Outcome
from headend.operations.master_data.verbs import MasterDataVerbs
from headend.operations.master_data.working_set import Known, WorkingSet
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import Level
from headend.operations.service_requests.life_cycle import WorkState
from headend.operations.service_requests.payload import SaidWork
from headend.operations.service_requests.plan import Job, Plan, link_of, plan, spelled
from headend.operations.service_requests.publication import with_outcome
from headend.operations.service_requests.told_works import PlannedRead
from headend.store import EndDeviceEvent, ServiceWork, UnitOfWork
from simulator.cim.event_catalogue import find_event_type
from simulator.fleet import Fleet

_CONTROLS: Final = {Job.DISCONNECT: "3.31.0.23", Job.RECONNECT: "3.31.0.18"}
_CHANGE_OUT: Final = "*.6.0.27"
_REGISTRATION: Final = ("*.6.5.34", "*.6.5.58")


@dataclass(frozen=True, slots=True)
class Jobs:
    """Does works at a fleet."""

    fleet: Fleet
    controls: ControlDevices
    cancel_controls: CancelControls
    master_data: MasterDataVerbs
    publish_events: EventPublication

    def plan(self, said: SaidWork, at: datetime, now: datetime, work: UnitOfWork) -> Plan:
        """What a work comes to at an instant. Raises Refusal as `plan.plan` does."""
        return plan(said, at, self.fleet, self.master_data.working_set(now, work))

    def do(self, planned: Plan, one: ServiceWork, now: datetime, work: UnitOfWork) -> ServiceWork:
        """Do a work, now or at its time; the work with what becomes of it. Raises Refusal where it cannot be."""
        if planned.job in _CONTROLS:
            return self._control(planned, one, now, work)
        one = replace(one, begins=planned.at, ends=planned.at, result=WorkState.COMPLETED.value)
        match planned.job:
            case Job.RECORD:
                return one
            case Job.VISIT:
                return _with_reads(one, _read(planned, "Meter", "inquiry", is_remote=True))
        return self.move(planned, one, now, work)

    def move(self, planned: Plan, one: ServiceWork, now: datetime, work: UnitOfWork) -> ServiceWork:
        """Install, exchange or remove a meter."""
        working = self.master_data.working_set(now, work)
        reads: list[PlannedRead] = []
        links: dict[str, list[str]] = {}
        point = planned.usage_point
        if point is None:
            raise AssertionError("what is installed, exchanged or removed hangs at a usage point")
        outcomes: list[tuple[str, Outcome]] = []
        if planned.old_meter is not None:
            outcomes.append(("close", self._link("close", planned.old_meter, point, planned.at, working)))
            reads.append(_read(planned, "OldMeter", "removal", is_remote=False))
            links["ended"] = [planned.old_meter.mrid, point.mrid]
        events: list[EndDeviceEvent] = []
        if planned.meter is not None:
            outcomes.append(("create", self._link("create", planned.meter, point, planned.at, working)))
            reads.append(_read(planned, "Meter", "installation", is_remote=False))
            links["begun"] = [planned.meter.mrid, point.mrid]
            types = _REGISTRATION if planned.old_meter is None else (_CHANGE_OUT, *_REGISTRATION)
            events = [self._event(words, planned.meter, point, one, planned.at) for words in types]
        working.flush()
        for verb, outcome in outcomes:
            self.master_data.publish(verb, LINKAGE_NOUN, outcome, one.correlation_id, working)
        work.events.add(events)
        self.publish_events(work, events, now)
        one = _with_reads(one, *reads)
        return replace(one, effects={**one.effects, **links, "events": [event.mrid for event in events]})

    def undo(self, one: ServiceWork, now: datetime, work: UnitOfWork) -> ServiceWork:
        """Take back what lies ahead of a work that has not begun; the work without it."""
        effects = one.effects
        plain = replace(one, control_mrid=None, effects={}, begins=None, ends=None, result=None, remark=None)
        # First of all, so that nobody takes the end of its control for the end of the work.
        work.service_works.change(plain)
        if one.control_mrid is not None:
            self._cancel_control(one.control_mrid, now, work)
        events = effects.get("events", ())
        work.events.remove(events)
        work.outbox.withdraw(EVENTS, frozenset(events), now)
        if "ended" in effects or "begun" in effects:
            self._unlink(one, now, work)
        return plain

    def _control(self, planned: Plan, one: ServiceWork, now: datetime, work: UnitOfWork) -> ServiceWork:
        """By an EndDeviceControl, which tells of itself as any other does. Raises Refusal where no device was told."""
        meter = planned.meter
        if meter is None:
            raise AssertionError("what is switched is a meter")
        mrid = identifier(self.fleet.spec.seed, "service control", one.mrid, one.revision)
        request = ControlRequest(
            type_code=_CONTROLS[planned.job],
            mrid=mrid,
            end_devices=(ObjectReference("EndDevice", spelled(meter)),),
            reason=one.kind,
            start=planned.at if planned.at > now else None,
        )
        reply = self.controls.create([request], Sender(one.source, one.correlation_id), now, work)
        failures = [error.details for error in reply.errors if error.level is Level.FATAL]
        (outcome,) = work.controls.outcomes_of(mrid)
        one = replace(one, control_mrid=mrid, effects={"meter": spelled(meter)})
        return with_outcome(one, outcome, now, failures[0] if failures else None)

    def _cancel_control(self, mrid: str, now: datetime, work: UnitOfWork) -> None:
        """The control of a work; one that a client cancelled or deleted before is gone already."""
        control = work.controls.get(mrid)
        if control is None:
            return
        outcomes = work.controls.outcomes_of(mrid)
        if any(device_state(control, outcome, now) in WAITING for outcome in outcomes):
            named = NamedControls(ids=(control_id(mrid),))
            self.cancel_controls(named, Sender(control.source, control.correlation_id), now, work)

    def _unlink(self, one: ServiceWork, now: datetime, work: UnitOfWork) -> None:
        working = self.master_data.working_set(now, work)
        told: list[tuple[str, Outcome]] = []
        if "begun" in one.effects:
            meter, point = self._known(one.effects["begun"], working)
            told.append(("cancel", self._link("cancel", meter, point, now, working)))
        if "ended" in one.effects:
            meter, point = self._known(one.effects["ended"], working)
            link = link_of(meter, point.mrid, working)
            if link is not None and link.row.end == one.begins:
                working.reopen_link(link)
            told.append(("change", Outcome(done=_documents(meter, point))))
        working.flush()
        for verb, outcome in told:
            self.master_data.publish(verb, LINKAGE_NOUN, outcome, one.correlation_id, working)

    def _known(self, mrids: Sequence[str], working: WorkingSet) -> tuple[Known, Known]:
        meter, point = mrids
        return (
            working.find(find_class("Meter"), ObjectReference("Meter", meter)),
            working.find(find_class("UsagePoint"), ObjectReference("UsagePoint", point)),
        )

    def _link(self, verb: str, meter: Known, point: Known, at: datetime, working: WorkingSet) -> Outcome:
        payload = MasterPayload(LINKAGE_NOUN, tuple(_documents(meter, point)), effective=at)
        outcome = self.master_data.apply(verb, payload, working)
        if not outcome.ids:
            raise Refusal(*outcome.errors)
        return outcome

    def _event(self, words: str, meter: Known, point: Known, one: ServiceWork, at: datetime) -> EndDeviceEvent:
        mrid = spelled(meter)
        index = self.fleet.index_of_mrid(mrid)
        if index is None:
            raise AssertionError("a plan names meters of the fleet")
        event_type = find_event_type(words, self.fleet.class_at(index).end_device_type)
        code = event_type.code
        return EndDeviceEvent(
            mrid=identifier(self.fleet.spec.seed, "service event", one.mrid, one.revision, mrid, code),
            device_mrid=self.fleet.meter(index).mrid,
            type_code=code,
            created=at,
            usage_point_mrid=spelled(point),
            reason=reason(code),
            severity=severity(code),
            correlation_id=one.correlation_id,
        )


def _documents(meter: Known, point: Known) -> list[ObjectDocument]:
    return [
        ObjectDocument("Meter", {"mRID": [spelled(meter)]}),
        ObjectDocument("UsagePoint", {"mRID": [spelled(point)]}),
    ]


def _read(planned: Plan, element: str, why: str, *, is_remote: bool) -> PlannedRead:
    meter = planned.meter if element == "Meter" else planned.old_meter
    if meter is None:
        raise AssertionError(f"the work has no {element}")
    return PlannedRead(element, spelled(meter), planned.at, why, is_remote)


def _with_reads(one: ServiceWork, *reads: PlannedRead) -> ServiceWork:
    return replace(one, effects={**one.effects, "reads": [read.as_json() for read in reads]})
