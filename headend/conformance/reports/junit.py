"""JUnit XML: a testsuite for each suite, a testcase for each check, its clause as a property."""

import re

from lxml import etree

from headend.conformance.check import Check, Outcome
from headend.conformance.reports.wording import CONFORMANCE, Wording
from headend.conformance.run import CaseResult, Run

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(run: Run, *, times: bool = True, wording: Wording = CONFORMANCE) -> bytes:
    """The report. times: durations and the instant of the run are in it; without them equal runs are equal bytes."""
    root = etree.Element("testsuites")
    _set(root, name=f"headend {wording.tool}", **_counts(list(run.checks()), run.strict))
    if times:
        root.set("time", _seconds(run.took_s))
    for name, title in run.suites:
        cases = [case for case in run.cases if case.suite == name]
        checks = [check for case in cases for check in case.checks]
        suite = etree.SubElement(root, "testsuite")
        _set(suite, name=name, **_counts(checks, run.strict))
        if times:
            suite.set("time", _seconds(sum(case.took_s for case in cases)))
            suite.set("timestamp", run.began.isoformat(timespec="seconds"))
        properties = etree.SubElement(suite, "properties")
        for key, value in (("title", title), ("target", run.target), ("seed", run.seed), ("version", run.version)):
            _set(etree.SubElement(properties, "property"), name=key, value=value)
        for case in cases:
            _add_case(suite, case, run.strict, times, wording)
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def _add_case(suite: etree._Element, case: CaseResult, strict: bool, times: bool, wording: Wording) -> None:
    for number, check in enumerate(case.checks, start=1):
        element = etree.SubElement(suite, "testcase")
        # The number keeps names apart: a sentence may be true of two answers.
        _set(element, classname=f"{wording.tool}.{case.id}", name=f"{number:02} {check.sentence}")
        if times:
            element.set("time", _seconds(case.took_s / len(case.checks)))
        properties = etree.SubElement(element, "properties")
        for key, value in (("clause", check.clause), ("case", case.title), ("step", check.step)):
            _set(etree.SubElement(properties, "property"), name=key, value=value)
        _add_outcome(element, check, strict)


def _add_outcome(element: etree._Element, check: Check, strict: bool) -> None:
    said = _said(check)
    if check.outcome is Outcome.ERROR:
        _message(element, "error", said, check)
    elif check.counts_as_failure(strict):
        _message(element, "failure", said, check)
    elif check.outcome in (Outcome.SKIPPED, Outcome.NOT_APPLICABLE):
        _set(etree.SubElement(element, "skipped"), message=f"{check.outcome}: {check.reason or ''}")
    elif check.outcome is Outcome.WARNING:
        etree.SubElement(element, "system-out").text = _clean(f"warning: {said}")


def _message(element: etree._Element, kind: str, said: str, check: Check) -> None:
    made = etree.SubElement(element, kind)
    _set(made, message=said, type=check.outcome.value)
    made.text = _clean(f"{check.clause}: {check.sentence}\n{check.step}\n{said}")


def _said(check: Check) -> str:
    parts = (("expected", check.expected), ("seen", check.seen), ("", check.reason))
    said = "; ".join(f"{word} {text}".strip() for word, text in parts if text)
    return said or check.sentence


def _counts(checks: list[Check], strict: bool) -> dict[str, int]:
    errors = sum(check.outcome is Outcome.ERROR for check in checks)
    failures = sum(check.counts_as_failure(strict) for check in checks) - errors
    skipped = sum(
        check.outcome in (Outcome.SKIPPED, Outcome.NOT_APPLICABLE) and not check.counts_as_failure(strict)
        for check in checks
    )
    return {"tests": len(checks), "failures": failures, "errors": errors, "skipped": skipped}


def _set(element: etree._Element, **attributes: object) -> None:
    for name, value in attributes.items():
        element.set(name, _clean(str(value)))


def _clean(text: str) -> str:
    """Without the characters that XML cannot carry; what a broken head end sends may have any."""
    return _NOT_XML.sub("\ufffd", text)


def _seconds(value: float) -> str:
    return f"{value:.3f}"
