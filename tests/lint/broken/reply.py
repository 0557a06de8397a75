"""What breaks the rules on the Reply."""

from tests.lint.exchanges import (
    METER,
    Case,
    answer,
    control,
    error,
    exchange,
    faulted,
    read,
    refused,
    result,
    spoiled,
    told_events,
)

_READ, _CONTROL, _TOLD, _FAULTED = read(), control(), told_events(), faulted()
_UNKNOWN = error("2.4", object_id="M9")
_PARTIAL = read(reply=result("PARTIAL", _UNKNOWN, error("0.2", "INFORM")), meters=(METER, "M9"))
_REFUSED = refused(result("FAILED", error("2.4", object_id=METER)))

CASES = {
    "reply.ok-without-errors": Case(
        [read(reply=result("OK", error("0.0", "INFORM")))],
        [read(reply=result("OK", _UNKNOWN), meters=(METER, "M9"))],
    ),
    "reply.ok-without-remarks": Case(
        [read(reply=result("OK", error("0.0", "INFORM")))], [read(reply=result("OK", error("1.8", "INFORM")))]
    ),
    "reply.partial-says-what": Case([_PARTIAL], [read(reply=result("PARTIAL"))]),
    "reply.failed-says-why": Case([_REFUSED], [refused(result("FAILED"))]),
    "reply.failed-without-payload": Case([_REFUSED], [read(reply=result("FAILED", error("2.15", "WARNING")))]),
    "reply.code-fits-result": Case([_PARTIAL], [read(reply=result("OK", error("0.1", "INFORM")))]),
    "reply.code-known": Case([_REFUSED], [refused(result("FAILED", error("2.44", object_id=METER)))]),
    "reply.code-not-retired": Case([_REFUSED], [refused(result("FAILED", error("2.7", object_id=METER)))]),
    "reply.level-fits": Case([_PARTIAL], [spoiled(_PARTIAL, response=("<m:level>INFORM", "<m:level>FATAL"))]),
    "reply.names-object": Case([_REFUSED], [refused(result("FAILED", error("2.4")))]),
    "reply.names-pair": Case(
        [refused(result("FAILED", error("2.13", object_id=METER, related="UP9")))],
        [refused(result("FAILED", error("2.13", object_id=METER)))],
    ),
    "reply.has-words": Case(
        [refused(result("FAILED", error("5.3")))],
        [refused(result("FAILED", error("5.3").replace("<m:reason>why</m:reason>", "")))],
    ),
    "reply.no-deprecated-object": Case(
        [_REFUSED],
        [
            refused(
                result(
                    "FAILED",
                    error("2.4", object_id=METER, after="<m:object><m:objectType>Meter</m:objectType></m:object>"),
                )
            )
        ],
    ),
    "reply.fault-failed": Case(
        [_FAULTED], [spoiled(_FAULTED, response=("<m:Result>FAILED</m:Result>", "<m:Result>PARTIAL</m:Result>"))]
    ),
    "reply.has-payload": Case([_READ], [refused(result("OK"))]),
    "reply.no-payload": Case(
        [_CONTROL],
        [
            exchange(
                _CONTROL.request.body,
                answer(
                    "EndDeviceControls",
                    result("OK") + "<m:ID>9ccd30f3-b178-80cf-b84b-78d322a38187</m:ID>",
                    '<EndDeviceControls xmlns="http://iec.ch/TC57/2011/EndDeviceControls#"/>',
                ),
                "ExecuteEndDeviceControls",
            )
        ],
    ),
    "reply.event-not-refused": Case(
        [_TOLD],
        [
            exchange(
                _TOLD.request.body,
                answer("EndDeviceEvents", result("FAILED", error("2.4", object_id=METER)), correlates="p-1"),
                "ReceiveEndDeviceEvents",
            )
        ],
    ),
    "reply.names-created": Case(
        [_CONTROL], [exchange(_CONTROL.request.body, answer("EndDeviceControls"), "ExecuteEndDeviceControls")]
    ),
}
