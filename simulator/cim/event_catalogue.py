"""The listed event types of Annex E by code, by name and by group, and which of them end what others began.

Annex E has an event type for the beginning of a state and often another for its end: a sag starts and stops, a tamper
is detected and cleared, a link is lost and restored. No list says which belong together; here it follows from the last
part of the code, the event or action, among the types of one domain and sub-domain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from simulator.cim.code_tables import nearest, rows
from simulator.cim.end_device_event_type import EndDeviceEventType, InvalidEventType

ANY_DEVICE: Final = "*"
_ELECTRIC_METER: Final = 3

_ENDINGS: Final[Mapping[int, tuple[int, ...]]] = MappingProxyType(
    {
        4: (19,),  # Activated: Deactivated
        32: (28,),  # Full: Cleared
        39: (16,),  # Opened: Closed
        40: (74, 37, 28),  # OutofRange: OutofRangeCleared, Normal, Cleared
        43: (281, 28),  # Corrupted: CorruptionCleared, Cleared
        45: (70,),  # CrossPhaseDetected: CrossPhaseCleared
        47: (216, 50, 49, 37),  # LossDetected: Restored, Registered, Re-established, Normal
        59: (49, 29),  # Terminated: Re-established, Established
        66: (76,),  # Disabled: Enabled
        68: (42,),  # Disconnected: Connected
        69: (71,),  # HighDistortion: HighDistortionCleared
        79: (279, 28, 37),  # Error: ErrorCleared, Cleared, Normal
        85: (216, 49, 29, 28, 37),  # Failed: Restored, Re-established, Established, Cleared, Normal
        93: (73, 293, 37),  # MaxLimitReached: MaxLimitReachedCleared, MaxLimitCleared, Normal
        98: (75,),  # Imbalanced: ImbalanceCleared
        100: (72,),  # Inactive: InactiveCleared
        150: (292, 37, 28),  # MinLimitReached: MinLimitCleared, Normal, Cleared
        212: (105,),  # Removed: Installed
        219: (28,),  # Reversed: Cleared
        223: (224,),  # SagStarted: SagStopped
        242: (243,),  # Started: Stopped
        248: (249,),  # SwellStarted: SwellStopped
        257: (291, 28),  # TamperDetected: TamperCleared, Cleared
        269: (227,),  # Unsealed: Sealed
        287: (288,),  # EventStarted: EventStopped
    }
)
"""By event or action that begins a state: those that may end it, the most particular first."""

_TAMPER_ACTIONS: Final = {212, 219, 257, 263}  # removed, reversed, detected, tilted
_POWER, _SECURITY = 26, 12
# Of the domain Power what describes the quality of a supply that is there: frequency, phase, power factor, power
# quality, voltage, phase sequence, voltages of single phases, phase angle, current in the neutral.
_QUALITY_SUB_DOMAINS: Final = {4, 25, 27, 28, 38, 78, 79, 130, 131, 132, 133, 137}


class UnknownEventType(ValueError):
    """Words that name no event type or group; the message offers near misses."""


@dataclass(frozen=True, slots=True)
class ListedEvent:
    """One row of the catalogue, without the device type."""

    domain: int
    sub_domain: int
    event_or_action: int
    mnemonic: str
    topic: str
    usual_type: int
    """The device type that the lists print: 3, or that of a gas or water meter where no other has such an event."""

    @property
    def key(self) -> tuple[int, int, int]:
        """Domain, sub-domain, event or action: all that tells it from other rows."""
        return (self.domain, self.sub_domain, self.event_or_action)

    def of_device(self, device_type: int) -> EndDeviceEventType:
        """The event type as a device of this type reports it."""
        return EndDeviceEventType(device_type, *self.key)

    @property
    def ends_with(self) -> "ListedEvent | None":
        """What tells that the state is over that this event begins; None where no row does."""
        return event_pairs().get(self)


@cache
def listed_events() -> tuple[ListedEvent, ...]:
    """All rows in the order of the catalogue: by topic, then by code."""
    return tuple(
        ListedEvent(
            int(row["domain"]),
            int(row["subDomain"]),
            int(row["eventOrAction"]),
            row["mnemonic"],
            row["group"],
            int(row["type"]),
        )
        for row in rows("events")
    )


@cache
def event_pairs() -> Mapping[ListedEvent, ListedEvent]:
    """From the event that begins a state to the one that ends it."""
    by_key = {one.key: one for one in listed_events()}
    pairs = {}
    for one in by_key.values():
        endings = (by_key.get((one.domain, one.sub_domain, action)) for action in _ENDINGS.get(one.event_or_action, ()))
        if (ending := next((each for each in endings if each is not None), None)) is not None:
            pairs[one] = ending
    return MappingProxyType(pairs)


@cache
def event_groups() -> Mapping[str, tuple[ListedEvent, ...]]:
    """Events by group: the topics of the catalogue, and across them `Tamper` and `PowerQuality`."""
    groups: dict[str, list[ListedEvent]] = {}
    for one in listed_events():
        groups.setdefault(one.topic, []).append(one)
    groups["PowerQuality"] = [
        one for one in listed_events() if one.domain == _POWER and one.sub_domain in _QUALITY_SUB_DOMAINS
    ]
    groups["Tamper"] = [
        one for one in listed_events() if one.domain == _SECURITY and one.event_or_action in _TAMPER_ACTIONS
    ]
    return MappingProxyType({name: tuple(members) for name, members in sorted(groups.items())})


def find_group(text: str) -> tuple[ListedEvent, ...] | None:
    """The group of a name, whatever its case and separators: PowerQuality, power_quality, `power quality`."""
    return _groups_by_letters().get(_letters(text))


def find_event_type(text: str, device_type: int = _ELECTRIC_METER) -> EndDeviceEventType:
    """The event type that a code or a mnemonic names, such as `3.26.0.85`, `*.26.0.85` or `Power.-.Failed`.

    device_type: what stands first where the words leave it open. A code need not be listed, Annex E is open to new
    combinations; its numbers must be. Raises UnknownEventType.
    """
    word = text.strip()
    if word[:1].isdigit() or word[:1] in (ANY_DEVICE, "-"):
        try:
            return EndDeviceEventType.parse(word.replace(ANY_DEVICE, str(device_type), 1))
        except InvalidEventType as error:
            raise UnknownEventType(f"{error}{_nearest_code(word)}") from None
    listed = _by_mnemonic().get(word.lower())
    if listed is None:
        raise UnknownEventType(
            f"there is no event type {text!r}{nearest(word, {one.mnemonic: one for one in listed_events()})}"
        )
    return listed.of_device(device_type)


def find_events(text: str) -> tuple[ListedEvent, ...]:
    """The rows that a group, a mnemonic or a listed code names. Raises UnknownEventType."""
    group = find_group(text)
    if group is not None:
        return group
    try:
        found = find_event_type(text)
    except UnknownEventType as error:
        close = nearest(text, event_groups())
        raise UnknownEventType(f"{error}{'' if 'did you mean' in str(error) else close}") from None
    listed = _by_key().get((found.domain, found.sub_domain, found.event_or_action))
    if listed is None:
        raise UnknownEventType(f"event type {text!r} is in no list of Annex E{_nearest_code(text)}")
    return (listed,)


def is_listed(event_type: EndDeviceEventType) -> bool:
    """Whether the catalogue has a row for it, whatever the device type."""
    return (event_type.domain, event_type.sub_domain, event_type.event_or_action) in _by_key()


def topic_of(event_type: EndDeviceEventType) -> str | None:
    """The topic of a listed event type."""
    listed = _by_key().get((event_type.domain, event_type.sub_domain, event_type.event_or_action))
    return None if listed is None else listed.topic


def _nearest_code(code: str) -> str:
    return nearest(code, {one.of_device(one.usual_type).code: one for one in listed_events()})


@cache
def _by_key() -> Mapping[tuple[int, int, int], ListedEvent]:
    return MappingProxyType({one.key: one for one in listed_events()})


@cache
def _by_mnemonic() -> Mapping[str, ListedEvent]:
    return MappingProxyType({one.mnemonic.lower(): one for one in listed_events()})


@cache
def _groups_by_letters() -> Mapping[str, tuple[ListedEvent, ...]]:
    return MappingProxyType({_letters(name): members for name, members in event_groups().items()})


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
