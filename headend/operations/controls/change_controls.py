"""Change EndDeviceControls: another timing for what has not begun (61968-9:2013, clause 5.4).

Only start, duration and randomisation can be changed. What else the payload says has to be what the control says
already, so that a client may send its whole control again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from headend.operations.controls.control_devices import ControlRequest, Sender
from headend.operations.controls.control_life_cycle import CANCELLED, ControlVerb, check, control_id, control_state
from headend.operations.controls.device_stories import DeviceStories
from headend.operations.controls.find_controls import FoundControl, NamedControl, NamedControls, find_controls
from headend.operations.controls.publish_controls import ControlPublication
from headend.operations.controls.stored_commands import kind_of, parameters_of, stored_parameters
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, ObjectId, Reply
from headend.store import EndDeviceControl, UnitOfWork

START, DURATION, RANDOMISATION = "start", "duration", "randomisation"


class ChangeControls:
    """Gives controls another timing, as wholes."""

    def __init__(self, stories: DeviceStories, publication: ControlPublication) -> None:
        self._stories = stories
        self._publication = publication

    def __call__(self, named: NamedControls, sender: Sender, now: datetime, work: UnitOfWork) -> Reply:
        """Change what is named; what devices will make of it is told anew.

        The reply's IDs are the controls that were changed. Raises Refusal where none was: 1.7 without a payload, 2.15
        for what is not known, 6.1 or 6.5 for what is not ahead any more, 1.8 for what cannot be changed.
        """
        if not named.controls:
            raise Refusal.because("1.7", "a change says in its Payload what is to be: start, duration or randomisation")
        errors: list[Error] = []
        ids: list[ObjectId] = []
        for found in find_controls(_paired(named), sender, self._stories.fleet, now, work, errors):
            try:
                self._change(found, now, work)
            except Refusal as refusal:
                errors += refusal.errors
                continue
            ids.append(control_id(found.control.mrid))
        if not ids:
            raise Refusal(*errors)
        return Reply.of_parts(True, errors, ids)

    def _change(self, found: FoundControl, now: datetime, work: UnitOfWork) -> None:
        control, named = found.control, found.named
        if named is None:
            raise Refusal.because(
                "1.7",
                f"the Payload has no EndDeviceControl for the Request/ID {control.mrid!r}; what is to be changed?",
                control_id(control.mrid),
            )
        if found.errors:
            raise Refusal(*found.errors)
        outcomes = work.controls.outcomes_of(control.mrid)
        check(ControlVerb.CHANGE, control_state(control, outcomes, now), control)
        fixed = list(_others(control, named.request))
        if found.is_part:
            fixed.append("its devices")
        if fixed or not named.timing:
            said = f"{', '.join(fixed)} cannot be changed" if fixed else "the Payload changes nothing"
            raise Refusal.because(
                "1.8",
                f"EndDeviceControl {control.mrid}: {said}; what may be is start, duration and randomisation of "
                "primaryDeviceTiming, or of its PAN part",
                control_id(control.mrid),
            )
        changed = _with_timing(control, named, now)
        devices = [one.device_mrid for one in outcomes if one.result != CANCELLED]
        self._stories.change(changed, devices, now, work)
        self._publication.timing_changed(changed, devices, now, work)


def _paired(named: NamedControls) -> NamedControls:
    """Where Request/ID names the controls of the payload, in their order, each gets its own as mRID."""
    controls = named.controls
    if len(named.ids) != len(controls) or any(one.request.mrid is not None for one in controls):
        return named
    pairs = zip(controls, named.ids, strict=True)
    return NamedControls((), [replace(one, request=replace(one.request, mrid=own.value)) for one, own in pairs])


def _others(control: EndDeviceControl, request: ControlRequest) -> Iterator[str]:
    """What the payload says differently from the control, apart from timing."""
    for name, given, kept in (
        ("issuerID", request.issuer_id, control.issuer_id),
        ("issuerTrackingID", request.issuer_tracking_id, control.issuer_tracking_id),
        ("reason", request.reason, control.reason),
    ):
        if given is not None and given != kept:
            yield name
    said, kept_parameters = request.parameters, parameters_of(control)
    words: Mapping[str, str] = kept_parameters.words
    yield from (name for name, word in said.words.items() if words.get(name) != word)
    if said.mandatory and not kept_parameters.mandatory:
        yield "drProgramMandatory"
    if said.confirmation_required and not kept_parameters.confirmation_required:
        yield "confirmationRequired"
    if said.cancel_at is not None and said.cancel_at != kept_parameters.cancel_at:
        yield "cancelDateTime"


def _with_timing(control: EndDeviceControl, named: NamedControl, now: datetime) -> EndDeviceControl:
    """The control with the timing that is given; what is not given stays."""
    given, wanted = named.timing, named.request.parameters
    parameters, scheduled = parameters_of(control), control.scheduled
    start = wanted.start or named.request.start
    if DURATION in given:
        parameters = replace(parameters, duration_s=wanted.duration_s)
    if RANDOMISATION in given:
        parameters = replace(parameters, randomise_start=wanted.randomise_start, randomise_end=wanted.randomise_end)
    if START in given and kind_of(control).is_planned_by_device:
        parameters = replace(parameters, start=start)
    elif START in given:
        scheduled = start if start is not None and start > now else None
    return replace(control, scheduled=scheduled, parameters=stored_parameters(parameters), changed=now)
