"""The requests that are measured: readings of the default fleet over one day."""

from datetime import UTC, datetime, timedelta

from simulator.cim.reading_type import ReadingType

LOAD_PROFILE = ReadingType.parse("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0")
DAY_STARTS = datetime(2025, 1, 15, tzinfo=UTC)
READINGS_A_METER = 96

_MESSAGE = """\
<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
<GetMeterReadings xmlns="http://iec.ch/TC57/2011/GetMeterReadingsMessage" xmlns:m="http://iec.ch/TC57/2011/schema/message">
<Header><m:Verb>get</m:Verb><m:Noun>MeterReadings</m:Noun><m:MessageID>benchmark</m:MessageID></Header>
<Request><GetMeterReadings xmlns="http://iec.ch/TC57/2011/GetMeterReadings#">{query}</GetMeterReadings></Request>
</GetMeterReadings></e:Body></e:Envelope>"""

_METER = "<EndDevice><Names><name>{name}</name></Names></EndDevice>"
_INTERVAL = f"<end>{(DAY_STARTS + timedelta(days=1)).isoformat()}</end><start>{DAY_STARTS.isoformat()}</start>"
_DAY = (
    f"<ReadingType><Names><name>{LOAD_PROFILE}</name></Names></ReadingType>"
    f"<TimeSchedule><scheduleInterval>{_INTERVAL}</scheduleInterval></TimeSchedule>"
)

WHOLE_FLEET = _MESSAGE.format(query=_DAY).encode()
"""A day of quarter-hours of every meter."""
ONE_METER = _MESSAGE.format(query=_METER.format(name="M00000003") + _DAY).encode()
"""A day of quarter-hours of one meter."""
ONE_REGISTER = _MESSAGE.format(query=_METER.format(name="M00000003")).encode()
"""The latest register of one meter: the on-demand read."""


def answered_at(address: str, message: bytes) -> bytes:
    """The same request, to be acknowledged at once and answered at a ReplyAddress."""
    asked = f"<m:AsyncReplyFlag>true</m:AsyncReplyFlag><m:ReplyAddress>{address}</m:ReplyAddress><m:MessageID>"
    return message.replace(b"<m:MessageID>", asked.encode())
