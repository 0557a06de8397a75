"""The index of services for a person with a browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One service as the index lists it."""

    name: str
    address: str
    operations: tuple[str, ...]

    @property
    def wsdl(self) -> str:
        """Where its contract is served."""
        return f"{self.address}?wsdl"

    def as_json(self) -> dict[str, object]:
        """The row for a program."""
        return {
            "service": self.name,
            "address": self.address,
            "wsdl": self.wsdl,
            "operations": list(self.operations),
        }


_STYLE = """
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 3rem auto; padding: 0 1rem; color: #1c2733 }
  h1 { font-size: 1.5rem; margin-bottom: 0 } p { color: #51606f }
  table { border-collapse: collapse; width: 100%; margin-top: 1.5rem }
  th, td { text-align: left; padding: .55rem .75rem; border-bottom: 1px solid #dde3ea; vertical-align: top }
  th { color: #51606f; font-weight: 600 } code { font-size: .9em } a { color: #0b5cad }
"""


def index_html(rows: Sequence[ServiceRow], version: str) -> str:
    """A self-contained page: no script, nothing loaded from elsewhere."""
    body = "\n".join(
        f"<tr><td><a href='{escape(row.wsdl)}'>{escape(row.name)}</a></td>"
        f"<td><code>{escape(row.address)}</code></td>"
        f"<td>{'<br>'.join(escape(operation) for operation in row.operations)}</td></tr>"
        for row in rows
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>headend services</title><style>{_STYLE}</style></head>
<body><h1>Metering head end simulator</h1>
<p>IEC 61968-9:2013 over SOAP 1.1, version {escape(version)}. Each service's link leads to its WSDL.</p>
<table><thead><tr><th>Service</th><th>Address</th><th>Operations</th></tr></thead>
<tbody>
{body}
</tbody></table></body></html>
"""
