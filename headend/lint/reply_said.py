"""What a Reply element says."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from headend.lint.elements import child, children, local, text


@dataclass(frozen=True, slots=True)
class IdSaid:
    """An ID: which object is meant, and what sort of identifier it is."""

    value: str
    kind: str | None
    object_type: str | None


@dataclass(frozen=True, slots=True)
class ErrorSaid:
    """One Error."""

    element: etree._Element
    code: str
    level: str | None
    reason: str | None
    details: str | None
    id: IdSaid | None
    related_id: IdSaid | None
    operation_id: str | None
    others: frozenset[str]
    """Local names of all that it holds."""

    @property
    def is_remark(self) -> bool:
        """Whether it only says something: an Error is also how a reply says that all is well."""
        return self.level == "INFORM" or self.code.startswith("0.")


@dataclass(frozen=True, slots=True)
class ReplySaid:
    """A Reply."""

    element: etree._Element
    result: str | None
    errors: tuple[ErrorSaid, ...]
    ids: tuple[IdSaid, ...]
    operation_id: str | None

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of all Errors, in their order."""
        return tuple(error.code for error in self.errors)

    @property
    def faults(self) -> tuple[ErrorSaid, ...]:
        """Errors that are more than a remark."""
        return tuple(error for error in self.errors if not error.is_remark)


def read_reply(element: etree._Element) -> ReplySaid:
    """A Reply element."""
    return ReplySaid(
        element,
        text(element, "Result"),
        tuple(_error(one) for one in children(element, "Error")),
        tuple(_id(one) for one in children(element, "ID")),
        text(element, "operationId"),
    )


def _error(element: etree._Element) -> ErrorSaid:
    own, related = child(element, "ID"), child(element, "relatedID")
    return ErrorSaid(
        element,
        text(element, "code") or "",
        text(element, "level"),
        text(element, "reason"),
        text(element, "details"),
        None if own is None else _id(own),
        None if related is None else _id(related),
        text(element, "operationId"),
        frozenset(local(one) for one in element),
    )


def _id(element: etree._Element) -> IdSaid:
    return IdSaid((element.text or "").strip(), element.get("kind"), element.get("objectType"))
