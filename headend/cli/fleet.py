"""`headend fleet`: what there is to say of fleet files."""

import typer

app = typer.Typer(help="Fleet files.", no_args_is_help=True)


@app.callback()
def fleet() -> None:
    """Fleet files."""


@app.command()
def schema() -> None:
    """Print the JSON Schema of a fleet file, for editors."""
    from headend.cli.output import print_json
    from simulator.fleet.fleet_keys import fleet_schema

    print_json(fleet_schema())
