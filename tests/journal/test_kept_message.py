"""What is kept of a body while it passes."""

from hashlib import sha256

import pytest

from headend.journal.kept_message import KeptMessage


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [b""],
        [b"12345"],
        [b"1234567890"],
        [b"12345", b"67890"],
        [b"1234567890", b"a"],
        [b"12345", b"67890ab", b"", b"c"],
        [b"x" * 100, b"y" * 100],
    ],
)
def test_the_beginning_the_length_and_a_digest_of_what_is_longer_are_kept(pieces: list[bytes]) -> None:
    kept = KeptMessage(10)
    for piece in pieces:
        kept.take(piece)
    whole, message = b"".join(pieces), kept.message()
    assert (message.body, message.length, kept.length) == (whole[:10], len(whole), len(whole))
    assert message.sha256 == (None if len(whole) <= 10 else sha256(whole).hexdigest())


def test_nothing_may_be_kept() -> None:
    kept = KeptMessage(0)
    kept.take(b"1")
    assert (kept.message().body, kept.message().sha256) == (b"", sha256(b"1").hexdigest())


def test_what_is_far_too_long_gets_no_digest() -> None:
    kept = KeptMessage(2, most_digested=5)
    kept.take(b"12345")
    assert kept.message().sha256 is not None
    kept.take(b"6")
    kept.take(b"7")
    assert (kept.message().sha256, kept.message().length) == (None, 7)
