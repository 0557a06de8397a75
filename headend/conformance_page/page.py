"""The page as Markdown."""

import csv
from collections.abc import Iterator, Mapping
from importlib.resources import files

from headend.conformance_page.coverage import Coverage, NounFacts, gaps
from headend.contract import OperationDescription, ServiceDescription
from headend.handlers.master_data import ASKED_NOUNS

Words = Mapping[tuple[str, str], str]
"""Noun and verb to what an operation does; what is alike for all nouns of master data stands under that name."""

_MASTER_DATA = "master data"
_PATTERN_ORDER = ("Get", "Execute", "Receive", "Send", "Reply")

_HEAD = """\
# Conformance

What this head end does of IEC 61968-9:2013, noun by noun and operation by operation. Made from the running code by
`make conformance`; `make check` fails where the page is older than the code. Do not edit it.

- *Supported* is what the head end carries out. An operation that is in the contract and not carried out is refused with
  2.9, or by a fault that names the services that are served.
- A service of the *partner's side* is one that a partner serves and the head end calls: it sends to the Receive service
  of whoever subscribed to the noun.
- A *published* profile was read in a public schema. A *derived* one is worked out from the class model or the naming
  rules, since no public schema of it was found; `wsdl/tables/README.md` says how a better source replaces it.
- *Clause* is that of the noun in IEC 61968-9:2013.
"""


class WordsError(ValueError):
    """An operation that is carried out has no words, or words are about nothing."""


def conformance_page(coverage: Coverage) -> str:
    """The whole page. Raises WordsError."""
    words = read_words()
    _check(words, coverage)
    found = gaps(coverage)
    parts = [_HEAD, _gaps(found), _nouns(coverage)]
    parts += [_noun(noun, coverage, words, found) for noun in coverage.nouns]
    return "\n".join(parts)


def read_words() -> Words:
    """The table of what operations do."""
    table = files("headend.conformance_page").joinpath("what_operations_do.tsv").read_text("utf-8")
    rows = csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return {(row["noun"], row["verb"]): row["does"] for row in rows}


def _words_for(operation: OperationDescription, words: Words) -> str | None:
    return words.get((operation.noun, operation.verb)) or words.get((_named(operation.noun), operation.verb))


def _named(noun: str) -> str:
    """The name under which words on a noun stand, where it has none of its own."""
    return _MASTER_DATA if noun in ASKED_NOUNS else noun


def _check(words: Words, coverage: Coverage) -> None:
    """Words for all that is done, and for nothing else but what is yet to be done."""
    told = coverage.carried_out | coverage.required().keys()
    operations = [one for service in coverage.contract.services.values() for one in service.operations]
    mute = sorted({one.name for one in operations if one.name in coverage.carried_out and not _words_for(one, words)})
    used = {(one.noun, one.verb) for one in operations if one.name in told}
    used |= {(_named(noun), verb) for noun, verb in used if (noun, verb) not in words}
    idle = sorted(" ".join(one) for one in words.keys() - used)
    if mute or idle:
        raise WordsError(
            f"what_operations_do.tsv: no words for {', '.join(mute) or 'nothing'}; words about nothing that is done: "
            f"{', '.join(idle) or 'none'}"
        )


def _gaps(found: tuple[str, ...]) -> str:
    if not found:
        return "**No gap**: all that the standard gives a head end to serve is carried out.\n"
    listed = "\n".join(f"- {one}" for one in found)
    return f"**Gaps**: the standard gives a head end these to serve, and they are not carried out:\n\n{listed}\n"


def _nouns(coverage: Coverage) -> str:
    rows = [
        "| noun | clause | profile | request profile | operations carried out | subscribers are told |",
        "|---|---|---|---|---|---|",
    ]
    for noun in coverage.nouns:
        served = [one for service in _services(noun, coverage) for one in _carried_out(service, coverage)]
        rows.append(
            f"| [{noun.name}](#{noun.name.lower()}) | {noun.clause} | {noun.status} | {noun.get_status} "
            f"| {len(served)} | {'yes' if noun.name in coverage.published else 'no'} |"
        )
    return "\n".join(rows) + "\n"


def _noun(noun: NounFacts, coverage: Coverage, words: Words, found: tuple[str, ...]) -> str:
    remark = f" {_sentence(noun.note)}" if noun.note else ""
    rows = [
        f"## {noun.name}\n",
        f"Clause {noun.clause}; profile {noun.status}, request profile {noun.get_status}.{remark}\n",
        "| operation | service | supported | what it does |",
        "|---|---|---|---|",
    ]
    for service in _services(noun, coverage):
        if service.pattern in ("Send", "Reply"):
            rows.append(_partners_row(service, noun, coverage))
            continue
        for operation in service.operations:
            supported, does = _cells(service, operation, coverage, words, found)
            rows.append(f"| {operation.name} | {service.name} | {supported} | {does} |")
    return "\n".join(rows) + "\n"


def _cells(
    service: ServiceDescription,
    operation: OperationDescription,
    coverage: Coverage,
    words: Words,
    found: tuple[str, ...],
) -> tuple[str, str]:
    """Whether an operation of the head end's side is supported, and what it does."""
    if operation.name in found:
        return "**no: a gap**", "the standard gives it to a head end; it is not carried out yet"
    if operation.name in coverage.carried_out and service.name in coverage.served:
        return "yes", _words_for(operation, words) or ""
    if service.pattern == "Receive" and service.name not in coverage.served:
        return "the partner's side", f"served by whoever is told of {service.noun}"
    if service.name in coverage.served:
        return "no", "refused with 2.9: the standard gives a head end nothing to do here"
    return "no", "not served: the standard gives a head end nothing to do here"


def _partners_row(service: ServiceDescription, noun: NounFacts, coverage: Coverage) -> str:
    """One row for a service that the head end calls."""
    operations = ", ".join(one.name for one in service.operations)
    if service.pattern == "Reply":
        does = "for late answers; this head end answers in the call itself, and tells what comes later by publication"
    elif noun.name in coverage.published:
        does = f"the head end sends these to the subscribers of {noun.name}, whose Receive service takes them"
    else:
        does = "nothing of this noun is published"
    return f"| {operations} | {service.name} | the partner's side | {does} |"


def _services(noun: NounFacts, coverage: Coverage) -> Iterator[ServiceDescription]:
    """Those of a noun in the order of the page, those of its sets last."""
    of_noun = [one for one in coverage.contract.services.values() if one.noun == noun.name]
    yield from sorted(of_noun, key=lambda one: (one.is_for_operation_sets, _PATTERN_ORDER.index(one.pattern)))


def _carried_out(service: ServiceDescription, coverage: Coverage) -> list[str]:
    served = service.name in coverage.served
    return [one.name for one in service.operations if served and one.name in coverage.carried_out]


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:]}."
