"""Which operations a head end offers, by its WSDLs: what a run can cover."""

from headend.conformance.http_calls import NoAnswer
from headend.conformance.service_description import UnusableWsdl
from headend.conformance.target import Target
from headend.contract import Contract
from headend.coverage import Offered
from headend.coverage.coverage import offered

_PATTERNS = ("Get", "Execute", "Request", "Receive")


def offered_operations(target: Target, contract: Contract) -> Offered:
    """The operations of every service of the standard that is there; where none can be read, all of the contract."""
    found = set()
    for name, service in contract.services.items():
        if service.pattern not in _PATTERNS:
            continue
        try:
            description = target.description(name)
        except (UnusableWsdl, NoAnswer):
            continue
        if description is None:
            continue
        names = {one.name for one in description.operations}
        of = f"{service.noun}OperationSet" if service.is_for_operation_sets else service.noun
        found |= {f"{one.verb} {of}" for one in service.operations if one.name in names}
    return offered(frozenset(found))
