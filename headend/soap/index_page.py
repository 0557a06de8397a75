"""The index of services for a person with a browser."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from types import MappingProxyType

from headend.contract import ServiceDescription

HEAD_END_TITLE = "Metering head end simulator"

_PATTERN_ORDER = ("Get", "Execute", "Request", "Receive", "Send", "Reply")


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One service as the index lists it."""

    service: ServiceDescription
    address: str

    @property
    def wsdl(self) -> str:
        """Where its contract is served."""
        return f"{self.address}?wsdl"

    @property
    def place(self) -> tuple[str, bool, int]:
        """Rows are ordered by it: nouns by the alphabet, services of sets last, patterns as a message goes round."""
        service = self.service
        return service.noun, service.is_for_operation_sets, _PATTERN_ORDER.index(service.pattern)

    def as_json(self) -> dict[str, object]:
        """The row for a program."""
        return {
            "service": self.service.name,
            "noun": self.service.noun,
            "pattern": self.service.pattern,
            "address": self.address,
            "wsdl": self.wsdl,
            "operations": [operation.name for operation in self.service.operations],
        }


_STYLE = """
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 3rem auto; padding: 0 1rem; color: #1c2733 }
  h1 { font-size: 1.5rem; margin-bottom: 0 } p { color: #51606f } nav { line-height: 1.9 }
  nav a { white-space: nowrap; margin-right: 1rem }
  table { border-collapse: collapse; width: 100%; margin-top: 1.5rem }
  th, td { text-align: left; padding: .3rem .75rem; vertical-align: top }
  thead th { color: #51606f; position: sticky; top: 0; background: #fff; border-bottom: 2px solid #dde3ea }
  tbody { border-bottom: 1px solid #dde3ea } tbody:target { background: #f1f6fc }
  th { font-weight: 600 } code { font-size: .9em } a { color: #0b5cad }
"""


def index_html(
    rows: Sequence[ServiceRow],
    version: str,
    title: str = HEAD_END_TITLE,
    beside: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """A self-contained page, one group of rows for each noun: no script, nothing loaded from elsewhere.

    beside: what there is besides services, and where.
    """
    in_order = sorted(rows, key=lambda row: row.place)
    by_noun = {noun: list(group) for noun, group in groupby(in_order, key=lambda row: row.service.noun)}
    others = "; ".join(f"<a href='{escape(where)}'>{escape(what)}</a>" for what, where in beside.items())
    links = " ".join(f"<a href='#{escape(noun)}'>{escape(noun)}</a>" for noun in by_noun)
    groups = "\n".join(_group(noun, group) for noun, group in by_noun.items())
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>headend services</title><style>{_STYLE}</style></head>
<body><h1>{escape(title)}</h1>
<p>IEC 61968-9:2013 over SOAP 1.1, version {escape(version)}. A service's name leads to its WSDL;
its address is the same without <code>?wsdl</code>.{f" For people: {others}." if others else ""}</p>
<nav>{links}</nav>
<table><thead><tr><th>Noun</th><th>Service</th><th>Verbs</th></tr></thead>
{groups}
</table></body></html>
"""


def _group(noun: str, rows: Sequence[ServiceRow]) -> str:
    heading = f"<th scope='rowgroup' rowspan='{len(rows)}'>{escape(noun)}</th>"
    cells = [
        f"<td><a href='{escape(row.wsdl)}'>{escape(row.service.name)}</a></td>"
        f"<td>{escape(', '.join(operation.verb for operation in row.service.operations))}</td>"
        for row in rows
    ]
    lines = "".join(f"<tr>{heading if number == 0 else ''}{cell}</tr>" for number, cell in enumerate(cells))
    return f"<tbody id='{escape(noun)}'>{lines}</tbody>"
