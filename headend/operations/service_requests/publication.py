"""MeterServiceRequests to subscribers, and the result of a work to whoever asked for it (61968-9:2013, clause 5.5).

The result of a work is known when it is accepted, as far as devices go, so what there will be to tell is queued then
and leaves in its time. When it becomes another, what has not left is taken back and queued anew.

    created              a work was accepted
    changed              it was changed by its client; or it is over, with the readings that belong to it
    canceled, closed, deleted

The result goes to the request's ReplyAddress, too.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from headend.operations.controls.control_life_cycle import CANCELLED, taken_on
from headend.operations.fleet.meter_targets import find_targets
from headend.operations.publication import Publication
from headend.operations.service_requests.life_cycle import WorkState
from headend.operations.service_requests.payload import NOUN, SaidWork
from headend.operations.service_requests.told_works import PlannedRead, ToldWork, planned_reads, told_work
from headend.operations.subscriptions import Subscription
from headend.store import ControlOutcome, Json, ServiceWork, UnitOfWork
from simulator.device import Result
from simulator.fleet import Fleet
from simulator.fleet.imported_meters import folded_mrid
from simulator.fleet.meter_groups import indices_of


@dataclass(frozen=True, slots=True)
class ServiceWorkPublication:
    """Tells of works."""

    publication: Publication

    def tell(self, verb: str, works: Sequence[ServiceWork], now: datetime, work: UnitOfWork) -> None:
        """Something was done with works of one request; verb in the past tense."""
        if works:
            told = [told_work(one, now) for one in works]
            self._queue(verb, told, works[0].correlation_id, now, now, work)

    def accepted(self, verb: str, works: Sequence[ServiceWork], now: datetime, work: UnitOfWork) -> None:
        """Works of one request were created or changed: they wait or begin; what becomes of them is told apart."""
        begun = [one if one.begins is None else replace(one, ends=None, remark=None, effects={}) for one in works]
        self.tell(verb, begun, now, work)

    def follow(self, one: ServiceWork, now: datetime, work: UnitOfWork) -> None:
        """Queue the result of a work for when it is over; what was queued before is taken back."""
        self.withdraw(one, now, work)
        if one.begins is None or one.ends is None or one.cancelled is not None:
            return
        told = told_work(replace(one, closed=None), max(one.ends, now))
        also = () if one.reply_address is None else (one.reply_address,)
        self._queue("changed", [told], one.correlation_id, max(one.ends, now), now, work, result_of=one.mrid, also=also)

    def withdraw(self, one: ServiceWork, now: datetime, work: UnitOfWork) -> None:
        """Take the result of a work back that has not been told."""
        work.outbox.withdraw_messages(NOUN, lambda recipe: _result_of(recipe) == one.mrid, now)

    def control_turned(self, turned: Mapping[str, Collection[str]], now: datetime, work: UnitOfWork) -> None:
        """Controls have another future; works that they carry out have it, too."""
        for control_mrid in turned:
            one = work.service_works.of_control(control_mrid)
            control = work.controls.get(control_mrid)
            outcomes = work.controls.outcomes_of(control_mrid)
            if one is None or control is None or not outcomes or one.begins is None:
                continue
            after = with_outcome(one, outcomes[0], taken_on(control))
            if after.result == CANCELLED:
                why = f"EndDeviceControl {control_mrid}, which was to do it, was cancelled"
                after = replace(one, cancelled=now, changed=now, remark=why, control_mrid=None)
                self.withdraw(one, now, work)
                self.tell("canceled", [after], now, work)
            elif after != one:
                self.follow(after, now, work)
            work.service_works.change(after)

    def _queue(
        self,
        verb: str,
        told: Sequence[ToldWork],
        correlation_id: str | None,
        instant: datetime,
        now: datetime,
        work: UnitOfWork,
        *,
        result_of: str | None = None,
        also: Sequence[str] = (),
    ) -> None:
        recipe: Mapping[str, Json] = {"works": [one.as_recipe() for one in told], "result_of": result_of}
        # What was taken back and comes back comes in a message of its own.
        cause = (instant.isoformat(), now.isoformat(), json.dumps(recipe, sort_keys=True))

        def narrowed(subscription: Subscription) -> Iterator[Json]:
            wanted = list(told)
            if subscription.wanted.names_meters:
                fleet = self.publication.latest_fleet()
                devices = subscription.meter_mrids(fleet) or frozenset()
                wanted = [one for one in told if not devices.isdisjoint(_meters_of(one, fleet))]
            for first in range(0, len(wanted), subscription.wanted.most_a_message):
                part = wanted[first : first + subscription.wanted.most_a_message]
                yield {"works": [one.as_recipe() for one in part], "result_of": result_of}

        self.publication.queue(work, verb, NOUN, recipe, instant, cause, correlation_id, also=also, narrowed=narrowed)


def with_outcome(one: ServiceWork, outcome: ControlOutcome, since: datetime, why: str | None = None) -> ServiceWork:
    """A work with what its control comes to at the meter.

    since: when the control became what it is. why: what is known of a failure.
    """
    begins = outcome.begins or since
    ends = outcome.done or begins
    if outcome.result == CANCELLED:
        return replace(one, result=CANCELLED)
    succeeded = outcome.result == Result.SUCCEEDED
    told = f" ({outcome.event_code})" if outcome.event_code else ""
    remark = None if succeeded else why or f"the meter did not do it{told}"
    if one.kind == "disconnect":
        # The final read follows the switch; one that did not open leaves nothing final.
        reads = [replace(read, at=ends) for read in _reads_of(one)] if succeeded else []
    else:
        reads = [replace(read, at=begins) for read in _reads_of(one)]
    return replace(
        one,
        begins=begins,
        ends=ends,
        result=(WorkState.COMPLETED if succeeded else WorkState.FAILED).value,
        remark=remark,
        effects={**one.effects, "reads": [read.as_json() for read in reads]},
    )


def _reads_of(one: ServiceWork) -> list[PlannedRead]:
    planned = planned_reads(one)
    if planned or "meter" not in one.effects:
        return planned
    reason = "serviceDisconnect" if one.kind == "disconnect" else "serviceConnect"
    return [PlannedRead("Meter", one.effects["meter"], one.changed, reason, True)]


def _meters_of(told: ToldWork, fleet: Fleet) -> set[str]:
    """The meters that a work is about, by mRID: those it names, those at its usage point, those it has read."""
    said = SaidWork(dict(told.document))
    devices = [one for one in (said.meter, said.old_meter) if one is not None]
    points = [] if said.usage_point is None else [said.usage_point]
    found = find_targets(fleet, devices, points).meters if devices or points else range(0)
    named = [mrid.decode() for mrid in fleet.mrids(indices_of(found))]
    return {folded_mrid(one) for one in (*named, *(read.meter_mrid for read in told.reads))}


def _result_of(recipe: Json) -> Json:
    return recipe.get("result_of") if isinstance(recipe, Mapping) else None
