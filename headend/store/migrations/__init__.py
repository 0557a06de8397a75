"""How the tables came to be what they are, step by step, for databases that were made by an older version.

`versions/` has one file a step. A new one is written by hand from the last: a number one higher,
`down_revision` the one before, and `schema.REVISION` raised to it. The tests compare where the steps lead
with what `schema.py` says, on both databases, and name what is missing.

Importing this package imports Alembic; `schema_revision.prepare` does so only when there is something to
migrate.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from headend.store.errors import StoreNewer


def scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_configuration())


def upgrade(connection: Connection, address: str, to: str = "head") -> None:
    """Runs all steps that the database has not seen, inside the connection's transaction; `to` is the last one.

    Raises StoreNewer where the database says it has seen a step that this version does not have.
    """
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    try:
        command.upgrade(configuration, to)
    except CommandError as error:
        raise StoreNewer(
            f"{address} was written by a newer version of the head end ({error});"
            " start that version, or give another database"
        ) from error


def _configuration() -> Config:
    configuration = Config()
    # Percent signs are Alembic's own placeholders, and a directory may have one in its name.
    configuration.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    return configuration
