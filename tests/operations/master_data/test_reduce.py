"""elementOperation of a delete: listed elements and links go, the objects stay (61968-9:2013, Annex K)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headend.operations.identifiers import identifier
from headend.operations.master_data.documents import Document, name_document
from headend.operations.master_data.fleet_effects import FleetEffects
from headend.operations.master_data.fleet_objects import FleetObjects
from headend.operations.master_data.linkages import MasterLinkages
from headend.operations.master_data.objects import MasterObjects
from headend.operations.master_data.payload import MasterPayload, ObjectDocument, Outcome
from headend.operations.master_data.selection import MasterQuery, select_master_data
from headend.operations.master_data.verbs import MasterDataVerbs
from headend.operations.master_data.working_set import WorkingSet
from headend.store import Store
from simulator.fleet import Fleet, FleetSpec
from tests.conftest import NOON
from tests.support.subscribed import told_by

pytestmark = pytest.mark.clause("61968-9:2013, Annex K")

AGREEMENT = "CustomerAgreement"


def called(name: str, **more: object) -> Document:
    return {"Names": [name_document(name)], **more}


class Kept:
    """Master data that is changed and looked at without messages."""

    def __init__(self, working: WorkingSet, verbs: MasterDataVerbs) -> None:
        self.working = working
        self._verbs = verbs

    def do(self, verb: str, object_type: str, *documents: Document, takes_elements: bool = False) -> Outcome:
        objects = tuple(ObjectDocument(object_type, one) for one in documents)
        payload = MasterPayload(f"{object_type}Config", objects)
        return self._verbs.apply(verb, payload, self.working, element_operation=takes_elements)

    def reduce(self, document: Document) -> list[str]:
        """Codes of what could not be done."""
        return [error.code for error in self.do("delete", AGREEMENT, document, takes_elements=True).errors]

    def agreement(self) -> Document:
        self.working.flush()
        (found,) = select_master_data(MasterQuery(f"{AGREEMENT}Config"), self.working).objects
        return found[1]

    def linked(self, element: str) -> list[str]:
        return sorted(one["Names"][0]["name"][0] for one in self.agreement().get(element, []))


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """An agreement with a customer and two tariffs."""
    fleet = Fleet(FleetSpec(meters=10))
    effects = FleetEffects(fleet.spec.seed)
    objects = FleetObjects(fleet)
    verbs = MasterDataVerbs(objects, MasterObjects(effects, fleet.spec.seed), MasterLinkages(effects), told_by(fleet))
    store = Store.open(f"sqlite:///{tmp_path / 'headend.db'}")
    with store.writing() as work:
        kept = Kept(verbs.working_set(NOON, work), verbs)
        kept.do("create", "Customer", called("Anna"), called("Ben"))
        kept.do("create", "PricingStructure", called("day"), called("night"))
        agreement = called(
            "agreement",
            subject=["supply"],
            status=[{"value": ["active"], "remark": ["new"]}],
            Customer=[called("Anna")],
            PricingStructures=[called("day"), called("night")],
        )
        assert kept.do("create", AGREEMENT, agreement).errors == []
        yield kept
    store.close()


def test_an_element_goes(kept: Kept) -> None:
    assert kept.reduce(called("agreement", subject=[""])) == []
    found = kept.agreement()
    assert "subject" not in found
    assert found["status"] == [{"value": ["active"], "remark": ["new"]}]


def test_a_part_of_a_compound_goes(kept: Kept) -> None:
    kept.reduce(called("agreement", status=[{"remark": [""]}]))
    assert kept.agreement()["status"] == [{"value": ["active"]}]


def test_one_of_several_links_goes_by_its_name(kept: Kept) -> None:
    kept.working.flush()
    assert kept.reduce(called("agreement", PricingStructures=[called("day")])) == []
    assert (kept.linked("PricingStructures"), kept.linked("Customer")) == (["night"], ["Anna"])


def test_an_empty_element_takes_all_its_links_away(kept: Kept) -> None:
    kept.reduce(called("agreement", PricingStructures=[""]))
    assert (kept.linked("PricingStructures"), kept.linked("Customer")) == ([], ["Anna"])


def test_a_link_that_is_not_there_is_an_error_and_nothing_goes(kept: Kept) -> None:
    assert kept.reduce(called("agreement", Customer=[called("Ben")], subject=[""])) == ["2.29"]
    assert (kept.linked("Customer"), kept.agreement()["subject"]) == (["Anna"], ["supply"])


def test_the_object_and_its_names_stay(kept: Kept) -> None:
    kept.reduce(called("agreement"))
    assert kept.agreement()["Names"] == [name_document("agreement")]
    assert kept.agreement()["mRID"] == [
        identifier(kept.working.fleet.fleet.spec.seed, "master data", AGREEMENT, "agreement", None, None)
    ]
