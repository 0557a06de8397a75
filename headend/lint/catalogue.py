"""All rules, by group; and what a run wants of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final, Literal

from headend.lint.finding import Severity
from headend.lint.rule import Need, Rule
from headend.lint.rules import (
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
from simulator.near_miss import did_you_mean

RULES: Final[tuple[Rule, ...]] = (
    *soap.RULES,
    *message.RULES,
    *header.RULES,
    *time.RULES,
    *name.RULES,
    *reply.RULES,
    *asynchronous.RULES,
    *reading.RULES,
    *series.RULES,
    *event.RULES,
    *control.RULES,
    *schedule.RULES,
    *operation_set.RULES,
    *transaction.RULES,
)
"""In the order of docs/lint.md."""

OFF: Final = "off"
Wish = Severity | Literal["off"]
"""What a run wants of a rule: another severity, or that it is left out."""


class UnknownRule(ValueError):
    """A name that no rule and no group has; the message offers near misses."""


def rules_in_force(wishes: Mapping[str, Wish], unknown: Collection[Need] = ()) -> tuple[Rule, ...]:
    """The rules of a run, with their severities.

    wishes: by id, or by group as `reading.*`; an id counts before its group. unknown: what is not known of the
    exchanges; rules that need it are left out. Raises UnknownRule.
    """
    for wished in wishes:
        _check(wished)
    kept = []
    for rule in RULES:
        wish = wishes.get(rule.id, wishes.get(f"{rule.group}.*", rule.severity))
        if wish != OFF and not rule.needs & frozenset(unknown):
            kept.append(replace(rule, severity=Severity(wish)))
    return tuple(kept)


def rule(rule_id: str) -> Rule:
    """The rule of an id. Raises UnknownRule."""
    for one in RULES:
        if one.id == rule_id:
            return one
    raise UnknownRule(f"there is no rule {rule_id!r}{did_you_mean(rule_id, [one.id for one in RULES])}")


def _check(wished: str) -> None:
    if wished.endswith(".*"):
        groups = list(dict.fromkeys(one.group for one in RULES))
        if wished.removesuffix(".*") not in groups:
            near = did_you_mean(wished.removesuffix(".*"), groups)
            raise UnknownRule(f"there is no group of rules {wished!r}{near}")
        return
    rule(wished)
