"""The yardstick: MeterReadings as Spyne is meant to be used, with a class for each type and an object for each reading.

`python -m benchmarks.plain_spyne PORT METERS` serves METERS meters with a day of quarter-hours at /, on the HTTP server
that the head end has. The values lie ready: only the objects, their serialisation and the transport are measured.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from headend.soap.spyne_compat import Application, Soap11, WsgiApplication  # isort: split

import numpy as np
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server
from spyne import Array, ComplexModel, DateTime, Integer, Service, Unicode, XmlAttribute, rpc

from benchmarks.messages import DAY_STARTS, LOAD_PROFILE, READINGS_A_METER
from simulator.fleet import Fleet, FleetSpec
from simulator.readings import Series, reading_blocks

NAMESPACE = "http://iec.ch/TC57/2011/MeterReadings#"
SERVICE_NAMESPACE = "urn:headend:benchmark"


class Model(ComplexModel):  # type: ignore[misc]  # Spyne has no types
    __namespace__ = NAMESPACE


class ReadingTypeRef(Model):
    ref = XmlAttribute(Unicode)


class IntervalReading(Model):
    timeStamp = DateTime  # noqa: N815  # the standard's name
    value = Integer


class IntervalBlock(Model):
    IntervalReadings = IntervalReading.customize(max_occurs="unbounded")
    ReadingType = ReadingTypeRef


class NameType(Model):
    name = Unicode


class Name(Model):
    name = Unicode
    NameType = NameType


class NamedObject(Model):
    mRID = Unicode  # noqa: N815  # the standard's name
    Names = Name


class MeterReading(Model):
    IntervalBlocks = IntervalBlock
    Meter = NamedObject
    UsagePoint = NamedObject


def day_of_quarters(meters: int) -> list[tuple[dict[str, bytes], list[int]]]:
    """Who the first meters of the fleet are, and what they measured."""
    fleet = Fleet(FleetSpec(meters))
    stamps = int(DAY_STARTS.timestamp()) + 900 * np.arange(1, READINGS_A_METER + 1, dtype=np.int64)
    blocks = reading_blocks(fleet, range(meters), [Series(LOAD_PROFILE, stamps, is_interval=True, decimals=0)])
    values = [row for block in blocks for row in block.values[0].tolist()]
    everyone = np.arange(meters)
    columns = {
        "meter": fleet.mrids(everyone),
        "meter_name": fleet.names(everyone),
        "usage_point": fleet.usage_point_mrids(everyone),
        "usage_point_name": fleet.usage_point_names(everyone),
    }
    return [({key: column[at] for key, column in columns.items()}, values[at]) for at in range(meters)]


def application(meters: int) -> Any:
    """A WSGI application with one operation, GetMeterReadings, that answers for all of its meters."""
    measured = day_of_quarters(meters)
    start = int(DAY_STARTS.timestamp())
    stamps = [datetime.fromtimestamp(start + 900 * number, UTC) for number in range(1, READINGS_A_METER + 1)]

    def named(mrid: bytes, name: bytes, kind: str) -> NamedObject:
        return NamedObject(mRID=mrid.decode(), Names=Name(name=name.decode(), NameType=NameType(name=kind)))

    def readings() -> Iterator[MeterReading]:
        for identity, values in measured:
            yield MeterReading(
                IntervalBlocks=IntervalBlock(
                    IntervalReadings=[
                        IntervalReading(timeStamp=stamp, value=value)
                        for stamp, value in zip(stamps, values, strict=True)
                    ],
                    ReadingType=ReadingTypeRef(ref=LOAD_PROFILE.mrid),
                ),
                Meter=named(identity["meter"], identity["meter_name"], "EndDevice"),
                UsagePoint=named(identity["usage_point"], identity["usage_point_name"], "UsagePoint"),
            )

    class GetMeterReadings(Service):  # type: ignore[misc]
        @rpc(_returns=Array(MeterReading))  # type: ignore[untyped-decorator]
        def GetMeterReadings(_ctx: Any) -> list[MeterReading]:  # noqa: N802, N805  # Spyne's way
            return list(readings())

    return WsgiApplication(
        Application([GetMeterReadings], SERVICE_NAMESPACE, in_protocol=Soap11(), out_protocol=Soap11())
    )


def request() -> bytes:
    """The SOAP message that asks for everything."""
    return (
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<GetMeterReadings xmlns="{SERVICE_NAMESPACE}"/></e:Body></e:Envelope>'
    ).encode()


def main() -> None:
    port, meters = map(int, sys.argv[1:])
    server = Server("plain", port=port, interface=Interfaces.WSGI, http=HTTPModes.http1, log_level=LogLevels.error)
    server.serve(target_loader=lambda: application(meters), wrap_loader=False)


if __name__ == "__main__":
    main()
