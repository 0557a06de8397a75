"""Rules on EndDeviceControls: what is wanted, of whom, and whether that makes sense."""

from __future__ import annotations

from headend.lint import clauses
from headend.lint.device_control import TARGETS, DeviceControl, decoded_control
from headend.lint.elements import child, text
from headend.lint.finding import Severity
from headend.lint.part import Part
from headend.lint.rule import OnMessage, Remarks, Rule

_LOAD_CONTROL, _DISPLAY, _BILLING = 15, 13, 20
_PAN_OF_DOMAIN = {_LOAD_CONTROL: "PanDemandResponse", _DISPLAY: "PanDisplay", _BILLING: "PanPricing"}
_NEEDS_PAN = frozenset({(_LOAD_CONTROL, 43, 300), (_DISPLAY, 112, 77)})
"""Domain, sub-domain and action of controls that say nothing without their part: schedule an event, show a text."""


def _type_known(part: Part) -> Remarks:
    for control in part.controls:
        if control.type is None:
            why = "an EndDeviceControl has no EndDeviceControlType/@ref"
            if control.type_text:
                why = decoded_control(control.type_text)[1]
            yield part.remark(why, control.element)


def _has_targets(part: Part) -> Remarks:
    if part.verb != "create":
        return
    for control in part.controls:
        if not control.has_targets:
            yield part.remark(f"control {_words(control)} has none of {', '.join(TARGETS)}", control.element)


def _part_fits(part: Part) -> Remarks:
    for control in part.controls:
        if control.type is None or control.pan is None:
            continue
        wanted = _PAN_OF_DOMAIN.get(control.type.domain)
        if control.pan != wanted:
            belongs = f"; its part is {wanted}" if wanted else ", which has no part for the home network"
            yield part.remark(f"control {_words(control)} has {control.pan}{belongs}", control.element)


def _part_given(part: Part) -> Remarks:
    if part.verb != "create":
        return
    for control in part.controls:
        kind = control.type
        if kind is not None and control.pan is None and (kind.domain, kind.sub_domain, kind.action) in _NEEDS_PAN:
            yield part.remark(f"control {_words(control)} has no {_PAN_OF_DOMAIN[kind.domain]}", control.element)


def _starts_later(part: Part) -> Remarks:
    sent = part.header.timestamp if part.verb in ("create", "change") else None
    for control in part.controls:
        if sent is not None and control.starts is not None and control.starts < sent:
            sentence = f"control {_words(control)} starts {control.starts.isoformat()}, before the request was made"
            yield part.remark(sentence, control.element)


def _duration_positive(part: Part) -> Remarks:
    for control in part.controls:
        for name in ("primaryDeviceTiming", "secondaryDeviceTiming", "PanDemandResponse", "PanDisplay", "PanPricing"):
            element = child(control.element, name)
            written = text(element, "duration")
            if written is not None and _is_not_positive(written):
                yield part.remark(f"control {_words(control)} has {name}/duration {written}", element)


def _is_not_positive(written: str) -> bool:
    try:
        return float(written) <= 0
    except ValueError:
        return False  # the schema's matter


def _words(control: DeviceControl) -> str:
    return control.type_text or "?"


RULES = (
    Rule(
        "control.type-known", Severity.ERROR, clauses.CONTROL_TYPES,
        "A control type is four numbers of a listed command.",
        "control type 3.31.0.99: no control *.31.0.99 is listed; did you mean *.31.0.6 or *.31.0.5 or *.31.0.26?",
        OnMessage(_type_known),
    ),
    Rule(
        "control.has-targets", Severity.ERROR, clauses.CONTROLS,
        "A control that is to be created says for which devices, usage points or groups of them.",
        "control 3.31.0.23 has none of EndDevices, EndDeviceGroups, UsagePoints, UsagePointGroups",
        OnMessage(_has_targets),
    ),
    Rule(
        "control.part-fits", Severity.WARNING, clauses.CONTROLS,
        "The part for the home network is that of the command: PanDemandResponse, PanDisplay or PanPricing.",
        "control 3.31.0.23 has PanDisplay, which has no part for the home network", OnMessage(_part_fits),
    ),
    Rule(
        "control.part-given", Severity.ERROR, clauses.CONTROLS,
        "A load control event has PanDemandResponse, and a text to show has PanDisplay.",
        "control 3.13.112.77 has no PanDisplay", OnMessage(_part_given),
    ),
    Rule(
        "control.starts-later", Severity.NOTE, clauses.JUDGEMENT,
        "A control starts when its request is made, or later; one that should have started begins at once.",
        "control 3.31.0.23 starts 2026-03-02T11:00:00+00:00, before the request was made", OnMessage(_starts_later),
    ),
    Rule(
        "control.duration-positive", Severity.WARNING, clauses.CONTROLS,
        "Durations are longer than nothing.", "control 3.13.112.77 has PanDisplay/duration 0",
        OnMessage(_duration_positive),
    ),
)  # fmt: skip
