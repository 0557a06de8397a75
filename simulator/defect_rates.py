"""How often defects come by themselves: one aspect of `Conditions`. Which meters they meet is in
`simulator.defects.chance`."""

from dataclasses import dataclass, fields
from typing import Final

WHOLE: Final = 1_000_000
LIFE_DAYS: Final = 3_650
LASTING: Final = frozenset({"register_rollover", "meter_change_inside_interval"})
"""What lasts for good: it comes once to a meter at most, within LIFE_DAYS of its installation."""


class InvalidRates(ValueError):
    """Rates that cannot be; the message names the rate, its value and the rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectRates:
    """For each kind: in how many of a million days of a meter one begins. Raises InvalidRates.

    On one day at most one begins, so all rates together are at most a million.
    """

    gap: int = 0
    missing_midnight_register: int = 0
    spike: int = 0
    zero_run: int = 0
    stuck: int = 0
    negative: int = 0
    register_rollover: int = 0
    interval_sum_mismatch: int = 0
    duplicate: int = 0
    out_of_order: int = 0
    late: int = 0
    revised_after_estimate: int = 0
    wrong_multiplier: int = 0
    meter_change_inside_interval: int = 0
    clock_set_forward: int = 0
    clock_set_back: int = 0
    marked: bool = True
    """Whether readings carry the qualities that a real head end would set."""
    power_marks: bool = False
    """Whether meters mark the intervals in which they had no power, or their switch was open."""

    def __post_init__(self) -> None:
        for name, rate in self.of_kinds().items():
            if not 0 <= rate <= WHOLE:
                raise InvalidRates(f"{name} is 0 to {WHOLE} per million meter days, not {rate}")
        if sum(self.of_kinds().values()) > WHOLE:
            raise InvalidRates(
                f"all defects together begin on {sum(self.of_kinds().values())} of {WHOLE} days of a meter"
            )
        of_a_life = sum(rate for name, rate in self.of_kinds().items() if name in LASTING)
        if of_a_life * LIFE_DAYS > WHOLE:
            raise InvalidRates(
                f"{' and '.join(sorted(LASTING))} come once in {LIFE_DAYS} days at most: "
                f"together on at most {WHOLE // LIFE_DAYS} of {WHOLE} days of a meter, not {of_a_life}"
            )

    def of_kinds(self) -> dict[str, int]:
        """The rate of each kind, by its name."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name not in ("marked", "power_marks")}

    @property
    def comes_by_itself(self) -> bool:
        """Whether any kind of defect does."""
        return any(self.of_kinds().values())

    @property
    def is_none(self) -> bool:
        """Whether no reading is ever touched."""
        return not self.comes_by_itself and not self.power_marks


NONE: Final = DefectRates()
REALISTIC: Final = DefectRates(
    gap=200,
    missing_midnight_register=100,
    spike=10,
    zero_run=10,
    stuck=5,
    negative=2,
    register_rollover=1,
    interval_sum_mismatch=5,
    duplicate=100,
    out_of_order=50,
    late=300,
    revised_after_estimate=150,
    wrong_multiplier=1,
    meter_change_inside_interval=5,
    clock_set_forward=5,
    clock_set_back=5,
    power_marks=True,
)
"""In a year, of a hundred meters seven have a gap, and eleven something late; in ten years two get another device."""
