"""Chance by address: the same seed and the same address give the same draw, in any process and in any order."""

import hashlib


def chance(seed: int, purpose: str, *address: object) -> float:
    """A number in [0, 1)."""
    text = "\x1f".join((str(seed), purpose, *map(str, address)))
    return (int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 11) * 2.0**-53
