"""What was received, for a person with a browser: one self-contained page, no script, nothing loaded from elsewhere."""

from collections.abc import Sequence
from html import escape

from headend.mdm.received import Received
from headend.mdm.words import in_words
from headend.messages.indented import indented

_MOST_SHOWN = 200
_MOST_XML_CHARACTERS = 20_000

_STYLE = """
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1c2733 }
  h1 { font-size: 1.5rem; margin-bottom: 0 } p { color: #51606f } a { color: #0b5cad }
  table { border-collapse: collapse; width: 100%; margin-top: 1rem }
  th, td { text-align: left; padding: .3rem .75rem .3rem 0; vertical-align: top; border-bottom: 1px solid #dde3ea }
  th { color: #51606f } td.accepted { color: #1a7f37 } td.refused { color: #b42318 } td.declined { color: #8a4b00 }
  pre { background: #f5f7f9; padding: .75rem; overflow-x: auto; font-size: .8rem; line-height: 1.4; max-width: 50rem }
  summary { cursor: pointer }
"""


def received_html(received: Sequence[Received], version: str) -> str:
    """The page, with the newest message first."""
    shown = list(reversed(received))[:_MOST_SHOWN]
    left_out = len(received) - len(shown)
    note = f" The newest {len(shown)} are shown." if left_out else ""
    rows = "\n".join(map(_row, shown)) or "<tr><td colspan='5'>nothing yet</td></tr>"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>fake MDM</title><style>{_STYLE}</style></head>
<body><h1>Fake MDM</h1>
<p>headend {escape(version)}: {len(received)} received.{note} As JSON at <a href="/received">/received</a>;
what takes messages is at <a href="/services/">/services/</a>.</p>
<table><thead><tr><th>No.</th><th>At (UTC)</th><th>Outcome</th><th>Message</th><th>CorrelationID</th></tr></thead>
<tbody>
{rows}
</tbody></table></body></html>
"""


def _row(received: Received) -> str:
    xml = indented(received.body)
    cut = "" if len(xml) <= _MOST_XML_CHARACTERS else f"\n... {len(xml) - _MOST_XML_CHARACTERS:,} more characters"
    message = (
        f"<details><summary>{escape(in_words(received))}</summary>"
        f"<pre>{escape(xml[:_MOST_XML_CHARACTERS] + cut)}</pre></details>"
    )
    return (
        f"<tr><td><a href='/received/{received.number}'>{received.number}</a></td><td>{received.at:%H:%M:%S}</td>"
        f"<td class='{received.outcome}'>{received.outcome}</td><td>{message}</td>"
        f"<td>{escape(received.correlation_id or '')}</td></tr>"
    )
