"""What reading types ask of meters. Types are decoded, not listed: whatever makes sense physically is answered.

decoding    the 18 fields of a reading type -> Channel: a quantity, the grid of its values, their unit
quantities  energy, tariff, apparent, power, ambient, states: what is computed, from the flows of a meter
delivery    which classes of meters have what it takes
"""

from simulator.quantities.channel import Channel, ChannelKind, UnsupportedQuantity
from simulator.quantities.delivery import channel, default_reading_types, delivers, obstacle

__all__ = [
    "Channel",
    "ChannelKind",
    "UnsupportedQuantity",
    "channel",
    "default_reading_types",
    "delivers",
    "obstacle",
]
