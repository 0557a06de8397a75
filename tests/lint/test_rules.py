"""Every rule: exchanges that keep it are clean, and the same with one thing changed are found out, by it alone."""

from collections.abc import Iterable

import pytest
from lxml import etree

from headend.contract import Contract
from headend.journal import Entry
from headend.lint import RULES, Finding, Linter, rule
from tests.lint.broken import (
    asynchronous,
    control,
    event,
    header,
    message,
    name,
    operation_set,
    reading,
    reply,
    schedule,
    series,
    soap,
    time,
    transaction,
)
from tests.lint.exchanges import Case

_GROUPS = (
    soap, message, header, time, name, reply, asynchronous, reading, series, event, control, schedule, operation_set,
    transaction,
)  # fmt: skip
CASES: dict[str, Case] = {rule_id: case for group in _GROUPS for rule_id, case in group.CASES.items()}


def found(linter: Linter, entries: Iterable[Entry]) -> list[Finding]:
    return list(linter.findings(entries))


def test_every_rule_has_a_case() -> None:
    assert sorted(CASES) == sorted(one.id for one in RULES)


@pytest.mark.parametrize("rule_id", CASES)
def test_what_keeps_a_rule_is_clean(rule_id: str, linter: Linter) -> None:
    assert [str(one) for one in found(linter, CASES[rule_id].good)] == []


@pytest.mark.parametrize("rule_id", CASES)
def test_what_breaks_a_rule_is_found_by_it_alone(rule_id: str, linter: Linter) -> None:
    findings = found(linter, CASES[rule_id].bad)
    assert {one.rule for one in findings} == {rule_id}, "\n".join(map(str, findings))
    assert rule(rule_id).example in [one.sentence for one in findings]


def test_what_keeps_the_rules_keeps_the_contract(contract: Contract) -> None:
    messages = {
        sent.body for case in CASES.values() for entry in case.good for sent in (entry.request, entry.response) if sent
    }
    for message_text in messages:
        (body,) = etree.fromstring(message_text)[-1]
        if etree.QName(body).localname != "Fault":
            assert contract.validate(body) == [], message_text
