"""Rows of text for values that happened when they happened: a stamp for each meter, as extremes have."""

from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from headend.messages.xml_instants import instant_texts
from simulator.decimal_text import decimal_texts


class StampedRows:
    """Rows of a series whose stamps, or whose values, are instants of their own for every meter."""

    def __init__(
        self,
        stamps: NDArray[np.bytes_],
        around: tuple[bytes, bytes, bytes],
        zone: tzinfo,
        *,
        decimals: int,
        tells_time: bool,
    ) -> None:
        """stamps: (stamps,), for values that come without stamps of their own. around: what stands before a stamp,
        between it and its value, and behind that. tells_time: values are epoch seconds.
        """
        self._stamps = stamps
        self._around = around
        self._zone = zone
        self._decimals = decimals
        self._tells_time = tells_time

    def rows(self, values: NDArray[np.int64], own_stamps: NDArray[np.int64] | None) -> list[bytes]:
        """values: (meters, stamps); own_stamps: epoch seconds of the same shape, or None."""
        texts = self._instants(values) if self._tells_time else decimal_texts(values, self._decimals)
        stamps = np.broadcast_to(self._stamps, values.shape) if own_stamps is None else self._instants(own_stamps)
        head, middle, tail = self._around
        return [
            b"".join(head + stamp + middle + text + tail for stamp, text in zip(its_stamps, its_texts, strict=True))
            for its_stamps, its_texts in zip(stamps.tolist(), texts.tolist(), strict=True)
        ]

    def _instants(self, instants: NDArray[np.int64]) -> NDArray[np.bytes_]:
        texts: NDArray[np.bytes_] = instant_texts(instants.ravel(), self._zone).reshape(instants.shape)
        return texts
