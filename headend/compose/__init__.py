"""The one place that builds concrete things and wires them together. Everything else takes what it needs.

With `simulator.clock` the only package that asks the machine for the time.
"""

from headend.compose.head_end import HeadEnd, open_head_end
from headend.compose.served_contract import served_contract

__all__ = ["HeadEnd", "open_head_end", "served_contract"]
