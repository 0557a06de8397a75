"""What a message says of master data, without its XML, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from headend.operations.master_data.classes import Nature, classes
from headend.operations.master_data.documents import Document, reference_to, text_of
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, ObjectId

LINKAGE_NOUN = "MasterDataLinkageConfig"
NOT_NOW = "6.1"
"""Reply code of what the state of an object, or others that refer to it, do not allow."""


@dataclass(frozen=True, slots=True)
class ObjectDocument:
    """One object of a payload, at the first level below the noun's root."""

    object_type: str
    """CIM class, such as Meter."""
    document: Document
    effective: datetime | None = None
    """ConfigurationEvents/effectiveDateTime: when what is said begins to hold; None: at once."""

    @property
    def reference(self) -> ObjectReference:
        """How it names itself."""
        return reference_to(self.object_type, self.document)

    @property
    def kind(self) -> str | None:
        """Its kind, which names a service category."""
        return text_of(self.document, "kind")


@dataclass(frozen=True, slots=True)
class MasterPayload:
    """The objects of a message, in its order."""

    noun: str
    objects: tuple[ObjectDocument, ...]
    effective: datetime | None = None
    """Of the message as a whole: MasterDataLinkageConfig has one ConfigurationEvent for all its links."""
    references: tuple[ObjectReference, ...] = ()
    """Objects named by Request/ID instead of a payload: cancel, close and delete take both."""


@dataclass(slots=True)
class Outcome:
    """What came of a payload: the objects that were done, and an error for each that was not."""

    done: list[ObjectDocument] = field(default_factory=list)
    """As they are told to subscribers: of what was created or changed, what the message said and the mRID."""
    ids: list[ObjectId] = field(default_factory=list)
    errors: list[Error] = field(default_factory=list)
    remarks: list[Error] = field(default_factory=list)
    """What does not count for the result: parts that have no effect."""

    def refused(self, refusal: Refusal, about: ObjectReference) -> None:
        """Take in what a refusal says; an error that names no object is about this one."""
        for error in refusal.errors:
            self.errors.append(error if error.object_id is not None else replace(error, object_id=about.object_id))


def main_class(noun: str) -> str:
    """The class that a noun is about, such as Meter of MeterConfig: what an ID without objectType names."""
    main = (Nature.OBJECT, Nature.KIND, Nature.RECORD)
    return next(one.name for one in classes().values() if one.noun == noun and one.nature in main)


def creation_order(objects: Iterable[ObjectDocument]) -> list[ObjectDocument]:
    """Objects in an order in which none points to a later one: what belongs to devices before the devices."""
    first = (Nature.DEFINITION, Nature.FUNCTION)
    return sorted(objects, key=lambda one: classes()[one.object_type].nature not in first)
