"""The contract: WSDL and XSD files, the tables they are made from, and what the head end reads from them."""

from .contract import Contract, UnknownFile
from .files import ContractError
from .near_miss import NearMiss
from .services import OperationDescription, ServiceDescription
from .violations import Violation, ViolationKind

__all__ = [
    "Contract",
    "ContractError",
    "NearMiss",
    "OperationDescription",
    "ServiceDescription",
    "UnknownFile",
    "Violation",
    "ViolationKind",
]
