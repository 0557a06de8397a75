"""What breaks the rules on the shape of messages."""

from dataclasses import replace

from headend.journal import Message
from tests.lint.exchanges import (
    HOUR,
    Case,
    answer,
    control,
    exchange,
    fields,
    of_meter,
    quarters,
    read,
    readings,
    result,
    spoiled,
)
from tests.support.compressed import deflated
from tests.support.soap_requests import BASE, end_device_controls
from tests.support.soap_requests import control as control_text

_READ = read()
_PAYLOAD = readings(of_meter(quarters(*HOUR), interval=("10:00", "11:00")))
_PACKED = read(readings() + f"<w:Compressed>{deflated(_PAYLOAD)}</w:Compressed><w:Format>XML</w:Format>")
_TRUNCATED = read()
_NO_EVENTS = f'<EndDeviceEvents xmlns="{BASE}/EndDeviceEvents#"/>'
_CANCELLED = exchange(
    end_device_controls("cancel", ids=["4711"], fields=fields()),
    answer("EndDeviceControls"),
    "ExecuteEndDeviceControls",
)
assert _TRUNCATED.response is not None

CASES = {
    "message.whole": Case([_READ], [replace(_READ, response=Message(_TRUNCATED.response.body[:300], 1042))]),
    "message.operation-known": Case(
        [_READ],
        [
            spoiled(
                spoiled(_READ, request=("<GetMeterReadings xmlns", "<GetMeterReading xmlns")),
                request=("</Request></GetMeterReadings>", "</Request></GetMeterReading>"),
            )
        ],
    ),
    "message.answer-fits": Case(
        [_READ],
        [
            exchange(
                _READ.request.body,
                answer("EndDeviceEvents", payload=_NO_EVENTS, wrapper="GetEndDeviceEvents"),
                "GetMeterReadings",
            )
        ],
    ),
    "message.one-payload-form": Case(
        [_PACKED],
        [
            read(
                readings(
                    of_meter(quarters(*HOUR), interval=("10:00", "11:00"))
                    + "<ReadingType><Names><name>x</name></Names></ReadingType>"
                )
                + f"<w:Compressed>{deflated(_PAYLOAD)}</w:Compressed><w:Format>XML</w:Format>"
            )
        ],
    ),
    "message.payload-needed": Case(
        [control()],
        [
            exchange(
                end_device_controls("create", fields=fields()),
                answer("EndDeviceControls", result("OK") + "<m:ID>1</m:ID>"),
                "ExecuteEndDeviceControls",
            )
        ],
    ),
    "message.no-payload-in-get": Case(
        [_READ],
        [
            spoiled(
                _READ,
                request=(
                    "</Request></GetMeterReadings>",
                    f"</Request><Payload>{readings()}</Payload></GetMeterReadings>",
                ),
            )
        ],
    ),
    "message.ids-or-payload": Case(
        [_CANCELLED],
        [
            exchange(
                end_device_controls("cancel", fields=fields()), answer("EndDeviceControls"), "ExecuteEndDeviceControls"
            )
        ],
    ),
    "message.ids-not-payload": Case(
        [_CANCELLED],
        [
            exchange(
                end_device_controls("cancel", controls=control_text("M00000003"), fields=fields()),
                answer("EndDeviceControls"),
                "ExecuteEndDeviceControls",
            )
        ],
    ),
    "message.payload-noun": Case([_READ], [read(_NO_EVENTS)]),
    "message.inflates": Case(
        [_PACKED], [read(readings() + "<w:Compressed>false</w:Compressed><w:Format>XML</w:Format>")]
    ),
    "message.format-known": Case([_PACKED], [spoiled(_PACKED, response=("<w:Format>XML", "<w:Format>xml"))]),
    "message.format-needs-compressed": Case([_PACKED], [read(_PAYLOAD + "<w:Format>XML</w:Format>")]),
    "message.period-once": Case(
        [_READ],
        [
            spoiled(
                _READ,
                request=(
                    "<Request>",
                    "<Request><StartTime>2026-03-02T10:00:00Z</StartTime><EndTime>2026-03-02T11:00:00Z</EndTime>",
                ),
            )
        ],
    ),
}
