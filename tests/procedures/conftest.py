"""One pair of processes for all procedures that a test process runs: what starts them costs more than they take."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from headend.client import ControlClient
from tests.procedures.bench import NOON, Bench, Tester
from tests.support.served import SocketExchange, serve
from tests.support.served_mdm import serve_mdm

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """`headend mdm` and `headend serve`, each in a process of its own."""
    directory = tmp_path_factory.mktemp("procedures")
    settings = str(HERE / "headend.yaml")
    with (
        serve_mdm(directory) as mdm,  # starts while the other one does
        serve(directory, f"stepped@{NOON}", "--config", settings) as served,
        ControlClient(served.base_url) as control,
    ):
        assert served.process.pid != os.getpid()
        yield Bench(Tester(SocketExchange(served.host, served.port)), control, mdm)


@pytest.fixture
def bench(pair: Bench) -> Iterator[Bench]:
    """The pair as on the first day. All messages of the test are verified at its end.

    pytest shows the account of them where the test fails, and always with -rP.
    """
    pair.reset()
    yield pair
    pair.settle()
    messages = pair.mdm.received()
    print(pair.account(messages))
    pair.verify(messages)
