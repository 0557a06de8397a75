"""How devices and their users take to commands: how long things last, and how often they go wrong."""

from dataclasses import dataclass, fields
from typing import Final

MILLION: Final = 1_000_000
MOST_REPETITIONS: Final = 1_000
LONGEST_S: Final = 366 * 86_400


class InvalidBehaviour(ValueError):
    """A behaviour that cannot be; the message names the field and the rule."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time that differs from case to case: half of all cases lie below the median. Whole seconds.

    Raises InvalidBehaviour where the three are not in order.
    """

    shortest_s: int
    median_s: int
    longest_s: int

    def __post_init__(self) -> None:
        if not 0 <= self.shortest_s <= self.median_s <= self.longest_s <= LONGEST_S:
            raise InvalidBehaviour(
                f"a duration needs 0 <= shortest_s <= median_s <= longest_s <= {LONGEST_S}, not "
                f"{self.shortest_s}, {self.median_s}, {self.longest_s}"
            )

    def drawn_s(self, word: int, part: int = 0) -> int:
        """The duration of one case. A word of 64 random bits is good for four of them, parts 0 to 3."""
        place = (word >> (16 * part)) & 0xFFFF
        if place < 0x8000:
            return self.shortest_s + (((self.median_s - self.shortest_s) * place) >> 15)
        return self.median_s + (((self.longest_s - self.median_s) * (place - 0x8000)) >> 15)


def happens(per_million: int, word: int) -> bool:
    """Whether one case of a share is met: by the 20 highest bits of a word."""
    return ((word >> 44) * MILLION) >> 20 < per_million


def shift_s(most_s: int, word: int) -> int:
    """0 to `most_s` seconds, by the 32 lowest bits of a word."""
    return ((word & 0xFFFFFFFF) * (most_s + 1)) >> 32


AT_ONCE: Final = Duration(0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandBehaviour:
    """What becomes of commands; the aspect `commands` of a fleet's conditions. Raises InvalidBehaviour."""

    switching: Duration = AT_ONCE
    """From the command to the answer, for connect, disconnect, arm, enable, disable and supply limits."""
    load_control: Duration = AT_ONCE
    home_network: Duration = AT_ONCE
    """Texts, prices, pairing windows and the network itself."""
    demand_reset: Duration = AT_ONCE
    button: Duration = Duration(60, 60, 60)
    """From arming to the customer's hand on the button. People take their time even where devices do not."""
    confirmation: Duration = Duration(60, 60, 60)
    """From the display of a text to the customer's confirmation."""
    firmware_pending: Duration = AT_ONCE
    firmware_download: Duration = AT_ONCE
    firmware_replacement: Duration = AT_ONCE
    """The stage in which the device obeys no other command to its switch."""
    firmware_change: Duration = AT_ONCE
    repeat_every_s: int = 0
    """How often the head end repeats a command that the device does not hear. 0: it does not."""
    repeat_for_s: int = 0
    """For how long it does; then it gives the device up."""
    randomisation_s: int = 0
    """The widest shift of a start or an end that a command wants randomised."""
    pairing_window_s: int = 900
    """How long devices may join where the command does not say it."""
    failures_per_million: int = 0
    """Commands that the device acknowledges as failed, after all tries."""
    stuck_switches_per_million: int = 0
    """Meters whose switch does not move, ever."""
    button_never_per_million: int = 0
    confirmation_never_per_million: int = 0
    opt_ins_per_million: int = 0
    """Customers who say yes to a load control event, rather than nothing."""
    opt_outs_per_million: int = 0
    firmware_failures_per_million: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("_per_million") and not 0 <= value <= MILLION:
                raise InvalidBehaviour(f"{field.name} is {value}; a share is 0 to {MILLION} of a million")
            if field.name.endswith("_s") and not 0 <= value <= LONGEST_S:
                raise InvalidBehaviour(f"{field.name} is {value}; it is 0 to {LONGEST_S} seconds")
        if bool(self.repeat_every_s) != bool(self.repeat_for_s):
            raise InvalidBehaviour("repeat_every_s and repeat_for_s are both 0, or neither")
        if self.repetitions > MOST_REPETITIONS or self.repeat_every_s > self.repeat_for_s:
            raise InvalidBehaviour(
                f"a command is repeated 1 to {MOST_REPETITIONS} times; every {self.repeat_every_s} s for "
                f"{self.repeat_for_s} s is {self.repetitions} times"
            )
        if self.opt_ins_per_million + self.opt_outs_per_million > MILLION:
            raise InvalidBehaviour("opt_ins_per_million and opt_outs_per_million are more than all together")

    @property
    def repetitions(self) -> int:
        """How often a command is repeated, at most."""
        return self.repeat_for_s // self.repeat_every_s if self.repeat_every_s else 0


PROMPT: Final = CommandBehaviour()
"""Every device does what it is told, at once. Only people take a minute."""

REALISTIC: Final = CommandBehaviour(
    switching=Duration(3, 12, 180),
    load_control=Duration(2, 8, 60),
    home_network=Duration(2, 8, 90),
    demand_reset=Duration(3, 12, 120),
    button=Duration(60, 1_800, 86_400),
    confirmation=Duration(30, 3_600, 172_800),
    firmware_pending=Duration(5, 30, 600),
    firmware_download=Duration(1_200, 7_200, 86_400),
    firmware_replacement=Duration(30, 90, 300),
    firmware_change=Duration(5, 20, 60),
    repeat_every_s=300,
    repeat_for_s=86_400,
    randomisation_s=300,
    failures_per_million=4_000,
    stuck_switches_per_million=800,
    button_never_per_million=50_000,
    confirmation_never_per_million=400_000,
    opt_ins_per_million=150_000,
    opt_outs_per_million=80_000,
    firmware_failures_per_million=15_000,
)
"""What the operators of meters with radio modules see."""
