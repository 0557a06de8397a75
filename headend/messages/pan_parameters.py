"""What a control says besides its type: timing, and the parts for the customer's devices (PanDemandResponse ...)."""

from datetime import datetime, tzinfo
from typing import Final

from lxml import etree

from headend.messages.envelope import child, text
from headend.messages.references import children, read_instant
from headend.messages.xml_names import QualifiedName
from headend.operations.controls.change_controls import DURATION, RANDOMISATION, START
from headend.operations.references import Period
from headend.operations.refusal import Refusal
from simulator.device import Parameters

_PARTS: Final = ("PanDemandResponse", "PanDisplay", "PanPricing")
_NOT_WORDS: Final = frozenset({"startDateTime", "duration", "durationIndefinite", "cancelDateTime", "cancelNow"})
"""What has a meaning of its own here; every other child is passed on as it is."""
_ABOUT_CONTROL: Final = ("drProgramLevel", "priceSignal")

LONGEST_MINUTES: Final = 366 * 24 * 60


def read_parameters(control: etree._Element, timing: Period | None, zone: tzinfo) -> Parameters:
    """Of an EndDeviceControl; `timing` is the interval of its primaryDeviceTiming.

    A part's own start and duration count before those of primaryDeviceTiming. Raises Refusal (1.8) for a duration that
    is negative, longer than a year or no number.
    """
    device_timing = child(control, "primaryDeviceTiming")
    part = next((found for name in _PARTS if (found := child(control, name)) is not None), None)
    randomisation = text(device_timing, "randomisation") or "none"
    duration_s = _duration_s(part)
    if duration_s is None:
        duration_s = _duration_s(device_timing)
    if duration_s is None and timing is not None and timing.start is not None and timing.end is not None:
        duration_s = int((timing.end - timing.start).total_seconds())
    return Parameters(
        start=read_instant(part, "startDateTime", zone),
        duration_s=duration_s,
        randomise_start=randomisation in ("start", "startAndEnd", "default"),
        randomise_end=randomisation in ("end", "startAndEnd"),
        mandatory=_is_true(text(control, "drProgramMandatory")),
        confirmation_required=_is_true(text(part, "confirmationRequired")),
        cancel_at=_cancel_at(part, zone),
        words=_words(control, part),
    )


def given_timing(control: etree._Element) -> frozenset[str]:
    """Which of start, duration and randomisation an EndDeviceControl gives, wherever it does."""
    device_timing = child(control, "primaryDeviceTiming")
    interval = None if device_timing is None else child(device_timing, "interval")
    part = next((found for name in _PARTS if (found := child(control, name)) is not None), None)
    given = set()
    if text(interval, "start") or text(part, "startDateTime"):
        given.add(START)
    durations = [text(one, name) for one in (device_timing, part) for name in ("duration", "durationIndefinite")]
    if any(durations) or (text(interval, "start") and text(interval, "end")):
        given.add(DURATION)
    if text(device_timing, "randomisation"):
        given.add(RANDOMISATION)
    return frozenset(given)


def _cancel_at(part: etree._Element | None, zone: tzinfo) -> datetime | None:
    return None if _is_true(text(part, "cancelNow")) else read_instant(part, "cancelDateTime", zone)


def _duration_s(parent: etree._Element | None) -> int | None:
    """A duration in seconds; None where there is none, or it is indefinite. On the wire it is in minutes."""
    value = text(parent, "duration")
    if parent is None or value is None or _is_true(text(parent, "durationIndefinite")):
        return None
    minutes = float(value)  # the schema has seen to it that it is a number, or INF, or NaN
    if not 0 <= minutes <= LONGEST_MINUTES:
        where = f"{QualifiedName.of(parent.tag).local}/duration (line {parent.sourceline})"
        raise Refusal.because("1.8", f"{where}: {value} is no duration; it is 0 to {LONGEST_MINUTES} minutes")
    return round(minutes * 60)


def _words(control: etree._Element, part: etree._Element | None) -> dict[str, str]:
    words = {name: value for name in _ABOUT_CONTROL if (value := text(control, name)) is not None}
    if part is None:
        return words
    details = list(children(part, "PanPricingDetails"))
    for number, detail in enumerate(details, 1):
        words |= _leaves(detail, f"{number}." if len(details) > 1 else "")
    appliance = child(part, "appliance")
    if appliance is not None:
        chosen = [QualifiedName.of(one.tag).local for one in appliance.iterchildren("{*}*") if _is_true(one.text)]
        words["appliance"] = " ".join(chosen)
    return words | _leaves(part)


def _leaves(parent: etree._Element, prefix: str = "") -> dict[str, str]:
    """The children that hold nothing but text, by their names."""
    return {
        prefix + name: (one.text or "").strip()
        for one in parent.iterchildren("{*}*")
        if not len(one) and (name := QualifiedName.of(one.tag).local) not in _NOT_WORDS and (one.text or "").strip()
    }


def _is_true(value: str | None) -> bool:
    return (value or "").strip() in ("true", "1")
