"""Options that several commands take."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

DEFAULT_URL = "http://127.0.0.1:8080"

Url = Annotated[str, typer.Option("--url", envvar="HEADEND_URL", help="Base URL of the head end.", metavar="URL")]
Timeout = Annotated[str, typer.Option("--timeout", help="Longest wait for one answer, such as 60s.", metavar="TIME")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Meters = Annotated[list[str], typer.Argument(help="mRIDs or names.", metavar="METER...", show_default=False)]

Config = Annotated[Path | None, typer.Option("--config", help="Settings file; see `headend init`.")]
FleetSize = Annotated[int | None, typer.Option("--meters", help="Size of the fleet.", show_default="1000")]
FleetFile = Annotated[Path | None, typer.Option("--fleet", help="Fleet file, instead of --meters.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Same seed, same data.", show_default="1")]

Zone = Annotated[str | None, typer.Option("--zone", help="IANA time zone of the fleet.", show_default="UTC")]
Conditions = Annotated[
    str | None,
    typer.Option("--conditions", help="How well the field behaves: ideal|realistic.", show_default="ideal"),
]

FileFormat = Annotated[Literal["csv", "parquet"], typer.Option("--format", help="Of the files.")]


@dataclass(frozen=True, slots=True)
class FleetFlags:
    """What says which fleet is meant, as flags; settings file and environment say the rest."""

    config: Path | None
    meters: int | None
    seed: int | None
    database: str | None = None
    clock: str | None = None
    fleet: Path | None = None
    zone: str | None = None
    conditions: str | None = None

    def settings(self) -> Any:
        """The Settings. Raises InvalidSettings."""
        from headend.config import load_settings

        flags = {
            "meters": self.meters,
            "fleet": self.fleet,
            "seed": self.seed,
            "database": self.database,
            "clock": self.clock,
            "zone": self.zone,
            "conditions": self.conditions,
        }
        return load_settings(self.config, flags)
