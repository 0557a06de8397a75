"""The tables of the journal of exchanges.

They are no part of schema.py and have no migrations: a journal is no archive. One that another version wrote is thrown
away, since what stands in it could be read by nobody (`export` it before). Columns that are searched stand before the
bodies, so that SQLite looks through them without reading what comes behind.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

from headend.store.instants import UtcInstant

VERSION: Final = 3
"""Raised with every change of these tables."""

METADATA: Final = MetaData()

ENTRIES: Final = Table(
    "journal_entry",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", UtcInstant, nullable=False),
    Column("machine_at", UtcInstant, nullable=False),
    Column("took_us", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),  # of what is kept, in bytes
    Column("through", BigInteger, nullable=False),  # sizes of all entries up to this one, added up
    Column("direction", String(3), nullable=False),
    Column("status", Integer),
    Column("verb", Text),
    Column("noun", Text),
    Column("result", Text),
    Column("codes", Text, nullable=False),
    Column("message_id", Text),
    Column("correlation_id", Text),
    Column("conversation", Text),
    Column("source", Text),
    Column("service", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("peer", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("soap_action", Text),
    Column("failure", Text),
    Column("outcome", Text),
    Column("notes", Text, nullable=False),
    Column("names", Text, nullable=False),
    Column("request_length", BigInteger, nullable=False),
    Column("request_sha256", Text),
    Column("request_headers", Text, nullable=False),
    Column("response_length", BigInteger),
    Column("response_sha256", Text),
    Column("response_headers", Text, nullable=False),
    Column("request_body", LargeBinary, nullable=False),
    Column("response_body", LargeBinary),
    Index("journal_entry_conversation", "conversation"),
    sqlite_autoincrement=True,  # a number that was told may not come a second time
)

STATE: Final = Table(
    "journal_state",
    METADATA,
    Column("version", Integer, nullable=False),
    Column("dropped", BigInteger, nullable=False),
    Column("cleared", UtcInstant),
    Column("floor", BigInteger, nullable=False),  # entries up to this number are forgotten, and taken away bit by bit
)
