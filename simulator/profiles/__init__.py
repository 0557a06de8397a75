"""Who lives behind a meter, as data: shapes of the year, the week, the day and the hour."""

from simulator.profiles.profile import (
    MOST_ACTIVITY,
    MOST_ANNUAL_WH,
    MOST_GROWTH,
    Charging,
    DayShape,
    Driver,
    Household,
    InvalidProfile,
    Ladder,
    Lamps,
    Panels,
    Profile,
    ProfileTables,
    rungs,
    tables,
)
from simulator.profiles.residential import RESIDENTIAL

__all__ = [
    "MOST_ACTIVITY",
    "MOST_ANNUAL_WH",
    "MOST_GROWTH",
    "RESIDENTIAL",
    "Charging",
    "DayShape",
    "Driver",
    "Household",
    "InvalidProfile",
    "Ladder",
    "Lamps",
    "Panels",
    "Profile",
    "ProfileTables",
    "rungs",
    "tables",
]
