"""Cancel EndDeviceControls: what has not begun does not happen (61968-9:2013, clause 5.4).

It is cancelled device by device: where it has begun only another command undoes it.
"""

from collections.abc import Sequence
from datetime import datetime

from headend.operations.controls.control_devices import Sender
from headend.operations.controls.control_life_cycle import ControlVerb, control_id, device_state, refused
from headend.operations.controls.device_stories import DeviceStories
from headend.operations.controls.find_controls import NamedControls, find_controls
from headend.operations.controls.publish_controls import ControlPublication
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, ObjectId, Reply
from headend.store import ControlOutcome, EndDeviceControl, UnitOfWork


class CancelControls:
    """Takes controls back."""

    def __init__(self, stories: DeviceStories, publication: ControlPublication) -> None:
        self._stories = stories
        self._publication = publication

    def __call__(self, named: NamedControls, sender: Sender, now: datetime, work: UnitOfWork) -> Reply:
        """Cancel what is named, with one Error for each device at which it is too late for that.

        The reply's IDs are the controls that were cancelled at one device at least. Raises Refusal where none was:
        2.15 for what is not known, 6.1 for what has begun, 6.5 for what was cancelled before.
        """
        errors: list[Error] = []
        ids: list[ObjectId] = []
        for found in find_controls(named, sender, self._stories.fleet, now, work, errors):
            errors += found.errors
            if self._cancel(found.control, found.outcomes, now, work, errors):
                ids.append(control_id(found.control.mrid))
        if not ids:
            raise Refusal(*errors)
        return Reply.of_parts(True, errors, ids)

    def _cancel(
        self,
        control: EndDeviceControl,
        outcomes: Sequence[ControlOutcome],
        now: datetime,
        work: UnitOfWork,
        errors: list[Error],
    ) -> bool:
        waiting: list[str] = []
        for outcome in outcomes:
            state = device_state(control, outcome, now)
            error = refused(ControlVerb.CANCEL, state, control, outcome.device_mrid)
            if error is None:
                waiting.append(outcome.device_mrid)
            else:
                errors.append(error)
        if not waiting:
            return False
        self._stories.cancel(control, waiting, now, work)
        gone = frozenset(waiting)
        cancelled = [one for one in work.controls.outcomes_of(control.mrid) if one.device_mrid in gone]
        self._publication.tell("canceled", control, cancelled, now, work)
        return True
