"""A resend is known by its source and MessageID, and gets the reply of the first."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from headend.store import HandledRequest, Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
REQUEST = HandledRequest("MDM", "message-1", b"\x00digest\xff", "<Reply>ü</Reply>".encode(), NOON)


def test_a_request_is_found_with_its_reply(store: Store) -> None:
    with store.writing() as work:
        work.handled_requests.put(REQUEST)
    with store.reading() as work:
        assert work.handled_requests.find("MDM", "message-1") == REQUEST


def test_another_source_may_use_the_same_message_id(store: Store) -> None:
    with store.writing() as work:
        work.handled_requests.put(REQUEST)
        assert work.handled_requests.find("CIS", "message-1") is None
        work.handled_requests.put(replace(REQUEST, source="CIS"))
        assert work.handled_requests.find("MDM", "message-1") == REQUEST


def test_the_last_request_under_a_message_id_counts(store: Store) -> None:
    later = replace(REQUEST, digest=b"other", reply=b"<Reply/>")
    with store.writing() as work:
        work.handled_requests.put(REQUEST)
        work.handled_requests.put(later)
        assert work.handled_requests.find("MDM", "message-1") == later


def test_old_requests_are_forgotten(store: Store) -> None:
    with store.writing() as work:
        work.handled_requests.put(REQUEST)
        work.handled_requests.put(replace(REQUEST, message_id="message-2", handled=NOON + timedelta(days=1)))
        assert work.handled_requests.forget_before(NOON + timedelta(hours=1)) == 1
        assert work.handled_requests.find("MDM", "message-1") is None
        assert work.handled_requests.find("MDM", "message-2") is not None


def test_resends_at_the_same_moment_are_acted_on_once(store: Store) -> None:
    acted: list[int] = []
    start = threading.Barrier(4)

    def handle(number: int) -> None:
        start.wait()
        with store.writing() as work:
            if work.handled_requests.find("MDM", "message-1") is None:
                acted.append(number)
                work.handled_requests.put(REQUEST)

    threads = [threading.Thread(target=handle, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(acted) == 1
