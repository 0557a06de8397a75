"""Where the sessions of a head end are kept: beside its own database, in the same manner."""

from headend.store.database import Store
from headend.store.session_directory import SessionDirectory
from headend.store.session_register import SessionRegister
from headend.store.session_schemas import SessionSchemas


def sessions_of(store: Store) -> SessionRegister:
    """The register of the head end that has this database. Nothing is read or made before the first session."""
    return SessionSchemas(store.engines) if store.file is None else SessionDirectory(store.file)
