"""The yardstick of small messages: the standard library's HTTP client, a kept connection, and nothing else.

    python -m benchmarks.bare_sender CORE URL BYTES MESSAGES

Prints how many messages a second it brought to the receiver.
"""

import os
import subprocess
import sys
from http.client import HTTPConnection
from time import perf_counter
from urllib.parse import urlsplit


def bare_rate(core: int, url: str, size: int, messages: int) -> float:
    """Messages/s of a process of its own on one core; raises CalledProcessError where it fails."""
    command = [sys.executable, "-m", "benchmarks.bare_sender", *map(str, (core, url, size, messages))]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main(core: str, url: str, size: str, messages: str) -> None:
    os.sched_setaffinity(0, {int(core)})
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port)
    body, headers = b" " * int(size), {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"created"'}
    started = perf_counter()
    for _ in range(int(messages)):
        connection.request("POST", address.path or "/", body, headers)
        connection.getresponse().read()
    print(int(messages) / (perf_counter() - started))


if __name__ == "__main__":
    main(*sys.argv[1:])
