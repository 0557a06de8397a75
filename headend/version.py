"""Which version of this project runs."""

from functools import cache
from importlib.metadata import version


@cache
def installed_version() -> str:
    """As it was installed, such as 0.1.0; looked up once, since all that is installed is read for it."""
    return version("headend")
