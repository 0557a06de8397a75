"""What a run has exercised, as a part of the page: verbs and nouns as a table, codes as a list."""

from html import escape

from headend.coverage import Coverage, Kind
from headend.operations.reply import reply_codes
from simulator.cim.code_tables import rows
from simulator.cim.reading_type import InvalidReadingType, ReadingType

_VERBS = (
    "get",
    "create",
    "change",
    "cancel",
    "close",
    "delete",
    "created",
    "changed",
    "canceled",
    "closed",
    "deleted",
    "execute",
    "reply",
)
_TITLES = {
    Kind.OPERATIONS: "Operations",
    Kind.CONTROL_TYPES: "Control types (Annex F)",
    Kind.REPLY_CODES: "Reply codes (Annex B)",
    Kind.EVENT_TYPES: "Event types (Annex E)",
    Kind.READING_TYPES: "Reading types (Annex C)",
}


def coverage_html(coverage: Coverage) -> str:
    """The section."""
    parts = ['<h2 id="coverage">Coverage of the standard</h2>', _share(coverage, Kind.OPERATIONS), _matrix(coverage)]
    for kind in (Kind.CONTROL_TYPES, Kind.REPLY_CODES, Kind.EVENT_TYPES, Kind.READING_TYPES):
        parts += [_share(coverage, kind), _chips(coverage, kind)]
    return "<section>" + "\n".join(parts) + "</section>"


def _share(coverage: Coverage, kind: Kind) -> str:
    share = coverage.share(kind)
    if share.percent is None:
        return f"<h4>{_TITLES[kind]}: {share.exercised}</h4>"
    return (
        f"<h4>{_TITLES[kind]}: {share.exercised} of {share.offered}, {share.percent:.0f} %</h4>"
        f'<div class="meter"><i style="width:{share.percent:.1f}%"></i></div>'
    )


def _matrix(coverage: Coverage) -> str:
    """A row a noun, a column a verb: how often it was exercised, whether it is offered."""
    seen, bounds = coverage.seen[Kind.OPERATIONS], coverage.offered.of[Kind.OPERATIONS] or frozenset()
    every = sorted({one.partition(" ")[2] for one in (*seen, *bounds)})
    verbs = [verb for verb in _VERBS if any(one.startswith(f"{verb} ") for one in (*seen, *bounds))]
    head = "".join(f"<th>{verb}</th>" for verb in verbs)
    lines = []
    for noun in every:
        cells = []
        for verb in verbs:
            count, is_offered = seen.get(f"{verb} {noun}", 0), f"{verb} {noun}" in bounds
            results = " ".join(sorted(coverage.results.get((noun, verb), ())))
            if count:
                cells.append(f'<td class="yes" title="{escape(f"{verb} {noun}: {results}")}">{count}</td>')
            else:
                cells.append(
                    '<td class="no" title="offered, not exercised">0</td>' if is_offered else '<td class="none">·</td>'
                )
        lines.append(f"<tr><th>{escape(noun)}</th>{''.join(cells)}</tr>")
    return f'<div class="scroll"><table class="matrix"><tr><th></th>{head}</tr>\n' + "\n".join(lines) + "</table></div>"


def _chips(coverage: Coverage, kind: Kind) -> str:
    words = _words(kind)
    known = frozenset(coverage.exercised(kind))
    seen = [
        _chip(code, words, f" × {count}", "" if code in known else " odd")
        for code, count in coverage.seen[kind].items()
    ]
    missing = coverage.missing(kind) if kind is not Kind.EVENT_TYPES else ()
    absent = [_chip(code, words, "", " no") for code in missing]
    return f'<div class="chips">{"".join([*seen, *absent])}</div>'


def _chip(code: str, words: dict[str, str], count: str, css: str = "") -> str:
    title = words.get(code) or _reading_type_words(code)
    return f'<span class="chip{css}" title="{escape(title)}">{escape(code)}{count}</span>'


def _words(kind: Kind) -> dict[str, str]:
    if kind is Kind.CONTROL_TYPES:
        return {row["pattern"]: row["mnemonic"] for row in rows("controls")}
    if kind is Kind.EVENT_TYPES:
        return {row["pattern"]: row["mnemonic"] for row in rows("events")}
    return reply_codes() if kind is Kind.REPLY_CODES else {}


def _reading_type_words(code: str) -> str:
    try:
        return ReadingType.parse(code).describe()
    except InvalidReadingType:
        return code
