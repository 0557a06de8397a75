"""Which meters belong to the customers that a request names: CustomerAccount and CustomerAgreement."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from headend.operations.meter_targets import Targets, unknown_object
from headend.operations.references import ObjectReference

_UNKNOWN: Final = {"CustomerAccount": "2.19", "CustomerAgreement": "2.24"}


def find_customer_meters(references: Sequence[ObjectReference]) -> Targets:
    """The meters of all references. A fleet comes without customers, so each one is an error (2.19 or 2.24)."""
    errors = tuple(unknown_object(one, _UNKNOWN[one.object_type]) for one in references)
    return Targets(np.empty(0, np.int64), errors)
