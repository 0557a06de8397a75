"""What breaks the rules on instants."""

from tests.lint.exchanges import DISCONNECTED, METER, STAMP, Case, asked_events, read, told_events
from tests.support.soap_requests import event

_READ = read()
_TOLD = told_events(event(DISCONNECTED, STAMP, METER))

CASES = {
    "time.offset": Case([_READ], [read(Timestamp="2026-03-02T12:00:00")]),
    "time.no-default": Case([_TOLD], [told_events(event(DISCONNECTED, "1970-01-01T00:00:00Z", METER))]),
    "time.span-ordered": Case(
        [asked_events()], [asked_events(period=("2026-03-02T12:00:00Z", "2026-03-02T11:00:00Z"))]
    ),
    "time.timestamp-not-ahead": Case([_READ], [read(Timestamp="2026-03-02T13:00:00Z")]),
    "time.timestamp-not-stale": Case([_READ], [read(Timestamp="2026-02-28T12:00:00Z")]),
    "time.timestamps-ascend": Case(
        [_READ, read(number=2, Timestamp="2026-03-02T11:58:00Z")],
        [_READ, read(number=2, Timestamp="2026-03-02T11:00:00Z")],
    ),
}
