"""Master data that clients told the head end of: objects, their names, and the links between them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute

from headend.store.errors import conflict_as
from headend.store.in_lists import in_lists
from headend.store.schema import MasterLinkRow, MasterNameRow, MasterObjectRow
from headend.store.turns import take_turn


@dataclass(frozen=True, slots=True)
class MasterObject:
    """One object as it stands."""

    mrid: str
    """Folded for comparison; the document has it as it was spelled."""
    object_type: str
    """CIM class of the message that created it, such as Meter."""
    family: str
    """What shares mRIDs and names with it, such as EndDevice."""
    document: dict[str, Any]
    """What is said of it; see headend.operations.master_data.documents."""
    revision: int
    """1 when it is created, one more with every change."""
    created: datetime
    changed: datetime
    closed: datetime | None = None
    """Out of use from then on; it is still known."""
    deleted: bool = False
    """Gone, but for this mark: revisions go on counting where it is created again."""


@dataclass(frozen=True, slots=True)
class MasterName:
    """One name of one object."""

    family: str
    name: str
    name_type: str | None
    authority: str | None
    mrid: str


@dataclass(frozen=True, slots=True)
class MasterLink:
    """Two objects belong together in [start, end)."""

    association: str
    one: str
    """mRID of the object at the association's first side."""
    other: str
    start: datetime
    end: datetime | None = None


_OBJECT = MasterObjectRow
_COLUMNS = (
    _OBJECT.mrid,
    _OBJECT.object_type,
    _OBJECT.family,
    _OBJECT.document,
    _OBJECT.revision,
    _OBJECT.created,
    _OBJECT.changed,
    _OBJECT.closed,
    _OBJECT.deleted,
)
_NAME_COLUMNS = (
    MasterNameRow.family,
    MasterNameRow.name,
    MasterNameRow.name_type,
    MasterNameRow.authority,
    MasterNameRow.mrid,
)
_LINK_COLUMNS = (
    MasterLinkRow.association,
    MasterLinkRow.one,
    MasterLinkRow.other,
    MasterLinkRow.start,
    MasterLinkRow.end,
)
_OF_MRIDS = select(*_COLUMNS).where(_OBJECT.mrid.in_(bindparam("mrids", expanding=True)))
_OF_NAMES = select(*_NAME_COLUMNS).where(
    MasterNameRow.family == bindparam("family"), MasterNameRow.name.in_(bindparam("names", expanding=True))
)
_PAGE = (
    select(*_COLUMNS)
    .where(_OBJECT.family == bindparam("family"), _OBJECT.deleted.is_(False))
    .order_by(_OBJECT.created, _OBJECT.mrid)
)
_CLOSED = select(_OBJECT.mrid, _OBJECT.closed).where(
    _OBJECT.family == bindparam("family"), _OBJECT.closed.is_not(None), _OBJECT.deleted.is_(False)
)
_ALL_OF = select(_OBJECT.mrid).where(_OBJECT.family == bindparam("family"))
_UPDATE = (
    update(_OBJECT)
    .where(_OBJECT.mrid == bindparam("the_mrid"))
    .values(
        document=bindparam("new_document"),
        object_type=bindparam("new_object_type"),
        revision=bindparam("new_revision"),
        changed=bindparam("new_changed"),
        closed=bindparam("new_closed"),
        deleted=bindparam("new_deleted"),
    )
)
_FORGET_NAMES = delete(MasterNameRow).where(MasterNameRow.mrid == bindparam("the_mrid"))
_LINKS_OF_ONE = select(*_LINK_COLUMNS).where(MasterLinkRow.one.in_(bindparam("mrids", expanding=True)))
_LINKS_OF_OTHER = select(*_LINK_COLUMNS).where(MasterLinkRow.other.in_(bindparam("mrids", expanding=True)))
_END_LINK = (
    update(MasterLinkRow)
    .where(
        MasterLinkRow.association == bindparam("the_association"),
        MasterLinkRow.one == bindparam("the_one"),
        MasterLinkRow.other == bindparam("the_other"),
        MasterLinkRow.start == bindparam("the_start"),
    )
    .values(end=bindparam("the_end"))
)
_FORGET_LINK = delete(MasterLinkRow).where(
    MasterLinkRow.association == bindparam("the_association"),
    MasterLinkRow.one == bindparam("the_one"),
    MasterLinkRow.other == bindparam("the_other"),
    MasterLinkRow.start == bindparam("the_start"),
)


