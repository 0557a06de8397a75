"""What is said of an entry that somebody looks at: broken rules, and what a request was nearest to."""

from dataclasses import dataclass

import pytest

from headend.journal import Entry
from headend.journal.examiner import Examiner
from headend.journal.findings import Part
from headend.journal.nearest import Nearest
from tests.support.client import XML
from tests.support.compressed import deflated
from tests.support.in_process import InProcessHeadEnd
from tests.support.soap_requests import (
    SOAP12,
    create_end_device_controls,
    envelope,
    get_meter_readings,
)

READ = get_meter_readings("M00000003")
ACTION = "http://iec.ch/TC57/2011/GetMeterReadings/GetMeterReadings"


def examined(head_end: InProcessHeadEnd, body: bytes, path: str = "/services/GetMeterReadings",
             content_type: str = XML, action: str | None = None):  # type: ignore[no-untyped-def]  # fmt: skip
    headers = [("Content-Type", content_type), *([] if action is None else [("SOAPAction", action)])]
    head_end._exchange("POST", path, headers, body)
    last = head_end.head_end.journal.entries()[-1].number
    return head_end.head_end.examiner.examine(last)


def near(head_end: InProcessHeadEnd, *arguments: object, **more: object) -> Nearest:
    found = examined(head_end, *arguments, **more).nearest  # type: ignore[arg-type]
    assert found is not None
    return found


def test_nothing_is_wrong_with_a_good_request(quiet_head_end: InProcessHeadEnd) -> None:
    found = examined(quiet_head_end, READ, action=f'"{ACTION}"')
    assert (found.findings, found.nearest, found.links, found.lint) == ((), None, (), ())


def test_an_unknown_meter_is_no_near_miss(quiet_head_end: InProcessHeadEnd) -> None:
    found = examined(quiet_head_end, get_meter_readings("M99"))
    assert (found.kept.heading.codes, found.nearest, found.findings) == (("2.4",), None, ())


def test_a_broken_schema_is_told_with_code_place_and_rule(quiet_head_end: InProcessHeadEnd) -> None:
    misspelt = READ.replace(b"<EndDevice>", b"<EndDevise>").replace(b"</EndDevice>", b"</EndDevise>")
    found = examined(quiet_head_end, misspelt)
    (rule,) = found.findings
    assert (rule.part, rule.code, rule.line) == (Part.REQUEST, "1.8", 1)
    assert rule.path == "/GetMeterReadings/Request/GetMeterReadings/EndDevise"
    assert "did you mean EndDevice?" in rule.rule
    assert found.nearest is not None
    assert found.nearest.operation == "GetMeterReadings"
    assert found.nearest.differs == (f"{rule.path}: {rule.rule}",)


def test_a_header_that_says_something_else_is_told_with_its_code(quiet_head_end: InProcessHeadEnd) -> None:
    found = examined(quiet_head_end, READ.replace(b"<m:Verb>get<", b"<m:Verb>create<"))
    assert [(one.code, one.path) for one in found.findings] == [("2.9", None)]


def test_what_is_wrong_inside_a_compressed_payload_is_found(quiet_head_end: InProcessHeadEnd) -> None:
    plain = create_end_device_controls("M00000003")
    begin, end = plain.index(b"<EndDeviceControls "), plain.index(b"</Payload>")
    inside = plain[begin:end].replace(b"EndDeviceControlType", b"EndDeviceControlTipe").decode()
    empty = "<EndDeviceControls xmlns='http://iec.ch/TC57/2011/EndDeviceControls#'/>"
    compressed = f"{empty}<Compressed>{deflated(inside)}</Compressed>".encode()
    packed = plain[:begin] + compressed + plain[end:]
    found = examined(quiet_head_end, packed, "/services/ExecuteEndDeviceControls")
    assert any("EndDeviceControlTipe" in one.rule for one in found.findings)


@dataclass(frozen=True)
class Miss:
    """A request that came to nobody."""

    body: bytes
    differs: str
    """What the first of its differences begins with."""
    path: str = "/services/GetMeterReadings"
    content_type: str = XML
    operation: str | None = "GetMeterReadings"
    served_at: str | None = "/services/GetMeterReadings"


