"""The run as one page of HTML: no script, nothing loaded from elsewhere. Exchanges unfold by <details>."""

import re
from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files
from itertools import groupby

from headend.conformance.check import Check, Outcome
from headend.conformance.reports.coverage_section import coverage_html
from headend.conformance.reports.machine_times import without_machine_times
from headend.conformance.reports.wording import CONFORMANCE, Wording
from headend.conformance.run import CaseResult, Run
from headend.coverage import Coverage
from headend.journal import Direction, Entry, Message
from headend.messages.indented import indented

_MOST_CHARACTERS = 12_000
"""Of one message; a report of a thousand exchanges is to be opened by mail, too."""
_NAMES = {
    Outcome.PASSED: ("passed", "✓", "passed"),
    Outcome.FAILED: ("failed", "✗", "failed"),
    Outcome.ERROR: ("error", "!", "errors of cases"),
    Outcome.WARNING: ("warning", "△", "warnings"),
    Outcome.SKIPPED: ("skipped", "○", "skipped"),
    Outcome.NOT_APPLICABLE: ("na", "–", "not applicable"),
}
"""CSS class, mark, and words for a number of them."""
_OPEN = (Outcome.FAILED, Outcome.ERROR)
_TAG = re.compile(r"(&lt;/?)([\w.:-]+)")


def run_html(run: Run, coverage: Coverage, *, times: bool = True, wording: Wording = CONFORMANCE) -> bytes:
    """The page. times: as for JUnit."""
    style = files("headend.conformance.reports").joinpath("style.css").read_text("utf-8")
    verdict = "passed" if run.passed else "failed"
    words = (
        "Passed" if run.passed else "Interrupted" if run.interrupted else _counted(run.failures, "check") + " failed"
    )
    head = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(wording.title)}: {escape(run.target)}</title><style>\n{style}</style></head>\n<body>"
    )
    top = (
        f'<header><div class="top"><div><h1>{escape(wording.heading)}</h1>'
        f'<div class="target">{escape(run.target)}</div></div>'
        f'<div class="verdict {verdict}">{words}</div></div>'
    )
    parts = [
        head,
        *_filters(run),
        top,
        _facts(run, times, wording),
        _tiles(run),
        "</header>\n<main>",
        _findings(run),
        _suites_table(run, wording),
        _notes(run),
        _labels(wording),
        *(_suite(run, name, title, times, wording) for name, title in run.suites),
        coverage_html(coverage),
        f"</main>\n<footer>{wording.footer}</footer>\n</body></html>\n",
    ]
    return "\n".join(part for part in parts if part).encode("utf-8", "replace")


def _filters(run: Run) -> Iterator[str]:
    """They stand before everything that they hide."""
    checked = "show-all" if run.passed else "show-open"
    for name in ("show-all", "show-open", "show-failed"):
        mark = " checked" if name == checked else ""
        yield f'<input class="filter" type="radio" name="show" id="{name}" aria-label="{name}"{mark}>'


def _labels(wording: Wording) -> str:
    return (
        f'<div class="filters"><label for="show-all">All {wording.case}s</label>'
        '<label for="show-open">Not passed</label><label for="show-failed">Failed</label></div>'
    )


def _facts(run: Run, times: bool, wording: Wording) -> str:
    facts = [(f"{wording.case}s", str(len(run.cases))), ("exchanges", str(len(run.entries()))), ("seed", str(run.seed))]
    if times:
        facts += [("began", f"{run.began:%Y-%m-%d %H:%M} UTC"), ("took", f"{run.took_s:.1f} s")]
    facts += [("headend", run.version)] + ([("strict", "yes")] if run.strict else [])
    return (
        '<div class="facts">' + "".join(f"<span>{name} <b>{escape(said)}</b></span>" for name, said in facts) + "</div>"
    )


def _tiles(run: Run) -> str:
    tiles = []
    for outcome, (name, _, words) in _NAMES.items():
        count = run.count(outcome)
        if outcome is Outcome.ERROR and not count:
            continue
        tiles.append(f'<div class="tile is-{name}{"" if count else " none"}"><b>{count}</b><span>{words}</span></div>')
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _findings(run: Run) -> str:
    found = [
        (case, check)
        for outcome in (Outcome.ERROR, Outcome.FAILED, Outcome.WARNING)
        for case in run.cases
        for check in case.checks
        if check.outcome is outcome
    ]
    if not found:
        return ""
    return "<h2>Findings</h2>\n" + "\n".join(_finding(case, check) for case, check in found)


def _finding(case: CaseResult, check: Check) -> str:
    name, mark, _ = _NAMES[check.outcome]
    return (
        f'<div class="finding {name}"><span class="mark">{mark}</span><div>{escape(check.sentence)}{_said(check)}</div>'
        f'<div class="where"><a href="#{case.id}">{case.id}</a> · {escape(case.title)}'
        f'<span class="clause">{escape(check.clause)}</span>{_see(case, check)}</div></div>'
    )


def _suites_table(run: Run, wording: Wording) -> str:
    rows = []
    for name, title in run.suites:
        cases = [case for case in run.cases if case.suite == name]
        checks = [check for case in cases for check in case.checks]
        bar = "".join(
            f'<i class="{css}" style="flex:{count}" title="{count} {words}"></i>'
            for outcome, (css, _, words) in _NAMES.items()
            if (count := sum(check.outcome is outcome for check in checks))
        )
        bad = sum(check.outcome in _OPEN for check in checks)
        rows.append(
            f'<tr><td><a href="#{name}">{name}</a></td><td>{escape(title)}</td><td class="number">{len(cases)}</td>'
            f'<td class="number">{len(checks)}</td><td class="number">{bad or ""}</td>'
            f'<td><div class="bar">{bar}</div></td></tr>'
        )
    words = (f"{wording.case.capitalize()}s", "Checks", "Failed")
    numbers = "".join(f'<th class="number">{word}</th>' for word in words)
    suite = wording.suite.capitalize()
    head = f"<tr><th>{suite}</th><th></th>{numbers}<th></th></tr>"
    return f"<h2>{suite}s</h2>\n<table>{head}\n" + "\n".join(rows) + "</table>"


