"""Tables and JSON on stdout, remarks on stderr."""

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import typer
from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table

from headend.cli.times import instant_text

if TYPE_CHECKING:
    from headend.client import DeviceEvent

PIPE_WIDTH = 200
"""A pipe has no width; so much fits the widest table."""


def console(pipe_width: int = PIPE_WIDTH) -> Console:
    """Stdout: as wide as the terminal, colours only there."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=pipe_width)


def table(title: str | None, *columns: str, numbers: Iterable[str] = ()) -> Table:
    """An empty table. `numbers` are the columns that are set flush right; only the last may fold its text."""
    made = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    right = frozenset(numbers)
    for column in columns:
        justify: JustifyMethod = "right" if column in right else "left"
        made.add_column(column, justify=justify, overflow="fold", no_wrap=column != columns[-1])
    return made


def print_json(value: Any) -> None:
    """JSON that a person can read, too."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def remark(command: str, sentence: object) -> None:
    """A line on stderr."""
    typer.echo(f"headend {command}: {sentence}", err=True)


def event_table(events: Iterable["DeviceEvent"]) -> Table:
    """Events, one a line."""
    made = table(None, "Time", "Meter", "Code", "Event")
    for event in events:
        meter = event.device_name or event.device_mrid or ""
        made.add_row(instant_text(event.created), meter, event.type_code, event_words(event.words, event.details))
    return made


def event_words(words: str, details: Iterable[tuple[str, str]]) -> str:
    """An event's type in words and its details, each on its line."""
    return "\n".join([words, *(f"{name} {value}" for name, value in details)])
