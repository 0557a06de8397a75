"""Head ends that share a database share the work, and send nothing twice."""

import os
import re
import signal
from collections import Counter
from pathlib import Path

import pytest

from headend.store import MessageState, Store
from tests.delivery.receiver import Answer, Receiver, receiver
from tests.support.patience import eventually
from tests.support.served import serve

REQUESTS = 30


def message_ids(mdm: Receiver) -> Counter[bytes]:
    return Counter(found[1] for one in mdm.received if (found := re.search(rb"MessageID>([^<]+)<", one.body)))


@pytest.mark.services
def test_two_head_ends_of_two_workers_each_send_every_message_once(postgresql_url: str, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    with (
        receiver() as mdm,
        receiver() as billing,
        serve(
            tmp_path / "one", "real", "--workers=2", f"--publish-to={mdm.url}", f"--publish-to={billing.url}",
            database=postgresql_url,
        ) as one,
        serve(
            tmp_path / "other", "real", "--workers=2", f"--publish-to={mdm.url}", f"--publish-to={billing.url}",
            database=postgresql_url,
        ) as other,
    ):  # fmt: skip
        for number in range(REQUESTS):
            asked = (one, other)[number % 2].disconnect(f"M{number:08d}")
            assert asked.result == "OK"
        store = Store.open(postgresql_url)
        eventually(lambda: delivered(store) == 2 * REQUESTS, "all is delivered")
        store.close()
        for each in (mdm, billing):
            assert set(message_ids(each).values()) == {1}
            assert len(message_ids(each)) == REQUESTS


def delivered(store: Store) -> int:
    with store.reading() as work:
        return work.outbox.counts()[MessageState.DELIVERED]


def test_a_worker_that_dies_is_replaced_and_what_it_had_begun_is_sent(sqlite_url: str, tmp_path: Path) -> None:
    """Its claim is free again when the lease ends."""
    settings = tmp_path / "headend.yaml"
    with receiver() as mdm:
        settings.write_text(f"delivery_timeout_s: 0.3\nsubscriptions: [{{url: {mdm.url!r}}}]\n")
        with serve(tmp_path, "real", f"--config={settings}", "--workers=1", database=sqlite_url) as head_end:
            pause_the_receiver(mdm)
            head_end.disconnect("M00000001")
            eventually(lambda: mdm.received, "the message is on its way")
            worker = Path(f"/proc/{head_end.process.pid}/task/{head_end.process.pid}/children").read_text().split()
            os.kill(int(worker[0]), signal.SIGKILL)
            eventually(lambda: len(mdm.received) == 2, "the message comes again")
            assert set(message_ids(mdm).values()) == {2}


def pause_the_receiver(mdm: Receiver) -> None:
    """It takes the next message and says nothing to it."""
    mdm.answers.append(Answer(waits=True))
