"""`headend serve`: run the head end until it is stopped."""

import gc
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from headend.cli.exit_codes import ExitCode


def serve(
    config: Annotated[Path | None, typer.Option(help="Settings file; see `headend init`.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 picks a free one.", show_default="8080")] = None,
    meters: Annotated[int | None, typer.Option(help="Size of the fleet.", show_default="1000")] = None,
    fleet: Annotated[
        Path | None, typer.Option(help="Fleet file: templates, own meters; see docs/fleet.md. Instead of --meters.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same data.", show_default="1")] = None,
    zone: Annotated[str | None, typer.Option(help="IANA time zone of the fleet.", show_default="UTC")] = None,
    conditions: Annotated[
        str | None, typer.Option(help="How well the field behaves: ideal|realistic.", show_default="ideal")
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="SQLite or PostgreSQL URL.", show_default="sqlite:///headend.db")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Server processes.", show_default="1")] = None,
    clock: Annotated[
        str | None, typer.Option(help="real, xN such as x60, or stepped[@ISO8601].", show_default="real")
    ] = None,
    error_style: Annotated[
        str | None, typer.Option(help="Refusals as FAILED replies or typed faults: reply|fault.", show_default="reply")
    ] = None,
    publish_to: Annotated[
        list[str] | None, typer.Option(help="URL of a Receive service that is told of created EndDeviceEvents.")
    ] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.", show_default="info")] = None,
) -> None:
    """Run the head end until stopped. The first line on stdout is its base URL."""
    # What imports make stays for good: collecting garbage between them is a tenth of the start.
    gc.disable()
    from headend.config import InvalidSettings, load_settings
    from headend.contract import ContractError
    from headend.server import CannotStart
    from headend.server import serve as run
    from headend.store import StoreError

    gc.enable()
    flags = {
        "host": host,
        "port": port,
        "meters": meters,
        "fleet": fleet,
        "seed": seed,
        "zone": zone,
        "conditions": conditions,
        "database": database,
        "workers": workers,
        "clock": clock,
        "error_style": error_style,
        "subscriptions": [{"url": url} for url in publish_to] if publish_to else None,
        "log_level": log_level,
    }
    try:
        settings = load_settings(config, flags)
    except InvalidSettings as error:
        _stop(error, ExitCode.BAD_USAGE)
    logging.basicConfig(
        level=settings.log_level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    try:
        run(settings, lambda base_url: print(base_url, flush=True))
    except (CannotStart, ContractError, StoreError) as error:
        _stop(error, ExitCode.UNREACHABLE)


def _stop(error: Exception, code: ExitCode) -> None:
    typer.echo(f"headend serve: {error}", err=True)
    raise typer.Exit(code)
