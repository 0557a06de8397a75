"""`headend init` and `headend config schema`: settings as a file, and the schema that editors check it by."""

from pathlib import Path
from typing import Annotated

import typer

from headend.cli.exit_codes import ExitCode
from headend.cli.stopping import stop

app = typer.Typer(help="The settings.", no_args_is_help=True)


@app.callback()
def config() -> None:
    """The settings."""


@app.command()
def schema() -> None:
    """Print the JSON Schema of `headend.yaml`."""
    from headend.cli.output import print_json
    from headend.config import Settings

    print_json(Settings.model_json_schema())


def init(
    file: Annotated[Path, typer.Argument(help="Where to.", metavar="FILE")] = Path("headend.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Replace the file if there is one.")] = False,
) -> None:
    """Write a `headend.yaml` with every setting, its meaning and its default."""
    from headend.config import commented_settings

    try:
        with file.open("w" if force else "x", encoding="utf-8") as out:
            out.write(commented_settings())
    except FileExistsError:
        stop("init", f"{file} exists; --force replaces it", ExitCode.BAD_USAGE)
    except OSError as error:
        stop("init", f"{file}: {error.strerror}", ExitCode.BAD_USAGE)
    typer.echo(str(file))
