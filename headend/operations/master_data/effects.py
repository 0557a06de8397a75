"""What master data asks of those on whom its changes have effect."""

from typing import Protocol

from headend.operations.master_data.payload import ObjectDocument
from headend.operations.master_data.working_set import Known, WorkingSet
from headend.operations.reply import Error
from headend.store import MasterLink


class Effects(Protocol):
    """What changes of master data do beyond it, such as to the fleet. Called in the unit of work that changes them."""

    def check(self, said: ObjectDocument, working: WorkingSet) -> None:
        """Raises Refusal for a new object that could not have its effect."""

    def remarks_on(self, known: Known) -> list[Error]:
        """What is to be said of an object that came or changed: parts of it that have no effect."""

    def object_changed(self, before: Known | None, after: Known | None, working: WorkingSet) -> None:
        """An object came (before is None), changed, or went (after is None)."""

    def link_changed(self, before: MasterLink | None, after: MasterLink | None, working: WorkingSet) -> None:
        """A link came, ends now otherwise, or went."""
