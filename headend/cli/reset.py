"""`headend reset`: the fleet as on the first day."""

from typing import Annotated

import typer

from headend.cli.driving import driving
from headend.cli.options import DEFAULT_URL, Json, Timeout, Url


def reset(
    subscriptions: Annotated[
        bool, typer.Option("--subscriptions", help="Also forget subscriptions made while it ran.")
    ] = False,
    keep_journal: Annotated[bool, typer.Option("--keep-journal", help="Do not clear the journal.")] = False,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Forget all that happened to the fleet, and take its clock back to its setting.

    Prints the fleet's time. Exit codes: 0 done; 2 bad usage; 3 nobody answers.
    """
    from headend.cli.output import print_json
    from headend.cli.times import instant_text

    with driving("reset", url, timeout) as control:
        clock = control.reset(subscriptions=subscriptions, keep_journal=keep_journal)
    if json:
        print_json({"now": instant_text(clock.now), "setting": clock.setting})
    else:
        typer.echo(instant_text(clock.now))
