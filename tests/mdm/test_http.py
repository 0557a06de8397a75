"""Senders that break off, byte by byte: nothing of theirs is kept, and the next one is served."""

import socket
from urllib.parse import urlsplit

import pytest

from headend.mdm import FakeMdm
from tests.support.client import HeadEndClient
from tests.support.raw_http import HttpConnection
from tests.support.sent_to_mdm import events, sender_to

HEAD = b"POST /services/ReceiveEndDeviceEvents HTTP/1.1\r\nHost: mdm\r\nContent-Type: text/xml\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"Content-Length: 1000\r\n\r\n<Env",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n64\r\n<Env",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nmany\r\n<Env",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n<Env\r\n",
    ],
    ids=["in the body", "in a chunk", "a chunk without length", "between chunks"],
)
def test_a_message_that_breaks_off_is_not_kept(mdm: FakeMdm, sender: HeadEndClient, sent: bytes) -> None:
    address = urlsplit(mdm.base_url)
    with HttpConnection(address.hostname or "", address.port or 0) as connection:
        connection.send(sent)
    assert sender.post("ReceiveEndDeviceEvents", events()).result == "OK"
    assert [one.operation for one in mdm.received] == ["CreatedEndDeviceEvents"]


def test_a_message_without_length_is_an_empty_one(mdm: FakeMdm) -> None:
    address = urlsplit(mdm.base_url)
    with HttpConnection(address.hostname or "", address.port or 0) as connection:
        connection.send(HEAD + b"Connection: close\r\n\r\n")
        assert connection.receive("POST").status == 500
    assert "no body" in mdm.received[0].refusal[0]


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_a_host_of_ipv6_has_its_brackets() -> None:
    with FakeMdm(host="::1") as mdm:
        assert mdm.base_url.startswith("http://[::1]:")
        assert sender_to(mdm.base_url).post("ReceiveEndDeviceEvents", events()).result == "OK"
