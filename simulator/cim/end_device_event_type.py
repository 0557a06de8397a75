"""EndDeviceEventType: what happened on a device, in four numbers (IEC 61968-9:2013, Annex E).

3.31.0.68 reads: electricity meter, RCD switch, no sub-domain, disconnected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from simulator.cim.code_tables import codes, number, rows

_FIELDS: Final = (
    ("type", "enddevice-type"),
    ("domain", "enddevice-domain"),
    ("sub_domain", "enddevice-subdomain"),
    ("event_or_action", "enddevice-event-or-action"),
)

_NUMBER_BASE: Final = 1_000  # no table has a number of four digits


class InvalidEventType(ValueError):
    """An event type code that Annex E does not allow; the message names field, value and table."""


@dataclass(frozen=True, slots=True)
class EndDeviceEventType:
    """Device type, domain, sub-domain, event or action; 0 is "not applicable" (Annex E, Tables E.1 to E.4).

    Raises InvalidEventType for a number that its table does not list. A combination that no list names is
    legal: Annex E is open to new combinations.
    """

    type: int
    domain: int
    sub_domain: int
    event_or_action: int

    def __post_init__(self) -> None:
        for attribute, table in _FIELDS:
            value = getattr(self, attribute)
            if value not in codes(table):
                raise InvalidEventType(
                    f"{attribute} of event type {self.code} is {value}, which table {table} does not list"
                )

    @classmethod
    def parse(cls, code: str) -> "EndDeviceEventType":
        """The event type of a code such as `3.31.0.68`."""
        texts = code.strip().split(".")
        if len(texts) != len(_FIELDS):
            raise InvalidEventType(
                f"an event type has {len(_FIELDS)} numbers separated by dots, {code!r} has {len(texts)}"
            )
        try:
            return cls(
                *(
                    number(text, f"{attribute} of event type {code!r}")
                    for text, (attribute, _) in zip(texts, _FIELDS, strict=True)
                )
            )
        except InvalidEventType:
            raise
        except ValueError as error:
            raise InvalidEventType(str(error)) from None

    @property
    def code(self) -> str:
        """The four numbers with dots; it is the mRID and the `ref` of the type on the wire."""
        return f"{self.type}.{self.domain}.{self.sub_domain}.{self.event_or_action}"

    @classmethod
    def of_number(cls, number: int) -> "EndDeviceEventType":
        """The event type of a `number`."""
        parts = []
        for _ in _FIELDS:
            number, part = divmod(number, _NUMBER_BASE)
            parts.append(part)
        return cls(*reversed(parts))

    @property
    def number(self) -> int:
        """The code as one integer for arrays, three digits a part: 3.26.0.85 is 3026000085."""
        number = 0
        for part in (self.type, self.domain, self.sub_domain, self.event_or_action):
            number = number * _NUMBER_BASE + part
        return number

    def __str__(self) -> str:
        return self.code

    @property
    def mnemonic(self) -> str:
        """The name in words, such as `RCDSwitch.-.Disconnected`; put together if no list has it."""
        listed = event_mnemonics().get((self.domain, self.sub_domain, self.event_or_action))
        if listed is not None:
            return listed
        return ".".join(
            codes(table)[value].name if (value := getattr(self, attribute)) else "-" for attribute, table in _FIELDS[1:]
        )


@cache
def event_mnemonics() -> Mapping[tuple[int, int, int], str]:
    """Names of the listed events by (domain, sub-domain, event or action), whatever the device type."""
    return MappingProxyType(
        {
            (int(row["domain"]), int(row["subDomain"]), int(row["eventOrAction"])): row["mnemonic"]
            for row in rows("events")
        }
    )
