"""MeterReadings that coincide with triggers: one MeterReading for each meter and trigger (profile MeterReadings).

isCoincidentTrigger tells the meter reading that triggered from those that were taken because of it. All values are
Readings stamped with the time of the trigger; one of a period, such as an interval, says in timePeriod which. An
extreme, or the last value of a grid, is stamped when it was.
"""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from headend.messages.end_device_events import event_text
from headend.messages.meter_readings import CHUNK_BYTES, METER_READINGS
from headend.messages.xml_instants import instant_text
from headend.messages.xml_text import escaped
from headend.operations.readings.coincidence_triggers import Moment
from headend.operations.readings.coincident_readings import COINCIDENT, CoincidentRecipe
from simulator.cim.reading_quality_type import METERING_SYSTEM
from simulator.coincident import CoincidentReading
from simulator.decimal_text import decimal_text
from simulator.observation import ReadingQuality
from simulator.quantities import Channel, ChannelKind


class CoincidentReadingsWriter:
    """Writes the readings of a recipe. It holds none of them."""

    def __init__(self, recipe: CoincidentRecipe, zone: tzinfo, source: str) -> None:
        """zone: the fleet's. source: the system that registers come from."""
        self._recipe = recipe
        self._zone = zone
        self._source = escaped(source)
        self._reported = self._instant(recipe.now)
        self._interval = b""
        if recipe.period is not None:
            start, end = (self._instant(one) for one in recipe.period)
            self._interval = b"<valuesInterval><end>%b</end><start>%b</start></valuesInterval>" % (end, start)

    def chunks(self) -> Iterator[bytes]:
        """The MeterReadings element. Text leaves when there is enough of it."""
        text = [b'<MeterReadings xmlns="%b">\n' % METER_READINGS.encode()]
        size = 0
        for moment, readings, _ in self._recipe.readings():
            one = self._meter_reading(moment, readings)
            text.append(one)
            size += len(one)
            if size >= CHUNK_BYTES:
                yield b"".join(text)
                text, size = [], 0
        yield b"".join([*text, b"</MeterReadings>"])

    def _meter_reading(self, moment: Moment, readings: list[CoincidentReading]) -> bytes:
        """In schema order."""
        recipe = self._recipe
        meter = recipe.fleet.meter(moment.meter)
        parts = [
            b"<MeterReading><isCoincidentTrigger>%b</isCoincidentTrigger>\n"
            % (b"true" if moment.is_trigger else b"false")
        ]
        if moment.event is not None:
            parts.append(self._event(moment))
        parts.append(_named(b"Meter", meter.mrid, meter.name, b"EndDevice"))
        if moment.reading is not None and recipe.trigger_channel is not None:
            head = self._head(recipe.trigger_reason, recipe.trigger_channel)
            reading = moment.reading
            parts.append(self._reading(head, recipe.trigger_channel, moment.at, reading.value, reading.qualities))
        for one in readings:
            channel = recipe.channels[one.channel]
            # A period is that which holds the trigger, but what happened at an instant happened then.
            is_of_instant = one.start is None and one.stamp != int(moment.at.timestamp())
            parts.append(
                self._reading(
                    self._head(COINCIDENT, channel),
                    channel,
                    one.stamp if is_of_instant else moment.at,
                    one.value,
                    one.qualities,
                    None if one.start is None else (one.start, one.stamp),
                )
            )
        parts.append(_named(b"UsagePoint", meter.usage_point_mrid, meter.usage_point_name, b"UsagePoint"))
        parts.append(self._interval + b"</MeterReading>\n")
        return b"".join(parts)

    def _event(self, moment: Moment) -> bytes:
        if moment.event is None:
            return b""
        return event_text(moment.event, self._recipe.fleet, self._zone, "EndDeviceEvents").encode() + b"\n"

    def _head(self, reason: str, channel: Channel) -> bytes:
        """Interval values have no reason."""
        if channel.kind is ChannelKind.INTERVAL:
            return b"<Readings>"
        return b"<Readings><reason>%b</reason><reportedDateTime>%b</reportedDateTime><source>%b</source>" % (
            reason.encode(),
            self._reported,
            self._source,
        )

    def _reading(
        self,
        head: bytes,
        channel: Channel,
        at: datetime | int,
        value: int,
        qualities: tuple[ReadingQuality, ...],
        period: tuple[int, int] | None = None,
    ) -> bytes:
        tells_time = channel.sampling is not None and channel.sampling.tells_time
        text = self._instant(value) if tells_time else decimal_text(value, channel.decimals)
        of_period = b""
        if period is not None:
            start, end = (self._instant(one) for one in period)
            of_period = b"<timePeriod><end>%b</end><start>%b</start></timePeriod>" % (end, start)
        return b'%b<timeStamp>%b</timeStamp><value>%b</value>%b<ReadingType ref="%b"/>%b</Readings>\n' % (
            head,
            self._instant(at),
            text,
            b"".join(map(self._quality, qualities)),
            escaped(str(channel.reading_type)),
            of_period,
        )

    def _quality(self, quality: ReadingQuality) -> bytes:
        # A mark of the meter itself has no system as its source.
        source = b"<source>%b</source>" % self._source if quality.type.system == METERING_SYSTEM else b""
        return b'<ReadingQualities>%b<timeStamp>%b</timeStamp><ReadingQualityType ref="%b"/></ReadingQualities>' % (
            source,
            self._instant(quality.instant),
            quality.type.code.encode(),
        )

    def _instant(self, instant: datetime | int) -> bytes:
        return instant_text(instant, self._zone).encode()


def _named(local: bytes, mrid: str, name: str, name_type: bytes) -> bytes:
    return b"<%b><mRID>%b</mRID><Names><name>%b</name><NameType><name>%b</name></NameType></Names></%b>\n" % (
        local,
        escaped(mrid),
        escaped(name),
        name_type,
        local,
    )
