"""Rules beyond the schema: what is wrong, or odd, with exchanges that the contract lets pass (docs/lint.md).

Messages are read here with lxml alone, reading types by simulator/cim: eyes of their own, not those that made them.
"""

from headend.lint.catalogue import OFF, RULES, UnknownRule, Wish, rule
from headend.lint.finding import Finding, Severity, Side
from headend.lint.linter import Linter, LintRun
from headend.lint.rule import Need, Rule

__all__ = [
    "OFF",
    "RULES",
    "Finding",
    "LintRun",
    "Linter",
    "Need",
    "Rule",
    "Severity",
    "Side",
    "UnknownRule",
    "Wish",
    "rule",
]
