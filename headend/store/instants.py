"""Instants in columns: aware UTC in Python, exact to the microsecond, in the right order in SQL."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import TIMESTAMP, Dialect, String
from sqlalchemy.types import TypeDecorator, TypeEngine


class UtcInstant(TypeDecorator[datetime]):
    """An instant.

    PostgreSQL has a type for it. SQLite has none, so there it is ISO 8601 text of fixed width: people can
    read it in any database browser, and because year, fraction and offset always have the same length, text
    order is time order.
    """

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime] | TypeEngine[str]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        """Raises ValueError for a datetime without a zone: it names no instant."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"{value.isoformat()} has no time zone; the store keeps instants")
        instant = value.astimezone(UTC)
        return instant if dialect.name == "postgresql" else instant.isoformat(timespec="microseconds")

    def process_result_value(self, value: datetime | str | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "postgresql" and isinstance(value, datetime):
            return value.astimezone(UTC)  # it answers in the zone of the session, whatever the server is set to
        return datetime.fromisoformat(str(value))
