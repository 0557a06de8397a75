"""What breaks the rules on the Header."""

from tests.lint.exchanges import STAMP, Case, Change, read, spoiled

_READ = read()


def _protected(nonce: str, created: str) -> Change:
    detection = f"<m:ReplayDetection><m:Nonce>{nonce}</m:Nonce><m:Created>{created}</m:Created></m:ReplayDetection>"
    return "<m:Timestamp>", f"{detection}<m:Timestamp>"


_TWICE = [_READ, read(number=2)]

CASES = {
    "header.verb-known": Case([_READ], [spoiled(_READ, request=("<m:Verb>get", "<m:Verb>cancelled"))]),
    "header.verb-fits": Case([_READ], [spoiled(_READ, request=("<m:Verb>get", "<m:Verb>create"))]),
    "header.noun-fits": Case([_READ], [spoiled(_READ, request=("<m:Noun>MeterReadings", "<m:Noun>EndDeviceEvents"))]),
    "header.noun-of-payload": Case(
        [_READ], [spoiled(_READ, request=("<m:Noun>MeterReadings", "<m:Noun>GetMeterReadings"))]
    ),
    "header.message-id": Case([_READ], [read(MessageID=None)]),
    "header.timestamp": Case([_READ], [read(Timestamp=None)]),
    "header.source": Case([_READ], [read(Source=None)]),
    "header.id-form": Case([_READ], [read(MessageID="number 1")]),
    "header.no-placeholder": Case([_READ], [read(MessageID="?")]),
    "header.no-empty-element": Case([_READ], [read(ReplyAddress="")]),
    "header.revision-known": Case([read(Revision="2.0")], [read(Revision="0.1A")]),
    "header.context-known": Case([read(Context="TESTING")], [read(Context="Prod")]),
    "header.correlation-echoed": Case(
        [_READ, spoiled(read(CorrelationID=None, number=2), response=("c-2", "m-2"))],
        [spoiled(_READ, response=("c-1", "c-2"))],
    ),
    "header.message-id-own": Case([_READ], [spoiled(_READ, response=("r-1", "m-1"))]),
    "header.message-id-unique": Case(
        [*_TWICE, spoiled(_READ, number=3)],
        [_READ, read(number=2, MessageID="m-1")],
    ),
    "header.nonce-complete": Case(
        [spoiled(_READ, request=_protected("n-1", STAMP))], [spoiled(_READ, request=_protected("", STAMP))]
    ),
    "header.nonce-fresh": Case(
        [spoiled(_READ, request=_protected("n-1", "2026-03-01T13:00:00Z"))],
        [spoiled(_READ, request=_protected("n-1", "2026-02-28T12:00:00Z"))],
    ),
    "header.nonce-unique": Case(
        [spoiled(_TWICE[0], request=_protected("n-1", STAMP)), spoiled(_TWICE[1], request=_protected("n-2", STAMP))],
        [spoiled(one, request=_protected("n-1", STAMP)) for one in _TWICE],
    ),
}
