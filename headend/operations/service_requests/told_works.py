"""Works as they are told to others: in the reply to a get, and in the messages to subscribers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from headend.operations.service_requests.life_cycle import WorkState, work_state
from headend.store import Json, ServiceWork


@dataclass(frozen=True, slots=True)
class PlannedRead:
    """Registers of a meter that belong to a work."""

    element: str
    """Where they are told: Meter or OldMeter."""
    meter_mrid: str
    at: datetime
    reason: str
    """ReadingReasonKind."""
    is_remote: bool
    """Whether the meter is asked over its link, and may give no answer; else somebody reads it on the spot."""

    def as_json(self) -> Json:
        """What `of_json` takes."""
        return [self.element, self.meter_mrid, self.at.isoformat(), self.reason, self.is_remote]

    @classmethod
    def of_json(cls, written: Sequence[Any]) -> Self:
        """What `as_json` made."""
        element, meter, at, reason, is_remote = written
        return cls(element, meter, datetime.fromisoformat(at), reason, is_remote)


@dataclass(frozen=True, slots=True)
class ToldWork:
    """A work at an instant."""

    mrid: str
    document: Mapping[str, Any]
    changed: datetime
    status: str
    since: datetime
    """When it came to that status."""
    remark: str | None = None
    reads: Sequence[PlannedRead] = ()

    def as_recipe(self) -> Mapping[str, Json]:
        """All of it as JSON: a message that is being retried does not change with the work."""
        return {
            "mrid": self.mrid,
            "document": self.document,
            "changed": self.changed.isoformat(),
            "status": self.status,
            "since": self.since.isoformat(),
            "remark": self.remark,
            "reads": [one.as_json() for one in self.reads],
        }

    @classmethod
    def of_recipe(cls, recipe: Mapping[str, Any]) -> Self:
        """What `as_recipe` made."""
        return cls(
            **{
                **recipe,
                "changed": datetime.fromisoformat(recipe["changed"]),
                "since": datetime.fromisoformat(recipe["since"]),
                "reads": [PlannedRead.of_json(one) for one in recipe["reads"]],
            }
        )


def told_work(work: ServiceWork, at: datetime) -> ToldWork:
    """A work as it stands at an instant, with the readings that were taken by then."""
    state = work_state(work, at)
    is_ours = work.begins is not None
    reads = [one for one in planned_reads(work) if one.at <= at] if state is not WorkState.CANCELLED else []
    is_over = state in (WorkState.COMPLETED, WorkState.FAILED, WorkState.CLOSED)
    # Others have words of their own for how far they are.
    status = state.value if is_ours or not work.result or state in (WorkState.CLOSED, WorkState.CANCELLED) else None
    return ToldWork(
        mrid=work.mrid,
        document=work.document,
        changed=_last_change(work, at),
        status=status or work.result or state.value,
        since=_since(work, state),
        remark=work.remark if is_over or state is WorkState.CANCELLED or not is_ours else None,
        reads=reads,
    )


def planned_reads(work: ServiceWork) -> list[PlannedRead]:
    """The readings that belong to a work, also those ahead."""
    return [PlannedRead.of_json(one) for one in work.effects.get("reads", ())]


def _since(work: ServiceWork, state: WorkState) -> datetime:
    instants = {
        WorkState.CLOSED: work.closed,
        WorkState.CANCELLED: work.cancelled,
        WorkState.COMPLETED: work.ends,
        WorkState.FAILED: work.ends,
        WorkState.IN_PROGRESS: work.begins,
    }
    return instants.get(state) or work.changed


def _last_change(work: ServiceWork, at: datetime) -> datetime:
    """lastModifiedDateTime: whatever its client or its course changed last."""
    steps = (work.changed, work.begins, work.ends, work.cancelled, work.closed)
    return max(one for one in steps if one is not None and (one <= at or one is work.changed))
