"""How many files a process may have open: systems begin with few, and allow more to whoever asks."""

import logging
import resource
from typing import Final

log = logging.getLogger(__name__)

OF_A_SESSION: Final = 16
"""Two databases, each for reading and writing and with its log, and the lock on who sends."""
OF_A_HEAD_END: Final = 512


def allow_open_files(sessions: int) -> None:
    """Let this process, and those that it starts, have as many as so many sessions need, if the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OF_A_HEAD_END + OF_A_SESSION * sessions
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    except (OSError, ValueError) as error:
        log.warning("%d open files are few for %d sessions, and the system allows no more: %s", soft, sessions, error)
