"""The contract, and a linter with all rules."""

import pytest

from headend.compose import served_contract
from headend.contract import Contract
from headend.lint import Linter


@pytest.fixture(scope="session")
def contract() -> Contract:
    return served_contract()


@pytest.fixture(scope="session")
def linter(contract: Contract) -> Linter:
    return Linter(contract)
