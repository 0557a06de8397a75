"""An empty database, made once a process: making its tables takes longer than the rest of a head end's start."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from headend.store.database import Store


def put_template(file: Path) -> None:
    """Make an empty database where there is no file yet."""
    file.write_bytes(_template())


@cache
def _template() -> bytes:
    with TemporaryDirectory(prefix="headend-template-") as directory:
        file = Path(directory) / "headend.db"
        Store.open(f"sqlite:///{file}").close()  # what is in the log beside it is in the file then
        return file.read_bytes()
