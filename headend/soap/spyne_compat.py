"""Spyne 2.14 on the Pythons of today. Import this before anything of Spyne.

Two things stand between Spyne 2.14 and Python 3.12 and later. It ships an old copy of `six` whose lazy `moves` the
import system no longer finds, so the modules that Spyne takes from it are registered under the names by which it
asks. And it imports `cgi`, which left the standard library in 3.13: the distribution `legacy-cgi` brings it back.
"""

import logging
import sys
import warnings
from importlib import import_module

_MOVED = (
    "",
    ".collections_abc",
    ".http_cookies",
    ".urllib",
    ".urllib.error",
    ".urllib.parse",
    ".urllib.request",
)

for _name in _MOVED:
    sys.modules.setdefault(f"spyne.util.six.moves{_name}", import_module(f"six.moves{_name}"))

with warnings.catch_warnings():
    # `cgi` is deprecated in 3.11 and 3.12, and some of Spyne's patterns have escapes that Python warns of.
    warnings.simplefilter("ignore")
    import spyne.const
    import spyne.protocol.soap.soap11
    import spyne.server.wsgi

# Spyne logs a stack trace for every fault that a client earns; what matters of it is in our own log.
logging.getLogger("spyne").setLevel(logging.CRITICAL)

Soap11 = spyne.protocol.soap.soap11.Soap11
WsgiApplication = spyne.server.wsgi.WsgiApplication
Fault = spyne.model.fault.Fault
Application = spyne.application.Application


def leave_garbage_alone() -> None:
    """Keep Spyne from collecting the garbage of the whole process once a second, in the middle of a request.

    It does so for the sake of files that it has opened, and here it opens none. In a process of our own the collector
    is told to look at next to nothing (server.py); in somebody else's it would take 0.15 s each time.
    """
    spyne.const.MIN_GC_INTERVAL = float("inf")
