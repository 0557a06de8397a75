"""Importing the head end, a thousand modules, in the middle of somebody's run."""

import gc


def load() -> None:
    """Import what every head end of a test needs; the first time it takes a second, and nothing after that.

    Python's collector would go through all that is there again and again while so much is made that stays: a fifth of
    the time.
    """
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        import headend.testing.head_end  # noqa: F401
    finally:
        if was_collecting:
            gc.enable()
