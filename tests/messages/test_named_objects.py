"""What a message names is found however it is written."""

import pytest

from headend.messages.compressed import compressed
from headend.messages.named_objects import named_in_bytes

READINGS = (
    b"<m:MeterReadings xmlns:m='urn:m'><m:Meter><m:mRID> a </m:mRID><m:Names><m:name>M1</m:name></m:Names></m:Meter>"
    b"<m:value>7</m:value></m:MeterReadings>"
)


def message(content: bytes) -> bytes:
    return b"<Message><ID>x-1</ID><Payload>" + content + b"</Payload></Message>"


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_names_are_found_in_whatever_pieces_the_message_comes(size: int) -> None:
    whole = message(READINGS)
    pieces = (whole[start : start + size] for start in range(0, len(whole), size))
    assert named_in_bytes(pieces) == {"a", "M1", "x-1"}


def test_names_are_found_in_a_compressed_payload() -> None:
    text = b"".join(compressed([READINGS]))
    assert named_in_bytes(message(b"<Compressed>" + text + b"</Compressed>")) == {"a", "M1", "x-1"}
