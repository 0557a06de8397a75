"""What master data costs, on one core and without HTTP: `python -m benchmarks.master_data [--million]`.

Whole SOAP messages go through the application in this process, with an SQLite file as the store; the time is that of
the processor. Meters come by single requests, then by sets of 10,000 operations until there are 100,000 (or a million),
and are found again by name and by mRID with few and with many of them stored. Part of `make bench`.
"""

import argparse
import gc
import os
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from benchmarks.processes import peak_mb
from benchmarks.report import Figure, at_least, at_most, table
from headend.compose import open_head_end
from headend.config import Settings
from headend.soap.application import WsgiApp

BASE = "http://iec.ch/TC57/2011"
SINGLE = 1_000
OPERATIONS_A_SET = 10_000
RUNS = 3
MANY, MOST = 100_000, 1_000_000

_ENVELOPE = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    '<{element} xmlns="{base}/{message}Message" xmlns:m="{base}/schema/message">'
    "<Header><m:Verb>{verb}</m:Verb><m:Noun>{noun}</m:Noun></Header>{content}"
    "</{element}></e:Body></e:Envelope>"
)
_METER = (
    '<MeterConfig xmlns="' + BASE + '/MeterConfig#"><Meter><mRID>{mrid}</mRID><serialNumber>{number}</serialNumber>'
    "<type>residential</type><lifecycle><installationDate>2025-06-01</installationDate></lifecycle>"
    "<Names><name>{name}</name><NameType><name>MeterBadge</name></NameType></Names></Meter></MeterConfig>"
)


def name_of(number: int) -> str:
    """What a client calls a meter."""
    return f"ELS-{number:09d}"


def mrid_of(number: int) -> str:
    """Its mRID: a UUID of version 8, as a client might number its own."""
    return f"5ca1ab1e-0000-8000-8000-{number:012x}"


def meter(number: int) -> str:
    """A MeterConfig with one meter."""
    return _METER.format(mrid=mrid_of(number), number=number, name=name_of(number))


def message(element: str, message_noun: str, verb: str, noun: str, content: str) -> bytes:
    """A SOAP message."""
    text = _ENVELOPE.format(element=element, base=BASE, message=message_noun, verb=verb, noun=noun, content=content)
    return text.encode()


def create(number: int) -> bytes:
    """CreateMeterConfig with one meter."""
    return message("CreateMeterConfig", "MeterConfig", "create", "MeterConfig", f"<Payload>{meter(number)}</Payload>")


def create_all(numbers: range) -> bytes:
    """ExecuteMeterConfigOperationSet with an operation for each meter."""
    operations = "".join(
        f"<m:Operation><m:operationId>{number}</m:operationId><m:noun>MeterConfig</m:noun><m:verb>create</m:verb>"
        f"{meter(number)}</m:Operation>"
        for number in numbers
    )
    content = f"<Payload><OperationSet>{operations}</OperationSet></Payload>"
    noun = "MeterConfigOperationSet"
    return message(f"Execute{noun}", noun, "execute", "OperationSet", content)


def get(selector: str) -> bytes:
    """GetMeterConfig of the meter that is named so."""
    profile = f'<GetMeterConfig xmlns="{BASE}/GetMeterConfig#"><Meter>{selector}</Meter></GetMeterConfig>'
    content = f"<Request>{profile}</Request>"
    return message("GetMeterConfig", "GetMeterConfig", "get", "MeterConfig", content)


def by_name(number: int) -> bytes:
    """GetMeterConfig by name."""
    return get(f"<Names><name>{name_of(number)}</name></Names>")


def by_mrid(number: int) -> bytes:
    """GetMeterConfig by mRID."""
    return get(f"<mRID>{mrid_of(number)}</mRID>")


class Caller:
    """Calls the application."""

    def __init__(self, application: WsgiApp) -> None:
        self._application = application

    def seconds(self, service: str, messages: list[bytes]) -> float:
        """Processor time of requests, one after the other. Raises AssertionError for one that is not answered OK."""
        started = process_time()
        answers = [self._answer(service, one) for one in messages]
        spent = process_time() - started
        for answer in answers:
            if b"Result>OK<" not in answer:
                raise AssertionError(f"{service} was answered with {answer[:1000]!r}")
        return spent

    def _answer(self, service: str, body: bytes) -> bytes:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": f"/services/{service}",
            "QUERY_STRING": "",
            "SERVER_NAME": "bench",
            "SERVER_PORT": "80",
            "HTTP_HOST": "bench",
            "CONTENT_TYPE": "text/xml; charset=utf-8",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
        }
        return b"".join(self._application(environ, lambda _status, _headers, _error=None: lambda _data: None))


def master_data_figures(directory: Path, most: int) -> Iterator[Figure]:
    """Everything, in the order of the report; `most` meters are stored in the end, in a database in `directory`."""
    head_end = open_head_end(Settings(database=f"sqlite:///{directory / 'master_data.db'}"))
    try:
        caller = Caller(head_end.wsgi)
        caller.seconds("ExecuteMeterConfig", [create(0)])
        caller.seconds("GetMeterConfig", [by_name(0)])
        gc.freeze()  # as `headend serve` does
        single_s = caller.seconds("ExecuteMeterConfig", [create(number) for number in range(1, SINGLE)])
        yield Figure("master data: requests/s, create of one object", (SINGLE - 1) / single_s, "", at_least(300))
        yield from _found(caller, SINGLE)
        loaded = SINGLE
        for stored in (MANY, MOST):
            upper = min(stored, most)
            if upper > loaded:
                yield from _loaded(caller, range(loaded, upper))
                yield from _found(caller, upper)
                loaded = upper
    finally:
        gc.unfreeze()
        head_end.close()


def _loaded(caller: Caller, numbers: range) -> Iterator[Figure]:
    before_mb = first_mb = peak_mb(os.getpid())
    spent = 0.0
    for first in range(numbers.start, numbers.stop, OPERATIONS_A_SET):
        one_set = create_all(range(first, min(first + OPERATIONS_A_SET, numbers.stop)))
        spent += caller.seconds("ExecuteMeterConfigOperationSet", [one_set])
        if first == numbers.start:
            first_mb = peak_mb(os.getpid())
    limit_s = 60 * len(numbers) / MANY
    note = f"sets of {OPERATIONS_A_SET:,} operations"
    yield Figure(f"  {len(numbers):,} meters by OperationSets", spent, "s", at_most(limit_s), note)
    note = f"{first_mb - before_mb:.0f} MB for the first set"
    yield Figure("  peak memory, more than before", peak_mb(os.getpid()) - before_mb, "MB", note=note)


def _found(caller: Caller, stored: int) -> Iterator[Figure]:
    picked = range(0, stored, stored // SINGLE)
    ways: dict[str, Callable[[int], bytes]] = {"name": by_name, "mRID": by_mrid}
    for what, request in ways.items():
        messages = [request(number) for number in picked]
        spent = min(caller.seconds("GetMeterConfig", messages) for _ in range(RUNS))
        yield Figure(f"  get by {what}, {stored:,} stored", len(messages) / spent, "", at_least(300))


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.master_data", description="What master data costs.")
    parser.add_argument("--million", action="store_true", help="go on to a million meters, some minutes more")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="headend-bench-") as directory:
        for figure in master_data_figures(Path(directory), MOST if options.million else MANY):
            print(table([figure]), flush=True)


if __name__ == "__main__":
    main()
