"""Isolated sessions: head ends in a head end, each with its own fleet, clock and journal (docs/sessions.md)."""
