"""The contract: WSDL and XSD files, the tables they are made from, and what the head end reads from them."""

from .content import AttributeContent, ElementContent, Part, TypeContent
from .contract import Contract, UnknownFile, UnknownProfile
from .files import ContractError
from .near_miss import NearMiss
from .profiles import ProfileContent
from .services import OperationDescription, ServiceDescription
from .violations import Violation, ViolationKind

__all__ = [
    "AttributeContent",
    "Contract",
    "ContractError",
    "ElementContent",
    "NearMiss",
    "OperationDescription",
    "Part",
    "ProfileContent",
    "ServiceDescription",
    "TypeContent",
    "UnknownFile",
    "UnknownProfile",
    "Violation",
    "ViolationKind",
]
