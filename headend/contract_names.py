"""The words of the contract that settings name. Looked up only where settings do: it takes a fifth of a second."""

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class ContractNames:
    """What there is to be named."""

    services: frozenset[str]
    operations: frozenset[str]
    nouns: frozenset[str]
    verbs: frozenset[str]


@cache
def contract_names() -> ContractNames:
    """Those of the contract that ships with the package. Raises ContractError."""
    from headend.contract import Contract

    services = Contract.load().services
    operations = [operation for service in services.values() for operation in service.operations]
    return ContractNames(
        frozenset(services),
        frozenset(one.name for one in operations),
        frozenset(one.noun for one in operations),
        frozenset(one.verb for one in operations),
    )
