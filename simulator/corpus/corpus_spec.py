"""What a corpus is of: days of a fleet, and how they are laid out in files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum

from simulator.fleet import Fleet
from simulator.kind_channels import KindChannels
from simulator.local_time import LAST_YEAR, epoch_seconds
from simulator.quantities import Channel, ChannelKind
from simulator.series import Series, period_series
from simulator.tables import FileFormat


class InvalidCorpus(ValueError):
    """A corpus that cannot be; the message says which value, and the rule."""


class Layout(Enum):
    """What a row of interval data is."""

    DAYS = "days"  # the intervals of one meter and local day: a tenth of the size
    READINGS = "readings"  # one interval


@dataclass(frozen=True, slots=True)
class Month:
    """The part of a corpus that lies in one local month."""

    label: str  # such as 2026-03
    start: datetime
    end: datetime
    is_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusSpec:
    """Which days, and how they are written. Raises InvalidCorpus for less than one day."""

    first: date  # local to the fleet
    days: int
    layout: Layout = Layout.DAYS
    file_format: FileFormat = FileFormat.CSV

    def __post_init__(self) -> None:
        if self.days < 1:
            raise InvalidCorpus(f"a corpus has at least one day, not {self.days}")
        if self.first.toordinal() + self.days > date(LAST_YEAR, 12, 31).toordinal():
            raise InvalidCorpus(f"{self.days} days from {self.first} lead beyond the year {LAST_YEAR}")

    @property
    def after(self) -> date:
        """The first day that is no longer in it."""
        return self.first + timedelta(days=self.days)

    def window(self, fleet: Fleet) -> tuple[datetime, datetime]:
        """(start, end] of the readings. Raises InvalidCorpus where the fleet was not there yet."""
        if self.first < fleet.spec.installed:
            raise InvalidCorpus(
                f"the first day is {self.first}, but the fleet was installed on {fleet.spec.installed}; "
                "begin later, or install it earlier"
            )
        return self._midnight(fleet, self.first), self._midnight(fleet, self.after)

    def months(self, fleet: Fleet) -> Iterator[Month]:
        """The local months that it touches, each as far as it is in the corpus."""
        _, end = self.window(fleet)
        day = self.first
        while day < self.after:
            following = min(date(day.year + day.month // 12, day.month % 12 + 1, 1), self.after)
            until = end if following == self.after else self._midnight(fleet, following)
            yield Month(f"{day:%Y-%m}", self._midnight(fleet, day), until, day == self.first)
            day = following

    def _midnight(self, fleet: Fleet, day: date) -> datetime:
        return datetime.fromtimestamp(fleet.calendar.start_of(day), UTC)


def seconds_of(month: Month) -> tuple[int, int]:
    """Start and end in epoch seconds."""
    return epoch_seconds(month.start), epoch_seconds(month.end)


def month_series(channels: KindChannels, fleet: Fleet, month: Month, now: datetime) -> list[list[Series]]:
    """The series of each kind of meters in a month; one may be empty.

    A corpus begins with the registers as they stand at its first midnight, so that every interval in it lies between
    two of them.
    """

    def series(one: Channel, installed: int) -> Series:
        at_midnights = one.kind is ChannelKind.REGISTER and one.period_s is None and one.span is None
        start = month.start - timedelta(seconds=1) if month.is_first and at_midnights else month.start
        (found,) = period_series([one], start, month.end, calendar=fleet.calendar, installed=installed, now=now)
        return found

    return channels.series(fleet, series)
