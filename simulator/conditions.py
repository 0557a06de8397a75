"""How ideal the field is: one value with an aspect for each kind of imperfection, and presets of it.

Everything is ideal by default, so that a first test meets no surprise. An aspect is a frozen specification of its
own module; what follows from it for a meter and an instant is arithmetic there. None of these modules may import
the fleet, which carries the conditions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from simulator import communication, defect_rates, event_rates
from simulator.communication import Communication
from simulator.defect_rates import DefectRates
from simulator.device import behaviour
from simulator.device.behaviour import CommandBehaviour
from simulator.event_rates import EventRates


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How well the field behaves, aspect by aspect."""

    communication: Communication = communication.PERFECT
    events: EventRates = event_rates.NONE
    defects: DefectRates = defect_rates.NONE
    commands: CommandBehaviour = behaviour.PROMPT


IDEAL: Final = Conditions()
REALISTIC: Final = Conditions(
    communication=communication.REALISTIC,
    events=event_rates.REALISTIC,
    defects=defect_rates.REALISTIC,
    commands=behaviour.REALISTIC,
)

PRESETS: Final[Mapping[str, Conditions]] = MappingProxyType({"ideal": IDEAL, "realistic": REALISTIC})