MISSES = {
    "misspelt service": Miss(
        READ, "there is no service 'GetMeterReeding'; the nearest name is GetMeterReadings", "/services/GetMeterReeding"
    ),
    "other letters": Miss(
        READ,
        "there is no service 'getmeterreadings'; the nearest name is GetMeterReadings",
        "/services/getmeterreadings",
    ),
    "a partner's service": Miss(
        READ, "ReplyMeterReadings is in the contract, but a head end does not serve it", "/services/ReplyMeterReadings"
    ),
    "no such path": Miss(READ, "the path is /GetMeterReadings; GetMeterReadings is served at", "/GetMeterReadings"),
    "another service": Miss(
        READ, "GetMeterReadings in namespace", "/services/GetEndDeviceEvents", served_at="/services/GetMeterReadings"
    ),
    "content type": Miss(
        READ, "Content-Type is application/json; a SOAP 1.1 message comes", content_type="application/json"
    ),
    "namespace": Miss(
        READ.replace(b"2011/GetMeterReadingsMessage", b"2010/GetMeterReadingsMessage"),
        "GetMeterReadings in namespace http://iec.ch/TC57/2010/GetMeterReadingsMessage is not served here; "
        "GetMeterReadings is served in namespace http://iec.ch/TC57/2011/GetMeterReadingsMessage at /services/GetMeter",
    ),
    "misspelt element": Miss(
        READ.replace(b"<GetMeterReadings xmlns", b"<GetMeterReding xmlns", 1).replace(
            b"</GetMeterReadings></soap", b"</GetMeterReding></soap"
        ),
        "GetMeterReding in namespace",
    ),
    "SOAP 1.2": Miss(
        READ.replace(b"http://schemas.xmlsoap.org/soap/envelope/", SOAP12.encode()), "the Envelope is of SOAP 1.2"
    ),
    "no envelope": Miss(READ[READ.index(b"<GetM") : READ.index(b"</soap:Body>")], "there is no Envelope in namespace"),
    "no XML": Miss(b"hello", "the body is not well-formed XML", operation=None),
    "nothing alike": Miss(envelope("<Frobnicate/>"), "Frobnicate in no namespace is not served", operation=None),
    "nothing at all": Miss(b"hello", "there is no service at /x/y", "/x/y", operation=None, served_at=None),
}


@pytest.mark.parametrize("miss", MISSES.values(), ids=MISSES)
def test_a_request_that_came_to_nobody_shows_what_it_was_nearest_to(
    quiet_head_end: InProcessHeadEnd, miss: Miss
) -> None:
    found = near(quiet_head_end, miss.body, miss.path, miss.content_type)
    assert found.differs[0].startswith(miss.differs)
    assert (found.operation, found.path) == (miss.operation, miss.served_at)
    if miss.operation is not None:
        assert found.element == "GetMeterReadings"
        assert found.namespace == "http://iec.ch/TC57/2011/GetMeterReadingsMessage"
        assert found.soap_action == ACTION


def test_the_action_is_told_where_it_differs(quiet_head_end: InProcessHeadEnd) -> None:
    found = near(quiet_head_end, READ.replace(b"M00000003", b"M99"), action='"urn:read"')
    assert found.differs == (
        f"SOAPAction is 'urn:read'; that of GetMeterReadings is '{ACTION}' (the body element counts, not this)",
    )


def test_of_a_request_that_was_not_kept_whole_no_rule_is_told(quiet_head_end: InProcessHeadEnd) -> None:
    found = examined(quiet_head_end, READ.replace(b"M00000003", b"x" * 70_000))
    assert found.findings == ()
    assert found.kept.heading.verb == "get"


def test_a_linter_judges_what_belongs_together(quiet_head_end: InProcessHeadEnd) -> None:
    asked = create_end_device_controls("M99", fields={"MessageID": "lint-1"})
    first, second = (
        examined(quiet_head_end, asked, "/services/ExecuteEndDeviceControls").kept.entry.number for _ in range(2)
    )
    inside = quiet_head_end.head_end
    seen: list[list[int]] = []

    @dataclass(frozen=True)
    class Remark:
        entry: int
        rule: str = "r"
        severity: str = "note"
        clause: str = ""
        sentence: str = ""
        part: str = "request"
        path: str = ""
        line: int | None = None

    def lint(entries: list[Entry]) -> list[Remark]:
        seen.append([one.number for one in entries])
        return [Remark(one.number) for one in entries]

    examiner = Examiner(inside.journal, inside.contract, inside.services, inside.examiner._admission, lint)  # type: ignore[arg-type]
    assert examiner.examine(second).lint == (Remark(second),)
    assert seen == [[first, second]]


def test_an_entry_that_is_not_there_is_said_to_be_none(quiet_head_end: InProcessHeadEnd) -> None:
    for number in (0, -1, 10**9, 2**64):
        with pytest.raises(LookupError, match=f"the journal has no entry {number}"):
            quiet_head_end.head_end.examiner.examine(number)
