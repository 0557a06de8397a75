"""`headend schedules`: when meters are read without being asked."""

import typer

from headend.cli.driving import driving
from headend.cli.options import DEFAULT_URL, Json, Timeout, Url

app = typer.Typer(help="When meters are read without being asked (MeterReadSchedule).", no_args_is_help=True)


@app.callback()
def schedules() -> None:
    """A single command stays a command of its own name."""


@app.command("list")
def list_schedules(url: Url = DEFAULT_URL, timeout: Timeout = "60s", json: Json = False) -> None:
    """List every schedule that was not deleted, oldest first."""
    from headend.cli.output import console, print_json, table

    with driving("schedules list", url, timeout) as control:
        found = control.schedules()
    if json:
        print_json(found)
        return
    made = table(None, "mRID", "State", "Meters", "Next", "To", numbers=["Meters"])
    for one in found:
        made.add_row(
            one["mrid"], one["state"], str(one["meters"]), one["next_due"] or "", one["reply_address"] or "subscribers"
        )
    console().print(made)
