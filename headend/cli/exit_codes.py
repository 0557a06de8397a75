"""Exit codes of every command."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a shell or a pipeline branches on."""

    OK = 0
    CHECK_FAILED = 1
    BAD_USAGE = 2
    UNREACHABLE = 3
    """Could not start, or could not reach the target."""