class MasterData:
    """All objects, names and links."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take_turn(self) -> None:
        """In a writing unit of work, what is read from here on stays true until its end."""
        take_turn(self._connection, "master_object")

    # Objects.

    def of_mrids(self, mrids: Iterable[str]) -> dict[str, MasterObject]:
        """The objects with these mRIDs (folded); unknown ones are left out, deleted ones are in."""
        return {
            row.mrid: MasterObject(*row)
            for part in in_lists(mrids)
            for row in self._connection.execute(_OF_MRIDS, {"mrids": part})
        }

    def of_names(self, family: str, names: Iterable[str]) -> list[MasterName]:
        """Who is called one of these in a family."""
        return [
            MasterName(*row)
            for part in in_lists(names)
            for row in self._connection.execute(_OF_NAMES, {"family": family, "names": part})
        ]

    def all_of(self, family: str) -> Iterator[MasterObject]:
        """The objects of a family in the order in which they came, but for deleted ones."""
        for row in self._connection.execute(_PAGE, {"family": family}):
            yield MasterObject(*row)

    def closed_of(self, family: str) -> list[tuple[str, datetime]]:
        """The mRIDs of a family that were closed, or will be, and when."""
        rows = self._connection.execute(_CLOSED, {"family": family})
        return [(mrid, closed) for mrid, closed in rows if closed is not None]

    def mrids_of(self, family: str) -> set[str]:
        """The mRIDs of all objects that are kept of a family, deleted ones, too."""
        return set(self._connection.scalars(_ALL_OF, {"family": family}))

    def add(self, objects: Sequence[MasterObject], names: Sequence[MasterName] = ()) -> None:
        """Keeps new objects. Raises Conflict where one of their mRIDs is taken."""
        if objects:
            with conflict_as("an object with one of these mRIDs is kept already"):
                self._connection.execute(insert(_OBJECT), _rows(objects, _COLUMNS))
        self.add_names(names)

    def change(self, objects: Sequence[MasterObject]) -> None:
        """Replaces what is kept of these objects."""
        if objects:
            self._connection.execute(
                _UPDATE,
                [
                    {
                        "the_mrid": one.mrid,
                        "new_document": one.document,
                        "new_object_type": one.object_type,
                        "new_revision": one.revision,
                        "new_changed": one.changed,
                        "new_closed": one.closed,
                        "new_deleted": one.deleted,
                    }
                    for one in objects
                ],
            )

    def add_names(self, names: Sequence[MasterName]) -> None:
        """Keeps names."""
        if names:
            self._connection.execute(insert(MasterNameRow), _rows(names, _NAME_COLUMNS))

    def replace_names(self, mrids: Collection[str], names: Sequence[MasterName]) -> None:
        """Forgets all names of some objects, and keeps these."""
        if mrids:
            self._connection.execute(_FORGET_NAMES, [{"the_mrid": mrid} for mrid in mrids])
        self.add_names(names)

    # Links.

    def links(
        self, mrids: Iterable[str], *, of_one: bool, associations: Collection[str] | None = None
    ) -> list[MasterLink]:
        """All links, also of the past and the future, of objects at side `one` or else `other`; oldest first."""
        statement = _LINKS_OF_ONE if of_one else _LINKS_OF_OTHER
        if associations is not None:
            statement = statement.where(MasterLinkRow.association.in_(sorted(associations)))
        found = [
            MasterLink(*row) for part in in_lists(mrids) for row in self._connection.execute(statement, {"mrids": part})
        ]
        return sorted(found, key=_link_order)

    def links_of_association(self, association: str) -> Iterator[MasterLink]:
        """All links of an association."""
        statement = select(*_LINK_COLUMNS).where(MasterLinkRow.association == association)
        for row in self._connection.execute(statement.order_by(MasterLinkRow.start, MasterLinkRow.one)):
            yield MasterLink(*row)

    def has_links(self, association: str) -> bool:
        """Whether an association has any link at all."""
        return bool(self._connection.scalar(select(exists().where(MasterLinkRow.association == association))))

    def add_links(self, links: Sequence[MasterLink]) -> None:
        """Keeps links. Raises Conflict for one that is kept already."""
        if links:
            with conflict_as("one of these links is kept already"):
                self._connection.execute(insert(MasterLinkRow), _rows(links, _LINK_COLUMNS))

    def end_links(self, links: Sequence[MasterLink]) -> None:
        """Keeps the ends of links that are kept."""
        if links:
            self._connection.execute(_END_LINK, [{**_key(one), "the_end": one.end} for one in links])

    def remove_links(self, links: Sequence[MasterLink]) -> None:
        """Forgets links: such as have not begun."""
        if links:
            self._connection.execute(_FORGET_LINK, [_key(one) for one in links])


def _rows(
    values: Iterable[MasterObject | MasterName | MasterLink], columns: Sequence[InstrumentedAttribute[Any]]
) -> list[dict[str, Any]]:
    """Values as rows of their columns. Nothing is copied, as `asdict` would: documents are large, and rows many."""
    keys = [column.key for column in columns]
    return [{key: getattr(one, key) for key in keys} for one in values]


def _key(link: MasterLink) -> dict[str, Any]:
    return {
        "the_association": link.association,
        "the_one": link.one,
        "the_other": link.other,
        "the_start": link.start,
    }


def _link_order(link: MasterLink) -> tuple[datetime, str, str, str]:
    return link.start, link.association, link.one, link.other
