"""The suites, in the order in which they are played."""

from headend.conformance.case import Suite
from headend.conformance.suites import (
    asynchrony,
    contract,
    controls,
    epri,
    errors,
    events,
    header,
    master_data,
    operation_sets,
    reading,
    schedules,
    service_requests,
)

SUITES: tuple[Suite, ...] = (
    contract.SUITE,
    header.SUITE,
    errors.SUITE,
    reading.SUITE,
    events.SUITE,
    controls.SUITE,
    schedules.SUITE,
    master_data.SUITE,
    operation_sets.SUITE,
    service_requests.SUITE,
    asynchrony.SUITE,
    epri.SUITE,
)
