"""Instants as people and files spell them: UTC, whole seconds, such as 2026-03-29T01:00:00Z."""

import numpy as np
from numpy.typing import NDArray


def utc_text(seconds: int) -> str:
    """One instant, given in epoch seconds."""
    return f"{np.datetime64(seconds, 's')}Z"


def utc_texts(seconds: NDArray[np.int64]) -> NDArray[np.object_]:
    """Many instants as ASCII bytes, in the shape of `seconds`. What occurs often costs little."""
    distinct, positions = np.unique(seconds, return_inverse=True)
    texts = np.char.add(distinct.astype("datetime64[s]").astype("S19"), b"Z").astype(object)
    found: NDArray[np.object_] = texts[positions].reshape(seconds.shape)
    return found
