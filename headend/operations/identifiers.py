"""Identifiers that follow from their causes, so that the same run gives the same bytes.

A UUID of version 8 (RFC 9562) from a hash: the same seed, purpose and parts give the same identifier in any process.
"""

import hashlib


def identifier(seed: int, purpose: str, *parts: object) -> str:
    """An mRID or MessageID for the thing that `parts` tell from all others of this purpose."""
    text = "\x1f".join((str(seed), purpose, *map(str, parts)))
    value = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big")
    value = (value & ~(0xF << 76)) | (0x8 << 76)  # version 8
    value = (value & ~(0x3 << 62)) | (0x2 << 62)  # variant of RFC 9562
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