def _notes(run: Run) -> str:
    if not run.notes:
        return ""
    return '<h2>Notes</h2><ul class="notes">' + "".join(f"<li>{escape(note)}</li>" for note in run.notes) + "</ul>"


def _suite(run: Run, name: str, title: str, times: bool, wording: Wording) -> str:
    cases = [case for case in run.cases if case.suite == name]
    shown = "\n".join(_case(case, times) for case in cases)
    outcomes = {case.outcome for case in cases}
    empty = "" if outcomes.intersection(_OPEN) else " none-failed"
    empty += " none-open" if outcomes <= {Outcome.PASSED, Outcome.NOT_APPLICABLE} else ""
    return (
        f'<section class="suite{empty}"><h2 id="{name}">{escape(title)}'
        f"<small>{_counted(len(cases), wording.case)}</small></h2>\n{shown}</section>"
    )


def _case(case: CaseResult, times: bool) -> str:
    name, mark, _ = _NAMES[case.outcome]
    is_open = " open" if case.outcome in _OPEN else ""
    took = f" · {case.took_s:.2f} s" if times else ""
    remarks = "".join(f"<li>{escape(remark)}</li>" for remark in _shortened(case.remarks))
    shown = case.exchanges if times else map(without_machine_times, case.exchanges)
    exchanges = "\n".join(_exchange(case, entry, times) for entry in shown)
    return (
        f'<details class="case {name}" id="{case.id}"{is_open}><summary><span class="mark {name}">{mark}</span>'
        f'<span>{escape(case.title)}<span class="clause">{escape(case.clause)}</span></span>'
        f'<span class="count">{_counted(len(case.checks), "check")}{took}</span>'
        f'<span class="id">{case.id}</span></summary>'
        f'<div class="inside">{_steps(case)}'
        + (f'<ul class="remarks">{remarks}</ul>' if remarks else "")
        + (f"<h4>Exchanges</h4>\n{exchanges}" if exchanges else "")
        + "</div></details>"
    )


def _steps(case: CaseResult) -> str:
    parts = []
    for step, checks in groupby(case.checks, lambda check: check.step):
        items = "".join(_check(case, check) for check in checks)
        parts.append(f'<h4>{escape(step)}</h4><ul class="checks">{items}</ul>')
    return "".join(parts)


def _check(case: CaseResult, check: Check) -> str:
    name, mark, _ = _NAMES[check.outcome]
    clause = "" if check.clause == case.clause else f'<span class="clause">{escape(check.clause)}</span>'
    return (
        f'<li class="{name}"><span class="mark">{mark}</span>{escape(check.sentence)}{clause}{_see(case, check)}'
        f"{_said(check)}</li>"
    )


def _said(check: Check) -> str:
    said = [
        (word, text)
        for word, text in (("expected", check.expected), ("seen", check.seen), ("because", check.reason))
        if text
    ]
    if not said:
        return ""
    return '<dl class="said">' + "".join(f"<dt>{word}</dt><dd>{escape(text)}</dd>" for word, text in said) + "</dl>"


def _see(case: CaseResult, check: Check) -> str:
    if check.exchange is None or check.outcome is Outcome.PASSED:
        return ""
    return f'<a class="see" href="#{case.id}-{check.exchange}">exchange {check.exchange}</a>'


def _shortened(remarks: Iterable[str]) -> Iterator[str]:
    """Equal ones that follow each other are one."""
    for remark, group in groupby(remarks):
        count = sum(1 for _ in group)
        yield remark if count == 1 else f"{remark} ({count} times)"


def _exchange(case: CaseResult, entry: Entry, times: bool) -> str:
    is_out = entry.direction is Direction.OUT
    arrow = '<span class="out">→</span>' if is_out else '<span class="in">←</span>'
    status = f"HTTP {entry.status}" if entry.status is not None else "no answer"
    took = f" · {entry.took_s * 1000:.0f} ms" if times else ""
    failure = "" if entry.failure is None else f" · {escape(entry.failure)}"
    size = (
        f" · {entry.response.length if entry.response else 0:,} bytes"
        if is_out
        else f" · {entry.request.length:,} bytes"
    )
    names = ("We sent", "The head end answered") if is_out else ("The head end sent", "We answered")
    boxes = "".join(
        f"<div><h5>{title}</h5><pre>{_xml(message)}</pre></div>"
        for title, message in zip(names, (entry.request, entry.response), strict=True)
        if message is not None
    )
    return (
        f'<details class="exchange" id="{case.id}-{entry.number}"><summary>{entry.number} {arrow} '
        f"<code>{escape(entry.operation or entry.service)}</code> {escape(entry.service)} · {status}"
        f'{size}{took}{failure}</summary><div class="wire">{boxes}</div></details>'
    )


def _xml(message: Message) -> str:
    text = indented(message.body)
    shown = escape(text[:_MOST_CHARACTERS], quote=False)
    more = max(0, len(text) - _MOST_CHARACTERS) + message.length - len(message.body)
    return _TAG.sub(r"\1<b>\2</b>", shown) + (f"\n… {more:,} more characters" if more else "")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
