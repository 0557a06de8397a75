"""A received message in one line, for a terminal, a page and the report of a test."""

from headend.mdm.received import Outcome, Received

_MOST_NAMED = 3


def in_words(received: Received) -> str:
    """Such as `created EndDeviceEvents, 1 event, M00000003 RCDSwitch.-.Disconnected`."""
    if received.outcome is Outcome.REFUSED:
        what = received.operation or f"a message to {received.service}"
        return f"refused {what}: {'; '.join(received.refusal)}"
    parts = [f"{received.verb} {received.noun}", *_reply_words(received), *_content_words(received)]
    if received.outcome is Outcome.REPEATED:
        parts.append(f"repeats number {received.repeats}")
    if received.answer != "OK":
        parts.append(f"answered {received.answer}")
    return ", ".join(parts)


def _reply_words(received: Received) -> list[str]:
    if received.result is None:
        return []
    return [" ".join([received.result, *(error.code for error in received.errors[:_MOST_NAMED])])]


def _content_words(received: Received) -> list[str]:
    if received.content.unreadable is not None:
        return [f"not readable: {received.content.unreadable}"]
    if received.events:
        told = [f"{event.device_name or event.device_mrid or '?'} {event.words}" for event in received.events]
        return [_counted(len(told), "event"), *_first_of(told)]
    if received.readings:
        values = sum(len(meter.readings) + len(meter.moments) for meter in received.readings)
        meters = [meter.name or meter.mrid or "?" for meter in received.readings]
        return [_counted(len(meters), "meter"), _counted(values, "reading"), *_first_of(meters)]
    return _first_of(list(received.content.names))


def _first_of(names: list[str]) -> list[str]:
    more = len(names) - _MOST_NAMED
    return [*names[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
