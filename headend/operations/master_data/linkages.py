"""MasterDataLinkageConfig: objects tied together, and let go again, from an instant on (61968-9:2013, clause 5.10).

A message lists objects; it links every pair of them whose classes belong together (`classes.associations`). Its
ConfigurationEvent/effectiveDateTime says when that begins, or ends; without one it is now.

    create, change   link. Where one may have one only (a Meter one UsagePoint) and has another at that time, create is
                     refused with 6.1, change moves it: the link before ends as the new one begins.
    close, delete    end links at the instant; 2.13 and its like where there is none.
    cancel           takes back links that have not begun, so that what they would have ended goes on; 6.1 for others.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from headend.operations.master_data.classes import End, ends_between, find_class
from headend.operations.master_data.documents import Document
from headend.operations.master_data.effects import Effects
from headend.operations.master_data.payload import MasterPayload, ObjectDocument, Outcome
from headend.operations.master_data.working_set import Known, Link, WorkingSet
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, ObjectId
from headend.store import MasterLink

MOST_PAIRS = 100_000
"""More links than this in one message are refused (3.1): every object is linked with every one that fits."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two objects of a message that belong together."""

    end: End
    near: Known
    far: Known
    said: tuple[ObjectDocument, ObjectDocument]

    @property
    def in_words(self) -> str:
        return f"{self.said[0].reference} and {self.said[1].reference}"

    @property
    def mrids(self) -> tuple[str, str]:
        """At side `one`, and at `other`."""
        return (self.near.mrid, self.far.mrid) if self.end.is_one else (self.far.mrid, self.near.mrid)

    def error(self, code: str, details: str) -> Error:
        """An error with both objects as its IDs."""
        near, far = self.said[0].reference.object_id, self.said[1].reference.object_id
        return Error(code, details, object_id=near, related_id=far)


