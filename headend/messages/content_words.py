"""What is in a message, in a few words: how many events, readings or controls, and the first of them."""

from collections.abc import Iterable
from typing import Final

from headend.messages.content import Content
from headend.messages.told import ReplyError

_MOST_NAMED: Final = 3


def content_words(content: Content) -> list[str]:
    """Such as `1 event`, `M00000003 RCDSwitch.-.Disconnected`; of a request what it asks about."""
    if content.unreadable is not None:
        return [f"not readable: {content.unreadable}"]
    if content.events:
        told = [f"{event.device_name or event.device_mrid or '?'} {event.words}" for event in content.events]
        return [_counted(len(told), "event"), *first_of(told)]
    if content.readings:
        values = sum(len(meter.readings) + len(meter.moments) for meter in content.readings)
        meters = [meter.name or meter.mrid or "?" for meter in content.readings]
        return [_counted(len(meters), "meter"), _counted(values, "reading"), *first_of(meters)]
    if content.controls:
        told = [f"{device} {one.words}" for one in content.controls for device in one.devices or ("?",)]
        return [_counted(len(content.controls), "control"), *first_of(told)]
    return first_of([*content.names, *content.asked])


def reply_words(result: str | None, errors: Iterable[ReplyError]) -> list[str]:
    """Such as `PARTIAL 2.4 0.2`; nothing for a message without Reply."""
    if result is None:
        return []
    codes = list(dict.fromkeys(error.code for error in errors))
    return [" ".join([result, *codes[:_MOST_NAMED]])]


def first_of(texts: list[str]) -> list[str]:
    """The first few, and how many more there are."""
    more = len(texts) - _MOST_NAMED
    return [*texts[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
