"""What breaks the rules on what follows what."""

from tests.lint.exchanges import Case, Entry, answer, control, error, exchange, fields, result, spoiled
from tests.support.soap_requests import end_device_controls

_MRID = "9ccd30f3-b178-80cf-b84b-78d322a38187"
_CONTROL = control()
_RESEND = spoiled(_CONTROL, number=2)


def _ended(verb: str, number: int) -> Entry:
    request = end_device_controls(verb, ids=[_MRID], fields=fields(number))
    response = answer("EndDeviceControls", correlates=f"c-{number}", number=number)
    return exchange(request, response, "ExecuteEndDeviceControls", number=number)


CASES = {
    "transaction.resend-answered": Case(
        [_CONTROL, _RESEND],
        [
            _CONTROL,
            exchange(
                _CONTROL.request.body,
                answer("EndDeviceControls", result("FAILED", error("6.1")), number=2),
                "ExecuteEndDeviceControls",
                number=2,
            ),
        ],
    ),
    "transaction.verb-order": Case(
        [_ended("cancel", 1), _ended("delete", 2)], [_ended("delete", 1), _ended("cancel", 2)]
    ),
}
