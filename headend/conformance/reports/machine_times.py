"""Leaving the machine's time out of messages, so that equal runs give equal reports.

All else in a message follows from the seed and the head end's time. Only ReplayDetection goes by the machine's: nonces
grow old outside of any simulation.
"""

import re
from dataclasses import replace

from headend.journal import Message

_CREATED = re.compile(rb"(<(?:[\w.-]+:)?Created>)[^<]*(</)")


def without_machine_times(message: Message) -> Message:
    """The message with a word in the place of ReplayDetection/Created."""
    return replace(message, body=_CREATED.sub(rb"\1left out\2", message.body))
