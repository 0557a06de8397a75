"""How well meters and head end hear each other: the specification. What follows from it is in `simulator.links`.

Shares are in hundredths of a percent, as everywhere in a fleet. All defaults together are a perfect line: meters
answer at once and always, and every value is there the moment it is stamped.
"""

from dataclasses import dataclass
from typing import Final

WHOLE_SHARE: Final = 10_000
DARK_SPAN_DAYS: Final = 30
"""What "per month" means for dark meters: a span of so many days. A meter has at most one dark time in each."""
MOST_DARK_DAYS: Final = 14
MOST_TRIES: Final = 16

_DAY_S: Final = 86_400
_MINUTES_OF_DAY: Final = 1_440
_LONGEST_MS: Final = 3_600_000


class InvalidCommunication(ValueError):
    """A specification that cannot be; the message names the setting, its value and the rule."""


@dataclass(frozen=True, slots=True, order=True)
class ReachabilityWindow:
    """A time of every local day in which meters can be reached: [opens, closes) in minutes of the wall clock.

    A window that closes before it opens, such as 22:00 to 02:00, goes on after midnight. Raises
    InvalidCommunication.
    """

    opens_min: int
    closes_min: int

    def __post_init__(self) -> None:
        if not (0 <= self.opens_min < _MINUTES_OF_DAY and 0 <= self.closes_min <= _MINUTES_OF_DAY):
            raise InvalidCommunication(f"a window opens at 00:00 to 23:59 and closes at 00:00 to 24:00, not {self}")
        if self.opens_min == self.closes_min:
            raise InvalidCommunication(f"a window has a length; {self} has none (the whole day is 00:00-24:00)")

    @classmethod
    def parse(cls, text: str) -> "ReachabilityWindow":
        """`22:00-02:00`. Raises InvalidCommunication."""
        opens, dash, closes = text.partition("-")
        if not dash:
            raise InvalidCommunication(f"a window is two times of day such as 06:00-22:30, not {text!r}")
        return cls(_minute(opens, text), _minute(closes, text))

    def __str__(self) -> str:
        opens, closes = divmod(self.opens_min, 60), divmod(self.closes_min, 60)
        return f"{opens[0]:02d}:{opens[1]:02d}-{closes[0]:02d}:{closes[1]:02d}"


def _minute(text: str, window: str) -> int:
    hours, colon, minutes = text.strip().partition(":")
    if not (colon and hours.isdecimal() and len(minutes) == 2 and minutes.isdecimal() and int(minutes) < 60):
        raise InvalidCommunication(f"a window is two times of day such as 06:00-22:30, not {window!r}")
    return int(hours) * 60 + int(minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Communication:
    """The quality of the lines between meters and head end. Raises InvalidCommunication."""

    windows: tuple[ReachabilityWindow, ...] = ()
    """When meters can be reached; empty: always."""
    latency_median_ms: int = 0
    """Half of the answers to a read take no longer."""
    latency_spread_ms: int = 0
    """Of the slower half of the answers, 37 % (1/e) take more than this beyond the median; 14 % (1/e**2) twice."""
    read_success: int = WHOLE_SHARE
    """How often one try of an on-demand read is answered."""
    tries: int = 1
    """How often the head end tries before it gives a meter up."""
    retry_after_ms: int = 10_000
    """How long it waits for the answer to one try."""
    collect_every_s: int = 0
    """How often the head end collects stored values from a meter, each meter at a time of its own. 0: at once."""
    collected_within_day: int = WHOLE_SHARE
    """How many of these collections succeed; the values of the others come late."""
    late_spread_s: int = 43_200
    """Late values come a day late, plus this on average."""
    dark: int = 0
    """How many meters fall silent in 30 days: they answer nothing and deliver nothing until they are back."""
    dark_longest_days: int = 5
    """They stay dark for 1 to so many days."""
    drifting: int = 0
    """How many meters have a clock that runs fast or slow."""
    drift_most_s_per_day: int = 5
    """How fast or slow the worst of them is."""
    sync_every_days: int = 7
    """How often clocks are set right."""

    def __post_init__(self) -> None:
        for name in ("read_success", "collected_within_day", "dark", "drifting"):
            share = getattr(self, name)
            if not 0 <= share <= WHOLE_SHARE:
                raise InvalidCommunication(f"{name} is 0 to 100 percent, not {share / 100:g}")
        for name, least, most in (
            ("latency_median_ms", 0, _LONGEST_MS),
            ("latency_spread_ms", 0, _LONGEST_MS),
            ("tries", 1, MOST_TRIES),
            ("retry_after_ms", 1, _LONGEST_MS),
            ("collect_every_s", 0, _DAY_S),
            ("late_spread_s", 0, 30 * _DAY_S),
            ("dark_longest_days", 1, MOST_DARK_DAYS),
            ("drift_most_s_per_day", 1, 3_600),
            ("sync_every_days", 1, 365),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise InvalidCommunication(f"{name} is {least} to {most}, not {value}")
        if self.latency_median_ms > self.retry_after_ms:
            raise InvalidCommunication(
                f"retry_after ({self.retry_after_ms} ms) is at least latency_median ({self.latency_median_ms} ms): "
                "else most tries would be given up before their answer comes"
            )
        if self.collected_within_day < WHOLE_SHARE and not self.collect_every_s:
            raise InvalidCommunication(
                "collected_within_day below 100 percent needs collect_every: what comes at once is not collected"
            )

    @property
    def is_always_reachable(self) -> bool:
        """Whether there is no instant at which a meter cannot be reached."""
        return not self.windows and not self.dark

    @property
    def answers_at_once(self) -> bool:
        """Whether every on-demand read of a meter with power is answered, and without delay."""
        has_latency = self.latency_median_ms or self.latency_spread_ms
        return self.is_always_reachable and self.read_success == WHOLE_SHARE and not has_latency

    @property
    def give_up_ms(self) -> int:
        """When the head end gives a silent meter up, from its first try on."""
        return self.tries * self.retry_after_ms

    @property
    def is_prompt(self) -> bool:
        """Whether every value is heard the moment it is stamped."""
        return self.is_always_reachable and not self.collect_every_s


PERFECT: Final = Communication()
REALISTIC: Final = Communication(
    latency_median_ms=2_500,
    latency_spread_ms=2_000,
    read_success=8_800,
    tries=2,
    collect_every_s=14_400,
    collected_within_day=9_860,  # with the dark meters 98.5 % of all values are there within a day
    dark=50,
    drifting=100,
)
