"""Sessions of `headend serve`: worker processes, a kill, zeep, the command line."""

import os
import re
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headend.cli.app import app
from headend.client import ControlClient
from tests.conftest import STEPPED
from tests.delivery.receiver import Answer, Receiver, receiver
from tests.support.patience import eventually
from tests.support.served import ServedHeadEnd, SocketExchange, serve
from tests.support.session_client import session_client
from tests.support.zeep_client import zeep_client

METER = "M00000003"
JOBS = ("job-1", "job-2", "job-3")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHeadEnd]:
    with serve(tmp_path_factory.mktemp("sessions"), STEPPED, "--workers=2") as running:
        yield running


def told(mdm: Receiver) -> Counter[bytes]:
    """How often each message came."""
    return Counter(found[1] for one in mdm.received if (found := re.search(rb"MessageID>([^<]+)<", one.body)))


def test_each_job_is_told_of_its_own_events_once_whichever_worker_it_meets(served: ServedHeadEnd) -> None:
    with receiver() as first, receiver() as second, receiver() as third:
        for name, mdm in zip(JOBS, (first, second, third), strict=True):
            with ControlClient(f"{served.base_url}/s/{name}") as control:
                control.subscribe(mdm.url)
        for number in range(6):
            for name in JOBS:
                client = session_client(SocketExchange(served.host, served.port), name)
                assert client.disconnect(f"M{number:08d}").result == "OK"
        for mdm in (first, second, third):
            eventually(lambda mdm=mdm: len(told(mdm)) == 6, "all are told")
            assert set(told(mdm).values()) == {1}
        assert set(told(first)) != set()
        assert not served.log()


def test_zeep_made_from_the_wsdl_of_a_session_stays_in_it(served: ServedHeadEnd) -> None:
    client = zeep_client(f"{served.base_url}/s/zeep", "GetMeterReadings")
    assert client.service._binding_options["address"] == f"{served.base_url}/s/zeep/services/GetMeterReadings"
    header = {"Verb": "get", "Noun": "MeterReadings", "Timestamp": "2026-03-02T12:00:00Z", "MessageID": "1"}
    query = {"GetMeterReadings": {"EndDevice": [{"Names": [{"name": METER}]}]}}
    assert client.service.GetMeterReadings(Header=header, Request=query).Reply.Result == "OK"
    with ControlClient(f"{served.base_url}/s/zeep") as control:
        assert [one["service"] for one in control.call("GET", "journal")["exchanges"]] == ["GetMeterReadings"]


def run(*arguments: str) -> str:
    ended = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def test_commands_take_the_url_of_a_session(served: ServedHeadEnd) -> None:
    made = run("sessions", "create", "cli", "--clock", "stepped@2026-01-01T00:00:00Z", "--url", served.base_url)
    session = made.strip()
    assert session == f"{served.base_url}/s/cli"
    run("ready", "--url", session)
    assert run("clock", "get", "--url", session) == "2026-01-01T00:00:00Z\n"
    assert "Opened" in run("disconnect", METER, "--url", session, "--json")
    assert METER in run("read", METER, "--url", session)
    assert "CreateEndDeviceControls" in run("journal", "list", "--json", "--url", session)
    assert "cli" in run("sessions", "list", "--url", served.base_url)
    assert run("sessions", "drop", "cli", "--url", served.base_url) == "session cli is dropped\n"
    assert '"cli"' not in run("sessions", "list", "--json", "--url", served.base_url)


def test_what_a_session_had_to_send_when_all_was_killed_is_sent_after_the_restart(tmp_path: Path) -> None:
    """Nobody has to call it for that."""
    with receiver() as mdm:
        with serve(tmp_path, STEPPED) as before:
            with ControlClient(f"{before.base_url}/s/killed") as control:
                control.subscribe(mdm.url)
            mdm.answers.append(Answer(waits=True))
            session_client(SocketExchange(before.host, before.port), "killed").disconnect(METER)
            eventually(lambda: mdm.received, "the message is on its way")
            for pid in reversed(before._processes()):
                os.kill(pid, signal.SIGKILL)
            before.process.wait(20)
        with serve(tmp_path, STEPPED):
            eventually(lambda: len(mdm.received) == 2, "the message comes again")
            assert set(told(mdm).values()) == {2}
