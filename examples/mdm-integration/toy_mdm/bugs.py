"""What is wrong with the toy MDM, on purpose. Each bug can be switched off, as if it had been mended."""

from enum import StrEnum


class Bug(StrEnum):
    """Three bugs of the kind that passes every test against a hand-made mock."""

    DROPS_CORRELATION = "drops-correlation"
    """Its answers to late replies do not say what they answer: the CorrelationID is left out."""
    DAY_IS_24_HOURS = "day-is-24-hours"
    """It takes a day for 24 hours, which two days of the year are not."""
    PARTIAL_IS_OK = "partial-is-ok"
    """It takes Result PARTIAL for OK, and the meters that are missing for meters without consumption."""


ALL_BUGS = frozenset(Bug)
