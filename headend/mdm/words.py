"""A received message in one line, for a terminal, a page and the report of a test."""

from headend.mdm.received import Outcome, Received
from headend.messages.content_words import content_words, reply_words


def in_words(received: Received) -> str:
    """Such as `created EndDeviceEvents, 1 event, M00000003 RCDSwitch.-.Disconnected`."""
    if received.outcome is Outcome.REFUSED:
        what = received.operation or f"a message to {received.service}"
        return f"refused {what}: {'; '.join(received.refusal)}"
    replied = reply_words(received.result, received.errors)
    parts = [f"{received.verb} {received.noun}", *replied, *content_words(received.content)]
    if received.outcome is Outcome.REPEATED:
        parts.append(f"repeats number {received.repeats}")
    if received.answer != "OK":
        parts.append(f"answered {received.answer}")
    return ", ".join(parts)
