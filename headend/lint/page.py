"""docs/lint.md: the rules as a page, made from the rules themselves."""

from collections.abc import Iterator

from headend.lint.catalogue import RULES
from headend.lint.finding import Severity
from headend.lint.linter import MOST_FINDINGS
from headend.lint.rule import Need, OverRun, Rule
from headend.lint.run_check import MOST_REMEMBERED

_HEAD = f"""\
# Linter

Rules beyond the schema. A message may be valid and still be wrong: a CorrelationID that is not echoed, a meter that was
asked for and not answered, a register that falls. The linter looks at exchanges, in the order in which they began, and
says which rules they break, whoever sent them: what an MDM sends is judged like what a head end sends. Made from the
rules by `make rules`; `make check` fails where the page is older than the rules. Do not edit it.

- *error* breaks the standard, or what a partner has to rely on. *warning* is suspicious, or known to trouble partners.
  *note* is worth knowing, and nothing is wrong.
- The clause says where a rule comes from; the text of the standard is not public, so every sentence is ours.
  `our judgement` is where the standard is silent.
- The example is what the linter says of an exchange that breaks the rule; the rule's test has that exchange.
- Rules marked *run* look at several exchanges one after the other. They remember {MOST_REMEMBERED:,} things each and
  forget the oldest. Rules marked *http* or *clock* need to know how or when a message travelled; they are left out
  where that is not known, such as for a file.
- Of one rule in one message {MOST_FINDINGS} breaches are told, and then that there are more. A message that was not
  kept to its last byte is not judged, which the note `message.whole` says.
- Where a message breaks the contract itself, that says so (`headend validate`); the linter says what it can.

## From a shell

```sh
headend lint request.xml answer.xml
headend lint --at-least note --rule name.uuid=off --rule 'header.*=warning' captured/*.xml
headend validate captured/*.xml
```

A file is one message. `headend lint` takes the files as one run, in the order in which they are given; an answer behind
its request is the answer to it. Warnings and errors are told unless `--at-least` says otherwise; `--rule` gives a rule,
or all of a group, another severity or switches it off. Exit code 1: an error was found (or whatever `--fail-on` names),
2: there is no such file, or no such rule. `headend lint --rules` lists the rules; `--json` prints JSON.
`headend validate` tells of each file by itself whether it keeps the contract, and which errors the linter finds.

## From Python

```python
from headend.contract import Contract
from headend.lint import Linter, Severity

wishes = {{"name.*": "off", "header.source": Severity.ERROR}}
linter = Linter(Contract.load(), threshold=Severity.WARNING, wishes=wishes)
run = linter.begin()
print(len(linter.rules) > 40, list(linter.findings([])), run.end())
```

`findings` takes entries of a journal (`headend.journal.Entry`). `begin` gives a run that looks at them as they come:
`look(entry)` says what is wrong with an exchange, by itself and after those before it, and `end()` what is wrong with
them as a whole. A linter holds nothing and may be shared; a run belongs to one thread at a time. A name that no rule
has is an `UnknownRule` with the nearest one.
"""

_TITLES = {
    "soap": "SOAP and HTTP",
    "message": "Shape of messages",
    "header": "Header",
    "time": "Instants",
    "name": "Names of objects",
    "reply": "Reply",
    "async": "Asynchronous requests and late replies",
    "reading": "MeterReadings",
    "value": "Values",
    "series": "Values in their order",
    "event": "EndDeviceEvents",
    "control": "EndDeviceControls",
    "schedule": "MeterReadSchedule",
    "set": "OperationSet",
    "transaction": "What follows what",
}


def rules_page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, _counts(), *_groups()])


def _counts() -> str:
    counted = {severity: sum(1 for one in RULES if one.severity is severity) for severity in reversed(Severity)}
    words = ", ".join(f"{count} of severity {severity}" for severity, count in counted.items())
    return f"## The rules\n\n{len(RULES)} rules: {words}.\n"


def _groups() -> Iterator[str]:
    for group in dict.fromkeys(one.group for one in RULES):
        rows = [
            f"### {_TITLES[group]}\n",
            "| rule | severity | clause | what it demands | example of a breach |",
            "|---|---|---|---|---|",
            *(_row(one) for one in RULES if one.group == group),
        ]
        yield "\n".join(rows) + "\n"


def _row(rule: Rule) -> str:
    marks = ["run"] if isinstance(rule.check, OverRun) else []
    marks += [name for need, name in ((Need.HTTP, "http"), (Need.CLOCK, "clock")) if need in rule.needs]
    marked = f" *{', '.join(marks)}*" if marks else ""
    return f"| `{rule.id}`{marked} | {rule.severity} | {rule.clause} | {_cell(rule.sentence)} | {_cell(rule.example)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*.", "\\*.").replace("<", "&lt;")
