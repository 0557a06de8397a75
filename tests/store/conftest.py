from tests.store.databases import database_url, postgresql_url, prepared_url, sqlite_url, store

__all__ = ["database_url", "postgresql_url", "prepared_url", "sqlite_url", "store"]
