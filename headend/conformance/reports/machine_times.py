"""Leaving the machine's time out of exchanges, so that equal runs give equal reports.

All else in a message follows from the seed and the head end's time. Only ReplayDetection goes by the machine's, since
nonces grow old outside of any simulation; and with the request its answer differs, whose MessageID follows from it.
"""

from dataclasses import replace

from headend.journal import Entry, Message

_INSTEAD = Message.whole(b"left out: it tells the machine's time")


def without_machine_times(entry: Entry) -> Entry:
    """The exchange; without its messages where they hang on the machine's time."""
    if b"ReplayDetection" not in entry.request.body:
        return entry
    return replace(entry, request=_INSTEAD, response=None if entry.response is None else _INSTEAD)
