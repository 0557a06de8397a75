"""The account as one self-contained HTML page: no script, nothing loaded from elsewhere."""

from collections.abc import Iterable, Sequence
from html import escape

from headend.demo.account import Chapter, Charted, Check, Entry, Exchanged, Heard, Quoted, Said, Tabled
from headend.messages.indented import indented

_MOST_XML_CHARACTERS = 20_000
_CHART_WIDTH, _CHART_HEIGHT = 960, 120

_STYLE = """
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; color: #1c2733 }
  h1 { font-size: 1.5rem }
  h2 { font-size: 1.15rem; margin-top: 2rem; padding-top: 1rem; border-top: 1px solid #dde3ea }
  table { border-collapse: collapse } th, td { text-align: left; padding: .25rem .9rem .25rem 0 } th { color: #51606f }
  .ok::before { content: "✔ "; color: #1a7f37 } .wrong { color: #b42318 } .wrong::before { content: "✘ " }
  details { margin: .4rem 0 } summary { cursor: pointer; color: #0b5cad }
  pre { background: #f5f7f9; padding: .75rem; overflow-x: auto; font-size: .8rem; line-height: 1.4 }
  mark { background: #fde68a } .remark { color: #8a4b00; white-space: pre-wrap }
  svg { display: block; width: 100%; background: #f5f7f9 } rect { fill: #2f855a }
  .label { color: #51606f; font-size: .9rem }
"""


def report_html(chapters: Sequence[Chapter], version: str) -> str:
    """The page."""
    checks = [check for chapter in chapters for check in chapter.checks]
    wrong = sum(not check.passed for check in checks)
    body = "\n".join(
        f"<h2>{number}. {escape(chapter.title)}</h2>\n" + "\n".join(map(_entry, chapter.entries))
        for number, chapter in enumerate(chapters, start=1)
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>headend demo</title><style>{_STYLE}</style></head>
<body><h1>A tour of the metering head end simulator</h1>
<p>IEC 61968-9:2013 over SOAP 1.1, version {escape(version)}:
{len(chapters)} steps, {len(checks)} checks, {wrong} not as expected.</p>
{body}
</body></html>
"""


def _entry(entry: Entry) -> str:
    match entry:
        case Said(text):
            return f"<p>{escape(text)}</p>"
        case Exchanged(exchange):
            summary = (
                f"{exchange.operation} to {exchange.url}: HTTP {exchange.status}, "
                f"{len(exchange.response):,} bytes, {exchange.took_s:.3f} s"
            )
            return _folded(summary, (("Request", exchange.request), ("Answer", exchange.response)))
        case Heard(received):
            summary = f"Receiver got {received.operation}, correlation {received.correlation_id}"
            return _folded(summary, (("Message", received.body),))
        case Tabled(columns, rows):
            head = "".join(f"<th>{escape(column)}</th>" for column in columns)
            lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            return f"<table><tr>{head}</tr>{lines}</table>"
        case Charted(label, values):
            return _chart(label, values)
        case Quoted(lines, remarks):
            return _quoted(lines, dict(remarks))
        case Check():
            return f'<div class="{"ok" if entry.passed else "wrong"}">{escape(str(entry))}</div>'


def _folded(summary: str, messages: Iterable[tuple[str, bytes]]) -> str:
    parts = []
    for title, message in messages:
        text = indented(message)
        cut = "" if len(text) <= _MOST_XML_CHARACTERS else f"\n... {len(text) - _MOST_XML_CHARACTERS:,} more characters"
        parts.append(f"<h4>{escape(title)}</h4><pre>{escape(text[:_MOST_XML_CHARACTERS] + cut)}</pre>")
    return f"<details><summary>{escape(summary)}</summary>{''.join(parts)}</details>"


def _chart(label: str, values: Sequence[float]) -> str:
    top, width = max(values, default=0) or 1, _CHART_WIDTH / max(1, len(values))
    bars = "".join(
        f'<rect x="{position * width:.1f}" y="{_CHART_HEIGHT * (1 - value / top):.1f}" '
        f'width="{width * 0.85:.1f}" height="{_CHART_HEIGHT * value / top:.1f}"/>'
        for position, value in enumerate(values)
    )
    return (
        f'<svg viewBox="0 0 {_CHART_WIDTH} {_CHART_HEIGHT}" role="img" aria-label="{escape(label)}">{bars}</svg>'
        f'<div class="label">{escape(label)}; the highest is {top:g}</div>'
    )


def _quoted(lines: Sequence[str], remarks: dict[int, str]) -> str:
    shown = []
    for number, line in enumerate(lines, start=1):
        text = f"{number:4} {escape(line)}"
        if number in remarks:
            text = f'<mark>{text}</mark>\n     <span class="remark">↑ {escape(remarks[number])}</span>'
        shown.append(text)
    return f"<pre>{chr(10).join(shown)}</pre>"
