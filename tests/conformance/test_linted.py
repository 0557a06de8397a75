"""The linter's rules are checks of every case."""

import re
from datetime import UTC, datetime, timedelta

from headend.compose import served_contract
from headend.conformance.check import Outcome
from headend.conformance.lint_seam import lint_checks
from headend.conformance.linted import linted
from headend.journal import Direction, Entry, Message
from tests.support.in_process import InProcessHeadEnd
from tests.support.soap_requests import get_meter_readings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LINT = linted(served_contract())


def asked(request: bytes, response: bytes, *, seconds: int = 0) -> Entry:
    at = NOON + timedelta(seconds=seconds)
    return Entry(
        number=90 + seconds,
        direction=Direction.OUT,
        at=at,
        machine_at=at,
        took_s=0.1,
        peer="http://head-end.test/services/GetMeterReadings",
        service="GetMeterReadings",
        operation="GetMeterReadings",
        soap_action="http://iec.ch/TC57/2011/GetMeterReadings/GetMeterReadings",
        status=200,
        request=Message.whole(request),
        response=Message.whole(response),
    )


def exchange(head_end: InProcessHeadEnd, meter: str) -> tuple[bytes, bytes]:
    request = get_meter_readings(meter, fields={"MessageID": f"about-{meter}", "CorrelationID": f"c-{meter}"})
    return request, head_end.post("GetMeterReadings", request).raw


def test_messages_that_keep_all_rules_are_one_check_that_passes(quiet_head_end: InProcessHeadEnd) -> None:
    (check,) = lint_checks(LINT, [asked(*exchange(quiet_head_end, "M00000003"))])
    assert check.outcome is Outcome.PASSED


def test_a_rule_that_the_head_end_breaks_fails_with_its_exchange(quiet_head_end: InProcessHeadEnd) -> None:
    request, answer = exchange(quiet_head_end, "M00000003")
    broken, times = re.subn(rb"<m:CorrelationID>.*?</m:CorrelationID>", b"", answer)
    assert times == 1
    whole = asked(*exchange(quiet_head_end, "M00000004"))
    # The later one is given first: exchanges are looked at in the order of their beginnings.
    (check,) = lint_checks(LINT, [asked(request, broken, seconds=1), whole])
    assert (check.outcome, check.exchange) == (Outcome.FAILED, 91)
    assert "header.correlation-echoed" in check.sentence


def test_what_we_send_is_no_finding(quiet_head_end: InProcessHeadEnd) -> None:
    request, answer = exchange(quiet_head_end, "M00000003")
    odd = request.replace(b"<m:Verb>get", b"<m:Verb>change")
    assert odd != request
    (check,) = lint_checks(LINT, [asked(odd, answer)])
    assert check.outcome is Outcome.PASSED
