"""What crossed the wire, and what can be said of it."""

from headend.journal.entry import Direction, Entry, Message

__all__ = ["Direction", "Entry", "Message"]
