"""The words of the contract that settings name. Looked up only where settings do: it takes a fifth of a second."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from headend.contract import Contract


@dataclass(frozen=True, slots=True)
class ContractNames:
    """What there is to be named."""

    services: frozenset[str]
    operations: frozenset[str]
    nouns: frozenset[str]
    verbs: frozenset[str]

    @classmethod
    def of(cls, contract: "Contract") -> Self:
        """Those of a contract."""
        operations = [operation for service in contract.services.values() for operation in service.operations]
        return cls(
            frozenset(contract.services),
            frozenset(one.name for one in operations),
            frozenset(one.noun for one in operations),
            frozenset(one.verb for one in operations),
        )


@cache
def contract_names() -> ContractNames:
    """Those of the contract that ships with the package. Raises ContractError."""
    from headend.contract import Contract

    return ContractNames.of(Contract.load())
