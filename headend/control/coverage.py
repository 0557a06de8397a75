"""`/control/v1/coverage`: which parts of the standard the exchanges of the journal have exercised."""

from collections.abc import Iterator
from typing import Annotated

from apiflask import APIBlueprint
from pydantic import Field

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.journal import JournalMatch
from headend.coverage import coverage_json, coverage_of
from headend.journal import Entry
from headend.operations.declined import Declined, DeclineKind

_Number = Annotated[int, Field(ge=0, lt=2**63)]


class CoverageQuery(JournalMatch):
    """Which exchanges count."""

    after: _Number = Field(0, description="Only those with a higher number: what came since.")


class CoveredKind(Answer):
    """How much of one kind was exercised."""

    percent: float | None = Field(description="null: the standard sets no bounds.")
    exercised: int
    offered: int | None = Field(description="So many there are; null: the standard sets no bounds.")
    seen: dict[str, int] = Field(description="How often each was seen.")
    missing: list[str] = Field(description="What is offered and was not seen.")


class Covered(Answer):
    """What was exercised."""

    exchanges: int = Field(description="So many were looked at.")
    last: int | None = Field(description="Number of the last of them, for `after`.")
    operations: CoveredKind = Field(description="A verb on a noun, such as `get MeterReadings`.")
    reading_types: CoveredKind = Field(description="Of values that were delivered (Annex C).")
    event_types: CoveredKind = Field(description="Annex E, without the device type: `*.31.0.68`.")
    control_types: CoveredKind = Field(description="Annex F, likewise.")
    reply_codes: CoveredKind = Field(description="Annex B.")
    results: dict[str, list[str]] = Field(description="How each operation was answered: OK, PARTIAL, FAILED, fault.")


def coverage_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """The resource."""
    coverage = APIBlueprint("coverage", __name__, tag="journal")

    @coverage.get("/coverage")
    @coverage.input(CoverageQuery, location="query", arg_name="query")
    @coverage.output(Covered)
    def get(query: CoverageQuery) -> Covered:
        """What the exchanges of the journal have exercised of the standard, in both directions."""
        if not driven.journal.is_on:
            raise Declined(
                DeclineKind.CONFLICT,
                "nothing is recorded here, so nothing is known to be exercised: the setting journal is off",
                "start the head end with journal: true",
            )
        count, last = 0, None

        def entries() -> Iterator[Entry]:
            nonlocal count, last
            for kept in driven.journal.pages(query.match(), after=query.after):
                count, last = count + 1, kept.entry.number
                yield kept.entry

        found = coverage_of(entries(), driven.offered())
        return Covered(exchanges=count, last=last, **coverage_json(found))

    return coverage
