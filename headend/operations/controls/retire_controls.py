"""Close and delete EndDeviceControls: what becomes of controls that are over (61968-9:2013, clause 5.4).

A closed control is kept and listed, and changed no more; a deleted one is known no more. Neither is allowed while
anything of the control is still ahead or under way.
"""

from datetime import datetime

from headend.operations.controls.control_devices import Sender
from headend.operations.controls.control_life_cycle import ControlVerb, check, control_id, control_state
from headend.operations.controls.find_controls import FoundControl, NamedControls, find_controls
from headend.operations.controls.publish_controls import ControlPublication
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, ObjectId, Reply
from headend.store import UnitOfWork
from simulator.fleet import Fleet


class RetireControls:
    """Closes and deletes controls, as wholes."""

    def __init__(self, fleet: Fleet, publication: ControlPublication) -> None:
        self._fleet = fleet
        self._publication = publication

    def close(self, named: NamedControls, sender: Sender, now: datetime, work: UnitOfWork) -> Reply:
        """Close what is named. Raises Refusal where nothing could be: 2.15, or 6.1 for what is not over."""
        return self._retire(ControlVerb.CLOSE, named, sender, now, work)

    def delete(self, named: NamedControls, sender: Sender, now: datetime, work: UnitOfWork) -> Reply:
        """Delete what is named. Raises Refusal where nothing could be: 2.15, or 6.1 for what is not over."""
        return self._retire(ControlVerb.DELETE, named, sender, now, work)

    def _retire(
        self, verb: ControlVerb, named: NamedControls, sender: Sender, now: datetime, work: UnitOfWork
    ) -> Reply:
        errors: list[Error] = []
        ids: list[ObjectId] = []
        for found in find_controls(named, sender, self._fleet, now, work, errors):
            try:
                self._retire_one(verb, found, now, work)
            except Refusal as refusal:
                errors += refusal.errors
                continue
            errors += found.errors
            ids.append(control_id(found.control.mrid))
        if not ids:
            raise Refusal(*errors)
        return Reply.of_parts(True, errors, ids)

    def _retire_one(self, verb: ControlVerb, found: FoundControl, now: datetime, work: UnitOfWork) -> None:
        control = found.control
        outcomes = work.controls.outcomes_of(control.mrid)
        check(verb, control_state(control, outcomes, now), control)
        if verb is ControlVerb.CLOSE:
            work.controls.close(control.mrid, now)
            self._publication.tell("closed", control, outcomes, now, work)
        else:
            self._publication.tell("deleted", control, outcomes, now, work)
            work.controls.delete(control.mrid, now)