class MasterLinkages:
    """Carries verbs out on links."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects

    def create(self, payload: MasterPayload, working: WorkingSet) -> Outcome:
        """Link; refused where one would have to move."""
        return self._each(payload, working, lambda pair, at: self._link(pair, at, working, moves=False))

    def change(self, payload: MasterPayload, working: WorkingSet) -> Outcome:
        """Link, and move what is linked elsewhere."""
        return self._each(payload, working, lambda pair, at: self._link(pair, at, working, moves=True))

    def end(self, payload: MasterPayload, working: WorkingSet) -> Outcome:
        """End links: close and delete."""
        return self._each(payload, working, lambda pair, at: self._end(pair, at, working))

    def cancel(self, payload: MasterPayload, working: WorkingSet) -> Outcome:
        """Take back links that have not begun."""
        return self._each(payload, working, lambda pair, _at: self._cancel(pair, working))

    def _each(self, payload: MasterPayload, working: WorkingSet, act: Callable[[_Pair, datetime], None]) -> Outcome:
        outcome = Outcome()
        at = payload.effective or working.now
        found = self._known(payload.objects, working, outcome)
        pairs = list(_pairs(found))
        if not pairs and not outcome.errors:
            listed = ", ".join(str(one.reference) for one in payload.objects) or "nothing"
            raise Refusal.because(
                "2.29", f"the MasterDataLinkageConfig lists {listed}: no two of its objects belong together"
            )
        done: dict[str, tuple[ObjectDocument, Known]] = {}
        for pair in pairs:
            try:
                act(pair, at)
            except Refusal as refusal:
                outcome.errors += refusal.errors
            else:
                done[pair.near.mrid] = (pair.said[0], pair.near)
                done[pair.far.mrid] = (pair.said[1], pair.far)
        for said, known in done.values():
            outcome.done.append(said)
            outcome.ids.append(ObjectId(known.mrid, "uuid", said.object_type))
        if done and payload.effective is not None:
            when: Document = {"effectiveDateTime": [payload.effective.isoformat()]}
            outcome.done.append(ObjectDocument("ConfigurationEvent", when))
        return outcome

    def _known(
        self, objects: Sequence[ObjectDocument], working: WorkingSet, outcome: Outcome
    ) -> list[tuple[ObjectDocument, Known]]:
        working.expect((find_class(one.object_type).family, one.reference) for one in objects)
        found = []
        for one in objects:
            try:
                found.append((one, working.find(find_class(one.object_type), one.reference, one.kind)))
            except Refusal as refusal:
                outcome.refused(refusal, one.reference)
        return found

    def _link(self, pair: _Pair, at: datetime, working: WorkingSet, *, moves: bool) -> None:
        end = pair.end
        left: list[Link] = []
        for side, mrid in ((end, pair.near.mrid), (end.turned, pair.far.mrid)):
            for link in working.links(side, mrid):
                if not link.reaches_beyond(at):
                    continue
                other = link.row.other if side.is_one else link.row.one
                if (link.row.one, link.row.other) == pair.mrids:
                    if moves and link.holds_at(at):
                        return  # they are linked as is wanted
                    raise Refusal(
                        pair.error("6.1", f"{pair.in_words} are linked since {link.row.start.isoformat()} already")
                    )
                if not side.has_one:
                    continue
                if not moves:
                    raise Refusal(
                        pair.error(
                            "6.1",
                            f"{mrid} is linked with {side.far} {other} since {link.row.start.isoformat()}: delete that "
                            "link first, or move it by change",
                        )
                    )
                left.append(link)
        for link in left:
            self._finish(link, at, working)
        one, other = pair.mrids
        working.link(end.association, one, other, at)
        self._effects.link_changed(None, MasterLink(end.association.name, one, other, at), working)

    def _end(self, pair: _Pair, at: datetime, working: WorkingSet) -> None:
        self._finish(self._of(pair, working, at), at, working)

    def _cancel(self, pair: _Pair, working: WorkingSet) -> None:
        link = self._of(pair, working, working.now)
        if link.row.start <= working.now:
            raise Refusal(
                pair.error(
                    "6.1",
                    f"{pair.in_words} are linked since {link.row.start.isoformat()}; only what lies ahead can be "
                    "cancelled: close or delete the link",
                )
            )
        self._finish(link, link.row.start, working)
        for side, mrid in ((pair.end, pair.near.mrid), (pair.end.turned, pair.far.mrid)):
            if side.has_one:
                self._go_on(side, mrid, link.row.start, working)

    def _go_on(self, side: End, mrid: str, at: datetime, working: WorkingSet) -> None:
        """Take back the end of a link that was to end at an instant, because another began then."""
        for link in working.links(side, mrid):
            if link.row.end == at:
                working.reopen_link(link)

    def _of(self, pair: _Pair, working: WorkingSet, at: datetime) -> Link:
        for link in working.links(pair.end, pair.near.mrid):
            if (link.row.one, link.row.other) == pair.mrids and link.reaches_beyond(at):
                return link
        raise Refusal(
            pair.error(pair.end.association.broken_code, f"{pair.in_words} are not linked at {at.isoformat()}")
        )

    def _finish(self, link: Link, at: datetime, working: WorkingSet) -> None:
        working.end_link(link, at)
        after = None
        if at > link.row.start:
            after = MasterLink(link.row.association, link.row.one, link.row.other, link.row.start, at)
        self._effects.link_changed(link.row, after, working)


def _pairs(found: Sequence[tuple[ObjectDocument, Known]]) -> Iterator[_Pair]:
    """Every two objects that belong together. Raises Refusal (3.1) for too many."""
    count = 0
    for (said, near), (other_said, far) in combinations(found, 2):
        for end in ends_between(near.object.family, far.object.family):
            count += 1
            if count > MOST_PAIRS:
                raise Refusal.because("3.1", f"the message makes more than {MOST_PAIRS} links; the limit here is that")
            yield _Pair(end, near, far, (said, other_said))
