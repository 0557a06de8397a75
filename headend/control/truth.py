"""`/control/v1/truth`: what really flowed, what meters registered, what is delivered, and why they differ."""

from datetime import datetime
from tempfile import TemporaryFile
from typing import Annotated, Any, Final, Self

from apiflask import APIBlueprint
from flask import Response, send_file
from pydantic import Field

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Form, Instant
from headend.operations.declined import Declined, DeclineKind
from headend.operations.truth import InvalidQuestion, truth_question
from headend.operations.truth_rows import MOST_ROWS, BoundedTable, TooManyRows, TruthRow, truth_rows
from simulator.truth.export import TruthQuestion, stream_truth

_CSV: Final = "text/csv"
_MOST_LINES: Final = 1_000_000
"""Of a table: what a spreadsheet takes, and a second or two of work."""
_TABLE: Final[Any] = {200: {"description": "The table.", "content": {_CSV: {}}}}
_Text = Annotated[str, Field(min_length=1, max_length=200)]


class TruthQuery(Form):
    """What is wanted."""

    meter: _Text | None = Field(None, description="By mRID or name. Neither this nor a group: the whole fleet.")
    group: _Text | None = Field(None, description="mRID or name of a template, substation, feeder or transformer.")
    start: Instant | None = Field(None, description="Of the window; today's midnight (UTC) unless given.")
    end: Instant | None = Field(None, description="Of the window; now unless given.")
    reading_type: _Text | None = Field(
        None, alias="ReadingType", description="18 numbers. None: what each meter delivers by default."
    )
    only_differences: bool = Field(False, description="Only readings that are not delivered as they flowed.")


class TruthReading(Answer):
    """One reading: three values that are equal where nothing is wrong."""

    meter: str = Field(description="Its name.")
    reading_type: str = Field(serialization_alias="ReadingType")
    start: datetime | None = Field(description="null: a register.")
    end: datetime = Field(description="The stamp of the reading.")
    flowed: float
    registered: float
    reported: float | None = Field(description="null: it is missing.")
    unit: str
    delivered: int = Field(description="How often: 0 missing, 2 a duplicate.")
    qualities: list[str] = Field(description="ReadingQuality types that it carries.")
    causes: list[str] = Field(description="Ids of what made the three differ.")

    @classmethod
    def of(cls, row: TruthRow) -> Self:
        return cls(
            meter=row.meter,
            reading_type=row.reading_type,
            start=row.start,
            end=row.end,
            flowed=float(row.flowed),
            registered=float(row.registered),
            reported=None if row.reported is None else float(row.reported),
            unit=row.unit,
            delivered=row.delivered,
            qualities=list(row.qualities),
            causes=list(row.causes),
        )


class Truth(Answer):
    """The readings of a window."""

    readings: list[TruthReading] = Field(description="By meter, reading type and time.")


def truth_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """GET truth, GET truth.csv."""
    truth = APIBlueprint("truth", __name__, tag="Meters")

    @truth.get("/truth")
    @truth.input(TruthQuery, location="query", arg_name="query")
    @truth.output(Truth)
    def get(query: TruthQuery) -> Truth:
        """What really flowed, was registered and is delivered."""
        try:
            rows = truth_rows(_question(driven, query), MOST_ROWS)
        except TooManyRows as error:
            raise Declined(
                DeclineKind.INVALID, str(error), "name a meter, a group or a shorter window, or get truth.csv"
            ) from error
        return Truth(readings=[TruthReading.of(row) for row in rows])

    @truth.get("/truth.csv")
    @truth.input(TruthQuery, location="query", arg_name="query")
    @truth.doc(responses=_TABLE)
    def get_csv(query: TruthQuery) -> Response:
        """The same as a table of up to a million readings; the columns are those of docs/truth.md."""
        file = TemporaryFile()  # noqa: SIM115  # closed when it has left
        try:
            stream_truth(_question(driven, query), BoundedTable(file, _MOST_LINES))
        except TooManyRows as error:
            file.close()
            raise Declined(
                DeclineKind.INVALID,
                str(error),
                "ask for a shorter window, or run headend truth on the head end's database",
            ) from error
        file.seek(0)
        return send_file(file, _CSV, as_attachment=True, download_name="truth.csv")

    return truth


def _question(driven: DrivenHeadEnd, query: TruthQuery) -> TruthQuestion:
    now = driven.clock.now()
    with driven.store.reading() as work:
        try:
            return truth_question(
                driven.fleet_now(work),
                work,
                start=query.start,
                end=query.end,
                now=now,
                meters=() if query.meter is None else (query.meter,),
                group=query.group,
                reading_types=() if query.reading_type is None else (query.reading_type,),
                only_differences=query.only_differences,
            )
        except InvalidQuestion as error:
            raise Declined(DeclineKind.INVALID, str(error), "docs/truth.md tells what can be asked") from error
