"""`headend ready`: whether a head end answers, for scripts that have just started one."""

from typing import Annotated

import typer

from headend.cli.calling import check_url, seconds
from headend.cli.exit_codes import ExitCode
from headend.cli.options import DEFAULT_URL, Url
from headend.cli.stopping import stop


def ready(
    wait: Annotated[str, typer.Option("--wait", help="Keep asking for so long, such as 10s.", metavar="TIME")] = "0s",
    url: Url = DEFAULT_URL,
) -> None:
    """Exit with 0 as soon as the head end answers ready, with 3 if it does not in time."""
    from headend.client.readiness import not_ready
    from headend.client.waiting import wait_for
    from simulator.clock import RealClock

    check_url("ready", url)
    wait_s = seconds("ready", "--wait", wait)
    why = ""

    def look() -> bool | None:
        nonlocal why
        why = not_ready(url) or ""
        return None if why else True

    if wait_for(look, wait_s, RealClock()) is None:
        stop("ready", f"not ready within {wait}: {why}" if wait_s else f"not ready: {why}", ExitCode.UNREACHABLE)
    typer.echo(f"{url} is ready")
