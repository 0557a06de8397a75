"""How the bytes of what is broken on purpose flow: cut off in the middle, or drop by drop."""

from collections.abc import Iterable, Iterator
from typing import Final

from headend.operations.faults import Fault
from simulator.clock import Sleep

_SLICES_A_SECOND: Final = 10


def cut_at(fault: Fault, length: int) -> int:
    """How many bytes leave of what is truncated or reset; never all of them."""
    wanted = fault.value("bytes")
    return min(int(length * fault.value("fraction")) if wanted is None else wanted, max(0, length - 1))


def drip(pieces: Iterable[bytes], bytes_per_second: int, sleep: Sleep) -> Iterator[bytes]:
    """All of it, so slowly. sleep: lets seconds of the machine's pass."""
    size = max(1, bytes_per_second // _SLICES_A_SECOND)
    for piece in pieces:
        for begin in range(0, len(piece), size):
            part = piece[begin : begin + size]
            sleep(len(part) / bytes_per_second)
            yield part
