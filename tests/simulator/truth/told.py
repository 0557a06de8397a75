"""What is told of the truth, as its reader gets it: written as CSV, and read again."""

import csv
import io
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np

from simulator.cascade.bypass import bypasses_among
from simulator.cim.reading_type import ReadingType
from simulator.conditions import IDEAL, Conditions
from simulator.customers import Customers, Theft
from simulator.field_history import UNDISTURBED, FieldHistory
from simulator.fleet import Fleet, FleetSpec
from simulator.kind_channels import KindChannels
from simulator.tables import FileFormat
from simulator.truth.export import TruthQuestion, stream_truth, write_truth

Row = dict[str, str]


def local(fleet: Fleet, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=fleet.calendar.zone)


def question(
    fleet: Fleet,
    start: str,
    end: str,
    *meters: int,
    codes: list[str] | None = None,
    history: FieldHistory = UNDISTURBED,
    now: str | None = None,
    only_differences: bool = False,
) -> TruthQuestion:
    """Of meters, or of all; instants are local and have no zone."""
    chosen = np.array(meters) if meters else range(len(fleet))
    types = None if codes is None else [ReadingType.parse(code) for code in codes]
    return TruthQuestion(
        fleet=fleet,
        meters=chosen,
        channels=KindChannels.by_default(fleet) if types is None else KindChannels.of(fleet, types),
        start=local(fleet, start),
        end=local(fleet, end),
        now=local(fleet, now or end),
        history=history,
        only_differences=only_differences,
    )


def streamed(asked: TruthQuestion) -> list[Row]:
    target = io.BytesIO()
    stream_truth(asked, target)
    return list(csv.DictReader(target.getvalue().decode().splitlines()))


def written(asked: TruthQuestion, folder: Path) -> dict[str, list[Row]]:
    """Every table."""
    write_truth(asked, folder, FileFormat.CSV, software="tests")
    return {path.stem: list(csv.DictReader(path.read_text("utf-8").splitlines())) for path in folder.glob("*.csv")}


def number(text: str) -> Fraction:
    """Exact; what is missing counts nothing."""
    return Fraction(text or "0")


def thieves(conditions: Conditions = IDEAL) -> Fleet:
    """A hundred homes; at every fourth somebody takes energy past the meter, sooner or later."""
    customers = Customers(theft=Theft(share=2_500))
    return Fleet(FleetSpec(100, seed=1, zone="Europe/Amsterdam", customers=customers, conditions=conditions))


def bypassed_meter(fleet: Fleet, by: date) -> int:
    """The first meter that somebody takes energy past since before a day."""
    found = bypasses_among(fleet, np.arange(len(fleet)))
    return int(found.rows[found.since <= fleet.calendar.start_of(by)][0])
