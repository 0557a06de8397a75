"""The journal's database: of its own beside an SQLite database, with tables of its own in a PostgreSQL one.

SQLite has one writer at a time, who may be at work for seconds; the journal neither waits for him nor keeps him
waiting, since it has a file of its own. On PostgreSQL writers do not meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    bindparam,
    delete,
    func,
    insert,
    inspect,
    make_url,
    or_,
    select,
    update,
)
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.types import LargeBinary

from headend.store.database import as_store_errors
from headend.store.engines import KEPT_READERS, Engines, connect
from headend.store.exchange_schema import ENTRIES, METADATA, STATE, VERSION
from headend.store.stored_exchange import ExchangeSelection, JournalBounds, JournalState, StoredExchange
from headend.store.turns import take_turn, take_turn_by_driver

SUFFIX: Final = ".journal"
"""Behind the name of an SQLite database: `rm headend.db*` takes both away."""

PIECE: Final = 500
"""Entries that are forgotten at once, so that nobody waits long."""
_TURN: Final = "journal"
_SLACK: Final = 20
"""A journal may be over its bounds by this part of them before it is worth while to forget what is too much."""
_MICROSECOND: Final = timedelta(microseconds=1)
_COLUMNS: Final = tuple(column for column in ENTRIES.columns if column.name not in ("size", "through"))
_WRITTEN: Final = tuple(column for column in ENTRIES.columns if column.name != "number")
_INSERT: Final = insert(ENTRIES).values({column.name: bindparam(column.name) for column in _WRITTEN})
_NUMBER, _THROUGH = 0, 1
_BY_ENTRY: Final = select(ENTRIES.c.number, ENTRIES.c.through, ENTRIES.c.size, ENTRIES.c.machine_at)
_OLDEST: Final = _BY_ENTRY.order_by(ENTRIES.c.number).limit(bindparam("limit"))
_FLOOR: Final = select(STATE.c.floor).scalar_subquery()
_IS_KEPT: Final = ENTRIES.c.number > _FLOOR
_ENDS: Final = _BY_ENTRY.where(
    or_(
        ENTRIES.c.number == select(func.min(ENTRIES.c.number)).where(_IS_KEPT).scalar_subquery(),
        ENTRIES.c.number == select(func.max(ENTRIES.c.number)).where(_IS_KEPT).scalar_subquery(),
    )
).order_by(ENTRIES.c.number)
"""The oldest and the newest entry; of a single one there is one row."""
_OLDEST_OF_ALL: Final = select(func.min(ENTRIES.c.number))
_FORGET: Final = delete(ENTRIES).where(ENTRIES.c.number <= bindparam("through_number"))
_BY_NUMBER: Final = select(*_COLUMNS).where(ENTRIES.c.number == bindparam("wanted"), _IS_KEPT)
_STATE: Final = select(STATE.c.dropped, STATE.c.cleared, STATE.c.floor, _OLDEST_OF_ALL.scalar_subquery())
_HEADS: Final = ("operation", "service", "peer", "path", "names", "failure", "notes", "soap_action")
"""Columns that are looked through for a text, beside the bodies."""


class ExchangeStore:
    """All exchanges that are kept. Safe to share between threads; any number of processes may use one database."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        # Statements as the driver takes them: the library's own way with parameters costs three times the insertion.
        dialect = engines.writers.dialect
        insertion = _INSERT.compile(dialect=dialect)
        self._insert = str(insertion)
        self._order = tuple(insertion.positiontup or ())
        self._ends = str(_ENDS.compile(dialect=dialect))
        self._state = str(_STATE.compile(dialect=dialect))
        self._is_sqlite = dialect.name == "sqlite"
        self._driver_error: type[Exception] = dialect.dbapi.Error  # type: ignore[union-attr]

    @classmethod
    def open(cls, url: str, *, busy_timeout_s: float = 5.0, kept_readers: int = KEPT_READERS) -> Self:
        """The journal that belongs to the head end whose database has this URL; made where there is none.

        Raises as Store.open does.
        """
        return cls.on(connect(_beside(url), busy_timeout_s, kept_readers))

    @classmethod
    def on(cls, engines: Engines) -> Self:
        """The same where there are connections; they are closed with the store, or at once if it cannot be opened."""
        try:
            with as_store_errors(engines.address):
                _prepare(engines)
        except BaseException:
            engines.dispose()
            raise
        return cls(engines)

    @property
    def address(self) -> str:
        """The URL without its password, for people to read."""
        return self._engines.address

    def close(self) -> None:
        """Gives the connections back."""
        self._engines.dispose()

    def add(self, exchanges: Sequence[StoredExchange], dropped: int, bounds: JournalBounds) -> bool:
        """Keeps exchanges, in their order; whether so much is out of bounds by then that `forget` is worth its while.

        dropped: so many more there were. Those that ended before the journal was cleared are left out. The numbers
        of what others see only grow: nobody ever finds an entry in front of one that he has seen.
        """
        with self._by_driver() as cursor:
            cursor.execute(self._state)
            earlier_dropped, cleared, floor, oldest = cursor.fetchone()
            cursor.execute(self._ends)
            ends = cursor.fetchall()
            if cleared is not None:
                cleared_at = datetime.fromisoformat(cleared) if self._is_sqlite else cleared
                exchanges = [one for one in exchanges if one.machine_at + _MICROSECOND * one.took_us >= cleared_at]
            through = ends[-1][_THROUGH] if ends else 0
            rows = []
            for one in exchanges:
                values = self._values(one)
                through += values["size"]
                values["through"] = through
                rows.append(tuple([values[name] for name in self._order]) if self._order else values)
            if rows:
                cursor.executemany(self._insert, rows)
            if dropped:
                cursor.execute(f"UPDATE {STATE.name} SET dropped = {earlier_dropped + dropped:d}")
        if oldest is not None and oldest <= floor:
            return True
        if not ends:
            return False
        first_number, first_through, _, first_at = ends[0]
        return bool(
            ends[-1][_NUMBER] + len(rows) - first_number > bounds.entries + bounds.entries // _SLACK
            or through - first_through > bounds.size + bounds.size // _SLACK
            or first_at < (_as_text(bounds.since) if self._is_sqlite else bounds.since)
        )

    def forget(self, bounds: JournalBounds) -> int:
        """Forgets what is out of bounds, and takes away what was cleared, at most 500; how many that was."""
        with self._writing() as connection:
            floor = connection.execute(_STATE).one().floor
            ends = connection.execute(_ENDS).all()
            last = ends[-1] if ends else None
            # Numbers have next to no gaps: what is forgotten is always the oldest.
            over = [
                row.number
                for row in connection.execute(_OLDEST, {"limit": PIECE})
                if row.number <= floor
                or last is None
                or row.number <= last.number - bounds.entries
                or row.through <= last.through - bounds.size
                or row.machine_at < bounds.since
            ]
            return connection.execute(_FORGET, {"through_number": max(over)}).rowcount if over else 0

    def clear(self, at: datetime) -> None:
        """Forgets all, and what ended before `at` (machine time) and is not written yet. Numbers go on.

        At once, however many there are: `forget` takes them away bit by bit.
        """
        last = func.coalesce(select(func.max(ENTRIES.c.number)).scalar_subquery(), STATE.c.floor)
        with self._writing() as connection:
            connection.execute(update(STATE).values(dropped=0, cleared=at, floor=last))

    def get(self, number: int) -> StoredExchange | None:
        """The exchange of a number."""
        with self._reading() as connection:
            row = connection.execute(_BY_NUMBER, {"wanted": number}).one_or_none()
        return None if row is None else _stored(row)

    def find(
        self, wanted: ExchangeSelection, *, limit: int | None = None, newest_first: bool = False
    ) -> list[StoredExchange]:
        """What is wanted, in the order of numbers; with a limit the first so many of that order."""
        order = ENTRIES.c.number.desc() if newest_first else ENTRIES.c.number
        with self._reading() as connection:
            statement = select(*_COLUMNS).where(*_conditions(wanted, connection.dialect.name)).order_by(order)
            rows = connection.execute(statement if limit is None else statement.limit(limit)).all()
        return [_stored(row) for row in rows]

    def last_number(self) -> int:
        """Number of the newest entry; 0 where there is none."""
        with self._reading() as connection:
            return connection.scalar(select(func.max(ENTRIES.c.number))) or 0

    def state(self) -> JournalState:
        """How full it is."""
        with self._reading() as connection:
            ends = connection.execute(_ENDS).all()
            dropped = connection.execute(_STATE).one().dropped
        if not ends:
            return JournalState(0, 0, None, None, dropped)
        first, last = ends[0], ends[-1]
        # Not counted: numbers have next to no gaps, and everybody who lists a page asks for this.
        entries = last.number - first.number + 1
        return JournalState(entries, last.through - first.through + first.size, first.number, last.number, dropped)

    def _values(self, one: StoredExchange) -> dict[str, Any]:
        values: dict[str, Any] = {name: getattr(one, name) for name in _FIELDS}
        values["notes"] = "\n".join(one.notes)
        values["request_headers"] = _lines(one.request_headers)
        values["response_headers"] = _lines(one.response_headers)
        values["codes"] = f" {' '.join(one.codes)} " if one.codes else ""
        newline = "\n"
        values["names"] = f"{newline}{newline.join(one.names)}{newline}" if one.names else ""
        size = len(one.request_body) + len(one.response_body or b"")
        for name, value in values.items():
            if type(value) is str:
                size += len(value)
                if not value.isascii() or "\0" in value:
                    values[name] = _plain(value)
        values["size"] = size
        if self._is_sqlite:
            values["at"], values["machine_at"] = _as_text(one.at), _as_text(one.machine_at)
        return values

    @contextmanager
    def _by_driver(self) -> Iterator[Any]:
        """A transaction without the library around it, which would be most of what a few small entries cost."""
        with as_store_errors(self._engines.address):
            pooled = self._engines.writers.raw_connection()
            try:
                cursor = pooled.cursor()
                if self._is_sqlite:
                    cursor.execute("BEGIN IMMEDIATE")
                else:
                    if self._engines.enter_schema is not None:
                        cursor.execute(self._engines.enter_schema)
                    take_turn_by_driver(cursor, _TURN)
                yield cursor
                cursor.close()
                if self._is_sqlite:
                    # The driver has no part in transactions, see engines.py.
                    pooled.driver_connection.execute("COMMIT")  # type: ignore[union-attr]
                else:
                    pooled.commit()
            except self._driver_error as error:
                raise self._as_library_error(error) from error
            finally:
                pooled.close()  # and rolls back what was not kept

    def _as_library_error(self, error: Exception) -> BaseException:
        return DBAPIError.instance(None, None, error, self._driver_error, dialect=self._engines.writers.dialect)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with as_store_errors(self._engines.address), self._engines.writers.begin() as connection:
            take_turn(connection, _TURN)
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with as_store_errors(self._engines.address), self._engines.readers.begin() as connection:
            yield connection


