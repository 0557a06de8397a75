"""A head end of ours keeps every rule of severity warning and error, in whatever it answers and sends by itself.

The exchanges are those of a real head end in this process with clients and with a fake MDM, in both directions: reads,
controls, schedules, events, master data, sets, work orders; at once and late, done, in part and refused.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from headend.compose import served_contract
from headend.journal import Direction, Entry
from headend.lint import Finding, Linter, Severity, Side
from simulator.clock import ManualClock
from tests.conftest import NOON
from tests.support.compressed import deflated
from tests.support.in_process import in_process
from tests.support.master_data_requests import acting, asking, one
from tests.support.operation_sets import linkage, meters, names, operation, operation_set, usage_points
from tests.support.recorded import Record, RecordedHeadEnd, recorded_head_end, recorded_mdm
from tests.support.service_requests import service_requests, work
from tests.support.settled import settle, settle_after
from tests.support.soap_requests import (
    DISCONNECT,
    ENERGY,
    LOAD_PROFILE,
    Fields,
    control,
    create_end_device_controls,
    create_meter_readings,
    created_end_device_events,
    event,
    get_meter_read_schedule,
    meter_read_schedule,
    request_option,
    time_schedule,
    wanted_reading,
)

DAY = ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")
MDM = "good MDM"


class Client:
    """Sends what a client should, with a Header as it should be; its messages are told from others by their Source."""

    def __init__(self, head_end: RecordedHeadEnd, mdm: str) -> None:
        self.head_end = head_end
        self._mdm = mdm
        self._sent = 0

    def fields(self, **more: str) -> Fields:
        self._sent += 1
        now = self.head_end.inside.clock.now().isoformat().replace("+00:00", "Z")
        identity = {"MessageID": f"m-{self._sent}", "CorrelationID": f"c-{self._sent}"}
        return {"Timestamp": now, "Source": MDM, **identity, **more}

    def late(self, noun: str, **more: str) -> Fields:
        """Fields of an asynchronous request."""
        address = f"{self._mdm}/services/Reply{noun}"
        return self.fields(AsyncReplyFlag="true", ReplyAddress=address, **more)

    def wait(self, **duration: float) -> None:
        """Until all that is due by then was sent."""
        settle_after(self.head_end.inside, **duration)


def _reads(mdm: Client) -> None:
    head_end, fields = mdm.head_end, mdm.fields
    head_end.read("M00000003", fields=fields())
    head_end.read("M00000003", "M00000004", period=DAY, fields=fields())
    head_end.read("M00000003", "nobody", period=DAY, reading_types=[LOAD_PROFILE, ENERGY], fields=fields())
    head_end.read("nobody", fields=fields())
    head_end.read("M00000003", reading_types=["0.0.0.1.1.7.58.0.0.0.0.0.0.0.0.0.42.0"], fields=fields())
    head_end.read(usage_points=["UP00000004"], period=DAY, fields=fields())
    head_end.read(period=DAY, fields=fields())
    head_end.read("M00000003", period=DAY, request=request_option("Compressed"), fields=fields())
    head_end.read("M00000003", period=("2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z"), fields=fields())
    types = ["0.0.0.1.19.1.12.0.0.0.0.0.0.0.0.3.72.0", "0.0.2.6.0.1.158.0.0.0.0.0.0.0.128.0.29.0"]
    head_end.read(
        "M00000003", reading_types=[*types, "0.0.7.4.1.1.8.0.0.0.0.0.0.0.0.3.38.0"], period=DAY, fields=fields()
    )
    on_request = create_meter_readings(wanted_reading("M00000005"), fields=mdm.late("MeterReadings"))
    head_end.post("ExecuteMeterReadings", on_request)
    head_end.read("M00000003", "nobody", period=DAY, fields=mdm.late("MeterReadings"))
    head_end.read("nobody", fields=mdm.late("MeterReadings"))
    mdm.wait()


def _controls(mdm: Client) -> None:
    head_end, fields = mdm.head_end, mdm.fields
    head_end.disconnect("M00000005", fields=fields())
    head_end.connect("M00000005", "nobody", fields=fields())
    tracked = control("M00000006", code=DISCONNECT, before="<issuerTrackingID>order 1</issuerTrackingID>")
    head_end.control(controls=tracked, fields=fields())
    later = "<primaryDeviceTiming><interval><start>2026-03-02T18:00:00Z</start></interval></primaryDeviceTiming>"
    planned = head_end.control(controls=control("M00000007", after=later), fields=fields())
    head_end.change_control("cancel", *planned.ids, fields=fields())
    head_end.change_control("cancel", *planned.ids, fields=fields())
    head_end.change_control("delete", *planned.ids, fields=fields())
    head_end.controls(fields=fields())
    head_end.disconnect("M00000009", fields=mdm.late("EndDeviceControls"))
    head_end.connect("M00000009", "nobody", fields=mdm.late("EndDeviceControls"))
    repeated = create_end_device_controls("M00000010", fields=fields())
    head_end.post("ExecuteEndDeviceControls", repeated)
    head_end.post("ExecuteEndDeviceControls", repeated)
    mdm.wait(minutes=10)
    head_end.events("M00000005", fields=fields())
    head_end.events(period=("2026-03-02T11:00:00Z", "2026-03-02T13:00:00Z"), fields=fields())
    head_end.events("M00000005", fields=mdm.late("EndDeviceEvents"))


def _schedules(mdm: Client) -> None:
    head_end, fields = mdm.head_end, mdm.fields
    hourly = time_schedule(before="<recurrencePattern>hourly</recurrencePattern>")

    def ask(operation_name: str, *who: str, **what: Any) -> list[str]:
        service = "Receive" if operation_name.endswith("d") else "Execute"
        message = meter_read_schedule(operation_name, *who, **what)
        return list(head_end.post(f"{service}MeterReadSchedule", message).ids)

    made = ask("Create", "M00000003", "M00000004", times=hourly, reading_types=[LOAD_PROFILE], fields=fields())
    ask("Created", "M00000006", times=hourly, fields=fields())
    ask("Create", "nobody", times=hourly, fields=fields())
    mdm.wait(hours=3)
    head_end.post("GetMeterReadSchedule", get_meter_read_schedule("M00000003", fields=fields()))
    ask("Cancel", ids=made, fields=fields())
    mdm.wait(hours=2)


def _events(mdm: Client) -> None:
    head_end, fields = mdm.head_end, mdm.fields
    now = str(fields()["Timestamp"])
    told = created_end_device_events(event("3.26.0.85", now, "M00000011", mrid="known-1"), fields=fields())
    head_end.post("ReceiveEndDeviceEvents", told)
    head_end.events("M00000011", fields=fields())


def _master_data(mdm: Client) -> None:
    head_end, fields = mdm.head_end, mdm.fields
    head_end.post("ExecuteMeterConfig", acting("create", "MeterConfig", one("Meter", "", "N-1"), fields=fields()))
    head_end.post("ExecuteMeterConfig", acting("create", "MeterConfig", one("Meter", "", "N-1"), fields=fields()))
    head_end.post("GetMeterConfig", asking("MeterConfig", one("Meter", "", "N-1"), fields=fields()))
    head_end.post("GetMeterConfig", asking("MeterConfig", one("Meter", "", "none"), fields=fields()))
    made = acting("create", "CustomerConfig", one("Customer", "", "Miller"), fields=mdm.late("CustomerConfig"))
    head_end.post("ExecuteCustomerConfig", made)
    new = (meters("E-1"), usage_points("Street 5"), linkage("E-1", "Street 5"))
    done = operation_set(*(operation(n, text) for n, text in enumerate(new, 1)), in_sequence=True, fields=fields())
    head_end.post("ExecuteMeterConfigOperationSet", done)
    failed = operation_set(operation(1, meters("E-2")), operation(2, linkage("E-2", "Nowhere")), fields=fields())
    head_end.post("ExecuteMeterConfigOperationSet", failed)
    head_end.post("ExecuteMeterConfig", acting("delete", "MeterConfig", one("Meter", "", "N-1"), fields=fields()))
    packed = f"<Compressed>{deflated(meters('E-3'))}</Compressed>"
    plain = acting("create", "MeterConfig", one("Meter", "", "E-3"), fields=fields()).decode()
    before, _, behind = plain.partition("<MeterConfig")
    root, _, after = behind.partition("</MeterConfig>")
    head_end.post(
        "ExecuteMeterConfig",
        f"{before}<MeterConfig{root.partition('>')[0]}/>{packed}<Format>XML</Format>{after}".encode(),
    )
    mdm.wait(minutes=1)


def _works(mdm: Client) -> None:
    head_end, fields = mdm.head_end, mdm.fields
    ordered = service_requests("create", work("disconnect", "M00000012", mrid="work-1"), fields=fields())
    head_end.post("ExecuteMeterServiceRequests", ordered)
    refused = service_requests("create", work("disconnect", "nobody", mrid="work-2"), fields=fields())
    head_end.post("ExecuteMeterServiceRequests", refused)
    mdm.wait(minutes=30)


def _mistakes(mdm: Client) -> None:
    """Of clients: whatever is wrong with a request, its answer is as it should be."""
    head_end, fields = mdm.head_end, mdm.fields
    bad = {"Source": "bad MDM"}
    head_end.read("M00000003", fields={**fields(), **bad, "Verb": "create"})
    head_end.read("M00000003", fields={**fields(), **bad, "Noun": "Readings"})
    head_end.read("M00000003", fields={**fields(), **bad, "AsyncReplyFlag": "true", "ReplyAddress": "NONE"})
    head_end.read("M00000003", period=(DAY[1], DAY[0]), fields={**fields(), **bad})
    head_end.post("GetMeterReadings", b"<a/>")
    head_end.post("GetMeterReadings", b"no XML")
    head_end.post("GetMeterReadings", create_end_device_controls("M00000003", fields={**fields(), **bad}))
    head_end.control(fields={**fields(), **bad})
    head_end.control("M00000008", code="3.31.0.99", fields={**fields(), **bad})
    head_end.change_control("cancel", fields={**fields(), **bad})
    head_end.post(
        "ExecuteMeterConfig", acting("create", "MeterConfig", f"<Meter>{names('')}</Meter>", fields={**fields(), **bad})
    )


Part = Callable[[Client], None]
PARTS: tuple[Part, ...] = (_reads, _controls, _schedules, _events, _master_data, _works, _mistakes)
NOUNS = ("EndDeviceEvents", "MeterReadings", "EndDeviceControls", "MeterConfig", "MeterServiceRequests")


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    """Exchanges of a head end that answers what is wrong by replies."""
    record = Record(ManualClock(NOON))
    with recorded_mdm(record) as mdm:
        told = [{"noun": noun, "url": f"{mdm}/services/Receive{noun}"} for noun in NOUNS]
        with in_process(tmp_path_factory.mktemp("own"), NOON, meters=20, subscriptions=told) as opened:
            record.clock = opened.clock
            client = Client(RecordedHeadEnd(opened, record), mdm)
            for part in PARTS:
                part(client)
            settle(opened)
    return record.entries


@pytest.fixture(scope="module")
def findings(entries: list[Entry]) -> list[Finding]:
    return list(Linter(served_contract()).findings(entries))


def _is_ours(finding: Finding, entries: list[Entry]) -> bool:
    entry = next(one for one in entries if one.number == finding.entry)
    return (finding.part is Side.RESPONSE) == (entry.direction is Direction.IN)


def test_nothing_that_we_say_breaks_a_rule(entries: list[Entry], findings: list[Finding]) -> None:
    bad = [str(one) for one in findings if one.severity is not Severity.NOTE and _is_ours(one, entries)]
    assert bad == []


def test_nothing_that_a_good_client_says_breaks_a_rule(entries: list[Entry], findings: list[Finding]) -> None:
    good = {one.number for one in entries if f">{MDM}<".encode() in one.request.body}
    bad = [str(one) for one in findings if one.severity is not Severity.NOTE and one.entry in good]
    assert bad == []


def test_what_we_say_has_a_complete_header(entries: list[Entry], findings: list[Finding]) -> None:
    incomplete = {"header.message-id", "header.timestamp", "header.source"}
    assert [str(one) for one in findings if one.rule in incomplete and _is_ours(one, entries)] == []


def test_both_sides_began_exchanges_of_many_kinds(entries: list[Entry]) -> None:
    services = {(one.direction, one.service) for one in entries}
    assert {(Direction.OUT, f"Receive{noun}") for noun in NOUNS} <= services
    assert {
        (Direction.OUT, f"Reply{noun}") for noun in ("MeterReadings", "EndDeviceControls", "CustomerConfig")
    } <= services
    assert len([one for one in services if one[0] is Direction.IN]) >= 12
    assert len(entries) >= 80


def test_every_late_reply_came(findings: list[Finding]) -> None:
    assert [str(one) for one in findings if one.rule == "async.late-reply-owed"] == []


def test_our_faults_break_no_rule(tmp_path: Path) -> None:
    with recorded_head_end(tmp_path, NOON, meters=20, error_style="fault") as head_end:
        client = Client(head_end, "http://mdm.test")
        _mistakes(client)
        head_end.read("nobody", fields=client.fields())
        linter = Linter(served_contract(), threshold=Severity.WARNING)
        found = [one for one in linter.findings(head_end.record.entries) if one.part is Side.RESPONSE]
    assert [str(one) for one in found] == []
    assert any(one.status == 500 for one in head_end.record.entries)


def test_a_day_of_a_fleet_that_is_far_from_ideal_says_what_is_missing(tmp_path: Path) -> None:
    with recorded_head_end(tmp_path, NOON, meters=50, conditions="realistic", zone="Europe/Berlin") as head_end:
        client = Client(head_end, "http://mdm.test")
        head_end.read(period=DAY, fields=client.fields())
        head_end.read(*(f"M000000{number:02d}" for number in range(50)), fields=client.fields())
        head_end.events(period=DAY, fields=client.fields())
        found = list(Linter(served_contract(), threshold=Severity.WARNING).findings(head_end.record.entries))
    # What meters themselves do wrong is what such a fleet is for.
    made_in_the_field = {
        "series.no-duplicates",
        "series.ascending",
        "series.aligned",
        "series.no-overlap",
        "value.plausible",
    }
    assert [str(one) for one in found if one.rule not in made_in_the_field] == []
