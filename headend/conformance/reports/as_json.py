"""The whole run as JSON; `headend conformance diff` reads it."""

import json
from collections.abc import Sequence
from typing import Any

from headend.conformance.check import Check, Outcome
from headend.conformance.reports.machine_times import without_machine_times
from headend.conformance.run import CaseResult, Run
from headend.coverage import Coverage, coverage_json
from headend.journal import Entry, Message

FORMAT = 1
"""Raised when what was there is called otherwise, or means something else."""
_MOST_CHARACTERS = 65_536


def run_json(run: Run, coverage: Coverage, *, times: bool = True) -> dict[str, Any]:
    """The report. times: as for JUnit."""
    return {
        "format": FORMAT,
        "target": run.target,
        "version": run.version,
        "seed": run.seed,
        "strict": run.strict,
        **({"began": run.began.isoformat(), "took_s": round(run.took_s, 3)} if times else {}),
        "passed": run.passed,
        "interrupted": run.interrupted,
        "checks": {outcome.value: run.count(outcome) for outcome in Outcome},
        "suites": [{"name": name, "title": title} for name, title in run.suites],
        "notes": list(run.notes),
        "coverage": coverage_json(coverage),
        "cases": [_case(case, times) for case in run.cases],
    }


def json_bytes(report: dict[str, Any]) -> bytes:
    """As it stands in the file."""
    return (json.dumps(report, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _case(case: CaseResult, times: bool) -> dict[str, Any]:
    return {
        "id": case.id,
        "suite": case.suite,
        "title": case.title,
        "clause": case.clause,
        "outcome": case.outcome.value,
        **({"took_s": round(case.took_s, 3)} if times else {}),
        "checks": [_check(check) for check in case.checks],
        "remarks": list(case.remarks),
        "exchanges": _exchanges(case.exchanges, times),
    }


def _check(check: Check) -> dict[str, Any]:
    said = {
        "sentence": check.sentence,
        "outcome": check.outcome.value,
        "step": check.step,
        "clause": check.clause,
        "expected": check.expected,
        "seen": check.seen,
        "reason": check.reason,
        "exchange": check.exchange,
    }
    return {name: value for name, value in said.items() if value is not None}


def _exchanges(entries: Sequence[Entry], times: bool) -> list[dict[str, Any]]:
    return [
        {
            "number": entry.number,
            "direction": entry.direction.value,
            "at": entry.at.isoformat(),
            **({"machine_at": entry.machine_at.isoformat(), "took_s": round(entry.took_s, 6)} if times else {}),
            "peer": entry.peer,
            "service": entry.service,
            "operation": entry.operation,
            "soap_action": entry.soap_action,
            "status": entry.status,
            "failure": entry.failure,
            "request": _message(entry.request),
            "response": None if entry.response is None else _message(entry.response),
        }
        for entry in (entries if times else map(without_machine_times, entries))
    ]


def _message(message: Message) -> dict[str, Any]:
    text = message.body.decode("utf-8", "replace")
    return {"length": message.length, "body": text[:_MOST_CHARACTERS]}
