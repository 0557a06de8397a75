"""The contract that every process of a head end shares, and what of it a head end serves."""

from collections.abc import Collection
from functools import cache

from headend.contract import Contract

SERVED_PATTERNS = ("Get", "Execute", "Request", "Receive")
"""What a head end serves of the contract, as far as it carries an operation out; other services are its partners'."""


@cache
def served_contract() -> Contract:
    """The contract, with its schemas compiled. Raises ContractError.

    Once a process, and workers are forks of the one that looked first: neither they nor a first request wait for it.
    """
    contract = Contract.load()
    contract.compile_schemas(contract.services)
    return contract


def served_services(contract: Contract, carried_out: Collection[str]) -> tuple[str, ...]:
    """Names of the services of which at least one operation is among those that are carried out."""
    return tuple(
        name
        for name, service in contract.services.items()
        if service.pattern in SERVED_PATTERNS and any(one.name in carried_out for one in service.operations)
    )
