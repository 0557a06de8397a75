"""The journal for a person with a browser: self-contained pages, no script, nothing loaded from elsewhere.

Whatever strangers wrote is shown as text. Links are relative, so that they hold in a session, too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Final
from urllib.parse import urlencode

from headend.journal.entry import Direction, Message
from headend.journal.examiner import Examined
from headend.journal.findings import Part
from headend.journal.journal import JournalStatus
from headend.journal.kept_entry import KeptEntry
from headend.journal.marked_lines import MarkedLine, Remark, marked_lines
from headend.journal.words import answered_in_words, asked_in_words

ASKED: Final = ("meter", "text", "noun", "direction", "result")
"""What the page can be narrowed down by."""
REFRESH_S: Final = 2

_CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "direction": ("in", "out"),
    "result": ("OK", "PARTIAL", "FAILED", "fault"),
}
_GOOD, _BAD, _PARTLY = "good", "bad", "partly"
_STYLE: Final = """
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; color: #1c2733 }
  h1 { font-size: 1.5rem; margin-bottom: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .3rem } p { color: #51606f }
  a { color: #0b5cad } form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin: 1rem 0 }
  label { display: flex; flex-direction: column; font-size: .8rem; color: #51606f }
  input, select, button { font: inherit; padding: .25rem .5rem }
  table { border-collapse: collapse } table.all { width: 100% } small { color: #51606f }
  th, td { text-align: left; padding: .3rem .75rem .3rem 0; vertical-align: top; border-bottom: 1px solid #dde3ea }
  th { color: #51606f; font-weight: 600 } td { overflow-wrap: anywhere } td.short { white-space: nowrap }
  .good { color: #1a7f37 } .bad { color: #b42318 } .partly { color: #8a4b00 }
  li { margin: .2rem 0 } code { font-size: .9em }
  pre { background: #f5f7f9; padding: .75rem; overflow-x: auto; font-size: .8rem; line-height: 1.45 }
  mark { background: #fde7e4; color: inherit; display: block } mark b { color: #b42318 }
"""


def journal_html(
    shown: Sequence[KeptEntry], asked: Mapping[str, str], status: JournalStatus, older: int | None, *, refreshes: bool
) -> str:
    """The newest exchanges first. asked: what they were narrowed down by. older: the `before` of the next page."""
    rows = "\n".join(map(_row, shown)) or "<tr><td colspan='5'>nothing</td></tr>"
    on = "" if status.is_on else " Nothing is recorded here: the setting journal is off."
    lost = f" {status.dropped} are missing, since the store could not keep up." if status.dropped else ""
    more = "" if older is None else f"<p><a href='{_link(asked, before=older)}'>older ones</a></p>"
    switch = (
        f"<a href='{_link(asked)}'>stop refreshing</a>"
        if refreshes
        else f"<a href='{_link(asked, refresh=1)}'>refresh by itself</a>"
    )
    return _page(
        "journal",
        f"""<h1>Journal</h1>
<p>Every exchange, in and out, the newest first; {status.entries} are kept.{on}{lost} {switch}</p>
{_form(asked)}
<table class="all"><thead><tr><th>No.</th><th>At</th><th></th><th>Request</th><th>Answer</th></tr></thead>
<tbody>
{rows}
</tbody></table>
{more}""",
        refreshes=refreshes,
    )


def exchange_html(examined: Examined) -> str:
    """All that is known of an exchange: what is wrong with it first."""
    kept = examined.kept
    entry = kept.entry
    asked, answered = escape(asked_in_words(kept)), escape(answered_in_words(kept))
    parts = [
        f"<p><a href='../journal.html'>Journal</a></p><h1>{entry.number}. {asked}</h1>",
        f"<p class='{_kind(kept)}'>{answered}</p>",
        *_listed("Broken rules", (str(one) for one in examined.findings), _BAD),
        *_listed("What was meant", _meant(examined)),
        *_listed("Lint", (f"{one.severity} {one.rule}: {one.sentence} ({one.clause})" for one in examined.lint)),
        *_linked(examined),
        _facts(kept),
        _envelope("Request", entry.request, entry.request_headers, _remarks(examined, Part.REQUEST)),
    ]
    if entry.response is not None:
        remarks = _remarks(examined, Part.RESPONSE)
        parts.append(_envelope("Answer", entry.response, entry.response_headers, remarks))
    return _page(f"exchange {entry.number}", "\n".join(parts))


def _page(title: str, inside: str, *, refreshes: bool = False) -> str:
    again = f"<meta http-equiv='refresh' content='{REFRESH_S}'>" if refreshes else ""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">{again}<title>headend {title}</title><style>{_STYLE}</style></head>
<body>{inside}
</body></html>
"""


def _link(asked: Mapping[str, str], **more: object) -> str:
    return escape(f"journal.html?{urlencode({**asked, **more})}")


def _form(asked: Mapping[str, str]) -> str:
    fields = []
    for name in ASKED:
        given = asked.get(name, "")
        if name in _CHOICES:
            options = "".join(
                f"<option{' selected' if one == given else ''}>{escape(one)}</option>" for one in ("", *_CHOICES[name])
            )
            fields.append(f"<label>{name}<select name='{name}'>{options}</select></label>")
        else:
            fields.append(f"<label>{name}<input name='{name}' value='{escape(given)}'></label>")
    return f"<form>{''.join(fields)}<button>find</button> <a href='journal.html'>all</a></form>"


def _row(kept: KeptEntry) -> str:
    entry = kept.entry
    arrow, to = "&rarr;", ""
    if entry.direction is Direction.OUT:
        arrow, to = "&larr;", f"<br><small>to {escape(entry.peer)}</small>"
    asked, answered = escape(asked_in_words(kept)), escape(answered_in_words(kept))
    return (
        f"<tr><td class='short'><a href='journal/{entry.number}.html'>{entry.number}</a></td>"
        f"<td class='short'>{entry.at:%Y-%m-%d %H:%M:%S}</td><td>{arrow}</td>"
        f"<td>{asked}{to}</td><td class='{_kind(kept)}'>{answered}</td></tr>"
    )


def _kind(kept: KeptEntry) -> str:
    """How it ended, as a colour."""
    match kept.heading.result:
        case "OK":
            return _GOOD
        case "PARTIAL":
            return _PARTLY
        case "FAILED" | "fault":
            return _BAD
        case _:
            return _BAD if kept.entry.status is None or kept.entry.status >= 400 else ""


def _listed(title: str, sentences: Iterable[str], kind: str = "") -> Iterator[str]:
    items = [f"<li class='{kind}'>{escape(one)}</li>" for one in sentences]
    if items:
        yield f"<h2>{title}</h2><ul>{''.join(items)}</ul>"


def _meant(examined: Examined) -> list[str]:
    """What would have to be different, as far as no broken rule says it already."""
    differs = () if examined.nearest is None else examined.nearest.differs
    return [one for one in differs if not any(one.endswith(finding.rule) for finding in examined.findings)]


def _linked(examined: Examined) -> Iterator[str]:
    items = [
        f"<li>{link.relation}: <a href='{link.kept.entry.number}.html'>{link.kept.entry.number}</a> "
        f"{escape(asked_in_words(link.kept))}: {escape(answered_in_words(link.kept))}</li>"
        for link in examined.links
    ]
    if items:
        yield f"<h2>Belongs to it</h2><ul>{''.join(items)}</ul>"


def _facts(kept: KeptEntry) -> str:
    entry, heading = kept.entry, kept.heading
    came = "called by" if entry.direction is Direction.IN else "sent to"
    facts = [
        ("fleet's time", f"{entry.at:%Y-%m-%dT%H:%M:%S.%f}Z"),
        ("machine's time", f"{entry.machine_at:%Y-%m-%dT%H:%M:%S.%f}Z, took {entry.took_s * 1e3:.1f} ms"),
        (came, entry.peer),
        ("path", entry.path),
        ("SOAPAction", entry.soap_action),
        ("HTTP status", None if entry.status is None else str(entry.status)),
        ("Source", heading.source),
        ("MessageID", heading.message_id),
        ("CorrelationID", heading.correlation_id),
        ("failure", entry.failure),
        ("outcome", entry.outcome),
        *(("note", one) for one in entry.notes),
    ]
    rows = "".join(f"<tr><th>{name}</th><td>{escape(value)}</td></tr>" for name, value in facts if value)
    return f"<h2>Exchange</h2><table>{rows}</table>"


def _remarks(examined: Examined, part: Part) -> list[Remark]:
    broken = [Remark(one.path, one.rule) for one in examined.findings if one.part is part]
    lint = [one for one in examined.lint if one.part == part]
    return [*broken, *(Remark(one.path, f"{one.severity} {one.rule}: {one.sentence}") for one in lint)]


def _envelope(title: str, message: Message, headers: Iterable[tuple[str, str]], remarks: Sequence[Remark]) -> str:
    rest = "" if message.is_whole else f", of which the first {len(message.body)} are here"
    lines = "".join(map(_line, marked_lines(message, remarks)))
    told = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in headers)
    return f"<h2>{title}</h2><p>{message.length} bytes{rest}</p><table>{told}</table><pre>{lines}</pre>"


def _line(line: MarkedLine) -> str:
    if not line.remarks:
        return f"{escape(line.text)}\n"
    said = "\n".join(f"<b>{escape(one)}</b>" for one in line.remarks)
    return f"<mark>{escape(line.text)}\n{said}</mark>"  # a block, which ends its line
