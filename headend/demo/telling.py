"""The account on a terminal or in a pipe: what was sent to whom, what came back, whether it was as it should be."""

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from headend.client import Exchange
from headend.demo.account import Chapter, Charted, Check, Entry, Exchanged, Heard, Quoted, Said, Tabled
from headend.messages.indented import indented
from headend.sparkline import sparkline

_INDENT = 2
_MOST_XML_LINES = 60
_AROUND = 1
"""Lines shown around one with a remark."""


class Teller:
    """Prints entries as they come."""

    def __init__(self, console: Console, show_xml: bool) -> None:
        self._console = console
        self._show_xml = show_xml
        self._chapters = 0

    def title(self, title: str) -> None:
        """Begin a chapter."""
        self._chapters += 1
        self._console.print()
        self._console.print(Rule(f"[bold]{self._chapters}. {escape(title)}[/bold]", align="left", style="dim"))

    def tell(self, entry: Entry) -> None:
        """Print one entry."""
        match entry:
            case Said(text):
                self._print(Text(text))
            case Exchanged(exchange):
                self._exchange(exchange)
            case Heard(received):
                told = f" at the receiver, CorrelationID {received.correlation_id}"
                self._marked("◀", "magenta", Text.assemble((received.operation, "bold"), told))
                self._xml(received.body)
            case Tabled(columns, rows):
                self._print(_table(columns, rows))
            case Charted(label, values):
                self._print(Text(sparkline(values, self._console.width - 2 * _INDENT), style="green"))
                self._print(Text(f"{label}; the highest is {max(values, default=0):g}", style="dim"))
            case Quoted():
                self._quote(entry)
            case Check():
                self._check(entry)

    def summary(self, chapters: list[Chapter], took_s: float) -> None:
        """The last lines."""
        checks = [check for chapter in chapters for check in chapter.checks]
        wrong = [check for check in checks if not check.passed]
        passed = all(chapter.passed for chapter in chapters)
        mark = "✔" if passed else "✘"
        told = f"{mark} {len(chapters)} steps, {len(checks)} checks, {len(wrong)} not as expected, {took_s:.1f} s"
        self._console.print()
        self._console.print(Text(told, style="bold green" if passed else "bold red"))

    def _print(self, what: Text | Table | Padding) -> None:
        self._console.print(Padding(what, (0, 0, 0, _INDENT), expand=False))

    def _marked(self, mark: str, style: str, text: Text) -> None:
        """A line behind a mark; where it is folded, the mark stands alone."""
        line = Table.grid(padding=(0, 1, 0, 0))
        line.add_row(Text(mark, style=style), text)
        self._print(line)

    def _exchange(self, exchange: Exchange) -> None:
        request = f" to {exchange.url}, {len(exchange.request):,} bytes"
        self._marked("▶", "blue", Text.assemble((exchange.operation, "bold"), request))
        answer = f"HTTP {exchange.status}, {len(exchange.response):,} bytes, {exchange.took_s:.3f} s"
        self._marked("◀", "blue", Text(answer))
        self._xml(exchange.request)
        self._xml(exchange.response)

    def _xml(self, message: bytes) -> None:
        if not self._show_xml:
            return
        lines = indented(message).splitlines()
        shown = lines[:_MOST_XML_LINES]
        if len(lines) > len(shown):
            shown.append(f"<!-- {len(lines) - len(shown):,} more lines -->")
        syntax = Syntax("\n".join(shown), "xml", theme="ansi_dark", background_color="default", word_wrap=True)
        self._console.print(Padding(syntax, (0, 0, 1, 2 * _INDENT)))

    def _quote(self, quoted: Quoted) -> None:
        remarks = dict(quoted.remarks)
        shown = sorted({line + near for line in remarks for near in range(-_AROUND, _AROUND + 1)})
        before = None
        for number in shown:
            if not 1 <= number <= len(quoted.lines):
                continue
            if before is not None and number > before + 1:
                self._print(Text("   ⋮", style="dim"))
            before = number
            style = "bold" if number in remarks else "dim"
            self._print(Text(f"{number:4} {quoted.lines[number - 1]}", style=style))
            if number in remarks:
                self._console.print(
                    Padding(Text(f"↑ {remarks[number]}", style="yellow"), (0, 0, 0, _INDENT + 5), expand=False)
                )

    def _check(self, check: Check) -> None:
        if check.passed:
            self._marked("✔", "green", Text(str(check)))
        else:
            self._marked("✘", "bold red", Text(str(check), style="red"))


def _table(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Table:
    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*map(escape, row))
    return table
