"""Instances of every profile: valid as they are made from the schema, refused with one thing wrong in them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from headend.contract import Contract, ElementContent, ViolationKind
from tests.support.instances import broken, instance

PROFILES = sorted(path.stem for path in (Path(__file__).parents[2] / "wsdl" / "tables" / "profiles").glob("*.tsv"))
every_profile = pytest.mark.parametrize(
    ("noun", "get"), [(name.removeprefix("Get"), name.startswith("Get")) for name in PROFILES], ids=PROFILES
)


@every_profile
@pytest.mark.parametrize("full", [True, False], ids=["full", "minimal"])
def test_an_instance_is_valid(contract: Contract, wsdl_directory: Path, noun: str, get: bool, full: bool) -> None:
    root = instance(contract, noun, get=get, full=full)
    schema = etree.XMLSchema(file=str(wsdl_directory / "xsd" / f"{etree.QName(root).localname}.xsd"))
    assert schema.validate(root), schema.error_log
    assert contract.validate_payload(root) == []


def lacking(element: etree._Element, content: ElementContent) -> Iterator[str]:
    """What an element could hold and does not, here and below; of a choice one branch is enough."""
    held = {each.tag for each in element}
    for part in content.type.parts:
        if held.isdisjoint(part.names):
            yield f"{content.type.name} {part.names}"
    for child in content.children:
        for each in element.findall(child.tag):
            yield from lacking(each, child)


@every_profile
def test_a_full_instance_lacks_nothing(contract: Contract, noun: str, get: bool) -> None:
    absent = list(lacking(instance(contract, noun, get=get), contract.profile(noun, get=get).root))
    assert [each for each in absent if not each.startswith("Charge ")] == []  # which contains itself


@every_profile
def test_an_instance_with_one_thing_wrong_is_refused_for_that(contract: Contract, noun: str, get: bool) -> None:
    kinds = []
    for kind, root in broken(contract, noun, get=get):
        violations = contract.validate_payload(root)
        assert kind in {each.kind for each in violations}, etree.tostring(root)
        kinds.append(kind)
    assert len(set(kinds)) == len(kinds)
    assert {
        ViolationKind.MISSING_ELEMENT,
        ViolationKind.UNEXPECTED_ELEMENT,
        ViolationKind.MISPLACED_ELEMENT,
        ViolationKind.REPEATED_ELEMENT,
        ViolationKind.WRONG_NAMESPACE,
    } <= set(kinds)


def test_equal_seeds_give_equal_instances_and_others_do_not(contract: Contract) -> None:
    one, same, other = (etree.tostring(instance(contract, "MeterConfig", seed=seed)) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_a_type_that_contains_itself_ends(contract: Contract) -> None:
    root = instance(contract, "PricingStructureConfig")
    inner = root.findall(".//{*}ChildCharges")
    assert inner != []
    assert [each for each in inner if each.find("{*}ChildCharges") is not None] == []