_FIELDS: Final = tuple(column.name for column in _WRITTEN if column.name not in ("size", "through"))


def _beside(url: str) -> str:
    """The URL of the journal's database."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return url  # whoever connects says what is wrong with it
    if not parsed.drivername.startswith("sqlite") or not parsed.database:
        return url
    return parsed.set(database=f"{parsed.database}{SUFFIX}").render_as_string(hide_password=False)


def _prepare(engines: Engines) -> None:
    """Makes the tables, or makes them anew where another version of the head end made them."""
    if _is_ready(engines.readers):
        return
    with engines.writers.begin() as connection:
        take_turn(connection, "journal tables")
        if _version(connection) != VERSION:
            METADATA.drop_all(connection)
            make_exchange_tables(connection)


def make_exchange_tables(connection: Connection) -> None:
    """In a database or schema that has none of them."""
    METADATA.create_all(connection, checkfirst=False)
    connection.execute(insert(STATE), {"version": VERSION, "dropped": 0, "cleared": None, "floor": 0})


def _is_ready(readers: Engine) -> bool:
    with readers.connect() as connection:
        return _version(connection) == VERSION


def _version(connection: Connection) -> int | None:
    if not inspect(connection).has_table(STATE.name):
        return None
    version: int | None = connection.scalar(select(STATE.c.version))
    return version


def _conditions(wanted: ExchangeSelection, dialect: str) -> Iterator[ColumnElement[bool]]:
    entries = ENTRIES.c
    yield _IS_KEPT
    if wanted.after:
        yield entries.number > wanted.after
    if wanted.before is not None:
        yield entries.number < wanted.before
    for name in ("direction", "service", "operation", "verb", "noun", "message_id", "conversation", "result", "status"):
        if (value := getattr(wanted, name)) is not None:
            yield entries[name] == (_plain(value) if isinstance(value, str) else value)
    find = func.strpos if dialect == "postgresql" else func.instr
    if wanted.names is not None:
        yield or_(*(find(entries.names, f"\n{_plain(name)}\n") > 0 for name in wanted.names))
    if wanted.code is not None:
        code = wanted.code if wanted.code.endswith(".") else f"{wanted.code} "
        yield find(entries.codes, f" {_plain(code)}") > 0
    if wanted.text is not None:
        find_bytes = func.pg_catalog.position if dialect == "postgresql" else func.instr
        sought = bindparam("sought", wanted.text.encode("utf-8", "replace"), type_=LargeBinary, unique=True)
        bodies = [find_bytes(body, sought) > 0 for body in (entries.request_body, entries.response_body)]
        yield or_(*(find(entries[name], _plain(wanted.text)) > 0 for name in _HEADS), *bodies)


def _stored(row: Row[Any]) -> StoredExchange:
    values = dict(row._mapping)
    values["notes"] = tuple(values["notes"].split("\n")) if values["notes"] else ()
    for name in ("request_headers", "response_headers"):
        lines = values[name].split("\n") if values[name] else ()
        values[name] = tuple((header, value) for header, _, value in (line.partition(": ") for line in lines))
    values["codes"] = tuple(values["codes"].split())
    values["names"] = tuple(values["names"].split("\n")[1:-1])
    return StoredExchange(**values)


def _lines(headers: tuple[tuple[str, str], ...]) -> str:
    return "\n".join([f"{name}: {value}" for name, value in headers])


def _plain(text: str) -> str:
    """What both databases take: PostgreSQL knows no NUL, and neither has half a character."""
    text = text.replace("\0", "\ufffd")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _as_text(instant: datetime) -> str:
    """As UtcInstant has it."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")
