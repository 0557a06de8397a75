"""Content breaks the same way whether it is in memory or passes in pieces."""

import pytest

from headend.messages.broken_content import broken_content
from headend.operations.faults import FAULTS, Fault, FaultKind, SchemaBreak

TEXT = (
    b"<?xml version='1.0'?>\n<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>"
    b'<w:EndDeviceEventsEventMessage xmlns:w="http://iec.ch/TC57/2011/EndDeviceEventsMessage"><w:Header>'
    b"<m:Verb>created</m:Verb><m:Noun>EndDeviceEvents</m:Noun><m:Timestamp>2026-03-02T12:00:00Z</m:Timestamp>"
    b"</w:Header><w:Payload>"
    + b"<x>1</x>" * 500
    + b"</w:Payload></w:EndDeviceEventsEventMessage></s:Body></s:Envelope>\n"
)
CONTENT = [(FaultKind.MALFORMED_XML, {}), (FaultKind.WRONG_NAMESPACE, {})]
CONTENT += [(FaultKind.SCHEMA_INVALID, {"how": how.value}) for how in SchemaBreak]


def fault(kind: FaultKind, **parameters: object) -> Fault:
    return Fault(kind, "f-1", 0.0, {**FAULTS[kind].parameters, **parameters})  # type: ignore[dict-item]


@pytest.mark.parametrize(("kind", "parameters"), CONTENT, ids=str)
@pytest.mark.parametrize("size", [1, 7, 64, 5000])
def test_pieces_come_to_the_same(kind: FaultKind, parameters: dict[str, str], size: int) -> None:
    made = fault(kind, **parameters)
    at_once = b"".join(broken_content([TEXT], made))
    pieces = [TEXT[begin : begin + size] for begin in range(0, len(TEXT), size)]
    assert b"".join(broken_content(pieces, made)) == at_once != TEXT


@pytest.mark.parametrize(
    ("how", "old", "new"),
    [
        ("unknown-element", b"</w:Header>", b"<Unheard-of/></w:Header>"),
        ("wrong-order", b"<m:Verb>created</m:Verb><m:Noun>EndDeviceEvents</m:Noun>",
         b"<m:Noun>EndDeviceEvents</m:Noun><m:Verb>created</m:Verb>"),
        ("missing-element", b"<m:Noun>EndDeviceEvents</m:Noun>", b""),
        ("bad-date", b"2026-03-02T12:00:00Z", b"2026-02-30T25:61:00Z"),
    ],
)  # fmt: skip
def test_the_header_alone_breaks_the_schema(how: str, old: bytes, new: bytes) -> None:
    assert b"".join(broken_content([TEXT], fault(FaultKind.SCHEMA_INVALID, how=how))) == TEXT.replace(old, new)


def test_what_was_read_while_it_came_is_right_but_for_its_end() -> None:
    *before, last = broken_content([TEXT[:2000], TEXT[2000:]], fault(FaultKind.MALFORMED_XML))
    assert TEXT.startswith(b"".join(before))
    assert last.endswith(b"</s:Envelope->\n")
