"""Captured messages become exchanges by what they are and the order in which they are given."""

import pytest

from headend.contract import Contract
from headend.lint import Linter, Need
from headend.lint.captured import captured, contract_violations
from tests.lint.exchanges import (
    asked_late,
    control,
    fault,
    faulted,
    late_reply,
    of_meter,
    quarters,
    read,
    readings,
    told_events,
)
from tests.support.compressed import deflated

READ, CONTROL, ASKED, LATE = read(), control(number=2), asked_late(3), late_reply(4, 3)


def pairs(contract: Contract, *messages: bytes) -> list[tuple[int | None, int | None]]:
    return [(one.request, one.response) for one in captured(messages, contract)]


def bodies(*entries: object) -> list[bytes]:
    return [sent.body for one in entries for sent in (one.request, one.response)]  # type: ignore[attr-defined]


def test_an_answer_behind_its_request_is_the_answer_to_it(contract: Contract) -> None:
    assert pairs(contract, *bodies(READ, CONTROL)) == [(0, 1), (2, 3)]
    assert pairs(contract, *bodies(told_events())) == [(0, 1)]
    assert pairs(contract, READ.request.body, fault()) == [(0, 1)]


def test_messages_that_do_not_belong_together_stand_alone(contract: Contract) -> None:
    (asked, answered), (wanted, _) = bodies(READ), bodies(CONTROL)
    assert pairs(contract, asked, wanted, answered) == [(0, None), (1, None), (None, 2)]
    assert pairs(contract, answered, asked) == [(None, 0), (1, None)]
    assert pairs(contract, b"no XML", asked) == [(0, None), (1, None)]


def test_a_response_message_with_the_correlation_of_an_asynchronous_request_is_its_late_reply(
    contract: Contract,
) -> None:
    assert pairs(contract, *bodies(ASKED, LATE)) == [(0, 1), (2, 3)]
    linter = Linter(contract, unknown=tuple(Need))
    found = linter.findings(one.entry for one in captured(bodies(ASKED, LATE), contract))
    assert list(found) == []


@pytest.mark.parametrize("entry", [READ, CONTROL, LATE, faulted()], ids=["read", "control", "late reply", "fault"])
def test_what_keeps_the_contract_breaks_nothing_of_it(contract: Contract, entry: object) -> None:
    assert [contract_violations(body, contract) for body in bodies(entry)] == [[], []]


def test_what_breaks_the_contract_is_told_with_its_place(contract: Contract) -> None:
    asked, _ = bodies(READ)
    (sentence,) = contract_violations(asked.replace(b"<m:Verb>get</m:Verb>", b""), contract)
    assert sentence.startswith("/GetMeterReadings/Header (line 1): Verb is missing")
    (sentence,) = contract_violations(fault().replace(b"<m:code>1.8</m:code>", b""), contract)
    assert sentence.startswith("/MeterReadingsFaultMessage/Reply/Error (line 2): code is missing")
    (sentence,) = contract_violations(b"<a>", contract)
    assert "not well-formed" in sentence
    assert contract_violations(b"<a/>", contract) == ["it is no SOAP 1.1 envelope with one element in its Body"]


def test_what_came_compressed_is_held_to_the_contract_too(contract: Contract) -> None:
    inside = readings(of_meter(quarters("11:00"))).replace("<value>", "<worth>").replace("</value>", "</worth>")
    packed = read(f"{readings()}<w:Compressed>{deflated(inside)}</w:Compressed><w:Format>XML</w:Format>")
    assert packed.response is not None
    (sentence,) = contract_violations(packed.response.body, contract)
    assert "worth has no place in IntervalReadings" in sentence
    broken = packed.response.body.replace(b"<w:Compressed>", b"<w:Compressed>?")
    assert "it must be gzip data" in contract_violations(broken, contract)[0]
