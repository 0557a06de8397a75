"""`headend wsdl export`: the contract's files, for a client generator."""

from pathlib import Path
from typing import Annotated

import typer

from headend.cli.exit_codes import ExitCode
from headend.cli.stopping import stop

app = typer.Typer(help="The contract: WSDL and XSD files.", no_args_is_help=True)


@app.callback()
def contract() -> None:
    """The contract: WSDL and XSD files."""


@app.command()
def export(
    directory: Annotated[Path, typer.Argument(help="Made if it does not exist.", metavar="DIR", show_default=False)],
) -> None:
    """Write every WSDL and XSD file into DIR, replacing files of the same names; prints what was written."""
    from headend.contract import Contract, ContractError

    try:
        written = Contract.load().export(directory)
    except ContractError as error:
        stop("wsdl export", error, ExitCode.UNREACHABLE)
    except OSError as error:
        stop("wsdl export", f"{error.filename}: {error.strerror}", ExitCode.BAD_USAGE)
    for path in written:
        typer.echo(str(path))
