"""Public holidays of a country, as plain dates: the arithmetic of meters knows no calendar of customs."""

import warnings
from datetime import date
from importlib import import_module

from simulator.local_time import FIRST_YEAR, LAST_YEAR
from simulator.near_miss import did_you_mean


class UnknownCountry(ValueError):
    """A country whose holidays nobody has listed."""


def country_holidays(country: str) -> tuple[date, ...]:
    """The holidays of a country (ISO 3166-1 alpha-2, such as NL), ascending; for most until the year 2100.

    Raises UnknownCountry, also where the library of holidays is not installed.
    """
    try:
        # Only a fleet with a country needs the library; it is slow to load.
        library = import_module("holidays")
    except ImportError as error:
        raise UnknownCountry(f"the holidays of {country!r} need the package `holidays`; install it") from error
    known = [code for code in library.list_supported_countries(include_aliases=True) if len(code) == 2]
    if country not in known:
        raise UnknownCountry(f"there are no holidays of a country {country!r}{did_you_mean(country, known)}")
    with warnings.catch_warnings():
        # Holidays by the moon are listed for some decades only; it says so, and we can do nothing about it.
        warnings.simplefilter("ignore")
        days = library.country_holidays(country, years=range(FIRST_YEAR, LAST_YEAR + 1))
    return tuple(sorted(days))
