"""Which messages of the outbox are next; see outbox.py for the order that this keeps."""

from datetime import datetime
from functools import cache

from sqlalchemy import Connection, TextClause, bindparam, select, text

from headend.store.schema import OutboxRow

_LOOK_AHEAD = 3
_MOST_BEGUN = 1000
"""Far more messages of a destination than are ever begun and unfinished."""


@cache
def _first_of_each_destination(at_once: int) -> TextClause:
    """Ids, a row for each destination: its `at_once` first messages that were begun, then its first fresh ones that are
    due in fleet time; enough of them to find some of other correlations behind one that waits.

    The recursion hops from one destination to the next in the index over unfinished rows: a GROUP BY would read them
    all, on every poll, exactly when the backlog is long.
    """
    of_one = "FROM outbox WHERE finished IS NULL AND destination = url"
    # The inner limit makes both databases find them by the index over what was begun, and sort those few: left to
    # themselves they may walk through all that is unfinished, which is in the right order already.
    few = f"SELECT id, not_before {of_one} AND attempts > 0 ORDER BY id LIMIT {_MOST_BEGUN}"
    begun = f"SELECT id FROM ({few}) AS begun ORDER BY not_before, id"
    fresh = f"SELECT id {of_one} AND attempts = 0 AND not_before <= :fleet_now ORDER BY not_before, id"
    places = ((begun, at_once), (fresh, 1 if at_once == 1 else _LOOK_AHEAD * at_once))
    firsts = ", ".join(f"({ids} LIMIT 1 OFFSET {place})" for ids, number in places for place in range(number))
    return text(
        f"""
        WITH RECURSIVE destinations (url) AS (
            SELECT min(destination) FROM outbox WHERE finished IS NULL
            UNION ALL
            SELECT (SELECT min(destination) FROM outbox WHERE finished IS NULL AND destination > url)
            FROM destinations WHERE url IS NOT NULL
        )
        SELECT {firsts} FROM destinations WHERE url IS NOT NULL
        """
    ).bindparams(bindparam("fleet_now", type_=OutboxRow.not_before.type))


_CORRELATIONS = select(OutboxRow.id, OutboxRow.correlation_id).where(OutboxRow.id.in_(bindparam("ids", expanding=True)))


_DUE = (
    select(OutboxRow.id)
    .where(
        OutboxRow.finished.is_(None),
        OutboxRow.destination == bindparam("destination"),
        OutboxRow.attempts == 0,
        OutboxRow.not_before <= bindparam("fleet_now"),
    )
    .order_by(OutboxRow.not_before, OutboxRow.id)
    .limit(bindparam("most"))
)


def due_ids(connection: Connection, destination: str, fleet_now: datetime, most: int) -> list[int]:
    """The first messages to a destination that were never begun and are due in fleet time, in their order."""
    return list(connection.scalars(_DUE, {"destination": destination, "fleet_now": fleet_now, "most": most}))


def next_ids(connection: Connection, fleet_now: datetime, at_once: int) -> list[int]:
    """The messages that may be begun, or be begun again, as far as their order is concerned."""
    rows = connection.execute(_first_of_each_destination(at_once), {"fleet_now": fleet_now}).all()
    # One that was begun takes a place, whether it is on its way or waits for its retry: a receiver that is down
    # is not tried with all that is there for it.
    if at_once == 1:
        return [begun or fresh for begun, fresh in rows if begun or fresh]
    ids = [row_id for row in rows for row_id in row if row_id]
    found = connection.execute(_CORRELATIONS, {"ids": ids})
    correlations = {row.id: row.correlation_id for row in found}
    chosen: list[int] = []
    for row in rows:
        places, begun = at_once, set[str]()
        for row_id in filter(None, row):
            correlation = correlations.get(row_id)
            if places and (correlation is None or correlation not in begun):
                chosen.append(row_id)
                places -= 1
            if correlation is not None:
                begun.add(correlation)
    return chosen
