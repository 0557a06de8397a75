"""Two runs compared by their JSON reports: what passes now and did not, what passes no more, what is covered."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headend.conformance.check import Outcome
from headend.conformance.reports.as_json import FORMAT
from headend.coverage import Kind

_Key = tuple[str, str, int]
"""Case, sentence, and which of several equal ones."""


class InvalidReport(Exception):
    """A file that is no JSON report of a run; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A check that has come out otherwise, or is in one of the runs only."""

    case: str
    sentence: str
    before: Outcome | None
    """None: it was not there."""
    after: Outcome | None
    seen: str | None
    """What the later run has seen, or the reason that it gives."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs, in the order of the reports."""

    better: tuple[Changed, ...]
    """They pass and did not."""
    worse: tuple[Changed, ...]
    """They passed and do not, or are new and do not pass."""
    other: tuple[Changed, ...]
    """Such as skipped and not applicable now; new ones that pass, and those that are gone."""
    gained: Mapping[Kind, tuple[str, ...]]
    """What was exercised by the later run alone."""
    lost: Mapping[Kind, tuple[str, ...]]

    @property
    def is_worse(self) -> bool:
        """Whether somebody should look: a check got worse, or one that passed is gone."""
        return bool(self.worse) or any(one.before is Outcome.PASSED and one.after is None for one in self.other)


def read_report(path: Path) -> dict[str, Any]:
    """The JSON report of a run. Raises InvalidReport."""
    try:
        report = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InvalidReport(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise InvalidReport(f"{path} is no JSON: {error}") from error
    if not isinstance(report, dict) or not isinstance(report.get("cases"), list) or "coverage" not in report:
        raise InvalidReport(f"{path} is no report of headend conformance run --json")
    if report.get("format") != FORMAT:
        raise InvalidReport(f"{path} is of format {report.get('format')!r}, and this program reads {FORMAT}")
    return report


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """From one report to a later one. Raises InvalidReport for one whose parts are not what they should be."""
    try:
        return _difference(before, after)
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidReport(f"a report is damaged: {type(error).__name__}: {error}") from error


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    old, new = dict(_checks(before)), dict(_checks(after))
    better, worse, other = [], [], []
    for key in dict.fromkeys((*new, *old)):
        was, now = old.get(key), new.get(key)
        one = Changed(
            key[0],
            key[1],
            None if was is None else Outcome(was["outcome"]),
            None if now is None else Outcome(now["outcome"]),
            None if now is None else now.get("seen") or now.get("reason"),
        )
        if one.before is one.after:
            continue
        if _is_worse(one.before, one.after):
            worse.append(one)
        elif one.after is Outcome.PASSED and one.before is not None:
            better.append(one)
        else:
            other.append(one)
    was_seen, is_seen = _seen(before), _seen(after)
    return Difference(
        tuple(better),
        tuple(worse),
        tuple(other),
        {kind: tuple(one for one in is_seen[kind] if one not in was_seen[kind]) for kind in Kind},
        {kind: tuple(one for one in was_seen[kind] if one not in is_seen[kind]) for kind in Kind},
    )


_BAD = (Outcome.FAILED, Outcome.ERROR)


def _is_worse(before: Outcome | None, after: Outcome | None) -> bool:
    if after in _BAD:
        return before not in _BAD
    return after is Outcome.WARNING and before in (Outcome.PASSED, None)


def _checks(report: Mapping[str, Any]) -> Iterator[tuple[_Key, Mapping[str, Any]]]:
    for case in report["cases"]:
        counted: Counter[str] = Counter()
        for check in case["checks"]:
            counted[check["sentence"]] += 1
            yield (case["id"], check["sentence"], counted[check["sentence"]]), check


def _seen(report: Mapping[str, Any]) -> dict[Kind, list[str]]:
    return {kind: list(report["coverage"][kind.value]["seen"]) for kind in Kind}
