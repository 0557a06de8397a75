"""The nouns that a head end tells subscribers of: those whose objects change here, whoever changed them."""

from typing import Final, Literal, get_args

PublishedNoun = Literal[
    "EndDeviceEvents",
    "EndDeviceControls",
    "MeterReadings",
    "MeterServiceRequests",
    "AuxiliaryAgreementConfig",
    "ComModuleConfig",
    "CustomerAccountConfig",
    "CustomerAgreementConfig",
    "CustomerConfig",
    "EndDeviceConfig",
    "MasterDataLinkageConfig",
    "MeterConfig",
    "PricingStructureConfig",
    "ServiceCategoryConfig",
    "ServiceLocationConfig",
    "ServiceSupplierConfig",
    "UsagePointConfig",
    "UsagePointLocationConfig",
]
"""What a subscription may name. Here and not in the tables of the contract, since settings and forms name them, too."""

PUBLISHED_NOUNS: Final[tuple[str, ...]] = get_args(PublishedNoun)
