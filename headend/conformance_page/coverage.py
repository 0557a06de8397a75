"""What the standard gives a head end to do, noun by noun, and what of it is carried out."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from headend.compose import open_head_end
from headend.config import Settings
from headend.contract import Contract

_REMARK = re.compile(r"\s*\([^)]*\)")
_SERVICES_OF_SETS = ("Execute", "Receive")


class NotUnderstood(ValueError):
    """A cell of the nouns table says something that this module does not understand."""


@dataclass(frozen=True, slots=True)
class NounFacts:
    """One row of the nouns table, as far as the page tells it."""

    name: str
    clause: str
    status: str
    """Of the profile: published or derived."""
    get_status: str
    """Of the request profile."""
    served: str
    """What the standard gives a head end to serve, in words such as `Receive Created Changed; Get`."""
    note: str
    has_sets: bool
    """OperationSets carry it (Annex K)."""

    def required(self) -> Iterator[tuple[str, str]]:
        """Service and operation of all that a head end serves of this noun. Raises NotUnderstood."""
        for part in filter(None, (_REMARK.sub("", one).strip() for one in self.served.split(";"))):
            pattern, *verbs = part.split()
            if pattern in ("Execute/Request", "Execute", "Request") and verbs:
                yield from ((f"Execute{self.name}", f"{verb}{self.name}") for verb in verbs)
            elif pattern == "Receive" and verbs:
                yield from ((f"Receive{self.name}", f"{verb}{self.name}") for verb in verbs)
            elif pattern == "Get" and not verbs:
                yield f"Get{self.name}", f"Get{self.name}"
            else:
                raise NotUnderstood(f"nouns.tsv, {self.name}: {part!r} is no list of operations")
        for pattern in _SERVICES_OF_SETS if self.has_sets else ():
            verb = "Execute" if pattern == "Execute" else "Executed"
            yield f"{pattern}{self.name}OperationSet", f"{verb}{self.name}OperationSet"


@dataclass(frozen=True)
class Coverage:
    """The contract, the facts of its nouns, and what a head end does of it."""

    contract: Contract
    nouns: tuple[NounFacts, ...]
    carried_out: frozenset[str]
    """Names of operations."""
    served: frozenset[str]
    """Names of services."""
    published: frozenset[str]
    """Nouns that subscribers are told of."""

    @classmethod
    def of_running_code(cls, tables: Path) -> Self:
        """Ask a head end, put together as `headend serve` does it. tables: the directory of nouns.tsv.

        Raises OSError for a table that is not there, and what `open_head_end` raises.
        """
        nouns = tuple(read_nouns(tables))
        with TemporaryDirectory() as directory:
            settings: dict[str, Any] = {"database": f"sqlite:///{directory}/headend.db", "meters": 1, "control": False}
            head_end = open_head_end(Settings(**settings))
            try:
                return cls(head_end.contract, nouns, head_end.carried_out, head_end.services, head_end.published_nouns)
            finally:
                head_end.close()

    def required(self) -> Mapping[str, str]:
        """Operation to service: all that the standard gives a head end to serve."""
        return {operation: service for noun in self.nouns for service, operation in noun.required()}


def gaps(coverage: Coverage) -> tuple[str, ...]:
    """Operations that the standard gives a head end to serve and that are not carried out, in the table's order."""
    return tuple(
        operation
        for operation, service in coverage.required().items()
        if operation not in coverage.carried_out or service not in coverage.served
    )


def read_nouns(tables: Path) -> Iterator[NounFacts]:
    """The rows of nouns.tsv. Raises OSError."""
    with (tables / "nouns.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield NounFacts(
                name=row["noun"],
                clause=row["clause"],
                status=row["status"],
                get_status=row["get_status"],
                served=row["head_end_server"],
                note=row["note"],
                has_sets="operationset" in row["patterns"].split(","),
            )
